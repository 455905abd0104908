package servicegraph

import "iter"

// ExactValues is how many distinct values a Histogram keeps to the millisecond.
const ExactValues = 128

// Histogram counts times. While at most [ExactValues] distinct milliseconds have
// been counted it is exact to the millisecond; beyond that it keeps logarithmic
// buckets 1/64 wide. Which of the two, and every count, depends only on what was
// added, not on the order. The zero Histogram is empty and ready.
type Histogram struct {
	buckets []bucket // sorted by key
	coarse  bool
}

type bucket struct {
	key   uint32 // milliseconds, or the code of a logarithmic bucket when coarse
	count int64
}

// Add counts n observations (n may be negative: they are taken back) of ns.
func (h *Histogram) Add(ns, n int64) { panic("servicegraph: Add") }

// Merge adds sign (+1 or -1) times o.
func (h *Histogram) Merge(o *Histogram, sign int64) { panic("servicegraph: Histogram.Merge") }

// Values yields seconds, rounded to the millisecond, and counts, ascending; empty
// buckets are left out.
func (h *Histogram) Values() iter.Seq2[float64, int64] { panic("servicegraph: Values") }

// Quantile returns the q-quantile (0 to 1) in seconds; ok is false when empty.
func (h *Histogram) Quantile(q float64) (seconds float64, ok bool) {
	panic("servicegraph: Quantile")
}

// Count is the number of observations.
func (h *Histogram) Count() int64 { panic("servicegraph: Count") }

// AppendBinary appends an encoding that [Histogram.DecodeBinary] reads.
func (h *Histogram) AppendBinary(dst []byte) []byte { panic("servicegraph: AppendBinary") }

// DecodeBinary reads one encoded histogram from the front of b and returns the rest.
func (h *Histogram) DecodeBinary(b []byte) (rest []byte, err error) {
	panic("servicegraph: DecodeBinary")
}
