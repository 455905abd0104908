package xrayapi

import (
	"math"
	"slices"
	"sync"

	"github.com/radiograph/radiograph/servicegraph"
)

type histogramEntry struct {
	Value float64
	Count int64
}

// maxBins bounds a histogram on the wire.
const maxBins = 100

// renderHistogram returns h in ascending order. More than maxBins values are
// merged into centroids as in a t-digest: narrow at both ends, wide in the middle.
// The result depends on the values alone.
func renderHistogram(h *servicegraph.Histogram) []histogramEntry {
	total := h.Count()
	if total == 0 {
		return []histogramEntry{}
	}
	scratch := histograms.Get().(*[]histogramEntry)
	defer histograms.Put(scratch)
	bins := (*scratch)[:0]
	for value, count := range h.Values() {
		bins = append(bins, histogramEntry{value, count})
	}
	*scratch = bins
	if len(bins) > maxBins {
		bins = compress(bins, total)
	}
	return slices.Clone(bins)
}

// histograms holds memory for histograms before they are compressed.
var histograms = sync.Pool{New: func() any { return new([]histogramEntry) }}

// compress merges neighbours in place until few are left: a bin grows as long as
// it spans at most one unit of the scale function k(q) = δ/2π · asin(2q−1), whose
// range is δ/2. Two neighbours always span more than one, so at most δ remain.
func compress(bins []histogramEntry, total int64) []histogramEntry {
	merged := bins[:0]
	bin, sum := bins[0], bins[0].Value*float64(bins[0].Count)
	var before int64 // observations before bin
	most := nextUnit(before, total)
	for _, next := range bins[1:] {
		if float64(before+bin.Count+next.Count) <= most {
			bin.Count += next.Count
			sum += next.Value * float64(next.Count)
			continue
		}
		merged = appendBin(merged, sum, bin.Count)
		before += bin.Count
		most = nextUnit(before, total)
		bin, sum = next, next.Value*float64(next.Count)
	}
	return appendBin(merged, sum, bin.Count)
}

// nextUnit returns how many of total observations are before the point that is one
// unit of the scale function after the first seen ones.
func nextUnit(seen, total int64) float64 {
	const unit = 2 * math.Pi / maxBins
	angle := math.Asin(2*float64(seen)/float64(total)-1) + unit
	if angle >= math.Pi/2 {
		return float64(total)
	}
	return float64(total) * (math.Sin(angle) + 1) / 2
}

// appendBin appends a centroid, rounded to the millisecond.
func appendBin(bins []histogramEntry, sum float64, count int64) []histogramEntry {
	value := math.Round(sum/float64(count)*1000) / 1000
	if n := len(bins); n > 0 && bins[n-1].Value == value {
		bins[n-1].Count += count
		return bins
	}
	return append(bins, histogramEntry{value, count})
}
