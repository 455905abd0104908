package block

import (
	"testing"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
)

// open opens a store with options for tests: nothing happens by itself.
func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	if opts.Settle == 0 {
		opts.Settle = time.Hour
	}
	opts.Retention = -1
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	classifies := map[string]store.Classify{}
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T, classify store.Classify) store.Store {
			dir := t.TempDir()
			classifies[dir] = classify
			return open(t, dir, Options{Classify: classify})
		},
		Reopen: func(t *testing.T, st store.Store) store.Store {
			s := st.(*Store)
			if err := s.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			return open(t, s.dir, Options{Classify: classifies[s.dir]})
		},
		Settle: func(t *testing.T, st store.Store) {
			s := st.(*Store)
			if err := s.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			mergeAll(t, s)
		},
	})
}

// mergeAll merges all blocks of s that may be merged, however few.
func mergeAll(t testing.TB, s *Store) {
	t.Helper()
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	if len(s.parts) < 2 {
		return
	}
	if err := s.merge(t.Context(), s.parts); err != nil {
		t.Fatalf("merge: %v", err)
	}
}
