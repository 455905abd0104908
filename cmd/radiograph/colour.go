package main

import (
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
)

// colour paints text with terminal escapes, or not.
type colour bool

func colourFlag(cmd *cobra.Command, mode *string) {
	cmd.Flags().StringVar(mode, "color", "auto", "auto (on a terminal, unless NO_COLOR is set), always or never")
}

// colour says whether to paint.
func (p *program) colour(mode string) (colour, error) {
	switch mode {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return colour(terminal(p.out) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"), nil
	}
	return false, problem.New(problem.Invalid, "--color is auto, always or never, not %q", mode)
}

func (c colour) paint(code, s string) string {
	if !c || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (c colour) dim(s string) string  { return c.paint("2", s) }
func (c colour) bold(s string) string { return c.paint("1", s) }

// outcome paints s by an outcome.
func (c colour) outcome(o segment.Outcome, s string) string {
	return c.paint([...]string{segment.OK: "32", segment.Error: "33", segment.Throttle: "35", segment.Fault: "31"}[o], s)
}

// printable replaces control characters: names come from outside and must not
// steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, s)
}
