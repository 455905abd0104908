package servicegraph

import "slices"

// fewBuckets is up to how many buckets are merged one by one rather than in one
// pass over both histograms.
const fewBuckets = 4

// Merge adds sign (+1 or -1) times o.
func (h *Histogram) Merge(o *Histogram, sign int64) {
	others := o.buckets
	switch {
	case len(others) == 0:
		return
	case o.coarse && !h.coarse:
		h.coarsen()
	case h.coarse && !o.coarse:
		others = coarsen(others)
	}
	if len(others) <= fewBuckets {
		for _, b := range others {
			h.add(b.key, sign*b.count)
		}
	} else {
		h.buckets = mergeBuckets(h.buckets, others, sign)
	}
	h.settle()
}

// mergeBuckets adds sign times b to a, whose memory it uses if b has no new keys.
func mergeBuckets(a, b []bucket, sign int64) []bucket {
	added := newKeys(a, b)
	// From the end, so that nothing is overwritten before it has been read.
	i, j := len(a)-1, len(b)-1
	merged := slices.Grow(a, added)[:len(a)+added]
	zero := false
	for k := len(merged) - 1; j >= 0; k-- {
		switch {
		case i < 0 || a[i].key < b[j].key:
			merged[k] = bucket{b[j].key, sign * b[j].count}
			j--
		case a[i].key > b[j].key:
			merged[k] = a[i]
			i--
		default:
			merged[k] = bucket{a[i].key, a[i].count + sign*b[j].count}
			zero = zero || merged[k].count == 0
			i--
			j--
		}
	}
	if zero {
		merged = slices.DeleteFunc(merged, func(b bucket) bool { return b.count == 0 })
	}
	return merged
}

// newKeys counts the keys of b that a lacks.
func newKeys(a, b []bucket) int {
	n, i := 0, 0
	for _, x := range b {
		for i < len(a) && a[i].key < x.key {
			i++
		}
		if i == len(a) || a[i].key != x.key {
			n++
		}
	}
	return n
}
