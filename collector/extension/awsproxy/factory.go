package awsproxy

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/radiograph/radiograph/collector/internal/proxy"
)

// NewFactory returns the factory of the extension, of type awsproxy.
func NewFactory() extension.Factory {
	return extension.NewFactory(component.MustNewType("awsproxy"), defaultConfig, create, component.StabilityLevelBeta)
}

func defaultConfig() component.Config {
	cfg := proxy.Default()
	cfg.Endpoint = proxy.DefaultEndpoint
	return &cfg
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	c, ok := cfg.(*Config)
	if !ok {
		return nil, fmt.Errorf("create %s: its configuration is a %T", set.ID, cfg)
	}
	return &proxyExtension{proxy.New(c, set.Logger)}, nil
}

// proxyExtension starts and ends the server.
type proxyExtension struct{ *proxy.Server }
