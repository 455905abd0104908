// Command radiograph-pod-identity-agent runs on each node of a cluster and gives the pods there
// credentials of the roles that they are associated with.
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

	"github.com/radiograph/radiograph/internal/version"
	"github.com/radiograph/radiograph/operator/cmd/internal/output"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	out := output.Stderr("radiograph-pod-identity-agent")
	err := run(ctx, os.Args[1:], os.LookupEnv, out)
	stop()
	if err != nil {
		out.Fail(err)
		os.Exit(1)
	}
}

// run runs the agent until the context ends.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), out *output.Output) error {
	if len(args) == 1 && args[0] == "--version" {
		_, err := fmt.Fprintln(out.W, version.String())
		return err
	}
	var said bytes.Buffer
	o, err := parse(args, getenv, &said)
	if errors.Is(err, pflag.ErrHelp) {
		_, err := said.WriteTo(out.W)
		return err
	}
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return fmt.Errorf("log-level: %q is no level", o.logLevel)
	}
	return serve(ctx, o, out.Use(output.JSON(out.W, level)))
}
