package deploy

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// unmarshal decodes YAML by the JSON names of the target.
func unmarshal(text string, into any) error {
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("decode YAML: %w", err)
	}
	return nil
}

// Values decodes YAML or JSON text into the values of a chart. The text may be empty; anything
// but a mapping is an error.
func Values(text string) (map[string]any, error) {
	values := map[string]any{}
	if err := unmarshal(text, &values); err != nil {
		return nil, err
	}
	return values, nil
}
