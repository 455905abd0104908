package awsxrayreceiver_test

import (
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/processor/processortest"
)

// TestProcessorsSeeTheSender has a processor write the address of the sender, which
// it gets from where k8sattributes gets it too.
func TestProcessorsSeeTheSender(t *testing.T) {
	f := attributesprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	actions := map[string]any{"actions": []any{map[string]any{"key": "sender", "from_context": "client.address", "action": "insert"}}}
	if err := confmap.NewFromStringMap(actions).Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	next := newSink()
	p, err := f.CreateTraces(t.Context(), processortest.NewNopSettings(f.Type()), cfg, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	r := start(t, p, nil)
	r.send(7, header+segmentNamed("127.0.0.7", 1))
	r.send(8, header+segmentNamed("127.0.0.8", 2))
	next.wait(t, 2)
	r.stop()
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for _, a := range next.arrivals() {
		for _, s := range spans(a.traces) {
			if got, _ := s.Attributes().Get("sender"); got.AsString() != s.Name() {
				t.Errorf("span of %s has sender %q", s.Name(), got.AsString())
			}
		}
	}
}
