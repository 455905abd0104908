package rig

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopGrace is how long a program may take to end after SIGTERM.
const stopGrace = 20 * time.Second

// Process is a started program.
type Process struct {
	Name string

	cmd    *exec.Cmd
	output output
	done   chan struct{} // closed when the program has ended
	err    error         // how it ended; read after done
}

// Start starts the program and ends it with its children when the test ends. The
// program writes its output to memory; a failed test shows it.
func Start(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Name: name, cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("output of %s:\n%s", name, p.output.String())
		}
	})
	return p
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output returns what the program has written so far.
func (p *Process) Output() string { return p.output.String() }

// Ended says whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Wait waits until the program ends by itself and returns how it ended.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Kill ends the program and its children at once, as kill -9 does.
func (p *Process) Kill() {
	if p.Ended() {
		return
	}
	// The group is the program's own: Setpgid made its process id the group's id.
	if err := syscall.Kill(-p.PID(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.output.writeLine("kill: " + err.Error())
	}
	<-p.done
}

// Stop asks the program to end, and fails the test unless it does so with exit
// code 0 in time.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("stop %s: %v", p.Name, err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			t.Errorf("%s ended badly after SIGTERM: %v", p.Name, p.err)
		}
	case <-time.After(stopGrace):
		p.Kill()
		t.Errorf("%s did not end within %s of SIGTERM", p.Name, stopGrace)
	}
}

// output keeps the last part of what a program writes.
type output struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// maxOutput bounds the memory of one program's output.
const maxOutput = 64 << 10

// Write keeps b and forgets the oldest output beyond maxOutput.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(b)
	if over := o.buf.Len() - maxOutput; over > 0 {
		o.buf.Next(over)
	}
	return len(b), nil
}

func (o *output) writeLine(s string) { _, _ = o.Write([]byte(s + "\n")) }

// String returns what is kept.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
