// Command parts builds the parts of the test cluster that are named, or all of them, and
// prints the directories with their programs. What is in the cache is not built again.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/radiograph/radiograph/test/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "parts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	parts := map[string]cluster.Part{}
	for _, p := range cluster.Parts() {
		parts[p.Name] = p
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(parts))
	}
	for _, name := range names {
		part, ok := parts[name]
		if !ok {
			return fmt.Errorf("there is no part %q; there are %q", name, slices.Sorted(maps.Keys(parts)))
		}
		dir, err := part.Build(ctx, os.Stderr)
		if err != nil {
			return err
		}
		if _, err := fmt.Println(dir); err != nil {
			return err
		}
	}
	return nil
}
