// Package output is what the operator's programs write to their standard error: lines of JSON
// alone, as soon as a log handler of JSON is in use, whoever in the program writes them.
package output

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"strings"
)

// Output is a program's standard error.
type Output struct {
	// Program is the name that its last words begin with.
	Program string
	// W is where lines go.
	W io.Writer
	// Human is set where somebody reads along, who gets text until a log handler is in use.
	Human bool

	log *slog.Logger
}

// Stderr returns the output of a program to its standard error.
func Stderr(program string) *Output {
	o := &Output{Program: program, W: os.Stderr}
	if info, err := os.Stderr.Stat(); err == nil {
		o.Human = info.Mode()&os.ModeCharDevice != 0
	}
	return o
}

// Use makes a handler that of the whole program: what packages write with the standard
// library's log, such as handshakes that fail, goes there as well. It returns its logger.
func (o *Output) Use(h slog.Handler) *slog.Logger {
	o.log = slog.New(h)
	stdlog.SetFlags(0)
	stdlog.SetOutput(slog.NewLogLogger(h, slog.LevelInfo).Writer())
	return o.log
}

// Fail says why the program ends.
func (o *Output) Fail(err error) {
	log := o.log
	if log == nil {
		if o.Human {
			_, _ = fmt.Fprintf(o.W, "%s: %v\n", o.Program, err)
			return
		}
		log = slog.New(slog.NewJSONHandler(o.W, nil))
	}
	log.Error("program ends", "program", o.Program, "err", err)
}

// Plain is for [slog.HandlerOptions]: a value that JSON cannot show as it is becomes text. Of
// values with a String method that is what they say of themselves.
func Plain(a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindAny {
		return a
	}
	switch v := a.Value.Any().(type) {
	case nil, error, json.Marshaler, encoding.TextMarshaler:
	case fmt.Stringer:
		a.Value = slog.StringValue(v.String())
	default:
		if _, err := json.Marshal(v); err != nil {
			a.Value = slog.StringValue(fmt.Sprintf("%T", v))
		}
	}
	return a
}

// JSON returns a handler of JSON that shows every value.
func JSON(w io.Writer, level slog.Leveler) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return Plain(a) },
	})
}

// Lines splits what another package has written for people into the lines that are not empty.
func Lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
