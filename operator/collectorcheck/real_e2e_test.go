//go:build e2e

package collectorcheck

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRealCollector holds what this package reads to what the real collector writes.
func TestRealCollector(t *testing.T) {
	binary := os.Getenv("RADIOGRAPH_COLLECTOR_BIN")
	if binary == "" {
		binary = "../../bin/radiograph-collector"
	}
	c, err := New(Options{Binary: binary, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	has, err := c.Components(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(has.Receivers, "awsxray") || !slices.Contains(has.Exporters, "awsxray") {
		t.Errorf("the collector has %+v", has)
	}
	const pipelines = "service: {pipelines: {traces: {receivers: [awsxray], exporters: [debug]}}}\n"
	for _, tc := range []struct {
		name, config, want string
		refuse             bool
	}{
		{"good", "receivers: {awsxray: {}}\nexporters: {debug: {}}\n" + pipelines, "", false},
		{"an unknown component", "receivers:\n  awsxray: {}\n  fooz: {}\nexporters: {debug: {}}\n" + pipelines, `receivers::fooz (line 3): this collector has no receiver of type "fooz"; it has`, true},
		{"an unknown key", "receivers:\n  awsxray: {nosuch: 3}\nexporters: {debug: {}}\n" + pipelines, "receivers::awsxray (line 2): ", true},
		{"no YAML", "receivers:\n  awsxray: {\n", "line 2: ", true},
		{"an undefined reference", "receivers: {awsxray: {}}\nexporters: {nop: {}}\n" + pipelines, `service::pipelines::traces (line 3): references exporter "debug"`, true},
		{"an unknown variable", "receivers: {awsxray: {endpoint: '${env:NOPE}'}}\nexporters: {debug: {verbosity: '${env:LOUD}'}}\n" + pipelines, "receivers::awsxray", false},
		{"a file", "receivers: {awsxray: {endpoint: '${file:/etc/passwd}'}}\nexporters: {debug: {}}\n" + pipelines, "", false},
		{"credentials", sigv4("{region: us-east-1, service: aps}"), "", false},
		{"a role", sigv4("{region: us-east-1, assume_role: {arn: 'arn:aws:iam::123456789012:role/writer', sts_region: us-east-1}}"), "", false},
		{"a role of a token", sigv4("{assume_role: {arn: 'arn:aws:iam::123456789012:role/writer', web_identity_token_file: /nonexistent/token}}"), "", false},
		{"a token without a role", sigv4("{assume_role: {web_identity_token_file: /nonexistent/token}}"), "extensions::sigv4auth (line 1): must specify ARN", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := c.Check(t.Context(), []byte(tc.config), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.String(), tc.want) || got.Valid() != (tc.want == "") || got.Refuse() != tc.refuse || strings.Contains(got.String(), "root:") {
				t.Errorf("Check() = %q (%s), want %q", got, got.Inconclusive, tc.want)
			}
		})
	}
}

// sigv4 is a configuration whose exporter signs requests as the settings say.
func sigv4(settings string) string {
	return "extensions: {sigv4auth: " + settings + "}\nreceivers: {otlp: {protocols: {grpc: {}}}}\n" +
		"exporters: {prometheusremotewrite: {endpoint: 'http://127.0.0.1:1/', auth: {authenticator: sigv4auth}}}\n" +
		"service: {extensions: [sigv4auth], pipelines: {metrics: {receivers: [otlp], exporters: [prometheusremotewrite]}}}\n"
}
