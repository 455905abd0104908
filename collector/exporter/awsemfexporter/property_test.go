package awsemfexporter

import (
	"context"
	"math"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
	"pgregory.net/rapid"
)

var (
	anyText  = rapid.OneOf(rapid.SampledFrom([]string{"", " ", "a", "b", "x", "y", "_aws", "Version", "Timestamp", "OTelLib", "Type", "Pod", "quantile", "prom_metric_type", "kubernetes", "{}", `"t"`, "[1,", "\xff"}), rapid.String())
	anyFloat = rapid.OneOf(rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1e300, -1e-300}), rapid.Float64())
	anyCount = rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64())
	anyValue = rapid.OneOf(
		rapid.Map(anyText, func(s string) any { return s }), rapid.Map(rapid.Int64(), func(i int64) any { return i }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.SampledFrom([]any{nil, 1.5, []any{"a", 1}, map[string]any{"k": []any{}}, []byte{0xff}}),
	)
	anyAttributes = rapid.Map(rapid.MapOfN(anyText, anyValue, 0, 6), func(m map[string]any) attrs { return m })
)

// drawPoint fills in what points of all kinds have.
func drawPoint(t *rapid.T, p interface {
	Attributes() pcommon.Map
	SetTimestamp(pcommon.Timestamp)
	SetStartTimestamp(pcommon.Timestamp)
	SetFlags(pmetric.DataPointFlags)
},
) {
	anyAttributes.Draw(t, "attributes").to(p.Attributes())
	p.SetTimestamp(pcommon.Timestamp(rapid.SampledFrom([]uint64{0, 1, 5e6, math.MaxUint64}).Draw(t, "time")))
	p.SetStartTimestamp(pcommon.Timestamp(rapid.SampledFrom([]uint64{0, 2, 4e6}).Draw(t, "start")))
	p.SetFlags(pmetric.DataPointFlags(rapid.Uint32Range(0, 1).Draw(t, "flags")))
}

func drawNumbers(t *rapid.T, points pmetric.NumberDataPointSlice) {
	for range rapid.IntRange(0, 3).Draw(t, "points") {
		p := points.AppendEmpty()
		drawPoint(t, p)
		switch rapid.IntRange(0, 2).Draw(t, "type") {
		case 0:
			p.SetIntValue(rapid.Int64().Draw(t, "value"))
		case 1:
			p.SetDoubleValue(anyFloat.Draw(t, "value"))
		}
	}
}

func drawHistogram(t *rapid.T, p pmetric.HistogramDataPoint) {
	drawPoint(t, p)
	p.SetCount(anyCount.Draw(t, "count"))
	p.ExplicitBounds().FromRaw(rapid.SliceOfN(anyFloat, 0, 4).Draw(t, "bounds"))
	p.BucketCounts().FromRaw(rapid.SliceOfN(anyCount, 0, 5).Draw(t, "counts"))
	drawExtremes(t, p)
}

func drawExponential(t *rapid.T, p pmetric.ExponentialHistogramDataPoint) {
	drawPoint(t, p)
	p.SetCount(anyCount.Draw(t, "count"))
	p.SetScale(rapid.OneOf(rapid.Int32Range(-10, 20), rapid.Int32()).Draw(t, "scale"))
	p.SetZeroCount(anyCount.Draw(t, "zero"))
	for _, b := range []pmetric.ExponentialHistogramDataPointBuckets{p.Positive(), p.Negative()} {
		b.SetOffset(rapid.OneOf(rapid.Int32Range(-5, 5), rapid.Int32()).Draw(t, "offset"))
		b.BucketCounts().FromRaw(rapid.SliceOfN(anyCount, 0, 240).Draw(t, "counts"))
	}
	drawExtremes(t, p)
}

func drawExtremes(t *rapid.T, p interface {
	SetSum(float64)
	SetMin(float64)
	SetMax(float64)
}) {
	for i, set := range []func(float64){p.SetSum, p.SetMin, p.SetMax} {
		if rapid.Bool().Draw(t, "has") {
			set(rapid.OneOf(rapid.Float64Range(float64(i), 1000), anyFloat).Draw(t, "extreme"))
		}
	}
}

func drawSummary(t *rapid.T, p pmetric.SummaryDataPoint) {
	drawPoint(t, p)
	p.SetCount(anyCount.Draw(t, "count"))
	p.SetSum(anyFloat.Draw(t, "sum"))
	for range rapid.IntRange(0, 3).Draw(t, "quantiles") {
		q := p.QuantileValues().AppendEmpty()
		q.SetQuantile(anyFloat.Draw(t, "quantile"))
		q.SetValue(anyFloat.Draw(t, "value"))
	}
}

