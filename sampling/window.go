package sampling

import (
	"cmp"
	"slices"
	"time"
)

const (
	windowLength = 10 * time.Second
	windowsKept  = 30 * time.Minute
)

// Window is a rule's totals over one closed ten-second window.
type Window struct {
	RuleName                    string
	Start                       time.Time
	Requests, Sampled, Borrowed int64
}

// windows sums reports by the time of their arrival. The zero value is ready.
type windows struct {
	start  time.Time          // of the open window
	open   map[string]*Window // by rule name
	closed []Window           // in order of time, then rule name
}

// Windows returns the closed windows of the last half hour in which there were
// reports, in order of time, then rule name.
func (r *Registry) Windows() []Window {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.windows.roll(time.Now())
	return slices.Clone(r.windows.closed)
}

func (w *windows) add(now time.Time, s *Statistics) {
	w.roll(now)
	sum := w.open[s.RuleName]
	if sum == nil {
		sum = &Window{RuleName: s.RuleName, Start: w.start}
		w.open[s.RuleName] = sum
	}
	sum.Requests += s.Requests
	sum.Sampled += s.Sampled
	sum.Borrowed += s.Borrowed
}

// roll closes the open window when its time is over and forgets old ones. A clock
// that runs backwards does not open a window again.
func (w *windows) roll(now time.Time) {
	start := now.UTC().Truncate(windowLength)
	if w.open != nil && !w.start.Before(start) {
		return
	}
	from := len(w.closed)
	for _, sum := range w.open {
		w.closed = append(w.closed, *sum)
	}
	slices.SortFunc(w.closed[from:], func(a, b Window) int { return cmp.Compare(a.RuleName, b.RuleName) })
	w.start, w.open = start, map[string]*Window{}

	old := slices.IndexFunc(w.closed, func(c Window) bool { return start.Sub(c.Start) <= windowsKept })
	if old < 0 {
		old = len(w.closed)
	}
	w.closed = slices.Delete(w.closed, 0, old)
}
