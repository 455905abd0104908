package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/internal/version"
)

func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		Run: func(*cobra.Command, []string) {
			p.printf("radiograph %s %s/%s %s\n", version.String(), runtime.GOOS, runtime.GOARCH, runtime.Version())
		},
	}
}
