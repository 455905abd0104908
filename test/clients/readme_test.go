//go:build e2e

package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/test/rig"
)

// TestReadme runs the commands of the README against a server with the demo shop,
// on other ports and in the scope of the rig.
func TestReadme(t *testing.T) {
	t.Parallel()
	commands := readmeCommands(t)
	if len(commands) < 4 {
		t.Fatalf("found only %d commands in the README: %q", len(commands), commands)
	}
	rg := rig.StartRadiograph(t, t.TempDir(), "--demo")
	rig.Eventually(t, "the shop's traces", func() error {
		services, err := readGraph(t, rg)
		if err == nil && len(services) < 5 {
			err = fmt.Errorf("%d services", len(services))
		}
		return err
	})
	for _, command := range commands {
		t.Run(strings.Join(strings.Fields(command)[:2], " "), func(t *testing.T) {
			line := strings.NewReplacer(
				"http://127.0.0.1:2080", rg.URL(),
				"--region us-east-1", "--region "+rig.Region,
				"bin/radiograph ", rig.Binary(t)+" ",
			).Replace(command)
			cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
			cmd.Env = environment(t,
				"RADIOGRAPH_ENDPOINT="+rg.URL(),
				"PATH="+filepath.Dir(prepared(t, "python", "bin", "aws"))+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if err != nil || len(out) == 0 {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		})
	}
}

// readmeCommands returns the commands in the README's shell blocks that ask a
// running server.
func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	shell := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			shell = line == "```sh"
		case shell && (strings.HasPrefix(line, "bin/radiograph ") || strings.HasPrefix(line, "aws ")):
			commands = append(commands, line)
		}
	}
	return commands
}
