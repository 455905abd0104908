package ingest

import "sync/atomic"

// clock hands out receipt times that are distinct and grow with every call, even
// when the machine's clock stands still or runs backwards.
type clock struct{ last atomic.Int64 }

// next returns now, or the next free nanosecond after the last time handed out.
func (c *clock) next(now int64) int64 {
	for {
		last := c.last.Load()
		t := max(now, last+1)
		if c.last.CompareAndSwap(last, t) {
			return t
		}
	}
}