func drawMetric(t *rapid.T, m pmetric.Metric) {
	m.SetName(anyText.Draw(t, "name"))
	m.SetUnit(rapid.SampledFrom([]string{"", "s", "By", "{x}", "furlong", "{"}).Draw(t, "unit"))
	n := rapid.IntRange(0, 2).Draw(t, "points")
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		drawNumbers(t, m.SetEmptyGauge().DataPoints())
	case 1:
		s := m.SetEmptySum()
		s.SetIsMonotonic(rapid.Bool().Draw(t, "monotonic"))
		s.SetAggregationTemporality(pmetric.AggregationTemporality(rapid.Int32Range(0, 2).Draw(t, "temporality")))
		drawNumbers(t, s.DataPoints())
	case 2:
		points := m.SetEmptyHistogram().DataPoints()
		for range n {
			drawHistogram(t, points.AppendEmpty())
		}
	case 3:
		points := m.SetEmptyExponentialHistogram().DataPoints()
		for range n {
			drawExponential(t, points.AppendEmpty())
		}
	case 4:
		points := m.SetEmptySummary().DataPoints()
		for range n {
			drawSummary(t, points.AppendEmpty())
		}
	}
}

// TestAnyMetricsMakeValidEvents generates what no sane program would send.
func TestAnyMetricsMakeValidEvents(t *testing.T) {
	var all []*settings
	for _, c := range fuzzConfigs {
		s, err := newSettings(configOf(t, c), "stream", zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(all).Draw(t, "configuration")
		md := pmetric.NewMetrics()
		for range rapid.IntRange(1, 3).Draw(t, "resources") {
			rm := md.ResourceMetrics().AppendEmpty()
			anyAttributes.Draw(t, "resource").to(rm.Resource().Attributes())
			if rapid.Bool().Draw(t, "prometheus") {
				rm.Resource().Attributes().PutStr("receiver", "prometheus")
			}
			if rapid.Bool().Draw(t, "named") {
				rm.Resource().Attributes().PutStr("service.name", anyText.Draw(t, "service"))
			}
			for range rapid.IntRange(0, 2).Draw(t, "scopes") {
				sm := rm.ScopeMetrics().AppendEmpty()
				sm.Scope().SetName(anyText.Draw(t, "scope"))
				for range rapid.IntRange(0, 4).Draw(t, "metrics") {
					drawMetric(t, sm.Metrics().AppendEmpty())
				}
			}
		}
		d := newDeltas(s.config, func(_ context.Context, md pmetric.Metrics) error { return checkBatch(s, md) }, func(map[reason]int) {})
		if err := d.consume(t.Context(), md); err != nil {
			t.Fatal(err)
		}
	})
}

// TestExponentialHistogramsAddUp checks that the parts of a histogram have its count
// and its sum, and that no value lies outside of what was recorded.
func TestExponentialHistogramsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pmetric.NewExponentialHistogramDataPoint()
		p.SetScale(rapid.Int32Range(-3, 6).Draw(t, "scale"))
		var count uint64
		counts := rapid.SliceOfN(rapid.Uint64Range(0, 3), 1, 300).Draw(t, "counts")
		for _, n := range counts {
			count += n
		}
		p.Positive().BucketCounts().FromRaw(counts)
		p.Positive().SetOffset(rapid.Int32Range(-9, 9).Draw(t, "offset"))
		p.SetMin(rapid.Float64Range(0, 1).Draw(t, "min"))
		p.SetMax(rapid.Float64Range(1, 1e6).Draw(t, "max"))
		p.SetSum(rapid.Float64Range(p.Min(), p.Max()).Draw(t, "mean") * float64(count))
		parts, why := exponential(p)
		if why != "" {
			t.Fatal(why)
		}
		var n uint64
		var sum float64
		for _, part := range parts {
			n += part.n
			sum += part.f
			for i, v := range part.values {
				if v < p.Min() || v > p.Max() || part.counts[i] == 0 || i > 0 && v > part.values[i-1] {
					t.Fatalf("value %v, %d times, in %+v", v, part.counts[i], part)
				}
			}
		}
		if n != count || math.Abs(sum-p.Sum()) > 1e-6*math.Max(1, p.Sum()) {
			t.Fatalf("count %d, sum %v; want %d, %v", n, sum, count, p.Sum())
		}
	})
}
