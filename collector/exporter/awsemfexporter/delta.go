package awsemfexporter

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// deltas turns cumulative sums, and the sums and counts of Prometheus' summaries, into
// changes since the last point of the same series: CloudWatch adds up what it is sent.
// A sum that may fall, such as the number of open connections, stays as it is.
//
// The change between two points is delivered once. When the next consumer refuses a
// batch, its changes are owed, and part of the next point of their series.
type deltas struct {
	next        consumer.ConsumeMetricsFunc
	dropped     func(map[reason]int) // is told of points that are left out
	keepInitial bool                 // the first value of a series is a change since 0
	expiry      time.Duration        // after which a series that is not seen is forgotten

	mu     sync.Mutex // guards the fields below, and what is in series; not held while next works
	series map[string]*series
	swept  time.Time // when expired series were looked for
}

func newDeltas(config *Config, next consumer.ConsumeMetricsFunc, dropped func(map[reason]int)) *deltas {
	return &deltas{
		next: next, dropped: dropped, keepInitial: config.RetainInitialValue, expiry: config.DeltaExpiry,
		series: make(map[string]*series),
	}
}

// consume changes md and hands it on, if there is anything left of it.
func (d *deltas) consume(ctx context.Context, md pmetric.Metrics) error {
	c := &conversion{deltas: d, dropped: make(map[reason]int), now: time.Now()}
	c.convert(md)
	d.dropped(c.dropped)
	if md.DataPointCount() == 0 {
		return nil
	}
	err := d.next(ctx, md)
	if err != nil && !consumererror.IsPermanent(err) {
		d.owe(c.given, err)
	}
	return err
}

// gift is a change that was put into a batch.
type gift struct {
	series *series
	change total
}

// owe notes the changes in a batch that was refused, or in the part of it that err
// carries. What was refused for good is not owed: it would be refused again.
func (d *deltas) owe(given []gift, err error) {
	var refused map[*series]bool // nil: all
	if partial, ok := errors.AsType[consumererror.Metrics](err); ok {
		refused = make(map[*series]bool)
		d.each(partial.Data(), func(s *series) { refused[s] = true })
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range given {
		if refused == nil || refused[g.series] {
			g.series.owed = g.series.owed.plus(g.change)
		}
	}
}

// each calls f for the series of points that is known.
func (d *deltas) each(md pmetric.Metrics, f func(*series)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var key seriesKey
	known := func(attributes pcommon.Map) {
		if s := d.series[string(key.of(attributes))]; s != nil {
			f(s)
		}
	}
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				key.enter(rm.Resource(), sm.Scope(), m.Name())
				switch m.Type() {
				case pmetric.MetricTypeSum:
					for _, p := range m.Sum().DataPoints().All() {
						known(p.Attributes())
					}
				case pmetric.MetricTypeSummary:
					for _, p := range m.Summary().DataPoints().All() {
						known(p.Attributes())
					}
				case pmetric.MetricTypeEmpty, pmetric.MetricTypeGauge, pmetric.MetricTypeHistogram, pmetric.MetricTypeExponentialHistogram:
				}
			}
		}
	}
}

// conversion is the work on one batch.
type conversion struct {
	*deltas
	key     seriesKey
	now     time.Time
	given   []gift
	dropped map[reason]int
}

func (c *conversion) convert(md pmetric.Metrics) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep()
	for _, rm := range md.ResourceMetrics().All() {
		prometheus := isPrometheus(rm.Resource().Attributes())
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				switch {
				case m.Type() == pmetric.MetricTypeSum && m.Sum().IsMonotonic() && m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative:
					c.key.enter(rm.Resource(), sm.Scope(), m.Name())
					m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
					m.Sum().DataPoints().RemoveIf(c.number)
				case m.Type() == pmetric.MetricTypeSummary && prometheus:
					c.key.enter(rm.Resource(), sm.Scope(), m.Name())
					m.Summary().DataPoints().RemoveIf(c.summary)
				}
			}
		}
	}
}

// sweep forgets series that have not been seen for a while.
func (c *conversion) sweep() {
	if c.now.Sub(c.swept) < c.expiry/2 {
		return
	}
	c.swept = c.now
	for key, s := range c.series {
		if c.now.Sub(s.seen) > c.expiry {
			delete(c.series, key)
		}
	}
}

