package load

import (
	"math/bits"
	"time"
)

// histogram counts durations in buckets 1/32 wide. It is not safe for concurrent use.
type histogram struct {
	counts [64 * 32]int64
	total  int64
	max    time.Duration
}

func bucketOf(ns uint64) int {
	if ns < 32 {
		return int(ns)
	}
	shift := bits.Len64(ns) - 6
	return (shift+1)*32 + int(ns>>shift) - 32
}

// lowerBound is the least duration of a bucket.
func lowerBound(i int) time.Duration {
	if i < 32 {
		return time.Duration(i)
	}
	return time.Duration(32+i%32) << (i/32 - 1)
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(uint64(d))]++
	h.total++
	h.max = max(h.max, d)
}

// quantile returns the q-quantile to within 3 %; the 1-quantile is exact.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(q * float64(h.total))
	if rank >= h.total {
		return h.max
	}
	for i, n := range h.counts {
		if rank -= n; rank < 0 {
			return lowerBound(i)
		}
	}
	return h.max
}
