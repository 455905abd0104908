package awsxrayexporter

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const scopeName = "github.com/radiograph/radiograph/collector/exporter/awsxrayexporter"

// metrics are what the exporter tells about itself, beside what the collector counts
// for every exporter.
type metrics struct {
	exporter  metric.MeasurementOption
	id        attribute.KeyValue
	documents metric.Int64Counter
	retried   metric.Int64Counter
	rejected  metric.Int64Counter
	spans     metric.Int64Counter
	bytes     metric.Int64Counter
	requests  metric.Int64Counter
	codes     names
}

func newMetrics(set component.TelemetrySettings, id component.ID) (*metrics, error) {
	m := &metrics{id: attribute.String("exporter", id.String())}
	m.exporter = metric.WithAttributeSet(attribute.NewSet(m.id))
	meter := set.MeterProvider.Meter(scopeName)
	var errs []error
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := meter.Int64Counter("otelcol_exporter_awsxray_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	m.documents = counter("sent_documents", "{documents}", "Segment documents that X-Ray has taken.")
	m.retried = counter("retried_documents", "{documents}", "Segment documents that are sent again, once for each time.")
	m.rejected = counter("rejected_documents", "{documents}", "Segment documents that X-Ray has refused for good, by its error code.")
	m.spans = counter("refused_spans", "{spans}", "Spans that cannot be segments, by reason.")
	m.bytes = counter("sent_bytes", "By", "Bytes of requests that were carried out.")
	m.requests = counter("requests", "{requests}", "Attempts of requests, by outcome.")
	return m, errors.Join(errs...)
}

func (m *metrics) reject(ctx context.Context, code string, n int) {
	m.rejected.Add(ctx, int64(n), metric.WithAttributes(m.id, attribute.String("code", m.codes.bound(code))))
}

func (m *metrics) refuse(ctx context.Context, reason string) {
	m.spans.Add(ctx, 1, metric.WithAttributes(m.id, attribute.String("reason", reason)))
}

func (m *metrics) request(ctx context.Context, o outcome) {
	m.requests.Add(ctx, 1, metric.WithAttributes(m.id, attribute.String("outcome", string(o))))
}

const (
	maxCode  = 64 // characters of an error code
	maxCodes = 64 // different ones
)

// names keeps the values of a metric's attribute few, which a server chooses.
type names struct {
	mu   sync.Mutex // guards seen
	seen map[string]struct{}
}

func (n *names) bound(s string) string {
	if s == "" {
		return "unknown"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.seen[s]; ok {
		return s
	}
	if len(n.seen) >= maxCodes {
		return "other"
	}
	if n.seen == nil {
		n.seen = map[string]struct{}{}
	}
	n.seen[s] = struct{}{}
	return s
}
