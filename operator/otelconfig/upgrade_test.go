package otelconfig_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

func TestUpgrade(t *testing.T) {
	type args = map[string]string
	for _, c := range []struct {
		name, from      string
		before, after   string // a configuration without its exporters
		args, afterArgs args
		change          string // part of the only change; "" for none
	}{
		{name: "nothing", from: "0.8.0", before: "receivers: {otlp: {}}", after: "receivers: {otlp: {}}"},
		{name: "too new", from: "0.24.0", before: "extensions: {health_check: {port: 13133}}", after: "extensions: {health_check: {endpoint: '0.0.0.0:13133'}}", change: "0.57.2: replaced"},
		{name: "newest", from: "0.200.0", before: "extensions: {health_check: {port: 13133}}", after: "extensions: {health_check: {port: 13133}}"},
		{name: "reconnection", from: "0.8.0", before: "exporters: {debug: , opencensus: {reconnection_delay: 1}}", after: "exporters: {debug: , opencensus: {}}", change: "reconnection_delay"},
		{name: "flags", from: "0.8.0", args: args{"new-metrics": "", "x": "1"}, afterArgs: args{"x": "1"}, change: "0.15.0: removed the flags --new-metrics"},
		{name: "queued_retry", from: "0.18.0", before: "processors: {queued_retry: , batch: }\nPIPELINE: [queued_retry, batch]", after: "processors: {batch: }\nPIPELINE: [batch]", change: "processors::queued_retry"},
		{name: "influxdb", from: "0.30.0", before: "receivers: {influxdb: {metrics_schema: x, endpoint: y}}", after: "receivers: {influxdb: {endpoint: y}}", change: "metrics_schema"},
		{
			name: "tls", from: "0.35.0", before: "receivers: {otlp: {protocols: {grpc: {tls_settings: {a: 1}}}}}\nexporters: {debug: , otlp: {endpoint: x, insecure: true, ca_file: /c}}",
			after: "receivers: {otlp: {protocols: {grpc: {tls: {a: 1}}}}}\nexporters: {debug: , otlp: {endpoint: x, tls: {insecure: true, ca_file: /c}}}", change: "0.36.0: moved the TLS settings",
		},
		{name: "log flags", from: "0.37.0", args: args{"log-level": "debug", "log-profile": "dev"}, afterArgs: args{}, after: "TELEMETRY: {logs: {level: debug, development: true}}", change: "--log-level, --log-profile"},
		{name: "ballast", from: "0.38.0", before: "processors: {memory_limiter: {ballast_size_mib: 1, limit_mib: 2}}", after: "processors: {memory_limiter: {limit_mib: 2}}", change: "ballast_size_mib"},
		{name: "httpd", from: "0.38.0", before: "receivers: {httpd/a: {x: 1}}\nRECEIVERS: [httpd/a]", after: "receivers: {apache/a: {x: 1}}\nRECEIVERS: [apache/a]", change: "renamed receivers::httpd/a to apache/a"},
		{name: "cors", from: "0.40.0", before: "receivers: {otlp: {protocols: {http: {cors_allowed_origins: [a], cors_allowed_headers: [b]}}}}", after: "receivers: {otlp: {protocols: {http: {cors: {allowed_origins: [a], allowed_headers: [b]}}}}}", change: "CORS"},
		{name: "gates", from: "0.104.0", args: args{"feature-gates": "-confmap.unifyEnvVarExpansion,a"}, afterArgs: args{"feature-gates": "a"}, change: "0.105.0: removed the feature gate"},
		{name: "the last gate", from: "0.109.0", args: args{"feature-gates": "-component.UseLocalHostAsDefaultHost"}, afterArgs: args{}, change: "0.110.0"},
		{name: "variables", from: "0.104.0", before: "receivers: {a: {x: '$A$B $$C ${D} $1', y: [$E]}}", after: "receivers: {a: {x: '${env:A}${env:B} $$C ${D} $1', y: ['${env:E}']}}", change: "spelled 3 variables"},
		{
			name: "address", from: "0.121.0", before: "TELEMETRY: {metrics: {level: basic, address: '0.0.0.0:9000'}}",
			after: "TELEMETRY: {metrics: {level: basic, readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 9000, without_scope_info: true, without_type_suffix: true, without_units: true}}}}]}}", change: "0.122.0",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := otelconfig.State{Config: parse(t, written(c.before)), Args: c.args}
			kept := maps.Clone(c.args)
			got, changes, err := otelconfig.Upgrade(s, c.from, "0.155.0")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, written(c.after)), got.Config); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.afterArgs, got.Args); diff != "" {
				t.Error(diff)
			}
			if c.change == "" && len(changes) > 0 || c.change != "" && (len(changes) != 1 || !strings.Contains(changes[0], c.change)) {
				t.Errorf("changes %q, want %q", changes, c.change)
			}
			if diff := cmp.Diff(parse(t, written(c.before)), s.Config); diff != "" || !maps.Equal(kept, c.args) {
				t.Errorf("the input was changed: %s", diff)
			}
			again, changes, err := otelconfig.Upgrade(got, c.from, "0.155.0")
			if err != nil || len(changes) > 0 || !cmp.Equal(got, again) {
				t.Errorf("a second time: %q, %v", changes, err)
			}
		})
	}
}

// written completes the words in capitals to a configuration.
func written(text string) string {
	service := map[string]string{"TELEMETRY": "{}", "PIPELINE": "[]", "RECEIVERS": "[]"}
	var kept []string
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ": ")
		if _, ok := service[key]; ok {
			service[key] = strings.TrimSpace(value)
			continue
		}
		kept = append(kept, line)
	}
	telemetry := "telemetry: " + service["TELEMETRY"] + ", "
	if service["TELEMETRY"] == "{}" {
		telemetry = ""
	}
	return strings.Join(kept, "") + "\nservice: {" + telemetry + "pipelines: {traces: {receivers: " + service["RECEIVERS"] + ", processors: " + service["PIPELINE"] + ", exporters: []}}}"
}

func TestUpgradeErrors(t *testing.T) {
	for _, c := range []struct{ config, from, to, want string }{
		{"receivers: {jaeger: {remote_sampling: {}}}", "0.60.0", "0.155.0", "to 0.61.0: receivers::jaeger::remote_sampling"},
		{"extensions: {health_check: {port: x}}", "0.20.0", "0.155.0", `"x" is no port`},
		{"receivers: {httpd: , apache: }", "0.20.0", "0.155.0", "remove one"},
		{"TELEMETRY: {metrics: {address: '${env:A}'}}", "0.120.0", "0.155.0", "write readers instead"},
		{"", "new", "0.155.0", `version "new"`},
		{"", "0.1.0", "", `version ""`},
	} {
		s := otelconfig.State{Config: parse(t, written(c.config))}
		got, changes, err := otelconfig.Upgrade(s, c.from, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) || changes != nil {
			t.Errorf("%s: error %v, changes %q", c.config, err, changes)
		}
		if diff := cmp.Diff(s, got); diff != "" {
			t.Errorf("%s: %s", c.config, diff)
		}
	}
}
