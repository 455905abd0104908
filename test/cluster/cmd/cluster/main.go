// Command cluster starts and stops the machine's test cluster for a person at a shell.
// The programs keep running when it has returned.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/radiograph/radiograph/test/cluster"
)

const usage = `usage: cluster up | down | status | kubectl-env | load ARCHIVE ...

  up           start a single-node Kubernetes and print how to use it
  down         stop it and remove what it left
  status       print which of its programs run, and what is wrong with it
  kubectl-env  print the shell commands that make kubectl use it
  load         give it the images of archives, such as those of make images
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 0 || len(args) > 1 && args[0] != "load" {
		return fmt.Errorf("one command is needed\n%s", usage)
	}
	switch args[0] {
	case "load":
		return loadArchives(ctx, args[1:], progress)
	case "up":
		return up(ctx, out, progress)
	case "down":
		return down(ctx, progress)
	case "status":
		return status(ctx, out, progress)
	case "kubectl-env":
		c, err := cluster.Attach(ctx, progress)
		if err != nil {
			return err
		}
		return environment(c, out)
	default:
		return fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
}

func up(ctx context.Context, out, progress io.Writer) error {
	cache, err := cluster.CacheDir()
	if err != nil {
		return err
	}
	c, err := cluster.Up(ctx, cluster.Options{Dir: filepath.Join(cache, "state"), Progress: progress, Detached: true})
	if err != nil {
		return err
	}
	return environment(c, out)
}

func loadArchives(ctx context.Context, paths []string, progress io.Writer) error {
	c, err := cluster.Attach(ctx, progress)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := c.LoadArchive(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// down is content when there is nothing to stop.
func down(ctx context.Context, progress io.Writer) error {
	c, err := cluster.Attach(ctx, progress)
	if errors.Is(err, cluster.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.Down(ctx)
}

func status(ctx context.Context, out, progress io.Writer) error {
	c, err := cluster.Attach(ctx, progress)
	if err != nil {
		return err
	}
	running := c.Running()
	for _, name := range slices.Sorted(maps.Keys(running)) {
		state := "runs"
		if !running[name] {
			state = "has ended"
		}
		if _, err := fmt.Fprintf(out, "%-24s %s\n", name, state); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "state in %s\n%s", c.Dir(), c.Diagnosis(ctx))
	return err
}

func environment(c *cluster.Cluster, out io.Writer) error {
	_, err := fmt.Fprintf(out, "export KUBECONFIG='%s'\nexport PATH='%s':\"$PATH\"\n", c.Kubeconfig(), c.ProgramDir())
	return err
}
