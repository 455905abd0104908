package awsxrayreceiver

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
)

// NewFactory returns the factory of the receiver, of type awsxray. It gives traces.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(component.MustNewType("awsxray"), defaultConfig,
		receiver.WithTraces(createTraces, component.StabilityLevelBeta))
}

func createTraces(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Traces) (receiver.Traces, error) {
	c, ok := cfg.(*Config)
	if !ok {
		return nil, fmt.Errorf("create %s: its configuration is a %T", set.ID, cfg)
	}
	return newReceiver(c, set, next)
}
