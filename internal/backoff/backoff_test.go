package backoff_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/radiograph/radiograph/internal/backoff"
)

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff.New(time.Second)
		var pauses []time.Duration
		for last := time.Now(); b.Next(t.Context()); last = time.Now() {
			pauses = append(pauses, time.Since(last)/time.Millisecond)
		}
		if want := []time.Duration{5, 10, 20, 40, 80, 160, 250, 250, 250}; !slices.Equal(pauses, want) {
			t.Errorf("pauses of %d ms, want %d", pauses, want)
		}
	})
}

func TestEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Millisecond)
		defer cancel()
		b := backoff.New(time.Hour)
		if begin := time.Now(); !b.Next(ctx) || b.Next(ctx) || time.Since(begin) != 7*time.Millisecond {
			t.Errorf("ended after %v", time.Since(begin))
		}
	})
}
