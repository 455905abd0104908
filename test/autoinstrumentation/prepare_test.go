//go:build e2e

package autoinstrumentation

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// directory returns where what is made of the name is kept, and whether it is there
// already.
func directory(t *testing.T, name string) (dir string, made bool) {
	t.Helper()
	keep := os.Getenv("RADIOGRAPH_AUTOINSTRUMENTATION")
	if keep == "" {
		return filepath.Join(t.TempDir(), name), false
	}
	dir = filepath.Join(keep, name)
	_, err := os.Stat(filepath.Join(dir, ".made"))
	return dir, err == nil
}

// prepare runs a script that takes a directory, and returns the directory.
func prepare(t *testing.T, name, script string) string {
	t.Helper()
	dir, made := directory(t, name)
	if made {
		return dir
	}
	run(t, exec.Command(script, dir))
	if err := os.WriteFile(filepath.Join(dir, ".made"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// image returns a directory with what the language's image holds.
func image(t *testing.T, language string) string {
	t.Helper()
	return prepare(t, language, filepath.Join("..", "..", "operator", "autoinstrumentation", "images", language, "prepare"))
}

// application returns the directory of a language's application.
func application(t *testing.T, language string) string {
	t.Helper()
	return filepath.Join(prepare(t, "otlpapp", filepath.Join("..", "..", "examples", "otlpapp", "prepare")), language)
}

// cp builds the images' cp.
func cp(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cp")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/copy")
	cmd.Dir = filepath.Join("..", "..", "operator")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -trimpath"))
	run(t, cmd)
	return binary
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}
