package demo

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/radiograph/radiograph/problem"
)

func TestFindBeside(t *testing.T) {
	dir := t.TempDir()
	self := filepath.Join(dir, "radiograph")
	if path, err := findBeside(self); problem.KindOf(err) != problem.NotFound {
		t.Errorf("without a shop: got %q, %v, want NotFound", path, err)
	}
	if err := os.Mkdir(filepath.Join(dir, Program), 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := findBeside(self); problem.KindOf(err) != problem.NotFound {
		t.Errorf("with a directory: got %q, %v, want NotFound", path, err)
	}
}

func TestShopGetsNoVariablesOfAWS(t *testing.T) {
	env := []string{"PATH=/bin", "AWS_XRAY_DAEMON_ADDRESS=x", "AWS_REGION=y", "HOME=/"}
	if got, want := shopEnv(env), []string{"PATH=/bin", "HOME=/"}; !slices.Equal(got, want) {
		t.Errorf("shopEnv(%q) = %q, want %q", env, got, want)
	}
}
