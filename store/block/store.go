package block

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/radiograph/radiograph/store"
)

// Store is the embedded engine. It is safe for concurrent use.
type Store struct {
	dir   string
	opts  Options
	log   *slog.Logger
	state *bbolt.DB

	cache   *lru
	commits commitQueue
	wal     wal

	pending     atomic.Int64 // bytes of batches that are being appended
	memory      atomic.Int64 // bytes of documents in the head and in frozen heads
	throttled   atomic.Int64
	quarantined atomic.Int64
	truncated   atomic.Int64
	floor       atomic.Int64 // receipt times (ns) before are gone

	maintenance sync.Mutex // held by what makes, merges, drops or copies blocks
	manifest    manifest   // guarded by maintenance

	settleMu sync.Mutex // guards settler; parts and rows change under it and mu
	settler  settler

	mu    sync.RWMutex // guards the fields below; never held across I/O
	head  *head
	parts []*part // oldest first; the slice is replaced, never changed

	kicks  chan struct{}
	cancel context.CancelFunc
	loops  sync.WaitGroup

	life   sync.RWMutex // held for reading by every call; guards closed
	closed bool
}

// Directories below the store's.
const (
	logDir   = "wal"
	blockDir = "blocks"
)

// Open opens the store in dir, which is created if it is not there. It fails when
// another process has it open. Corrupt files are set aside, never deleted, and
// reported to the logger and in Stats.
func Open(dir string, opts Options) (*Store, error) {
	s := &Store{dir: dir, opts: opts.withDefaults(), head: newHead(), kicks: make(chan struct{}, 1)}
	s.log = s.opts.Logger
	s.cache = newLRU(s.opts.CacheBytes)
	s.floor.Store(-1 << 63)
	s.wal = wal{dir: filepath.Join(dir, logDir), sizes: map[uint64]int64{}}
	for _, d := range []string{dir, s.wal.dir, s.blockDir()} {
		if err := os.MkdirAll(d, 0o700); err != nil { //nolint:gosec // the caller names the directory
			return nil, fmt.Errorf("open store: %w", err)
		}
	}
	var err error
	if s.state, err = openState(dir); err != nil {
		return nil, err
	}
	if err := s.readDisk(); err != nil {
		return nil, errors.Join(err, s.state.Close())
	}
	s.start()
	return s, nil
}

// readDisk reads what is on disk.
func (s *Store) readDisk() error {
	if err := s.openBlocks(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if err := s.replay(s.manifest.LogFloor); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	return s.wal.begin()
}

func (s *Store) blockDir() string { return filepath.Join(s.dir, blockDir) }

func (s *Store) now() int64 { return s.opts.Now().UnixNano() }

// enter begins a call, unless the store is closed or ctx is done.
func (s *Store) enter(ctx context.Context) error {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return store.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		s.life.RUnlock()
		return err
	}
	return nil
}

func (s *Store) leave() { s.life.RUnlock() }

// Close implements [store.Store].
func (s *Store) Close() error {
	s.life.Lock()
	if s.closed {
		s.life.Unlock()
		return nil
	}
	s.closed = true
	s.life.Unlock()
	s.cancel()
	s.loops.Wait()

	s.settleMu.Lock()
	for batch := range slices.Chunk(s.takeQueue(), settleSlice) { // memberships of what is not settled are to be logged
		s.settle(batch)
	}
	s.logMemberships()
	s.settleMu.Unlock()

	s.wal.mu.Lock()
	err := s.wal.finish()
	s.wal.mu.Unlock()
	for _, p := range s.parts {
		p.release()
	}
	return errors.Join(err, s.state.Close())
}

// start starts the goroutines that Close waits for.
func (s *Store) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.loops.Go(func() { s.every(ctx, max(s.opts.Settle/4, time.Millisecond), s.settleQuiet) })
	if s.opts.Sync == SyncInterval {
		s.loops.Go(func() { s.every(ctx, s.opts.SyncEvery, s.syncLog) })
	}
	s.loops.Go(func() { s.maintain(ctx) })
}

func (s *Store) every(ctx context.Context, period time.Duration, f func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}

func (s *Store) syncLog() {
	if err := s.wal.sync(); err != nil {
		s.log.Error("log not synced", "err", err)
	}
}

// kick wakes the maintenance loop.
func (s *Store) kick() {
	select {
	case s.kicks <- struct{}{}:
	default:
	}
}

// Stats implements [store.Store].
func (s *Store) Stats() store.Stats {
	st := store.Stats{
		HeadBytes: s.memory.Load(), Throttled: s.throttled.Load(),
		Quarantined: s.quarantined.Load(), TruncatedBytes: s.truncated.Load(),
	}
	s.wal.mu.Lock()
	st.LogBytes = s.wal.written
	s.wal.mu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	received := s.head.received
	st.Documents, st.HeadTraces = s.head.docs, int64(len(s.head.traces))
	st.Traces = st.HeadTraces
	for _, p := range s.parts {
		info := p.info()
		received.merge(info.received)
		st.Documents += info.docs
		st.Traces += int64(info.rows - p.dead.n)
		st.DiskBytes += info.bytes
		if _, ok := p.content.(*frozenHead); !ok {
			st.Blocks++
		}
	}
	st.DiskBytes += st.LogBytes
	st.OldestReceived = received.min
	return st
}
