package awsemfexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// histogram returns a histogram as statistics. CloudWatch wants a smallest and a
// largest value: when they were not recorded, as with Prometheus, they are estimated
// from the buckets.
func histogram(p pmetric.HistogramDataPoint) (value, reason) {
	v := value{kind: statistics, n: p.Count(), f: p.Sum(), min: p.Min(), max: p.Max()}
	if why := unusable(v.f, v.min, v.max); why != "" || v.n == 0 {
		return v, why
	}
	low, high, sum := estimate(p)
	if !p.HasSum() {
		v.f = sum
	}
	mean := v.f / float64(v.n)
	if !p.HasMin() {
		v.min = min(low, mean)
	}
	if !p.HasMax() {
		v.max = max(high, mean)
	}
	return v, ""
}

// estimate returns the bounds between which the values of a histogram lie, as far as
// its buckets tell, and what their sum would be if they lay in the middle. Without
// usable buckets all values are taken to be the mean.
func estimate(p pmetric.HistogramDataPoint) (low, high, sum float64) {
	bounds, counts := p.ExplicitBounds(), p.BucketCounts()
	mean := p.Sum() / float64(p.Count())
	if bounds.Len() == 0 || counts.Len() != bounds.Len()+1 {
		return mean, mean, p.Sum()
	}
	low, high = math.Inf(1), math.Inf(-1)
	last := bounds.Len() - 1
	for i, count := range counts.All() {
		if count == 0 {
			continue
		}
		// Most histograms hold no negative values: the first bucket begins at zero.
		from, to := min(bounds.At(0), 0), bounds.At(last)
		if i > 0 {
			from = bounds.At(i - 1)
		}
		if i <= last {
			to = bounds.At(i)
		}
		if unusable(from, to) != "" {
			return mean, mean, p.Sum()
		}
		low, high = min(low, from), max(high, to)
		sum += (from/2 + to/2) * float64(count)
	}
	if unusable(low, high, sum) != "" {
		return mean, mean, p.Sum() // no bucket had a count
	}
	return low, high, sum
}

// maxArray is how many values an array in an event may have.
const maxArray = 100

// bucket is a part of an exponential histogram.
type bucket struct {
	low, high float64
	n         uint64
}

func (b bucket) middle() float64 { return b.low/2 + b.high/2 }

// exponential returns an exponential histogram as distributions with at most
// maxArray values each. Together they have the count and the sum of the point.
func exponential(p pmetric.ExponentialHistogramDataPoint) ([]value, reason) {
	if why := unusable(p.Sum(), p.Min(), p.Max()); why != "" {
		return nil, why
	}
	buckets := descending(p)
	if len(buckets) == 0 {
		return []value{{kind: statistics}}, ""
	}
	if p.HasMin() {
		narrow(buckets, p.Min(), math.MaxFloat64)
	}
	if p.HasMax() {
		narrow(buckets, -math.MaxFloat64, p.Max())
	}
	var parts []value
	for len(buckets) > 0 {
		n := min(len(buckets), maxArray)
		parts = append(parts, distributed(buckets[:n]))
		buckets = buckets[n:]
	}
	if p.HasSum() {
		// The parts' own sums are estimates; their total is known.
		parts[0].f = p.Sum()
		for _, part := range parts[1:] {
			parts[0].f -= part.f
		}
	}
	for i := range parts {
		if why := unusable(parts[i].f); why != "" {
			return nil, why
		}
	}
	return parts, ""
}

// narrow keeps buckets within what was recorded as the smallest or largest value.
func narrow(buckets []bucket, low, high float64) {
	for i := range buckets {
		b := &buckets[i]
		b.low, b.high = min(max(b.low, low), high), max(min(b.high, high), low)
	}
}

// descending returns the buckets that hold something, the largest values first.
func descending(p pmetric.ExponentialHistogramDataPoint) []bucket {
	var all []bucket
	positive, negative := p.Positive(), p.Negative()
	for i := positive.BucketCounts().Len() - 1; i >= 0; i-- {
		if n := positive.BucketCounts().At(i); n > 0 {
			at := int64(positive.Offset()) + int64(i)
			all = append(all, bucket{low: bound(at, p.Scale()), high: bound(at+1, p.Scale()), n: n})
		}
	}
	if n := p.ZeroCount(); n > 0 {
		all = append(all, bucket{n: n})
	}
	for i, n := range negative.BucketCounts().All() {
		if n > 0 {
			at := int64(negative.Offset()) + int64(i)
			all = append(all, bucket{low: -bound(at+1, p.Scale()), high: -bound(at, p.Scale()), n: n})
		}
	}
	return all
}

// bound returns the lower bound of a bucket: the base 2^(2^-scale) to the power of
// its index.
func bound(index int64, scale int32) float64 {
	return inRange(math.Exp2(math.Ldexp(float64(index), -int(scale))))
}

func distributed(buckets []bucket) value {
	v := value{
		kind: distribution, min: buckets[len(buckets)-1].low, max: buckets[0].high,
		values: make([]float64, len(buckets)), counts: make([]uint64, len(buckets)),
	}
	for i, b := range buckets {
		v.values[i], v.counts[i] = b.middle(), b.n
		v.n += b.n
		v.f += b.middle() * float64(b.n)
	}
	return v
}
