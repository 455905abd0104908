package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/problem"
)

// Program is the file name of the shop's program, without ".exe".
const Program = "radiograph-shop"

// stopGrace is how long the shop may take to close. Its own patience is shorter.
const stopGrace = 10 * time.Second

// Find returns the path of the shop's program, which lies beside the executable
// that runs.
func Find() (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", fmt.Errorf("find the shop: %w", err)
	}
	return findBeside(self)
}

func findBeside(executable string) (string, error) {
	path := filepath.Join(filepath.Dir(executable), Program)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return "", &problem.Error{
			Kind: problem.NotFound, Message: "the shop is a program of its own, and there is no " + path,
			Hint: `"make build" builds both; so does "go install ./cmd/..."`,
		}
	}
	if err != nil {
		return "", fmt.Errorf("find the shop: %w", err)
	}
	return path, nil
}

// runShop runs the shop's program until ctx ends. The program closes the shop when
// its standard input ends, which also happens when this process is killed.
func runShop(ctx context.Context, opts Options) error {
	// The system ties the life of a child to the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, opts.Executable, "--daemon", opts.Daemon, "--until-eof") //nolint:gosec // see Find
	cmd.Env = shopEnv(opts.Env)
	cmd.Stdout, cmd.Stderr = opts.Output, opts.Output
	cmd.SysProcAttr = dieWithParent()
	cmd.WaitDelay = stopGrace
	stop, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the shop: %w", err)
	}
	cmd.Cancel = stop.Close
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the shop: %w", err)
	}
	err = cmd.Wait()
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return fmt.Errorf("the shop ended early: %w", err)
}

// shopEnv is env without what would tell an AWS SDK where to send and what to do.
func shopEnv(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(e string) bool { return strings.HasPrefix(e, "AWS_") })
}
