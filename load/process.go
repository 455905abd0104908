package load

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/problem"
)

// ticksPerSecond is the unit of times in /proc/PID/stat. It is 100 on every
// Linux that Go supports.
const ticksPerSecond = 100

// process is what the system tells about a process.
type process struct {
	cpu     time.Duration // user and system
	peakRSS int64
}

// readProcess reads the usage of process pid; of pid 0 it is zero.
func readProcess(pid int) (process, error) {
	if pid == 0 {
		return process{}, nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, &problem.Error{Kind: problem.NotFound, Message: fmt.Sprintf("no process %d to measure", pid), Err: err}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return process{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	cpu, err := parseStat(string(stat))
	return process{cpu, parsePeak(string(status))}, err
}

// parseStat returns the CPU time of the text of a stat file. The command, the
// second field, may contain anything; it ends with the last parenthesis.
func parseStat(text string) (time.Duration, error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("process status: %d fields", len(fields))
	}
	var ticks int64
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("process status: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// parsePeak returns VmHWM of the text of a status file in bytes, 0 without it.
func parsePeak(text string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}

// waitQuiet waits until the process has used less than 5 % of a CPU for two
// seconds, at most two minutes, and returns its usage.
func waitQuiet(ctx context.Context, pid int) (process, error) {
	last, err := readProcess(pid)
	if err != nil {
		return process{}, err
	}
	quiet := 0
	for range 240 {
		pause(ctx, 500*time.Millisecond)
		now, err := readProcess(pid)
		if err != nil || ctx.Err() != nil {
			return now, err
		}
		if quiet++; now.cpu-last.cpu > 25*time.Millisecond {
			quiet = 0
		}
		last = now
		if quiet == 4 {
			break
		}
	}
	return last, nil
}
