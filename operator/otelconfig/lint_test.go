package otelconfig_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

func TestLint(t *testing.T) {
	const good = "{pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}"
	const otlp = "receivers: {otlp: {protocols: {grpc: {}}}}\n"
	for _, c := range []struct {
		name, sections, service string
		want                    string // part of the only warning; "" for none
		refuse                  bool
	}{
		{"good", otlp, good, "", false},
		{"null", "receivers: {otlp: {protocols: {grpc: , http: }}}", good, "null objects: receivers::otlp::protocols::grpc, receivers::otlp::protocols::http;", false},
		{"bare variable", otlp + "processors: {r: {a: 'x-$K8S_NODE_NAME'}}", good, "processors::r::a: $K8S_NODE_NAME is not expanded by collectors since 0.105: write ${env:K8S_NODE_NAME}, or $$K8S_NODE_NAME if", false},
		{"escaped dollar", otlp + "processors: {r: {a: '$$NAME $$1 $1 ${NAME} ${env:NAME} cost$ $$$$X'}}", good, "", false},
		{"escaped dollar and variable", otlp + "processors: {r: {a: '$$$X'}}", good, "$X is not expanded", false},
		{"placeholder", otlp + "exporters: {debug: {}, awsxray: {region: '<REGION>'}}", good, "exporters::awsxray::region: <REGION> is a placeholder", true},
		{"placeholder inside", otlp + "exporters: {debug: {}, a: {endpoint: 'https://aps.<AWS_REGION>.amazonaws.com'}}", good, "<AWS_REGION> is a placeholder", true},
		{"placeholder in a list", otlp + "exporters: {debug: {}, a: {x: [{y: <your region>}]}}", good, "exporters::a::x::0::y: <your region> is a placeholder", true},
		{"group of a regular expression", otlp + "processors: {r: {a: '(?P<NAME>x)(?<TIME>y) a<B>c'}}", good, "", false},
		{"receiver", otlp, "{pipelines: {traces: {receivers: [otlp, oltp], exporters: [debug]}}}", `service::pipelines::traces: references receiver "oltp" which is not configured`, true},
		{"processor", otlp, "{pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [debug]}}}", `references processor "batch"`, true},
		{"exporter", otlp, "{pipelines: {traces: {receivers: [otlp], exporters: [debug, x]}}}", `references exporter "x"`, true},
		{"extension", otlp, "{extensions: [e], pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}", `service::extensions: references extension "e"`, true},
		{"connector", otlp + "connectors: {forward: {}}", "{pipelines: {traces: {receivers: [otlp], exporters: [forward]}, traces/2: {receivers: [forward], exporters: [debug]}}}", "", false},
		{"no receivers", otlp, "{pipelines: {traces: {exporters: [debug]}}}", "must have at least one receiver", true},
		{"no exporters", otlp, "{pipelines: {traces: {receivers: [otlp]}}}", "must have at least one exporter", true},
		{"unknown signal", otlp, "{pipelines: {trace: {receivers: [otlp], exporters: [debug]}}}", `unknown signal "trace"`, true},
		{"no pipeline", otlp, "{pipelines: {}}", "there is no pipeline", false},
		{"local", "receivers: {otlp: {protocols: {grpc: {endpoint: 'localhost:4317'}}}}", good, "receivers::otlp::protocols::grpc::endpoint: localhost:4317 is reachable", false},
		{"bad port", "receivers: {otlp: {protocols: {grpc: {endpoint: 'x:70000'}}}}", good, `the port "70000" is not a number`, true},
		{"gone", otlp + "exporters: {logging: {}}", "{pipelines: {traces: {receivers: [otlp], exporters: [logging]}}}", "debug is its new name", false},
		{"address", otlp, "{telemetry: {metrics: {address: ':8888'}}, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}", "use readers", false},
		{"tls_settings", "receivers: {otlp: {protocols: {grpc: {tls_settings: {}}}}}", good, "renamed to tls", false},
		{"ballast", otlp + "processors: {memory_limiter: {ballast_size_mib: 1}}", "{pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [debug]}}}", "ballast_size_mib: is removed", false},
		{"telemetry", otlp, "{telemetry: {resource: {node: $NODE}}, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}", "service::telemetry::resource::node: $NODE", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := running(t, c.sections, c.service)
			got := otelconfig.Lint(cfg)
			if c.want == "" {
				if len(got) > 0 {
					t.Error(got)
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0].String(), c.want) || got[0].Refuse != c.refuse {
				t.Errorf("%v, want %q, refuse %t", got, c.want, c.refuse)
			}
		})
	}
}
