package block

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/radiograph/radiograph/internal/atomicfile"
)

// Backup writes a consistent copy of the store to dir, which must be empty or not
// there, while the store is in use. Everything that was acknowledged before the
// call is in it. Blocks are linked when dir is on the same file system: they do
// not change.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if err := makeEmpty(dir); err != nil {
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	if err := s.backup(ctx, dir); err != nil {
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	return nil
}

func makeEmpty(dir string) error {
	for _, d := range []string{dir, filepath.Join(dir, logDir), filepath.Join(dir, blockDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
		entries, err := os.ReadDir(d)
		if err != nil {
			return err
		}
		if d == dir && len(entries) > 0 {
			return errors.New("directory is not empty")
		}
	}
	return nil
}

func (s *Store) backup(ctx context.Context, dir string) error {
	s.maintenance.Lock() // blocks and log files stay while they are copied
	defer s.maintenance.Unlock()
	if err := s.flush(ctx); err != nil { // so that memberships are there, too
		return err
	}
	for _, name := range s.manifest.Blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, to := filepath.Join(s.blockDir(), name), filepath.Join(dir, blockDir, name)
		if os.Link(from, to) == nil {
			continue
		}
		if err := copyFile(from, to, -1); err != nil {
			return err
		}
	}
	if err := s.backupLog(filepath.Join(dir, logDir)); err != nil {
		return err
	}
	err := s.state.View(func(tx *bbolt.Tx) error { return tx.CopyFile(filepath.Join(dir, stateFile), 0o600) })
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(s.dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) { // no block was ever written
		return nil
	}
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, manifestFile), text)
}

// backupLog copies the log files as far as they are written now.
func (s *Store) backupLog(dir string) error {
	s.wal.mu.Lock()
	sizes := make(map[uint64]int64, len(s.wal.sizes))
	maps.Copy(sizes, s.wal.sizes)
	s.wal.mu.Unlock()
	for seq, size := range sizes {
		if err := copyFile(filepath.Join(s.wal.dir, logName(seq)), filepath.Join(dir, logName(seq)), size); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(dir)
}

// copyFile copies the first n bytes of a file, durably; all when n is negative.
func copyFile(from, to string, n int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	var src io.Reader = in
	if n >= 0 {
		src = io.LimitReader(in, n)
	}
	_, err = io.Copy(out, src)
	return errors.Join(err, out.Sync(), out.Close())
}
