package awsemfexporter

import (
	"context"
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// NewFactory returns the factory of the awsemf exporter.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(component.MustNewType("awsemf"), defaultConfig, exporter.WithMetrics(createMetrics, component.StabilityLevelBeta))
}

func createMetrics(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Metrics, error) {
	c := config.(*Config)
	e, err := newEMFExporter(c, set, os.Stdout)
	if err != nil {
		return nil, err
	}
	inner, err := exporterhelper.NewMetrics(ctx, set, config, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{}), // request_timeout_seconds bounds each attempt
		exporterhelper.WithRetry(c.Retry),
		exporterhelper.WithQueue(c.Queue),
	)
	if err != nil {
		return nil, err
	}
	return &metricsExporter{Metrics: inner, deltas: newDeltas(c, inner.ConsumeMetrics, e.telemetry.points)}, nil
}

// metricsExporter makes deltas in front of the queue.
type metricsExporter struct {
	exporter.Metrics
	deltas *deltas
}

// ConsumeMetrics takes md, and changes it.
func (e *metricsExporter) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	return e.deltas.consume(ctx, md)
}

// Capabilities says that metrics are changed.
func (*metricsExporter) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}
