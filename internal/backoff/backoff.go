// Package backoff lies between attempts: pauses that grow, for a bounded time.
package backoff

import (
	"context"
	"time"
)

// Pauses between attempts.
const (
	First   = 5 * time.Millisecond
	Longest = 250 * time.Millisecond
)

// Backoff is one series of attempts. Use [New].
type Backoff struct {
	pause  time.Duration
	giveUp time.Time
}

// New begins a series. After that time there are no further attempts.
func New(atMost time.Duration) *Backoff {
	return &Backoff{pause: First, giveUp: time.Now().Add(atMost)}
}

// Next waits before another attempt. It reports false when there should be none.
func (b *Backoff) Next(ctx context.Context) bool {
	if time.Now().After(b.giveUp) || !Wait(ctx, b.pause) {
		return false
	}
	b.pause = min(2*b.pause, Longest)
	return true
}

// Wait reports whether d passed before ctx was done.
func Wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
