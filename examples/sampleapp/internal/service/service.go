// Package service is what the services of the application have in common: they read
// the environment, answer in JSON, and end in an orderly way.
package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// MaxBody bounds the bodies of requests and answers in bytes.
const MaxBody = 1 << 20

// grace is how long requests may take to end once the service is told to stop.
const grace = 10 * time.Second

// Main runs a service until SIGINT or SIGTERM and exits with 1 when that fails. The
// service logs to standard error.
func Main(run func(context.Context, *slog.Logger) error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, log)
	stop()
	if err != nil {
		log.Error("service ended", "err", err)
		os.Exit(1)
	}
}

// Env returns the variable, or fallback when it is unset or empty.
func Env(name, fallback string) string { return cmp.Or(os.Getenv(name), fallback) }

// Serve answers requests at the address until ctx ends, then lets those that have
// begun finish.
func Serve(ctx context.Context, log *slog.Logger, address string, h http.Handler) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "listening", "address", l.Addr().String())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		// ctx has ended: that is why the server stops.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// Reply answers with v as JSON.
func Reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone when this fails
}

// Fail answers with an error as JSON.
func Fail(w http.ResponseWriter, status int, message string) {
	Reply(w, status, map[string]string{"error": message})
}
