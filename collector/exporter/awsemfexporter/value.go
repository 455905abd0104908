package awsemfexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// maxValue is the largest absolute value that CloudWatch stores: see MetricDatum.
var maxValue = math.Ldexp(1, 360)

// reason is why a data point, or a part of one, is not exported.
type reason string

const (
	stale       reason = "stale"        // no value was recorded
	notFinite   reason = "not_finite"   // NaN or infinite
	outOfRange  reason = "out_of_range" // CloudWatch stores no such value
	badName     reason = "bad_name"     // CloudWatch has no metric of this name
	unsupported reason = "unsupported"  // no type
	dimensions  reason = "dimensions"   // too many labels for a metric with all of them
	tooLarge    reason = "too_large"    // labels that fit into no event
	firstValue  reason = "first_value"  // of a counter: where counting starts
	outOfOrder  reason = "out_of_order" // of a counter: older than the one before
)

// kind is how a value is written.
type kind uint8

const (
	float kind = iota
	integer
	statistics   // f, n, min, max
	distribution // the same, and values with their counts
)

// value is the value of a metric in an event.
type value struct {
	kind     kind
	i        int64
	f        float64 // the sum of statistics
	n        uint64  // how many
	min, max float64
	values   []float64
	counts   []uint64
}

// number returns the value of a point of a gauge or sum.
func number(p pmetric.NumberDataPoint) (value, reason) {
	switch p.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		return value{kind: integer, i: p.IntValue()}, ""
	case pmetric.NumberDataPointValueTypeDouble:
		return value{f: p.DoubleValue()}, unusable(p.DoubleValue())
	}
	return value{}, stale
}

// unusable returns why CloudWatch cannot store a value, or "".
func unusable(numbers ...float64) reason {
	for _, f := range numbers {
		switch {
		case math.IsNaN(f) || math.IsInf(f, 0):
			return notFinite
		case math.Abs(f) > maxValue:
			return outOfRange
		}
	}
	return ""
}

// inRange returns the nearest value that CloudWatch stores.
func inRange(f float64) float64 { return min(max(f, -maxValue), maxValue) }
