package rig

import (
	"testing"
	"time"
)

// Patience is how long Eventually waits. It is far beyond what anything here takes,
// so that a slow machine does not fail a test.
const Patience = 60 * time.Second

// interval is how often Eventually asks.
const interval = 50 * time.Millisecond

// Eventually calls try until it returns nil. It fails the test with try's last
// error when that takes too long.
func Eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: still not so after %s: %v", what, Patience, err)
		case <-t.Context().Done():
			t.Fatalf("%s: test ended: %v", what, err)
		}
	}
}
