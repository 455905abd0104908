package awsemfexporter

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
)

// defaultNamespace is of metrics whose service is not known.
const defaultNamespace = "default"

// isPrometheus reports whether a resource is marked as scraped by the Prometheus
// receiver. The mark is set by users, with a processor.
func isPrometheus(resource pcommon.Map) bool {
	v, ok := resource.Get("receiver")
	return ok && v.AsString() == "prometheus"
}

// batch is the events of some metrics.
type batch struct {
	streams []cloudwatchlogs.Stream
	points  [][]int // an event's index → the ordinals of the points in it
	dropped map[reason]int
}

// translator turns one batch of metrics into events.
type translator struct {
	*settings
	now     time.Time
	groups  *groups
	dropped map[reason]int
	buf     []byte // of the event being written

	// What the point under way belongs to.
	resource  labels // that every point has; not sorted
	group     template
	stream    template
	origin    origin
	namesOpen bool // the log group or stream depends on labels
	scope     string
	name      string
	unit      string
	ordinal   int // of the point, in the order of traversal
	labels    labels
	fine      bool // stored by the second
}

// translate returns the events of metrics, whose sums are deltas already. Points
// without a time are of now.
func (s *settings) translate(md pmetric.Metrics, now time.Time) *batch {
	t := &translator{settings: s, now: now, groups: newGroups(), dropped: make(map[reason]int), ordinal: -1}
	for _, rm := range md.ResourceMetrics().All() {
		t.enter(rm.Resource().Attributes())
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				t.metric(m, sm.Scope().Name())
			}
		}
	}
	return t.write()
}

// enter notes what a resource says.
func (t *translator) enter(resource pcommon.Map) {
	t.resource = t.resource[:0]
	if t.config.ResourceToTelemetry.Enabled {
		t.resource = t.resource.addAttributes(resource)
		if t.config.ResourceToTelemetry.ExcludeServiceAttributes {
			t.resource = slices.DeleteFunc(t.resource, func(l label) bool {
				return l.name == "service.name" || l.name == "service.namespace" || l.name == "service.instance.id"
			})
		}
	}
	t.origin = origin{namespace: t.namespace(resource), prometheus: isPrometheus(resource)}
	t.group, t.stream = t.groupName.bind(resource), t.streamName.bind(resource)
	if len(t.group.parts) == 0 {
		t.group = template{parts: []part{{literal: "/metrics/" + t.origin.namespace}}, invalid: notInGroup}
	}
	t.namesOpen = t.group.open() || t.stream.open()
	if !t.namesOpen {
		t.origin.logGroup, t.origin.logStream = t.group.name(nil), t.stream.name(nil)
	}
}

func (t *translator) namespace(resource pcommon.Map) string {
	if t.config.Namespace != "" {
		return t.config.Namespace
	}
	var parts []string
	for _, key := range []string{"service.namespace", "service.name"} {
		if v, ok := resource.Get(key); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
			parts = append(parts, valid(v.Str()))
		}
	}
	ns := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.Join(parts, "/"))
	// A namespace must not begin with a colon.
	if ns = cut(strings.TrimLeft(ns, ":"), maxNamespace); isPrintable(ns, maxNamespace) {
		return ns
	}
	return defaultNamespace
}

// metric takes the points of a metric.
func (t *translator) metric(m pmetric.Metric, scope string) {
	t.name, t.scope, t.unit, t.origin.kind = valid(m.Name()), scope, t.units.of(m.Name(), m.Unit()), m.Type()
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		t.numbers(m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		t.numbers(m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			if t.enterPoint(p) {
				t.addOne(histogram(p))
			}
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			if t.enterPoint(p) {
				t.addParts(exponential(p))
			}
		}
	case pmetric.MetricTypeSummary:
		for _, p := range m.Summary().DataPoints().All() {
			switch {
			case !t.enterPoint(p):
			case t.config.DetailedMetrics:
				t.addDetailed(p)
			default:
				t.addOne(summary(p))
			}
		}
	case pmetric.MetricTypeEmpty:
		t.drop(unsupported)
	}
}

