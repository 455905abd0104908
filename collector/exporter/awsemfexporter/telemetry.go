package awsemfexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	otelmetric "go.opentelemetry.io/otel/metric"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
)

const scopeName = "github.com/radiograph/radiograph/collector/exporter/awsemfexporter"

// telemetry counts, as metrics of the collector, what became of points and events.
type telemetry struct {
	exporter      attribute.KeyValue
	sent          otelmetric.Int64Counter
	eventsDropped otelmetric.Int64Counter
	pointsDropped otelmetric.Int64Counter
}

func newTelemetry(set exporter.Settings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	var errs []error
	counter := func(name, unit, description string) otelmetric.Int64Counter {
		c, err := meter.Int64Counter(name, otelmetric.WithUnit(unit), otelmetric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	t := &telemetry{
		exporter:      attribute.String("exporter", set.ID.String()),
		sent:          counter("otelcol_exporter_awsemf_events_sent", "{events}", "Log events that CloudWatch Logs took."),
		eventsDropped: counter("otelcol_exporter_awsemf_events_dropped", "{events}", "Log events that were given up, by reason."),
		pointsDropped: counter("otelcol_exporter_awsemf_datapoints_dropped", "{datapoints}", "Data points, or parts of them, that were not exported, by reason."),
	}
	return t, errors.Join(errs...)
}

// points counts points that were left out. The context is none of a request: the
// count belongs to no trace.
func (t *telemetry) points(dropped map[reason]int) {
	for why, n := range dropped {
		t.pointsDropped.Add(context.Background(), int64(n), otelmetric.WithAttributes(t.exporter, attribute.String("reason", string(why))))
	}
}

func (t *telemetry) events(ctx context.Context, out *cloudwatchlogs.Outcome) {
	if out.Sent > 0 {
		t.sent.Add(ctx, int64(out.Sent), otelmetric.WithAttributes(t.exporter))
	}
	for why, n := range out.Dropped {
		t.eventsDropped.Add(ctx, int64(n), otelmetric.WithAttributes(t.exporter, attribute.String("reason", string(why))))
	}
}
