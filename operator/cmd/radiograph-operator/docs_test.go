package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the list of flags in docs/")

// TestFlagDocs: docs/operator-flags.md is what the flags say of themselves.
func TestFlagDocs(t *testing.T) {
	var text strings.Builder
	text.WriteString("# Flags of radiograph-operator\n\n" +
		"Every flag is an environment variable too, in capitals and with underscores (`WATCH_NAMESPACE`), and a key of the YAML file that\n" +
		"`--config-file` names. Flags go before the environment, and that before the file. All that is wrong is said at once.\n\n" +
		"Made by `go test ./cmd/radiograph-operator -update`.\n\n" +
		"| flag | default | |\n| --- | --- | --- |\n")
	new(options).flags("VERSION").VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		usage, names, _ := strings.Cut(f.Usage, " [")
		if _, other, ok := strings.Cut(strings.TrimSuffix(names, "]"), ", "); ok {
			usage += "; also `" + other + "`"
		}
		value := f.DefValue
		if value != "" && value != "[]" {
			value = "`" + strings.ReplaceAll(value, "|", `\|`) + "`"
		} else {
			value = ""
		}
		fmt.Fprintf(&text, "| `--%s` | %s | %s |\n", f.Name, value, usage)
	})
	const file = "../../../docs/operator-flags.md"
	if *update {
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), text.String()); diff != "" {
		t.Errorf("%s is not what the flags say; run this test with -update (-have +want):\n%s", file, diff)
	}
}
