// Frontend is the REST API of the application.
//
// Environment:
//
//	LISTEN                   address to listen at; default :8080
//	DATASTORE_URL            base URL of the datastore; default http://datastore:8080
//	S3_BUCKET                bucket of the files; default sample-files. Created if need be
//	S3_PATH_STYLE            true for storages that want the bucket in the path
//	AWS_ENDPOINT_URL_S3      endpoint of an S3 that is not Amazon's
//	AWS_REGION, AWS_ACCESS_KEY_ID, …  as for every AWS SDK
//	AWS_XRAY_DAEMON_ADDRESS  where the X-Ray SDK sends segments; default 127.0.0.1:2000
package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/config"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/frontend"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/service"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing"
)

func main() { service.Main(run) }

func run(ctx context.Context, log *slog.Logger) error {
	pathStyle, err := strconv.ParseBool(service.Env("S3_PATH_STYLE", "false"))
	if err != nil {
		return fmt.Errorf("read S3_PATH_STYLE: %w", err)
	}
	if err := tracing.Configure("1.0.0"); err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	files := frontend.NewFiles(log, cfg, service.Env("S3_BUCKET", "sample-files"), pathStyle)
	api := frontend.New(log, files, service.Env("DATASTORE_URL", "http://datastore:8080"))

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		// Requests that need no files are served meanwhile. When the service is told to
		// stop first, that is no failure.
		if err := files.Prepare(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		api.SetReady()
		return nil
	})
	g.Go(func() error { return service.Serve(ctx, log, service.Env("LISTEN", ":8080"), api.Handler()) })
	return g.Wait()
}
