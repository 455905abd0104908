// Package loggingexporter is the debug exporter under its old name, logging, with
// its old key loglevel, so that configurations from before the rename still start.
package loggingexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
)

var componentType = component.MustNewType("logging")

// NewFactory returns the factory of the logging exporter.
func NewFactory() exporter.Factory {
	debug := debugexporter.NewFactory()
	return exporter.NewFactory(componentType, defaultConfig,
		exporter.WithTraces(func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
			return debug.CreateTraces(ctx, renamed(set), debugConfig(cfg))
		}, component.StabilityLevelDeprecated),
		exporter.WithMetrics(func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
			return debug.CreateMetrics(ctx, renamed(set), debugConfig(cfg))
		}, component.StabilityLevelDeprecated),
		exporter.WithLogs(func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
			return debug.CreateLogs(ctx, renamed(set), debugConfig(cfg))
		}, component.StabilityLevelDeprecated),
	)
}

// renamed says that the component is of the type which the debug exporter expects.
func renamed(set exporter.Settings) exporter.Settings {
	set.ID = component.NewIDWithName(debugexporter.NewFactory().Type(), set.ID.Name())
	return set
}

func debugConfig(cfg component.Config) component.Config { return cfg.(*Config).Debug }
