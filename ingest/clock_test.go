package ingest

import (
	"slices"
	"testing"
)

func TestClockOnlyGoesForward(t *testing.T) {
	var c clock
	var got []int64
	for _, now := range []int64{100, 100, 100, 90, 500, 499, 600} {
		got = append(got, c.next(now))
	}
	if want := []int64{100, 101, 102, 103, 500, 501, 600}; !slices.Equal(got, want) {
		t.Errorf("receipt times %v, want %v", got, want)
	}
}
