package block

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// freeze replaces the head by an empty one and makes what it was a part, if it has
// any rows. What is not settled moves on to the new head.
func (s *Store) freeze() error {
	s.settleMu.Lock()
	defer s.settleMu.Unlock()
	s.wal.mu.Lock()
	defer s.wal.mu.Unlock()
	if s.headIdle() {
		return nil
	}
	if err := s.wal.begin(); err != nil { // so that older files can go with the frozen head
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, next := s.head, newHead()
	old.carry(next, s.now())
	s.head = next
	s.parts = append(slices.Clone(s.parts), &part{content: freezeHead(old, s.wal.seq)})
	return nil
}

// headIdle reports whether the head has no rows. One without traces is as new.
func (s *Store) headIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.head.traces) == 0 {
		s.head.since = 0
	}
	return len(s.head.rows) == 0
}

// seal writes the frozen heads as blocks, oldest first. The caller holds
// maintenance.
func (s *Store) seal() error {
	for {
		p, f := s.frozen()
		if p == nil {
			return nil
		}
		if err := s.sealHead(p, f); err != nil {
			return fmt.Errorf("seal head: %w", err)
		}
	}
}

// frozen returns the oldest frozen head; nil when there is none.
func (s *Store) frozen() (*part, *frozenHead) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.parts {
		if f, ok := p.content.(*frozenHead); ok {
			return p, f
		}
	}
	return nil, nil
}

func (s *Store) sealHead(p *part, f *frozenHead) error {
	began := time.Now()
	m := s.manifest
	m.Next = max(m.Next, 1)
	name := blockName(m.Next, m.Next)
	path := filepath.Join(s.blockDir(), name)
	if err := writeHead(path, f); err != nil {
		return err
	}
	b, err := openBlock(path, s.cache)
	if err != nil {
		return err
	}
	m.Next++
	m.Blocks = append(slices.Clone(m.Blocks), name)
	m.LogFloor = s.logFloor(p)
	if err := s.writeManifest(m); err != nil {
		b.release()
		return err
	}
	s.replaceParts([]*part{p}, b)
	s.memory.Add(-f.head.bytes)
	s.log.Info("block sealed", "block", name, "documents", b.dir.docs, "bytes", len(b.data), "took", time.Since(began))
	return s.wal.drop(m.LogFloor)
}

// logFloor is the oldest log file that is still needed when p is a block.
func (s *Store) logFloor(p *part) uint64 {
	s.wal.mu.Lock()
	floor := s.wal.seq
	s.wal.mu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	floor = s.head.minLog(floor)
	for _, o := range s.parts {
		if f, ok := o.content.(*frozenHead); ok && o != p {
			floor = min(floor, f.oldest)
		}
	}
	return floor
}

// replaceParts puts one part in the place of those that follow each other in old,
// whose rows it has in the same order, and releases them. Without b they are just
// taken out.
func (s *Store) replaceParts(old []*part, b *blockFile) {
	s.settleMu.Lock()
	defer s.settleMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.parts, old[0])
	parts := slices.Clone(s.parts[:at])
	if b != nil {
		parts = append(parts, &part{content: b, dead: joinDead(old)})
	}
	s.parts = append(parts, s.parts[at+len(old):]...)
	for _, p := range old {
		p.release()
	}
}

// joinDead numbers the dead rows of several parts through.
func joinDead(old []*part) deadSet {
	if len(old) == 1 {
		return old[0].dead
	}
	var rows []int
	base := 0
	for _, p := range old {
		for _, row := range p.dead.rows() {
			rows = append(rows, base+row)
		}
		base += p.info().rows
	}
	return deadSetOf(rows)
}

// Flush writes everything that has been appended as blocks.
func (s *Store) Flush(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	return s.flush(ctx)
}

// flush is Flush for those that hold maintenance.
func (s *Store) flush(ctx context.Context) error {
	if err := s.settleAll(ctx); err != nil {
		return err
	}
	if err := s.freeze(); err != nil {
		return err
	}
	return s.seal()
}

// removeBlock deletes the file of a part that is no longer in the manifest, when
// nothing reads it any more.
func removeBlock(p *part) {
	if b, ok := p.content.(*blockFile); ok {
		b.dropped.Store(true)
	}
}
