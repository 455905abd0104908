// Command radiograph-operator runs collectors in a Kubernetes cluster as its
// OpenTelemetryCollectors say, serves their admission webhooks, and injects sidecars and
// instrumentations into pods.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/radiograph/radiograph/internal/version"
	"github.com/radiograph/radiograph/operator/cmd/internal/output"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	out := output.Stderr("radiograph-operator")
	err := run(ctx, os.Args[1:], os.LookupEnv, out)
	stop()
	if err != nil {
		out.Fail(err)
		os.Exit(1)
	}
}

// run runs the operator until the context ends.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), out *output.Output) error {
	if len(args) == 1 && args[0] == "--version" {
		_, err := fmt.Fprintln(out.W, version.String())
		return err
	}
	var said bytes.Buffer
	o, err := parse(args, getenv, version.String(), &said)
	if errors.Is(err, pflag.ErrHelp) {
		_, err := said.WriteTo(out.W)
		return err
	}
	if err != nil {
		return err
	}
	handler, err := o.log.handler(out.W)
	if err != nil {
		return err
	}
	log := out.Use(handler)
	sink := logr.FromSlogHandler(handler)
	ctrl.SetLogger(sink)
	klog.SetLogger(sink)
	for _, line := range output.Lines(said.String()) {
		log.WarnContext(ctx, "flag is out of use", "flag", line)
	}
	return serve(ctx, o, log, getenv)
}
