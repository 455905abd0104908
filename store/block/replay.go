package block

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/internal/atomicfile"
)

// corruptSuffix ends the names of what was set aside because it is corrupt.
const corruptSuffix = ".corrupt"

// logFile is the content of one log file.
type logFile struct {
	path string
	seq  uint64
	data []byte
	last bool // the newest: its end may be torn
}

// replay fills the head from the log files of wal/ that are not before floor, and
// deletes those that are.
func (s *Store) replay(floor uint64) error {
	seqs, err := listLogs(s.wal.dir)
	if err != nil {
		return err
	}
	s.wal.seq = max(floor, 1) - 1
	for i, seq := range seqs {
		path := filepath.Join(s.wal.dir, logName(seq))
		if seq < floor {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("drop log: %w", err)
			}
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("replay log: %w", err)
		}
		size, err := s.replayFile(logFile{path: path, seq: seq, data: data, last: i == len(seqs)-1})
		if err != nil {
			return fmt.Errorf("replay log %s: %w", path, err)
		}
		s.wal.seq = seq
		s.wal.sizes[seq] = size
		s.wal.written += size
	}
	s.memory.Store(s.head.bytes)
	return nil
}

// listLogs returns the numbers of the log files in dir, ascending.
func listLogs(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list logs: %w", err)
	}
	var seqs []uint64
	for _, e := range entries {
		var seq uint64
		if _, err := fmt.Sscanf(e.Name(), "%016x.log", &seq); err == nil && e.Name() == logName(seq) {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	return seqs, nil
}

// replayFile adds the frames of one file to the head and returns the file's size
// after repair.
func (s *Store) replayFile(f logFile) (int64, error) {
	if !validLogHeader(f.data, f.seq) {
		if f.last && len(f.data) < logHeaderBytes {
			return s.cutTail(f, 0)
		}
		return 0, s.setAside(f)
	}
	at := logHeaderBytes
	for at < len(f.data) {
		fr, err := nextFrame(f.data[at:])
		if err == nil {
			s.insertFrame(fr, f.seq)
			at += fr.size
			continue
		}
		next := at + findFrame(f.data[at:])
		if next >= len(f.data) && f.last {
			return s.cutTail(f, at)
		}
		s.log.Error("log corrupt, a part is set aside", "file", f.path, "offset", at, "bytes", next-at, "err", err)
		s.quarantined.Add(1)
		if err := atomicfile.Write(fmt.Sprintf("%s.%d%s", f.path, at, corruptSuffix), f.data[at:next]); err != nil {
			return 0, err
		}
		at = next
	}
	return int64(len(f.data)), nil
}

func validLogHeader(data []byte, seq uint64) bool {
	return len(data) >= logHeaderBytes && strings.HasPrefix(string(data[:len(logMagic)]), logMagic) &&
		binary.LittleEndian.Uint64(data[len(logMagic):]) == seq
}

// findFrame returns the offset of the next whole frame after a broken one at the
// front of b, or len(b).
func findFrame(b []byte) int {
	for i := 1; i+frameHeader < len(b); i++ {
		if kind := b[i+frameHeader]; kind != frameBatch && kind != frameGroups {
			continue
		}
		if n := binary.LittleEndian.Uint32(b[i:]); uint64(n) > uint64(len(b)-i-frameHeader) {
			continue
		}
		if _, err := nextFrame(b[i:]); err == nil {
			return i
		}
	}
	return len(b)
}

// cutTail shortens the newest file, whose end was being written at a crash.
func (s *Store) cutTail(f logFile, at int) (int64, error) {
	lost := len(f.data) - at
	s.log.Warn("torn end of the log cut", "file", f.path, "offset", at, "bytes", lost)
	s.truncated.Add(int64(lost))
	if at == 0 {
		return 0, os.Remove(f.path)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	return int64(at), errors.Join(file.Truncate(int64(at)), file.Sync(), file.Close())
}

// setAside renames a whole file.
func (s *Store) setAside(f logFile) error {
	s.log.Error("log has no valid header and is set aside", "file", f.path, "bytes", len(f.data))
	s.quarantined.Add(1)
	return os.Rename(f.path, f.path+corruptSuffix)
}

func (s *Store) insertFrame(f frame, seq uint64) {
	if f.id.IsZero() {
		s.head.insert(f.batch, seq, s.now())
		return
	}
	// A trace that is in blocks by now has its memberships there.
	if t := s.head.traces[f.id]; t != nil {
		t.groups = f.groups
	}
}
