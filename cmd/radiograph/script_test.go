package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/server"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"radiograph": main})
}

// TestScript runs the command lines of testdata/script. The command "service"
// starts a service inside of the test and sets RADIOGRAPH_ENDPOINT, DAEMON,
// OTLP_GRPC and OTLP_HTTP.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TZ", "UTC")
			// By default a program with the race detector sleeps a second before it ends.
			e.Setenv("GORACE", "atexit_sleep_ms=10")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"service": startService, "trace": lastTrace, "key": useKey, "keyid": keyID},
	})
}

// startService implements: service [flag=value]...
func startService(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("service cannot be negated")
	}
	flags := map[string]string{
		"data": ts.MkAbs("data"), "http": "127.0.0.1:0", "daemon-udp": "127.0.0.1:0", "daemon-tcp": "127.0.0.1:0",
		"otlp-grpc": "127.0.0.1:0", "otlp-http": "127.0.0.1:0",
	}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		flags[name] = value
	}
	l, err := config.Load(config.Default(), config.Source{Flags: flags})
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, l.Config, server.Options{Version: "test"})
	if err != nil {
		cancel()
		ts.Fatalf("%v", err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	ts.Defer(func() {
		cancel()
		if err := <-done; err != nil {
			ts.Logf("service: %v", err)
		}
	})
	ts.Setenv("RADIOGRAPH_ENDPOINT", s.Endpoint())
	ts.Setenv("OTLP_GRPC", s.OTLPGRPCAddress())
	ts.Setenv("OTLP_HTTP", s.OTLPEndpoint())
	for part := range strings.FieldsSeq(s.DaemonAddress()) {
		if udp, ok := strings.CutPrefix(part, "udp:"); ok {
			ts.Setenv("DAEMON", udp)
		}
	}
}

// lastTrace implements: trace NAME, which sets $TRACE to the first word of the file
// NAME that looks like a trace id.
func lastTrace(ts *testscript.TestScript, _ bool, args []string) {
	for word := range strings.FieldsSeq(ts.ReadFile(args[0])) {
		if strings.HasPrefix(word, "1-") && len(word) == 35 {
			ts.Setenv("TRACE", word)
			return
		}
	}
	ts.Fatalf("no trace id in %s", args[0])
}

// useKey implements: key NAME, which sets the variables that the file NAME exports.
func useKey(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok || !strings.HasPrefix(name, "AWS_") {
			ts.Fatalf("%s: %q sets no variable", args[0], line)
		}
		ts.Setenv(name, value)
	}
}

// keyID implements: keyid NAME, which sets $KEY to the id of the key that the file NAME
// exports.
func keyID(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if _, id, ok := strings.Cut(strings.TrimSpace(line), "AWS_ACCESS_KEY_ID="); ok {
			ts.Setenv("KEY", id)
			return
		}
	}
	ts.Fatalf("no key in %s", args[0])
}

// TestUp starts everything, looks, and stops.
func TestUp(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listening := make(chan struct{})
	out := &watched{want: "Ctrl-C stops.", found: sync.OnceFunc(func() { close(listening) })}
	p := program{
		args: []string{"up", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--daemon", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"},
		env:  os.Environ(), out: out, err: out, look: 10 * time.Second,
	}
	code := make(chan int, 1)
	go func() { code <- p.run(ctx) }()
	select {
	case <-listening:
	case c := <-code:
		t.Fatalf("exit code %d\n%s", c, out.String())
	}
	p.firstLook(ctx, endpoint{url: regexp.MustCompile(`http://[0-9.:]+`).FindString(out.String())})
	stop()
	if code := <-code; code != 0 {
		t.Errorf("exit code %d\n%s", code, out.String())
	}
	for _, want := range []string{"AWS_XRAY_DAEMON_ADDRESS=", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "The first 10s", "No traces in this time"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}

// exampleLines are the command lines that help texts show.
func exampleLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	p := program{out: os.Stdout, err: os.Stderr}
	commands := p.command().Commands()
	for len(commands) > 0 {
		c := commands[0]
		commands = append(commands[1:], c.Commands()...)
		for line := range strings.Lines(c.Example) {
			if _, after, ok := strings.Cut(line, " | "); ok {
				line = after
			}
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestExamplesNameFlagsThatExist parses every example of the help texts.
func TestExamplesNameFlagsThatExist(t *testing.T) {
	for _, line := range exampleLines(t) {
		words := strings.Fields(line)
		p := program{out: os.Stdout, err: os.Stderr}
		cmd, rest, err := p.command().Find(words[1:])
		if err != nil || words[0] != "radiograph" {
			t.Errorf("%s: %v", line, err)
			continue
		}
		for _, w := range rest {
			name, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
			if strings.HasPrefix(w, "--") && cmd.Flags().Lookup(name) == nil {
				t.Errorf("%s: %s has no flag --%s", line, cmd.Name(), name)
			}
		}
	}
}

// TestDocumentation keeps docs/cli.md equal to the help texts.
func TestDocumentation(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Command line\n\n<!-- Written by the test of cmd/radiograph: go test ./cmd/radiograph -run Documentation -update -->\n\n")
	b.WriteString("Exit codes: 0 done, 1 a defect, a broken machine or an add-on that fails, 2 wrong input, 3 not found, 4 exists already,\n5 not allowed, 6 asked to slow down, 7 no service, an address in use or not ready in time, 8 not supported.\n")
	p := program{env: []string{"HOME=~"}, out: &b, err: &b}
	for _, c := range p.command().Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		fmt.Fprintf(&b, "\n## radiograph %s\n\n%s\n", c.Name(), orDefault(c.Long, c.Short+"."))
		subcommands(&b, c)
		usage(&b, c.Example, c.Flags().FlagUsages())
	}
	golden(t, filepath.Join("..", "..", "docs", "cli.md"), b.String())
}

// subcommands writes what is below c, however deep.
func subcommands(b *strings.Builder, c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() {
			subcommands(b, sub)
			continue
		}
		fmt.Fprintf(b, "\n### %s\n\n%s\n", strings.TrimSuffix(sub.CommandPath()+strings.TrimPrefix(sub.Use, sub.Name()), " [flags]"), orDefault(sub.Long, sub.Short+"."))
		usage(b, sub.Example, sub.Flags().FlagUsages())
	}
}

func usage(b *strings.Builder, example, flags string) {
	if example != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(example, "  "), "\n  ", "\n"))
	}
	if flags != "" {
		fmt.Fprintf(b, "\n```\n%s```\n", flags)
	}
}

func orDefault(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
