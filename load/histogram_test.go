package load

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucketsAreContiguousAndNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 1<<62).Draw(t, "ns"))
		i := bucketOf(uint64(d))
		if low := lowerBound(i); low > d {
			t.Errorf("%d ns is in bucket %d, which starts at %d", d, i, low)
		}
		if next := lowerBound(i + 1); next <= d {
			t.Errorf("%d ns is in bucket %d, but the next starts at %d", d, i, next)
		}
	})
}

func TestQuantile(t *testing.T) {
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("median of nothing is %v", got)
	}
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	for _, tc := range []struct {
		q    float64
		want time.Duration
	}{{0.5, 500 * time.Millisecond}, {0.99, 990 * time.Millisecond}, {1, time.Second}} {
		if got := h.quantile(tc.q); got > tc.want*101/100 || got < tc.want*96/100 {
			t.Errorf("quantile %v is %v, want about %v", tc.q, got, tc.want)
		}
	}
}
