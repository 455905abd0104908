package collectorcheck

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Components are the types of component that a collector has, each section in order.
type Components struct {
	Receivers, Processors, Exporters, Connectors, Extensions []string
}

// Components asks the collector what it has; the answer is remembered.
func (c *Checker) Components(ctx context.Context) (Components, error) {
	c.mu.Lock()
	known := c.components
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	out, err := c.run(ctx, os.TempDir(), nil, "components")
	if err != nil {
		return Components{}, err
	}
	parsed, err := parseComponents([]byte(out))
	if err != nil {
		return Components{}, err
	}
	c.mu.Lock()
	c.components = &parsed
	c.mu.Unlock()
	return parsed, nil
}

// parseComponents reads the answer of "components".
func parseComponents(text []byte) (Components, error) {
	type component struct {
		Name string `yaml:"name"`
	}
	var answer struct {
		Receivers  []component `yaml:"receivers"`
		Processors []component `yaml:"processors"`
		Exporters  []component `yaml:"exporters"`
		Connectors []component `yaml:"connectors"`
		Extensions []component `yaml:"extensions"`
	}
	if err := yaml.Unmarshal(text, &answer); err != nil {
		return Components{}, fmt.Errorf("read the collector's list of components: %w", err)
	}
	names := func(list []component) []string {
		set := make(map[string]bool, len(list))
		for _, c := range list {
			set[c.Name] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	return Components{
		Receivers:  names(answer.Receivers),
		Processors: names(answer.Processors),
		Exporters:  names(answer.Exporters),
		Connectors: names(answer.Connectors),
		Extensions: names(answer.Extensions),
	}, nil
}
