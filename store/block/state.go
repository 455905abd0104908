package block

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
)

// stateFile holds the configuration, one bbolt bucket per kind. Its file lock is
// the store's: it refuses a second process.
const stateFile = "state.db"

// lockWait is how long Open waits for another process to let go.
const lockWait = 100 * time.Millisecond

func openState(dir string) (*bbolt.DB, error) {
	path := filepath.Join(dir, stateFile)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, &problem.Error{
			Kind: problem.Unavailable, Message: "the store in " + dir + " cannot be opened",
			Hint: "another process may be using it", Err: fmt.Errorf("open %s: %w", path, err),
		}
	}
	return db, nil
}

// LoadState implements [store.Store].
func (s *Store) LoadState(ctx context.Context, kind string) (map[string][]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	entries := map[string][]byte{}
	err := s.state.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(kind))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			entries[string(k)] = slices.Clone(v)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("load state of kind %s: %w", kind, err)
	}
	return entries, nil
}

// PutState implements [store.Store].
func (s *Store) PutState(ctx context.Context, kind, key string, value []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	err := s.state.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(kind))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), value)
	})
	if err != nil {
		return fmt.Errorf("put state %s of kind %s: %w", key, kind, err)
	}
	return nil
}

// DeleteState implements [store.Store].
func (s *Store) DeleteState(ctx context.Context, kind, key string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	err := s.state.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(kind))
		if b == nil {
			return nil
		}
		return b.Delete([]byte(key))
	})
	if err != nil {
		return fmt.Errorf("delete state %s of kind %s: %w", key, kind, err)
	}
	return nil
}

var _ store.Store = (*Store)(nil)
