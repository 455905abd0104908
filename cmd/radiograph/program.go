package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

// program is one run of the command line: what it was given and where it writes.
type program struct {
	self     string // what the user typed to start the program; "" means radiograph
	args     []string
	env      []string
	out, err io.Writer
	look     time.Duration // up --demo prints the map once, so long after the start
}

// run executes the command line and returns the exit code.
func (p *program) run(ctx context.Context) int {
	root := p.command() //nolint:contextcheck // commands get it from cobra
	root.SetArgs(p.args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(p.err, "radiograph:", message(err))
	return exitCode(err)
}

// message is the text of err and, on a line of its own, what to do about it.
func message(err error) string {
	if e, ok := errors.AsType[*problem.Error](err); ok && e.Hint != "" {
		return err.Error() + "\n  " + e.Hint
	}
	return err.Error()
}

// exitCodes are the exit codes of the kinds of problems. 1 is everything else.
var exitCodes = map[problem.Kind]int{
	problem.Internal:    1,
	problem.Invalid:     2,
	problem.NotFound:    3,
	problem.Exists:      4,
	problem.Denied:      5,
	problem.Throttled:   6,
	problem.Unavailable: 7,
	problem.Unsupported: 8,
}

func exitCode(err error) int { return exitCodes[problem.KindOf(err)] }

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "radiograph",
		Short: "Container tracing that you own: a tracing system that speaks AWS X-Ray",
		Long: `radiograph stores and shows traces. X-Ray SDKs, collectors, the aws command line
and Grafana use it like AWS X-Ray.

  radiograph up --demo     start everything on this machine, with a shop that makes traces
  radiograph map           the services, who calls whom, how fast
  radiograph traces        recent traces
  radiograph tail          traces as they happen`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return problem.New(problem.Invalid, "unknown command %q%s", args[0], didYouMean(cmd, args[0]))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &problem.Error{Kind: problem.Invalid, Message: err.Error(), Hint: "see: " + cmd.CommandPath() + " --help"}
	})
	root.AddGroup(&cobra.Group{ID: "service", Title: "Service:"}, &cobra.Group{ID: "ask", Title: "Questions to a running service:"})
	for _, c := range []*cobra.Command{p.up(), p.server(), p.config(), p.store(), p.addon(), p.iam(), p.irsa(), p.podIdentity()} {
		c.GroupID = "service"
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{p.serviceMap(), p.traces(), p.trace(), p.tail(), p.load()} {
		c.GroupID = "ask"
		root.AddCommand(c)
	}
	root.AddCommand(p.version())
	return root
}

func didYouMean(cmd *cobra.Command, name string) string {
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		return "; did you mean " + strings.Join(s, " or ") + "?"
	}
	return "; see: radiograph --help"
}

// name is how the user can start this program again.
func (p *program) name() string { return cmp.Or(p.self, "radiograph") }

// getenv returns the value of an environment variable, "" when it is not set.
func (p *program) getenv(name string) string {
	for _, e := range slices.Backward(p.env) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// printf writes to standard output. A write error ends in a broken pipe signal or
// in the exit code of the command that checks it last; lines lost here are lost anyway.
func (p *program) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format, args...)
}

// terminal reports whether w is a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return problem.New(problem.Invalid, "%s takes no arguments, but got %q", cmd.CommandPath(), args[0])
	}
	return nil
}
