package block

import (
	"context"
	"sync"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
)

// waiting is a batch that waits to be committed.
type waiting struct {
	batch store.Batch
	size  int
	done  chan turn
}

// turn wakes a waiting batch: it is committed, or it leads the next group.
type turn struct {
	lead bool
	err  error
}

// commitQueue joins concurrent Appends to groups that share one write. The first
// to come leads; it hands over to the first of those that came meanwhile.
type commitQueue struct {
	mu      sync.Mutex // guards the fields below
	waiting []*waiting
	leading bool
}

// join adds w and reports whether its owner must lead.
func (q *commitQueue) join(w *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, w)
	lead := !q.leading
	q.leading = true
	return lead
}

// maxGroup bounds the bytes of one write.
const maxGroup = 8 << 20

// take removes a group, of at least one batch.
func (q *commitQueue) take() []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	size, n := 0, 0
	for n < len(q.waiting) && (n == 0 || size+q.waiting[n].size <= maxGroup) {
		size += q.waiting[n].size
		n++
	}
	group := q.waiting[:n:n]
	q.waiting = append([]*waiting(nil), q.waiting[n:]...)
	return group
}

// handOver makes the first waiting batch lead, if there is one.
func (q *commitQueue) handOver() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.leading = false
		return
	}
	q.waiting[0].done <- turn{lead: true}
}

// Append implements [store.Store].
func (s *Store) Append(ctx context.Context, b store.Batch) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if len(b.Documents) == 0 {
		return nil
	}
	w := &waiting{batch: b, size: batchFrameBytes(b), done: make(chan turn, 1)}
	if w.size > maxFrame {
		return problem.New(problem.Invalid, "a batch of %d bytes is too large", w.size)
	}
	if err := s.admit(int64(w.size)); err != nil {
		return err
	}
	defer s.pending.Add(-int64(w.size))
	if !s.commits.join(w) {
		if t := <-w.done; !t.lead {
			return t.err
		}
	}
	s.lead()
	t := <-w.done
	return t.err
}

// admit reserves n bytes of the memory bound, or refuses.
func (s *Store) admit(n int64) error {
	used := s.pending.Add(n) + s.memory.Load()
	// A store that holds nothing takes any batch: otherwise it would never fit.
	if used > s.opts.MemoryBytes && used > n {
		s.pending.Add(-n)
		s.throttled.Add(1)
		s.kick()
		return &problem.Error{
			Kind: problem.Throttled, Message: "the store cannot keep up",
			Hint: "slow the clients down, or give the store a faster disk or more memory",
		}
	}
	return nil
}

// lead commits one group and hands over.
func (s *Store) lead() {
	group := s.commits.take()
	err := s.commit(group)
	for _, w := range group {
		w.done <- turn{err: err}
	}
	s.commits.handOver()
}

// commit writes a group to the log and adds it to the head.
func (s *Store) commit(group []*waiting) error {
	size := 0
	for _, w := range group {
		size += w.size
	}
	s.wal.mu.Lock()
	defer s.wal.mu.Unlock()
	frames := s.wal.buffer(size)
	batches := make([]store.Batch, len(group))
	for i, w := range group {
		start := len(frames)
		frames = appendBatchFrame(frames, w.batch)
		r := reader{b: frames[start+frameHeader+1:]}
		batches[i] = readBatch(&r) // the same, in the log's memory
	}
	if err := s.wal.write(frames, s.opts.Sync == SyncAlways); err != nil {
		return err
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.head.bytes
	for _, b := range batches {
		s.head.insert(b, s.wal.seq, now)
	}
	s.memory.Add(s.head.bytes - before)
	if s.head.bytes >= s.opts.HeadBytes {
		s.kick()
	}
	return nil
}