// number makes a change of a point, or reports that it must go.
func (c *conversion) number(p pmetric.NumberDataPoint) bool {
	var now total
	switch p.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		now = total{isInt: true, i: p.IntValue()}
	case pmetric.NumberDataPointValueTypeDouble:
		now = total{f: p.DoubleValue()}
	}
	if p.Flags().NoRecordedValue() || unusable(now.f) != "" {
		return false // is dropped later, and says nothing about the series
	}
	change, why := c.change(p.Attributes(), p.StartTimestamp(), p.Timestamp(), now, now.less)
	if why != "" {
		c.dropped[why]++
		return true
	}
	if change.isInt {
		p.SetIntValue(change.i)
	} else {
		p.SetDoubleValue(change.f)
	}
	return false
}

// summary does the same. Its count, which cannot fall, tells whether counting began
// anew.
func (c *conversion) summary(p pmetric.SummaryDataPoint) bool {
	now := total{f: p.Sum(), n: p.Count()}
	if p.Flags().NoRecordedValue() || unusable(now.f) != "" {
		return false
	}
	change, why := c.change(p.Attributes(), p.StartTimestamp(), p.Timestamp(), now, now.fewer)
	if why != "" {
		c.dropped[why]++
		return true
	}
	p.SetSum(change.f)
	p.SetCount(change.n)
	return false
}

// change returns the change of a series to the total now, with what is owed, or why
// there is none. Fell reports whether a total is above the present one.
func (c *conversion) change(attributes pcommon.Map, start, at pcommon.Timestamp, now total, fell func(total) bool) (total, reason) {
	key := c.key.of(attributes)
	s := c.series[string(key)]
	first := s == nil || c.now.Sub(s.seen) > c.expiry
	switch {
	case first:
		s = &series{owed: total{isInt: now.isInt}}
		c.series[string(key)] = s
	case at < s.at:
		return total{}, outOfOrder
	}
	change := now
	if !first && !fell(s.last) && !s.restarted(start, at) {
		change = now.minus(s.last)
	}
	s.last, s.at, s.seen = now, at, c.now
	if first && !c.keepInitial {
		return total{}, firstValue
	}
	change = change.plus(s.owed)
	s.owed = total{isInt: now.isInt}
	c.given = append(c.given, gift{s, change})
	return change, ""
}

// series is what is known of a series.
type series struct {
	last total
	at   pcommon.Timestamp // of last
	owed total             // changes that were refused
	seen time.Time
}

// restarted reports whether counting began after the last point. A start that is the
// point's own time says that the start is not known.
func (s *series) restarted(start, at pcommon.Timestamp) bool {
	return start > s.at && start < at
}

// seriesKey makes the keys of series.
type seriesKey struct {
	buf    []byte
	prefix int // bytes that all points of a metric share
	sorted labels
}

// enter notes what all points of a metric share.
func (k *seriesKey) enter(resource pcommon.Resource, scope pcommon.InstrumentationScope, metric string) {
	b := appendKey(appendKey(appendKey(k.buf[:0], metric), scope.Name()), scope.Version())
	k.buf = b
	k.attributes(scope.Attributes())
	k.attributes(resource.Attributes())
	k.prefix = len(k.buf)
}

func (k *seriesKey) attributes(m pcommon.Map) {
	k.sorted = k.sorted[:0].addAttributes(m).sorted()
	k.buf = appendKey(k.buf, "") // keeps the parts apart: no label has an empty pair
	k.buf = k.sorted.appendKey(k.buf)
}

// of returns the key of a point. It is good until the next call.
func (k *seriesKey) of(attributes pcommon.Map) []byte {
	k.buf = k.buf[:k.prefix]
	k.attributes(attributes)
	return k.buf
}

// total is a value of a series: an integer, a float, or sum and count of a summary.
type total struct {
	isInt bool
	i     int64
	f     float64
	n     uint64
}

func (t total) float() float64 {
	if t.isInt {
		return float64(t.i)
	}
	return t.f
}

// less reports whether t is less than before.
func (t total) less(before total) bool {
	if t.isInt && before.isInt {
		return t.i < before.i
	}
	return t.float() < before.float()
}

func (t total) fewer(before total) bool { return t.n < before.n }

// minus returns t - o. Integers stay integers as long as they fit.
func (t total) minus(o total) total {
	if d := t.i - o.i; t.isInt && o.isInt && (d < t.i) == (o.i > 0) {
		return total{isInt: true, i: d}
	}
	return total{f: t.float() - o.float(), n: t.n - o.n}
}

func (t total) plus(o total) total {
	if s := t.i + o.i; t.isInt && o.isInt && (s > t.i) == (o.i > 0) {
		return total{isInt: true, i: s}
	}
	return total{f: t.float() + o.float(), n: t.n + o.n}
}
