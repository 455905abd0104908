// Command webhook is cert-manager's admission webhook, started as its Helm chart does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/cert-manager/cert-manager/internal/webhook"
	_ "github.com/cert-manager/cert-manager/internal/webhook/feature" // the flags set its gates
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "webhook:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	config, err := options.NewWebhookConfiguration()
	if err != nil {
		return err
	}
	flags := pflag.NewFlagSet(args[0], pflag.ContinueOnError)
	options.AddConfigFlags(flags, config)
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	logs.InitLogs()
	defer logs.FlushLogs()
	if err := logs.ValidateAndApply(&config.Logging); err != nil {
		return err
	}
	log := logs.Log.WithName("webhook")
	server, err := webhook.NewCertManagerWebhookServer(log, *config)
	if err != nil {
		return err
	}
	return server.Run(logs.NewContext(ctx, log))
}
