package awsemfexporter

import (
	"encoding/binary"
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// metric is a metric of an event.
type metric struct {
	name  string
	unit  string // CloudWatch's, or ""
	fine  bool   // stored by the second
	value value
	point int // ordinal of the data point it is of
}

// origin is what all points of a metric have in common, besides labels.
type origin struct {
	namespace   string
	logGroup    string
	logStream   string
	kind        pmetric.MetricType
	prometheus  bool // it is the Prometheus receiver's
	timestampMs int64
}

// group is metrics that go into one event, if there is room.
type group struct {
	origin
	labels  labels
	metrics []*metric
	names   map[string]bool // of metrics, once there are many
	next    *group          // for metrics that have a name which is taken here

	dimensions []string // labels that can be dimensions; set when all metrics are there
}

// manyMetrics is from when on names are looked up in a map.
const manyMetrics = 16

// has reports whether the group has a metric of this name.
func (g *group) has(name string) bool {
	if g.names != nil {
		return g.names[name]
	}
	return slices.ContainsFunc(g.metrics, func(m *metric) bool { return m.name == name })
}

func (g *group) add(m *metric) {
	g.metrics = append(g.metrics, m)
	switch {
	case g.names != nil:
		g.names[m.name] = true
	case len(g.metrics) > manyMetrics:
		g.names = make(map[string]bool, 2*manyMetrics)
		for _, m := range g.metrics {
			g.names[m.name] = true
		}
	}
}

// hides reports whether a label is not in the event because something else is there
// by its name.
func (g *group) hides(t *translator, label string) bool {
	return g.has(label) || t.reserved(label) || g.prometheus && label == prometheusField
}

// groups are what a batch of metrics is cut into.
type groups struct {
	byKey map[string]*group
	order []*group
	key   []byte // of the last lookup
}

func newGroups() *groups { return &groups{byKey: make(map[string]*group)} }

// find returns the group of an origin and labels. It copies labels when it keeps
// them.
func (gs *groups) find(o *origin, l labels) *group {
	k := binary.AppendVarint(gs.key[:0], o.timestampMs)
	k = append(k, byte(o.kind))
	k = appendKey(appendKey(appendKey(k, o.namespace), o.logGroup), o.logStream)
	k = l.appendKey(k)
	gs.key = k
	g := gs.byKey[string(k)]
	if g == nil {
		g = &group{origin: *o, labels: slices.Clone(l)}
		gs.byKey[string(k)] = g
		gs.order = append(gs.order, g)
	}
	return g
}

// put adds a metric to a group. Two points of one metric with the same labels, as of
// two resources that are not told apart, go into two events: CloudWatch adds them up.
func (gs *groups) put(g *group, m *metric) {
	for g.has(m.name) {
		if g.next == nil {
			g.next = &group{origin: g.origin, labels: g.labels}
			gs.order = append(gs.order, g.next)
		}
		g = g.next
	}
	g.add(m)
}

// maxMetricName is the length of the longest name of a metric.
const maxMetricName = 255

// badMetricName reports whether an event could not have a metric of this name.
func (t *translator) badMetricName(name string) bool {
	return !isPrintable(name, maxMetricName) || t.reserved(name)
}
