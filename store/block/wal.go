package block

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/radiograph/radiograph/internal/atomicfile"
)

// wal is the directory of log files, of which the newest is written.
type wal struct {
	dir string

	mu      sync.Mutex // guards the fields below; held while the log is written: that is what it is for
	file    *os.File   // nil when a new one must be begun
	seq     uint64     // of file
	size    int64      // of file, up to the last whole frame
	dirty   bool       // written since the last fsync
	sizes   map[uint64]int64
	chunk   []byte // memory image of what is written: documents in the head alias it
	written int64  // bytes of all files
}

// chunkBytes is how much memory the log takes at a time for the documents of the
// head.
const chunkBytes = 1 << 20

// buffer returns memory for n bytes that nothing else uses.
func (w *wal) buffer(n int) []byte {
	if cap(w.chunk)-len(w.chunk) < n {
		w.chunk = make([]byte, 0, max(chunkBytes, n))
	}
	start := len(w.chunk)
	w.chunk = w.chunk[:start+n]
	return w.chunk[start : start : start+n]
}

// begin starts the file after the newest. The caller holds mu, if there can be
// others.
func (w *wal) begin() error {
	if err := w.finish(); err != nil {
		return err
	}
	seq := w.seq + 1
	path := filepath.Join(w.dir, logName(seq))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // our own directory
	if err != nil {
		return fmt.Errorf("begin log: %w", err)
	}
	if _, err := f.Write(logHeader(seq)); err != nil {
		return errors.Join(fmt.Errorf("begin log: %w", err), f.Close(), os.Remove(path)) //nolint:gosec // our own directory
	}
	if err := atomicfile.SyncDir(w.dir); err != nil {
		return errors.Join(fmt.Errorf("begin log: %w", err), f.Close(), os.Remove(path)) //nolint:gosec // our own directory
	}
	w.file, w.seq, w.size, w.dirty = f, seq, logHeaderBytes, true
	w.sizes[seq] = w.size
	w.written += w.size
	return nil
}

// finish syncs and closes the file.
func (w *wal) finish() error {
	if w.file == nil {
		return nil
	}
	f := w.file
	w.file, w.dirty = nil, false
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync log: %w", err), f.Close())
	}
	return f.Close()
}

// write appends frames, and syncs them when it must. After an error nothing of
// them is in the log.
func (w *wal) write(frames []byte, sync bool) error {
	if w.file == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	_, err := w.file.Write(frames)
	if err == nil && sync {
		err = w.file.Sync()
	}
	if err != nil {
		return w.undo(fmt.Errorf("write log: %w", err))
	}
	w.size += int64(len(frames))
	w.written += int64(len(frames))
	w.sizes[w.seq] = w.size
	w.dirty = !sync
	return nil
}

// undo cuts off what a failed write has left. If that fails too the file is left
// behind: its torn end is cut when the log is read.
func (w *wal) undo(err error) error {
	cut := w.file.Truncate(w.size)
	if cut == nil {
		_, cut = w.file.Seek(w.size, 0)
	}
	if cut != nil {
		err = errors.Join(err, cut, w.file.Close())
		w.file = nil
	}
	return err
}

// sync forces what was written to disk. Appending goes on meanwhile.
func (w *wal) sync() error {
	w.mu.Lock()
	f, dirty := w.file, w.dirty
	w.dirty = false
	w.mu.Unlock()
	if !dirty || f == nil {
		return nil
	}
	err := f.Sync()
	if err == nil || errors.Is(err, os.ErrClosed) { // finish has synced it
		return nil
	}
	w.mu.Lock()
	w.dirty = w.file == f
	w.mu.Unlock()
	return fmt.Errorf("sync log: %w", err)
}

// drop deletes the files before seq.
func (w *wal) drop(before uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for seq, size := range w.sizes {
		if seq >= before || seq == w.seq {
			continue
		}
		if err := os.Remove(filepath.Join(w.dir, logName(seq))); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("drop log: %w", err))
			continue
		}
		w.written -= size
		delete(w.sizes, seq)
	}
	return errors.Join(errs...)
}
