package collectorcheck

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/utils/lru"
)

// Options says which collector is asked and what it may use. Zero fields mean the defaults.
type Options struct {
	// Binary is the path of the collector.
	Binary string
	// Timeout ends a check; the default is 10 s.
	Timeout time.Duration
	// MemoryLimit is the GOMEMLIMIT of the process; the default is "192MiB".
	MemoryLimit string
	// Concurrent is how many processes run at once; the default is 2. More wait.
	Concurrent int
	// Remember is how many verdicts are kept; the default is 1024.
	Remember int
}

// maxOutput is how much of what the collector writes is read.
const maxOutput = 64 << 10

// Checker checks configurations. It may be used by several goroutines.
type Checker struct {
	options  Options
	slots    chan struct{}
	verdicts *lru.Cache // of Verdict by the hash of what was checked

	mu sync.Mutex
	// components is guarded by mu; nil until the collector was asked.
	components *Components
}

// New returns a Checker. The binary must be there and be executable.
func New(o Options) (*Checker, error) {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MemoryLimit = cmp.Or(o.MemoryLimit, "192MiB")
	o.Concurrent = cmp.Or(o.Concurrent, 2)
	path, err := exec.LookPath(o.Binary)
	if err != nil {
		return nil, fmt.Errorf("find the collector that checks configurations: %w", err)
	}
	if o.Binary, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("find the collector that checks configurations: %w", err)
	}
	return &Checker{
		options:  o,
		slots:    make(chan struct{}, o.Concurrent),
		verdicts: lru.New(cmp.Or(o.Remember, 1024)),
	}, nil
}

// Check asks the collector about a configuration in YAML. env are the variables that are known
// to be set where it will run; what else it refers to makes a bad verdict inconclusive. The
// error is not nil when the collector could not be asked; then nothing is known.
func (c *Checker) Check(ctx context.Context, config []byte, env map[string]string) (Verdict, error) {
	names, onlyEnv := references(string(config))
	if !onlyEnv {
		return Verdict{Inconclusive: "it refers to more than environment variables, which only the collector in its pod can read"}, nil
	}
	values, unknown := environment(names, env)
	slices.Sort(values)
	key := sha256.Sum256(slices.Concat(config, []byte{0}, []byte(strings.Join(values, "\x00"))))
	if known, ok := c.verdicts.Get(key); ok {
		if v, ok := known.(Verdict); ok {
			return v, nil
		}
	}
	output, failed, err := c.validate(ctx, config, values)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	if failed {
		v = judge(output, config, unknown)
	}
	v.Needs = needs(config)
	c.verdicts.Add(key, v)
	return v, nil
}

// judge reads what a collector that refused a configuration wrote.
func judge(output string, config []byte, unknown []string) Verdict {
	v := Verdict{Problems: read(output, config)}
	if len(v.Problems) == 0 {
		v.Problems = []Problem{{Message: "the collector refuses it without a word"}}
	}
	if v.Problems = slices.DeleteFunc(v.Problems, Problem.ofCredentials); v.Valid() {
		return v // that there are no credentials here says nothing of the pod
	}
	text := v.String()
	switch {
	case len(unknown) > 0:
		v.Inconclusive = "the values of " + strings.Join(unknown, ", ") + " are not known here"
	case strings.Contains(text, "no such file or directory"), strings.Contains(text, "permission denied"):
		v.Inconclusive = "it names a file that is not here, but may be in the collector's pod"
	}
	return v
}

// validate runs the collector. failed is true when it refused the configuration, which is then
// in output. The file goes through a pipe, not through the disk.
func (c *Checker) validate(ctx context.Context, config []byte, env []string) (output string, failed bool, err error) {
	dir, err := os.MkdirTemp("", "collectorcheck-")
	if err != nil {
		return "", false, fmt.Errorf("check a configuration: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "collector.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return "", false, fmt.Errorf("check a configuration: %w", err)
	}
	out, err := c.run(ctx, dir, env, "validate", "--config="+file)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return out, true, nil
	}
	return out, false, err
}

// run runs the collector in a directory and returns what it wrote. An error of a process that
// did not end by itself says why.
func (c *Checker) run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("check a configuration: wait for other checks: %w", ctx.Err())
	}
	cmd := exec.CommandContext(ctx, c.options.Binary, args...) //nolint:gosec // the operator's own option, and arguments made here
	cmd.Dir = dir
	cmd.Env = append([]string{"GOMEMLIMIT=" + c.options.MemoryLimit, "GOMAXPROCS=1", "HOME=" + dir, "TMPDIR=" + dir}, slices.Concat(nowhere, env)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out := &limited{left: maxOutput}
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	if ctx.Err() != nil {
		return out.kept.String(), fmt.Errorf("check a configuration: the collector did not answer in %s: %w", c.options.Timeout, ctx.Err())
	}
	if err != nil {
		return out.kept.String(), fmt.Errorf("check a configuration: run %s %s: %w", c.options.Binary, args[0], err)
	}
	return out.kept.String(), nil
}

// limited keeps the first bytes that are written to it and drops the rest.
type limited struct {
	kept bytes.Buffer
	left int
}

// Write never fails: a process that writes too much is not to be stopped by it.
func (l *limited) Write(p []byte) (int, error) {
	keep := min(len(p), l.left)
	l.left -= keep
	l.kept.Write(p[:keep])
	return len(p), nil
}
