package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a program may take to end after SIGTERM before it is killed.
const stopGrace = 10 * time.Second

// processID names one process of this boot. A process id alone is given again to
// another program; with the time of its start and its program it is not.
type processID struct {
	PID     int    `json:"pid"`
	Start   uint64 `json:"start"` // clock ticks after boot, field 22 of /proc/PID/stat
	Program string `json:"program"`
}

// identify describes a running process.
func identify(pid int) (processID, error) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return processID{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	start, state, err := parseStat(stat)
	if err != nil {
		return processID{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	if state == 'Z' || state == 'X' {
		return processID{}, fmt.Errorf("identify process %d: %w", pid, os.ErrProcessDone)
	}
	program, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	if err != nil {
		return processID{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	program = strings.TrimSuffix(program, " (deleted)")
	return processID{PID: pid, Start: start, Program: filepath.Base(program)}, nil
}

// parseStat returns the start time and the state letter from /proc/PID/stat. The second
// field, the program's name in parentheses, may hold spaces and parentheses.
func parseStat(stat []byte) (start uint64, state byte, err error) {
	const afterName = 20 // fields from the state, which is number 3, to the start time, number 22
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, 0, errors.New("stat has no program name")
	}
	fields := bytes.Fields(stat[end+1:])
	if len(fields) < afterName || len(fields[0]) != 1 {
		return 0, 0, fmt.Errorf("stat has %d fields after the program name", len(fields))
	}
	start, err = strconv.ParseUint(string(fields[afterName-1]), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("start time: %w", err)
	}
	return start, fields[0][0], nil
}

// alive says whether the very process still runs. A process that has ended but was not
// waited for does not.
func (p processID) alive() bool {
	if p.PID <= 1 {
		return false
	}
	now, err := identify(p.PID)
	return err == nil && now == p
}

// signal sends to the process, and to no other that has its number by now.
func (p processID) signal(s syscall.Signal) error {
	if !p.alive() {
		return nil
	}
	if err := syscall.Kill(p.PID, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s (process %d): %w", p.Program, p.PID, err)
	}
	return nil
}

// stop ends the process: SIGTERM, and SIGKILL when that takes longer than grace.
func (p processID) stop(ctx context.Context, grace time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	gentle, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if p.gone(gentle) == nil {
		return nil
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	// Also when ctx has ended: a process that was sent SIGKILL is gone in a moment.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return p.gone(last)
}

// gone waits until the process has ended.
func (p processID) gone(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for p.alive() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s (process %d) still runs: %w", p.Program, p.PID, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
