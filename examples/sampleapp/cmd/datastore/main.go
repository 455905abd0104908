// Datastore is the service that keeps items in PostgreSQL.
//
// Environment:
//
//	LISTEN                   address to listen at; default :8080
//	DATABASE_URL             postgres://user:password@host:port/database
//	AWS_XRAY_DAEMON_ADDRESS  where the X-Ray SDK sends segments; default 127.0.0.1:2000
package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/datastore"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/service"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing"
)

func main() { service.Main(run) }

func run(ctx context.Context, log *slog.Logger) (err error) {
	address := service.Env("DATABASE_URL", "")
	if address == "" {
		return errors.New("DATABASE_URL is not set")
	}
	if err := tracing.Configure("1.0.0"); err != nil {
		return err
	}
	store, err := datastore.Open(ctx, log, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return service.Serve(ctx, log, service.Env("LISTEN", ":8080"), store.Handler())
}
