package otelconfig_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// TestTLSProfile writes a profile where servers have TLS, and nowhere else.
func TestTLSProfile(t *testing.T) {
	const config = `
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317", tls: {cert_file: /a}}, http: {endpoint: "0.0.0.0:4318", tls: {min_version: "1.3"}}}}
  zipkin: {endpoint: "0.0.0.0:9411", tls: {cert_file: /a, min_version: "1.0", cipher_suites: [OURS]}}
  otlp/plain: {protocols: {http: {endpoint: "0.0.0.0:5318"}}}
  awsxray: {endpoint: "0.0.0.0:2000", proxy_server: {endpoint: "0.0.0.0:2000", tls: {insecure: true}}}
  jaeger: {protocols: {grpc: {endpoint: "0.0.0.0:14250", tls: {cert_file: /unused}}}}
exporters:
  otlp: {endpoint: "elsewhere:4317", tls: {cert_file: /client}}
  prometheus: {endpoint: "0.0.0.0:8889", tls: {cert_file: /a}}
service:
  pipelines:
    traces: {receivers: [otlp, otlp/plain, zipkin, awsxray], exporters: [otlp]}
    metrics: {receivers: [otlp], exporters: [prometheus]}
`
	const want = `
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317", tls: {cert_file: /a, min_version: "1.2", cipher_suites: [A, B]}}, http: {endpoint: "0.0.0.0:4318", tls: {min_version: "1.3"}}}}
  zipkin: {endpoint: "0.0.0.0:9411", tls: {cert_file: /a, min_version: "1.0", cipher_suites: [OURS]}}
  otlp/plain: {protocols: {http: {endpoint: "0.0.0.0:5318"}}}
  awsxray: {endpoint: "0.0.0.0:2000", proxy_server: {endpoint: "0.0.0.0:2000", tls: {insecure: true}}}
  jaeger: {protocols: {grpc: {endpoint: "0.0.0.0:14250", tls: {cert_file: /unused}}}}
exporters:
  otlp: {endpoint: "elsewhere:4317", tls: {cert_file: /client}}
  prometheus: {endpoint: "0.0.0.0:8889", tls: {cert_file: /a, min_version: "1.2", cipher_suites: [A, B]}}
`
	parse := func(text string) *v1beta1.Config {
		t.Helper()
		c, err := v1beta1.ParseConfig([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	spell := func(v any) string {
		t.Helper()
		text, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	profile := otelconfig.TLSProfile{MinVersion: "1.2", CipherSuites: []string{"A", "B"}}
	in := parse(config)
	got := otelconfig.Defaults(in, otelconfig.Options{TLS: profile})
	expected := parse(want + "service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}\n")
	for name, pair := range map[string][2]any{
		"receivers": {expected.Receivers, got.Receivers}, "exporters": {expected.Exporters, got.Exporters}, "the input": {parse(config), in},
	} {
		if diff := cmp.Diff(spell(pair[0]), spell(pair[1])); diff != "" {
			t.Errorf("%s differ: %s", name, diff)
		}
	}
}
