package awsemfexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// summary returns a summary as statistics. The smallest and the largest value are
// those of its quantiles; quantiles without a value, which Prometheus has when
// nothing was observed, tell nothing.
func summary(p pmetric.SummaryDataPoint) (value, reason) {
	v := value{kind: statistics, n: p.Count(), f: p.Sum()}
	if why := unusable(v.f); why != "" || v.n == 0 {
		return v, why
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, q := range p.QuantileValues().All() {
		if unusable(q.Value()) == "" {
			low, high = min(low, q.Value()), max(high, q.Value())
		}
	}
	v.min, v.max = low, high
	if low > high {
		v.min = v.f / float64(v.n)
		v.max = v.min
	}
	return v, ""
}