func (t *translator) numbers(points pmetric.NumberDataPointSlice) {
	for _, p := range points.All() {
		if t.enterPoint(p) {
			t.addOne(number(p))
		}
	}
}

func (t *translator) drop(why reason) { t.dropped[why]++ }

// dataPoint is what points of all kinds have.
type dataPoint interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
	Flags() pmetric.DataPointFlags
}

// enterPoint notes the time and the labels of a point, and reports whether its value
// is wanted.
func (t *translator) enterPoint(p dataPoint) bool {
	t.ordinal++
	switch {
	case p.Flags().NoRecordedValue():
		t.drop(stale)
		return false
	case t.badMetricName(t.name):
		t.drop(badName)
		return false
	}
	t.labels = t.labels[:0]
	if t.scope != "" {
		t.labels = append(t.labels, label{scopeLabel, valid(t.scope)})
	}
	t.labels = append(t.labels, t.resource...)
	t.labels = t.labels.addAttributes(p.Attributes()).sorted()
	if t.config.EKSFargate {
		t.labels = t.labels.withKubernetes()
	}
	if t.origin.timestampMs = int64(uint64(p.Timestamp()) / uint64(time.Millisecond)); t.origin.timestampMs == 0 {
		t.origin.timestampMs = t.now.UnixMilli()
	}
	t.fine = isFine(p.Attributes())
	return true
}

// isFine reports whether a point asks to be stored by the second.
func isFine(attributes pcommon.Map) bool {
	v, ok := attributes.Get(resolutionAttribute)
	return ok && v.AsString() == "1"
}

// addOne adds the value of the point under way, unless there is a reason against it.
func (t *translator) addOne(v value, why reason) {
	if why != "" {
		t.drop(why)
		return
	}
	t.add(t.name, t.unit, t.labels, v)
}

func (t *translator) addParts(parts []value, why reason) {
	if why != "" {
		t.drop(why)
	}
	for _, v := range parts {
		t.add(t.name, t.unit, t.labels, v)
	}
}

// addDetailed adds a summary as its sum, its count and a value for each quantile.
func (t *translator) addDetailed(p pmetric.SummaryDataPoint) {
	if why := unusable(p.Sum()); why != "" {
		t.drop(why)
	} else {
		t.add(t.name+"_sum", t.unit, t.labels, value{f: p.Sum()})
	}
	t.add(t.name+"_count", t.units.of(t.name+"_count", ""), t.labels, value{kind: integer, i: int64(min(p.Count(), 1<<63-1))})
	for _, q := range p.QuantileValues().All() {
		if why := unusable(q.Value()); why != "" {
			t.drop(why)
			continue
		}
		quantile := label{quantileLabel, strconv.FormatFloat(q.Quantile(), 'g', -1, 64)}
		t.add(t.name, t.unit, append(labels{quantile}, t.labels...).sorted(), value{f: q.Value()})
	}
}

// add puts a value into its group.
func (t *translator) add(name, unit string, l labels, v value) {
	if len(name) > maxMetricName {
		t.drop(badName)
		return
	}
	if t.namesOpen {
		t.origin.logGroup, t.origin.logStream = t.group.name(l), t.stream.name(l)
	}
	t.groups.put(t.groups.find(&t.origin, l), &metric{name: name, unit: unit, fine: t.fine, value: v, point: t.ordinal})
}

// write writes the events of all groups.
func (t *translator) write() *batch {
	out := &batch{dropped: t.dropped}
	type destination struct{ group, stream string }
	places := make(map[destination]int)
	for _, g := range t.groups.order {
		to := destination{g.logGroup, g.logStream}
		at, ok := places[to]
		if !ok {
			at = len(out.streams)
			places[to] = at
			out.streams = append(out.streams, cloudwatchlogs.Stream{Group: to.group, Name: to.stream})
		}
		t.events(g, func(message string, metrics []*metric) {
			points := make([]int, len(metrics))
			for i, m := range metrics {
				points[i] = m.point
			}
			s := &out.streams[at]
			s.Events = append(s.Events, cloudwatchlogs.Event{Time: g.timestampMs, Message: message, Index: len(out.points)})
			out.points = append(out.points, points)
		}, func() { t.drop(tooLarge) })
	}
	return out
}
