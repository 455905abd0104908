package awsemfexporter

import (
	"encoding/binary"
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
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

	// Two points of one metric with the same labels, as of two resources that are not
	// told apart, go into two events: CloudWatch adds them up. Rows are the further
	// events, and taken is how many have a metric of a name, once looking is slow.
	rows  []*group
	taken map[string]int

	// Set by seal, when all metrics are there.
	dimensions []string // labels that can be dimensions, sorted
	version    bool     // the format's version is not hidden by a label or metric
	prom       bool     // prom_metric_type is there, and not hidden by a metric
}

// manyMetrics is from when on names are looked up in a map.
const manyMetrics = 16

// rowOf returns how many events of the group have a metric of this name.
func (g *group) rowOf(name string) int {
	if g.taken == nil && len(g.metrics) < manyMetrics {
		if !slices.ContainsFunc(g.metrics, func(m *metric) bool { return m.name == name }) {
			return 0
		}
	}
	if g.taken == nil {
		g.taken = make(map[string]int, 2*manyMetrics)
		for _, m := range g.metrics {
			g.taken[m.name] = 1
		}
	}
	return g.taken[name]
}

// seal notes what the event depends on besides the metrics in it. Labels that
// something else in the event hides are removed.
func (g *group) seal(t *translator) {
	names := make(map[string]bool, len(g.metrics))
	for _, m := range g.metrics {
		names[m.name] = true
	}
	hidden := func(l label) bool {
		return names[l.name] || t.reserved(l.name) || g.prometheus && l.name == prometheusField
	}
	if slices.ContainsFunc(g.labels, hidden) {
		g.labels = slices.DeleteFunc(slices.Clone(g.labels), hidden) // rows share labels
	}
	if g.labels.size() > cloudwatchlogs.MaxMessageBytes/2 {
		g.labels = g.labels.shortened()
	}
	_, label := g.labels.index("Version")
	g.version = !label && !names["Version"]
	g.prom = g.prometheus && !names[prometheusField]
	g.dimensions = t.dimensionsOf(g.labels)
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

// put adds a metric to a group.
func (gs *groups) put(g *group, m *metric) {
	n := g.rowOf(m.name)
	if g.taken != nil {
		g.taken[m.name] = n + 1
	}
	row := g
	if n > 0 {
		if n > len(g.rows) {
			g.rows = append(g.rows, &group{origin: g.origin, labels: g.labels})
			gs.order = append(gs.order, g.rows[n-1])
		}
		row = g.rows[n-1]
	}
	row.metrics = append(row.metrics, m)
}

// maxMetricName is the length of the longest name of a metric.
const maxMetricName = 255

// badMetricName reports whether an event could not have a metric of this name.
func (t *translator) badMetricName(name string) bool {
	return !isPrintable(name, maxMetricName) || t.reserved(name)
}
