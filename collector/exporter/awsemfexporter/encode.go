package awsemfexporter

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
)

// maxMetrics is how many metrics an event may have.
const maxMetrics = 100

// prometheusField says in an event what kind of metric Prometheus has of it.
const prometheusField = "prom_metric_type"

var prometheusKinds = map[pmetric.MetricType]string{
	pmetric.MetricTypeGauge:                "gauge",
	pmetric.MetricTypeSum:                  "counter",
	pmetric.MetricTypeHistogram:            "histogram",
	pmetric.MetricTypeExponentialHistogram: "histogram",
	pmetric.MetricTypeSummary:              "summary",
}

// reserved reports whether a member of an event is of the format. Version is not, in
// version 1, where the format does not ask for it: a label or metric goes before.
func (t *translator) reserved(name string) bool {
	if t.config.Version == "0" {
		return name == "Version" || name == "CloudWatchMetrics" || name == "Timestamp"
	}
	return name == "_aws"
}

// events writes the events of a group.
func (t *translator) events(g *group, emit func(message string, metrics []*metric), drop func()) {
	if g.labels.size() > cloudwatchlogs.MaxMessageBytes/2 {
		g.labels = g.labels.shortened()
	}
	g.dimensions = t.dimensionsOf(g)
	if len(g.dimensions) > maxDimensions && len(t.declarations.all) == 0 {
		t.dropped[dimensions] += len(g.metrics)
	}
	for metrics := g.metrics; len(metrics) > 0; {
		n := min(len(metrics), maxMetrics)
		t.fit(g, metrics[:n], emit, drop)
		metrics = metrics[n:]
	}
}

// fit writes an event of some metrics, or halves them until each event is small
// enough. A metric that fits into no event is dropped.
func (t *translator) fit(g *group, metrics []*metric, emit func(string, []*metric), drop func()) {
	t.buf = t.appendEvent(t.buf[:0], g, metrics)
	switch half := len(metrics) / 2; {
	case len(t.buf) <= cloudwatchlogs.MaxMessageBytes:
		emit(string(t.buf), metrics)
	case half > 0:
		t.fit(g, metrics[:half], emit, drop)
		t.fit(g, metrics[half:], emit, drop)
	default:
		drop()
	}
}

// size returns about how many bytes labels take in an event.
func (l labels) size() int {
	n := 0
	for _, x := range l {
		n += len(x.name) + len(x.value)
	}
	return n
}

// shortened returns the labels with values cut that are too long for dimensions
// anyway.
func (l labels) shortened() labels {
	short := make(labels, len(l))
	for i, x := range l {
		if len(x.value) > maxDimensionValue {
			x.value = cut(x.value, maxDimensionValue) + "[Truncated...]"
		}
		short[i] = x
	}
	return short
}

// appendEvent appends one event: what CloudWatch is to make of it, then labels, then
// metrics.
func (t *translator) appendEvent(b []byte, g *group, metrics []*metric) []byte {
	directives := t.directives(g, metrics)
	b = append(b, '{')
	b = t.appendMetadata(b, g, directives)
	for _, l := range g.labels {
		if g.hides(t, l.name) {
			continue
		}
		b = append(appendString(separate(b), l.name), ':')
		if t.json[l.name] {
			b = appendRestored(b, l.value)
		} else {
			b = appendString(b, l.value)
		}
	}
	for _, m := range metrics {
		b = appendValue(append(appendString(separate(b), m.name), ':'), &m.value)
	}
	if g.prometheus && !g.has(prometheusField) {
		b = appendString(append(separate(b), `"`+prometheusField+`":`...), prometheusKinds[g.kind])
	}
	return append(b, '}')
}

// separate appends a comma unless b ends where an object begins.
func separate(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}

// appendMetadata appends what makes JSON an event of the format. In version 0 the
// time is there even when there is nothing to extract.
func (t *translator) appendMetadata(b []byte, g *group, directives []directive) []byte {
	if t.config.Version == "0" {
		b = append(b, `"Timestamp":"`...)
		b = append(strconv.AppendInt(b, g.timestampMs, 10), '"')
		if len(directives) > 0 {
			b = append(b, `,"Version":"0","CloudWatchMetrics":`...)
			b = g.appendDirectives(b, directives)
		}
		return b
	}
	if len(directives) == 0 {
		return b
	}
	b = append(b, `"_aws":{"Timestamp":`...)
	b = strconv.AppendInt(b, g.timestampMs, 10)
	b = append(b, `,"CloudWatchMetrics":`...)
	b = append(g.appendDirectives(b, directives), '}')
	if _, label := g.labels.index("Version"); !label && !g.has("Version") {
		b = append(b, `,"Version":"1"`...)
	}
	return b
}

func (g *group) appendDirectives(b []byte, directives []directive) []byte {
	b = append(b, '[')
	for i, d := range directives {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"Namespace":`...), g.namespace)
		b = append(b, `,"Dimensions":[`...)
		for j, set := range d.dimensions {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendStrings(b, set)
		}
		b = append(b, `],"Metrics":[`...)
		for j, m := range d.metrics {
			if j > 0 {
				b = append(b, ',')
			}
			b = m.appendDefinition(b)
		}
		b = append(b, `]}`...)
	}
	return append(b, ']')
}

func (m *metric) appendDefinition(b []byte) []byte {
	b = appendString(append(b, `{"Name":`...), m.name)
	if m.unit != "" {
		b = appendString(append(b, `,"Unit":`...), m.unit)
	}
	if m.fine {
		return append(b, `,"StorageResolution":1}`...)
	}
	return append(b, `,"StorageResolution":60}`...)
}
