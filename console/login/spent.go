package login

import (
	"sync"
	"time"
)

// spent remembers what must not be used again, until it is too old to be used
// anyway.
type spent struct {
	now func() time.Time

	mu    sync.Mutex
	until map[string]time.Time
	prune int // size at which the old ones are dropped next
}

const spentAtLeast = 1 << 10

func newSpent(now func() time.Time) *spent {
	return &spent{now: now, until: map[string]time.Time{}, prune: spentAtLeast}
}

// add notes id, and reports whether it was new.
func (s *spent) add(id string, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.until[id]; ok {
		return false
	}
	if len(s.until) >= s.prune {
		now := s.now()
		for k, t := range s.until {
			if !now.Before(t) {
				delete(s.until, k)
			}
		}
		s.prune = max(spentAtLeast, 2*len(s.until))
	}
	s.until[id] = until
	return true
}

func (s *spent) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.until[id]
	return ok
}
