package segment

import (
	"maps"
	"sync"
)

// Tally counts rejections by code. The zero value is ready and safe for concurrent
// use.
type Tally struct {
	mu     sync.Mutex       // guards counts
	counts map[string]int64 // codes are a short closed list
}

// Add counts rejections.
func (t *Tally) Add(rejections []*Rejection) {
	if len(rejections) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	for _, r := range rejections {
		t.counts[r.Code]++
	}
}

// Counts returns a copy of the counts, never nil.
func (t *Tally) Counts() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		return map[string]int64{}
	}
	return maps.Clone(t.counts)
}
