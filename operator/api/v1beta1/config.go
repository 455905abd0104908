package v1beta1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Config is the configuration of a collector as an object: what a collector reads from its
// file, with the blocks of components left as they are.
type Config struct {
	// Receivers maps a receiver's id, such as "otlp" or "awsxray/second", to its settings.
	Receivers Object `json:"receivers"`
	// Exporters maps an exporter's id to its settings.
	Exporters Object `json:"exporters"`
	// Processors maps a processor's id to its settings.
	// +optional
	Processors *Object `json:"processors,omitempty"`
	// Connectors maps a connector's id to its settings.
	// +optional
	Connectors *Object `json:"connectors,omitempty"`
	// Extensions maps an extension's id to its settings.
	// +optional
	Extensions *Object `json:"extensions,omitempty"`
	// Service says which of the components run, and how they are connected.
	Service Service `json:"service"`
}

// Service is the part of a configuration that starts components.
type Service struct {
	// Extensions are the ids of the extensions that run.
	// +optional
	Extensions []string `json:"extensions,omitempty"`
	// Telemetry configures the collector's own logs, metrics and traces.
	// +optional
	Telemetry *Object `json:"telemetry,omitempty"`
	// Pipelines maps a pipeline's id, such as "traces" or "metrics/slow", to its components.
	Pipelines map[string]*Pipeline `json:"pipelines"`
}

// Pipeline is a way through the collector: the ids of its receivers, processors and exporters.
type Pipeline struct {
	// Receivers are where the data comes from.
	Receivers []string `json:"receivers"`
	// Processors change the data, in this order.
	// +optional
	Processors []string `json:"processors,omitempty"`
	// Exporters are where the data goes.
	Exporters []string `json:"exporters"`
}

// Object is a JSON object of any shape. Its numbers are json.Number, so that they are written
// again as they were read: 8192 does not become 8192.0. Its nulls stay nulls.
//
// +kubebuilder:validation:Type=object
// +kubebuilder:pruning:PreserveUnknownFields
// +kubebuilder:validation:Schemaless
type Object struct {
	// Values holds string, bool, json.Number, nil, []any and map[string]any.
	Values map[string]any `json:"-"`
}

// UnmarshalJSON decodes an object or null.
func (o *Object) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil {
		return fmt.Errorf("decode an object: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("decode an object: more than one value")
	}
	o.Values = values
	return nil
}

// MarshalJSON encodes the object with its keys in order; the empty Object is {}.
func (o Object) MarshalJSON() ([]byte, error) {
	if o.Values == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(o.Values)
}

// DeepCopyInto copies the object and all that it holds.
func (o *Object) DeepCopyInto(out *Object) {
	*out = Object{}
	if o.Values != nil {
		out.Values = copyValue(o.Values).(map[string]any)
	}
}

// DeepCopy returns a copy that shares nothing with the object.
func (o *Object) DeepCopy() *Object {
	if o == nil {
		return nil
	}
	out := new(Object)
	o.DeepCopyInto(out)
	return out
}

// copyValue copies a value of Object.Values.
func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = copyValue(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = copyValue(value)
		}
		return out
	default:
		return v
	}
}
