package servicegraph

import (
	"iter"
	"math"
	"math/bits"
	"slices"
)

// ExactValues is how many distinct values a Histogram shows to the millisecond.
const ExactValues = 128

// keptValues is how many distinct values a Histogram keeps to the millisecond.
// It keeps more than it shows, so that values which are taken back soon (a trace's
// contribution that is replaced) leave no trace.
const keptValues = 2 * ExactValues

// Histogram counts times. While it holds at most [ExactValues] distinct
// milliseconds it is exact to the millisecond; beyond that it shows logarithmic
// buckets 1/64 wide. What it shows depends only on what was added, not on the
// order. The zero Histogram is empty and ready.
//
// Taking values back restores the exact picture as long as there were never more
// than twice as many distinct values.
type Histogram struct {
	buckets []bucket // sorted by key, counts not zero
	coarse  bool
}

type bucket struct {
	key   uint32 // milliseconds, or the code of a logarithmic bucket when coarse
	count int64
}

// Add counts n observations (n may be negative: they are taken back) of ns.
func (h *Histogram) Add(ns, n int64) {
	if n == 0 {
		return
	}
	key := milliseconds(ns)
	if h.coarse {
		key = encodeBucket(key)
	}
	h.add(key, n)
	h.settle()
}

// milliseconds rounds to the nearest millisecond; what is negative counts as 0,
// what is beyond 49 days as 49 days.
func milliseconds(ns int64) uint32 {
	const half = 500_000
	switch {
	case ns <= 0:
		return 0
	case ns >= math.MaxUint32*1_000_000:
		return math.MaxUint32
	}
	return uint32((ns + half) / 1_000_000)
}

// add adds n to the bucket of key.
func (h *Histogram) add(key uint32, n int64) {
	i, found := h.search(key)
	if !found {
		h.buckets = slices.Insert(h.buckets, i, bucket{key, n})
		return
	}
	h.buckets[i].count += n
	if h.buckets[i].count == 0 {
		h.buckets = slices.Delete(h.buckets, i, i+1)
	}
}

func (h *Histogram) search(key uint32) (i int, found bool) {
	lo, hi := 0, len(h.buckets)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if h.buckets[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(h.buckets) && h.buckets[lo].key == key
}

// settle changes to logarithmic buckets when there are too many exact ones, and
// back when nothing is left.
func (h *Histogram) settle() {
	switch {
	case len(h.buckets) == 0:
		h.coarse = false
	case len(h.buckets) > keptValues && !h.coarse:
		h.coarsen()
	}
}

func (h *Histogram) coarsen() {
	h.buckets = coarsen(h.buckets)
	h.coarse = true
}

// coarsen returns exact buckets as logarithmic ones, in memory of its own.
func coarsen(exact []bucket) []bucket {
	coarse := make([]bucket, 0, len(exact))
	for _, b := range exact {
		key := encodeBucket(b.key)
		if last := len(coarse) - 1; last >= 0 && coarse[last].key == key {
			coarse[last].count += b.count
		} else {
			coarse = append(coarse, bucket{key, b.count})
		}
	}
	return slices.DeleteFunc(coarse, func(b bucket) bool { return b.count == 0 })
}

// Logarithmic buckets: below 2·subBuckets every millisecond is one; each further
// doubling is divided into subBuckets.
const (
	subBucketBits = 6
	subBuckets    = 1 << subBucketBits
	maxBucketCode = (31-subBucketBits)*subBuckets + 2*subBuckets - 1
)

func encodeBucket(ms uint32) uint32 {
	shift := max(bits.Len32(ms), subBucketBits+1) - (subBucketBits + 1)
	return uint32(shift)<<subBucketBits + ms>>shift
}

// decodeBucket returns the millisecond in the middle of a bucket.
func decodeBucket(code uint32) uint32 {
	if code < 2*subBuckets {
		return code
	}
	shift := code>>subBucketBits - 1
	low := (code - shift<<subBucketBits) << shift
	return low + (1<<shift-1)/2
}

// shown returns the buckets as they are shown, keys in milliseconds or, if coarse,
// in codes.
func (h *Histogram) shown() (buckets []bucket, coarse bool) {
	if !h.coarse && len(h.buckets) > ExactValues {
		return coarsen(h.buckets), true
	}
	return h.buckets, h.coarse
}

// Values yields seconds, rounded to the millisecond, and counts, ascending; empty
// buckets are left out.
func (h *Histogram) Values() iter.Seq2[float64, int64] {
	return func(yield func(float64, int64) bool) {
		buckets, coarse := h.shown()
		for _, b := range buckets {
			if !yield(seconds(b.key, coarse), b.count) {
				return
			}
		}
	}
}

func seconds(key uint32, coarse bool) float64 {
	if coarse {
		key = decodeBucket(key)
	}
	return float64(key) / 1000
}

// Quantile returns the q-quantile (0 to 1) in seconds: the smallest value that is
// not exceeded by the share q of the observations. ok is false when empty.
func (h *Histogram) Quantile(q float64) (quantile float64, ok bool) {
	buckets, coarse := h.shown()
	total := int64(0)
	for _, b := range buckets {
		total += max(b.count, 0)
	}
	if total == 0 {
		return 0, false
	}
	rank := max(1, int64(math.Ceil(min(q, 1)*float64(total))))
	last := uint32(0)
	for _, b := range buckets {
		if b.count <= 0 {
			continue
		}
		last = b.key
		if rank -= b.count; rank <= 0 {
			break
		}
	}
	return seconds(last, coarse), true
}

// Count is the number of observations.
func (h *Histogram) Count() int64 {
	n := int64(0)
	for _, b := range h.buckets {
		n += b.count
	}
	return n
}

// Equal reports whether both show the same.
func (h Histogram) Equal(o Histogram) bool {
	a, coarse := h.shown()
	b, otherCoarse := o.shown()
	return coarse == otherCoarse && slices.Equal(a, b)
}

func (h *Histogram) isZero() bool { return len(h.buckets) == 0 }

// same reports whether both hold the same, in the same form.
func (h *Histogram) same(o *Histogram) bool {
	return h.coarse == o.coarse && slices.Equal(h.buckets, o.buckets)
}

func (h *Histogram) clone() Histogram {
	return Histogram{buckets: slices.Clone(h.buckets), coarse: h.coarse}
}
