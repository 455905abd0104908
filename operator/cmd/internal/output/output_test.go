package output_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/operator/cmd/internal/output"
)

// source is what a watch is logged as: it has a name, and JSON cannot show it.
type source struct{ C chan int }

func (source) String() string { return "kind source: *v1.Pod" }

// lines parses each line as JSON.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(text) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q is no JSON: %v", line, err)
		}
		if strings.Contains(line, "!ERROR") {
			t.Errorf("%q shows no value", line)
		}
		out = append(out, v)
	}
	return out
}

func TestEverythingIsJSON(t *testing.T) {
	defer stdlog.SetOutput(stdlog.Writer())
	defer stdlog.SetFlags(stdlog.Flags())
	var buf bytes.Buffer
	o := &output.Output{Program: "radiograph-test", W: &buf, Human: true}
	log := o.Use(output.JSON(&buf, slog.LevelInfo))
	log.Info("starting", "source", source{}, "chan", make(chan int), "func", func() {}, "nil", nil, "err", errors.New("an error"), "header", http.Header{"A": {"b"}})
	log.WithGroup("g").Info("in a group", "source", source{})
	stdlog.Print("http: TLS handshake error from 127.0.0.1:1: EOF\nand more")
	o.Fail(fmt.Errorf("run: %w", context.Canceled))
	got := lines(t, buf.String())
	if len(got) != 4 {
		t.Fatalf("%d lines: %s", len(got), buf.String())
	}
	for key, want := range map[string]any{"source": "kind source: *v1.Pod", "chan": "chan int", "func": "func()", "nil": nil, "err": "an error"} {
		if got[0][key] != want {
			t.Errorf("%s is %v, want %v", key, got[0][key], want)
		}
	}
	if group, _ := got[1]["g"].(map[string]any); group["source"] != "kind source: *v1.Pod" {
		t.Errorf("the group is %v", got[1])
	}
	if got[3]["err"] != "run: context canceled" || got[3]["level"] != "ERROR" {
		t.Errorf("the last words are %v", got[3])
	}
}

func TestFailBeforeThereIsALog(t *testing.T) {
	var buf bytes.Buffer
	(&output.Output{Program: "radiograph-test", W: &buf, Human: true}).Fail(errors.New("unknown flag: --x"))
	if got, want := buf.String(), "radiograph-test: unknown flag: --x\n"; got != want {
		t.Errorf("a person reads %q, want %q", got, want)
	}
	buf.Reset()
	(&output.Output{Program: "radiograph-test", W: &buf}).Fail(errors.New("unknown flag: --x"))
	if got := lines(t, buf.String()); len(got) != 1 || got[0]["err"] != "unknown flag: --x" {
		t.Errorf("a program reads %v", got)
	}
}
