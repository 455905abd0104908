package awsxrayexporter

import (
	"sync"
	"time"
)

// warnEvery is how often the same trouble is logged.
const warnEvery = 10 * time.Second

// warning is something that is said now and then, however often it happens.
type warning struct {
	mu   sync.Mutex // guards the fields below
	next time.Time
	held int
}

// take tells whether to speak now, and of how many since it last did, with n more.
func (w *warning) take(n int) (total int, now bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held += n
	if t := time.Now(); t.Before(w.next) {
		return 0, false
	} else {
		w.next = t.Add(warnEvery)
	}
	total, w.held = w.held, 0
	return total, true
}
