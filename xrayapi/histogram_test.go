package xrayapi

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCompressKeepsCountsOrderAndSum(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(maxBins+1, 1000).Draw(rt, "bins")
		bins := make([]histogramEntry, n)
		var total int64
		var sum float64
		value := 0
		for i := range bins {
			value += rapid.IntRange(1, 500).Draw(rt, "step")
			bins[i] = histogramEntry{float64(value) / 1000, rapid.Int64Range(1, 1000).Draw(rt, "count")}
			total += bins[i].Count
			sum += bins[i].Value * float64(bins[i].Count)
		}
		got := compress(slices.Clone(bins), total)
		if len(got) > maxBins || len(got) < maxBins/4 {
			rt.Errorf("%d bins of %d", len(got), n)
		}
		var gotTotal int64
		var gotSum float64
		for i, b := range got {
			if i > 0 && b.Value <= got[i-1].Value {
				rt.Errorf("bin %d: %v after %v", i, b.Value, got[i-1].Value)
			}
			gotTotal += b.Count
			gotSum += b.Value * float64(b.Count)
		}
		if gotTotal != total {
			rt.Errorf("%d observations of %d", gotTotal, total)
		}
		// Each centroid is rounded to the millisecond.
		if d := gotSum - sum; d > 0.0006*float64(total) || d < -0.0006*float64(total) {
			rt.Errorf("sum %v of %v", gotSum, sum)
		}
	})
}
