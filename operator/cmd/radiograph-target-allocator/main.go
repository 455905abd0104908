// Radiograph-target-allocator spreads the targets of Prometheus over the pods of a collector.
// The operator runs it for a TargetAllocator, or for an OpenTelemetryCollector with
// spec.targetAllocator: the configuration is then at /conf/targetallocator.yaml, and the
// environment variable OTELCOL_NAMESPACE has the collectors' namespace.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/radiograph/radiograph/operator/cmd/internal/output"
	"github.com/radiograph/radiograph/operator/targetallocator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	out := output.Stderr("radiograph-target-allocator")
	err := run(ctx, os.Args[1:], out)
	stop()
	if err != nil {
		out.Fail(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out *output.Output) error {
	o := targetallocator.Options{}
	var level slog.Level
	f := pflag.NewFlagSet("radiograph-target-allocator", pflag.ContinueOnError)
	var said bytes.Buffer
	f.SetOutput(&said)
	f.StringVar(&o.ConfigFile, "config-file", "/conf/targetallocator.yaml", "the configuration")
	f.StringVar(&o.Listen, "listen-addr", ":8080", "address without TLS")
	f.StringVar(&o.Namespace, "collector-namespace", os.Getenv("OTELCOL_NAMESPACE"), "namespace of the collectors; the default is OTELCOL_NAMESPACE")
	f.StringVar(&o.Kubeconfig, "kubeconfig-path", os.Getenv("KUBECONFIG"), "how to reach the API server outside a pod; the default is KUBECONFIG")
	f.TextVar(&level, "log-level", slog.LevelInfo, "least level to log: debug, info, warn or error")
	err := f.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		_, err := said.WriteTo(out.W)
		return err
	}
	if err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%q is no flag", f.Arg(0))
	}
	o.Log = out.Use(output.JSON(out.W, level))
	klog.SetSlogLogger(o.Log)
	if o.Kubeconfig != "" {
		o.Cluster, err = clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	} else {
		o.Cluster, err = rest.InClusterConfig()
	}
	if err != nil {
		return fmt.Errorf("find the API server: %w", err)
	}
	o.Cluster.UserAgent = "radiograph-target-allocator"
	return targetallocator.Run(ctx, o)
}
