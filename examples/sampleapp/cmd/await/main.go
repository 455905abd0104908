// Await waits until the host names in AWS_XRAY_DAEMON_ADDRESS resolve, then becomes
// the program that its arguments name:
//
//	await /frontend
//
// The X-Ray SDK for Go resolves the variable while its packages are initialised,
// before main, and panics when a name is not known. In Kubernetes the name is that of
// a service, which may be made after the pods that send to it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/await"
)

// patience is how long the names may take. Afterwards the program ends with an error,
// and whoever runs it sees why, and may start it again.
const patience = 5 * time.Minute

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(log); err != nil {
		log.Error("program not started", "err", err)
		os.Exit(1)
	}
}

func run(log *slog.Logger) error {
	if len(os.Args) < 2 {
		return errors.New("usage: await PROGRAM [ARGUMENT]")
	}
	program, err := exec.LookPath(os.Args[1])
	if err != nil {
		return err
	}
	hosts, err := await.Hosts(os.Getenv("AWS_XRAY_DAEMON_ADDRESS"))
	if err != nil {
		return fmt.Errorf("read AWS_XRAY_DAEMON_ADDRESS: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := await.Resolved(ctx, log, net.DefaultResolver, hosts...); err != nil {
		return err
	}
	stop()                                                 // the program gets the default of each signal
	err = syscall.Exec(program, os.Args[1:], os.Environ()) //nolint:gosec // the program is what whoever runs this names
	return fmt.Errorf("start %s: %w", program, err)
}
