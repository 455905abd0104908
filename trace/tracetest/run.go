package tracetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected results of scripts")

const separator = "----"

// Command is one step of a script: a line with its name and arguments, lines of
// input, the line "----", and the expected result up to the next empty line. Lines
// before a command that begin with # are comments.
type Command struct {
	Name  string
	Args  []string
	Input string
}

// Run runs every script testdata/*.txt. begin is called for each script and
// returns what runs its commands. With the flag -update the results become the
// expected ones.
func Run(t *testing.T, begin func(t *testing.T) func(Command) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runFile(t, file, begin(t)) })
	}
}

func runFile(t *testing.T, file string, run func(Command) string) {
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, part := range strings.Split(strings.TrimSpace(string(old)), "\n\n") {
		if i > 0 {
			out.WriteString("\n")
		}
		before, _, isCommand := strings.Cut(part, separator)
		before = strings.TrimRight(before, "\n")
		out.WriteString(before + "\n")
		if isCommand {
			out.WriteString(separator + "\n")
			if result := strings.TrimRight(run(parse(before)), "\n"); result != "" {
				out.WriteString(result + "\n")
			}
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(old), out.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func parse(text string) Command {
	lines := strings.Split(text, "\n")
	for strings.HasPrefix(lines[0], "#") {
		lines = lines[1:]
	}
	words := strings.Fields(lines[0])
	return Command{Name: words[0], Args: words[1:], Input: strings.Join(lines[1:], "\n")}
}
