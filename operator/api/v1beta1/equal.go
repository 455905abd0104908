package v1beta1

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Equal reports whether two configurations say the same. Numbers are compared by their value,
// because an API server writes 1e3 as 1000; a required part that is null is an empty one.
func (c *Config) Equal(other *Config) bool {
	a, b := c.DeepCopy(), other.DeepCopy()
	a.FillRequired()
	b.FillRequired()
	return equalObjects(&a.Receivers, &b.Receivers) && equalObjects(&a.Exporters, &b.Exporters) &&
		equalObjects(a.Processors, b.Processors) && equalObjects(a.Connectors, b.Connectors) &&
		equalObjects(a.Extensions, b.Extensions) && equalObjects(a.Service.Telemetry, b.Service.Telemetry) &&
		slices.Equal(a.Service.Extensions, b.Service.Extensions) &&
		maps.EqualFunc(a.Service.Pipelines, b.Service.Pipelines, equalPipelines)
}

func equalPipelines(a, b *Pipeline) bool {
	return slices.Equal(a.Receivers, b.Receivers) && slices.Equal(a.Processors, b.Processors) &&
		slices.Equal(a.Exporters, b.Exporters)
}

func equalObjects(a, b *Object) bool {
	if a == nil || b == nil {
		return a == b
	}
	return equalValues(a.Values, b.Values)
}

func equalMaps(a, b map[string]any) bool { return maps.EqualFunc(a, b, equalValues) }

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalValues)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && canonicalNumber(a) == canonicalNumber(b)
	default:
		return a == b
	}
}

// canonicalNumber returns the same text for all literals of one value.
func canonicalNumber(n json.Number) string {
	if i, err := n.Int64(); err == nil {
		return strconv.FormatInt(i, 10)
	}
	f, err := n.Float64()
	switch {
	case err != nil:
		return n.String()
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.FormatInt(int64(f), 10)
	default:
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
}
