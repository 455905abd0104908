package block

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// maintainEvery is how often the maintenance loop looks around unasked.
const maintainEvery = time.Second

// maintain writes full heads, merges small blocks and drops old ones until ctx is
// done.
func (s *Store) maintain(ctx context.Context) {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	var lastErr string
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.kicks:
		}
		err := s.maintainOnce(ctx)
		switch {
		case err == nil:
			lastErr = ""
		case errors.Is(err, context.Canceled):
		case err.Error() != lastErr: // a full disk is worth one line, not one a second
			lastErr = err.Error()
			s.log.Error("maintenance", "err", err)
		}
	}
}

func (s *Store) maintainOnce(ctx context.Context) error {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	if s.headDue() {
		if err := s.sealDue(ctx); err != nil {
			return err
		}
	}
	if err := s.seal(); err != nil { // what an earlier attempt could not write
		return err
	}
	if err := s.retain(); err != nil {
		return err
	}
	for !s.headDue() && ctx.Err() == nil { // writing the head comes first
		run := s.mergeable()
		if run == nil {
			return nil
		}
		if err := s.merge(ctx, run); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// headDue reports whether the head is full or old.
func (s *Store) headDue() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.head.bytes >= s.opts.HeadBytes || s.head.since > 0 && s.head.since <= s.now()-s.opts.HeadAge.Nanoseconds()
}

// sealDue writes the head. If most of it is not quiet yet, it is settled anyway:
// carrying it over would free nothing. What becomes quiet meanwhile is left to the
// settler: under full load there is always more of it.
func (s *Store) sealDue(ctx context.Context) error {
	if s.mostlyDirty() {
		if err := s.settleAll(ctx); err != nil {
			return err
		}
	}
	if err := s.freeze(); err != nil {
		return err
	}
	return s.seal()
}

func (s *Store) mostlyDirty() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return 2*len(s.head.queue) > len(s.head.traces)
}

// retain drops blocks that are too old or too many, oldest first. The caller holds
// maintenance.
func (s *Store) retain() error {
	var drop []*part
	s.mu.RLock()
	size := int64(0)
	for _, p := range s.parts {
		size += p.info().bytes
	}
	oldest := s.now() - s.opts.Retention.Nanoseconds()
	for _, p := range s.parts {
		info := p.info()
		_, isBlock := p.content.(*blockFile)
		tooOld := s.opts.Retention > 0 && info.received.max < oldest
		tooMuch := s.opts.DiskBytes > 0 && size > s.opts.DiskBytes
		if !isBlock || !tooOld && !tooMuch {
			break
		}
		drop = append(drop, p)
		size -= info.bytes
	}
	s.mu.RUnlock()
	if len(drop) == 0 {
		return nil
	}
	return s.drop(drop)
}

// drop removes the oldest blocks. Rollups of younger blocks may take back what
// dropped ones held; so what was received before is gone for graphs as well.
func (s *Store) drop(old []*part) error {
	m := s.manifest
	names := make([]string, 0, len(old))
	for _, p := range old {
		names = append(names, filepath.Base(p.content.(*blockFile).path)) //nolint:forcetypeassert // retain has seen to it
		m.Floor = max(m.Floor, p.info().received.max+1)
	}
	m.Blocks = slices.DeleteFunc(slices.Clone(m.Blocks), func(name string) bool { return slices.Contains(names, name) })
	if err := s.writeManifest(m); err != nil {
		return fmt.Errorf("drop blocks: %w", err)
	}
	s.floor.Store(m.Floor)
	for _, p := range old {
		removeBlock(p)
	}
	s.replaceParts(old, nil)
	s.log.Info("blocks dropped", "blocks", names)
	return nil
}
