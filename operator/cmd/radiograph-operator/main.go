// Command radiograph-operator runs collectors in a Kubernetes cluster as its
// OpenTelemetryCollectors say, serves their admission webhooks, and injects sidecars and
// instrumentations into pods.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/radiograph/radiograph/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "radiograph-operator:", err)
		os.Exit(1)
	}
}

// run runs the operator until the context ends.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), stderr io.Writer) error {
	if len(args) == 1 && args[0] == "--version" {
		_, err := fmt.Fprintln(stderr, version.String())
		return err
	}
	o, err := parse(args, getenv, version.String(), stderr)
	if errors.Is(err, pflag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	handler, err := o.log.handler(stderr)
	if err != nil {
		return err
	}
	log := slog.New(handler)
	sink := logr.FromSlogHandler(handler)
	ctrl.SetLogger(sink)
	klog.SetLogger(sink)
	return serve(ctx, o, log, getenv)
}
