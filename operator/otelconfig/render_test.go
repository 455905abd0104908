package otelconfig_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// parse reads a configuration that must be right.
func parse(t testing.TB, text string) *v1beta1.Config {
	t.Helper()
	cfg, err := otelconfig.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// running completes receivers (or what the test writes) to a configuration in which they run.
func running(t testing.TB, sections, pipeline string) *v1beta1.Config {
	t.Helper()
	if !strings.Contains(sections, "receivers:") {
		sections = "receivers: {}\n" + sections
	}
	if !strings.Contains(sections, "exporters:") {
		sections = "exporters: {debug: {}}\n" + sections
	}
	return parse(t, sections+"\nservice: "+pipeline+"\n")
}

const seedConfig = `
receivers:
  awsxray:
  prometheus:
    config:
      global: {scrape_interval: 15s, scrape_timeout: 10s}
      scrape_configs:
        - job_name: kubernetes-pods
          kubernetes_sd_configs: [{role: pod}]
          relabel_configs:
            - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
            - {source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port], action: replace,
               regex: '([^:]+)(?::\d+)?;(\d+)', replacement: $$1:$$2, target_label: __address__}
processors:
  batch/metrics: {timeout: 60s, send_batch_size: 8192}
exporters:
  awsxray:
  prometheusremotewrite:
    endpoint: https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write
    auth: {authenticator: sigv4auth}
extensions:
  sigv4auth: {region: us-east-1, service: aps}
service:
  extensions: [sigv4auth]
  pipelines:
    traces: {receivers: [awsxray], exporters: [awsxray]}
    metrics: {receivers: [prometheus], processors: [batch/metrics], exporters: [prometheusremotewrite]}
`

func TestParseKeepsWhatIsWritten(t *testing.T) {
	cfg := parse(t, `
receivers:
  a: {int: 8192, float: 0.10, exponent: 1e3, hex: 0x1F, octal: 0o17, under: 1_000,
      plus: +5, dot: .5, negative: -0, none: ~, yes: yes, quoted: "8080", date: 2001-01-01, dollar: $$1}
exporters: {b: }
service: {pipelines: {}}
`)
	want := map[string]any{
		"int": json.Number("8192"), "float": json.Number("0.10"),
		"exponent": json.Number("1e3"), "hex": json.Number("31"), "octal": json.Number("15"), "under": json.Number("1000"),
		"plus": json.Number("5"), "dot": json.Number("0.5"), "negative": json.Number("-0"), "none": nil,
		"yes": "yes", "quoted": "8080", "date": "2001-01-01", "dollar": "$$1",
	}
	if diff := cmp.Diff(want, cfg.Receivers.Values["a"]); diff != "" {
		t.Error(diff)
	}
	if v, ok := cfg.Exporters.Values["b"]; !ok || v != nil {
		t.Errorf("null exporter is %v, %t", v, ok)
	}
}

func TestRenderIsReadBack(t *testing.T) {
	texts := []string{"", " ", "true", "Yes", "on", "NULL", "~", "0x1F", "0o17", "017", "1_000", "1e3", ".5", ".inf", "NaN", "12:30:45",
		"2001-01-01", "a: b", "a #b", "- a", "#a", "*a", "&a", "!a", "%a", "@a", "`a", "{a", "[a", "$$1:$$2", "${env:X}", "line\nline\n",
		"trailing ", "\ttab", "\u2028", "\u0085", "é", "\x01", "'", `"`, `\`, "=", "<<", "?", "a:", ":a", strings.Repeat("long ", 50), "---", "...", "y", "N", "0.0.0.0:2000", "[::]:2000"}
	values := map[string]any{"number": json.Number("1.50"), "exponent": json.Number("1e300"), "null": nil, "empty": map[string]any{}, "list": []any{}, "deep": []any{[]any{map[string]any{"a": nil}}}}
	for _, s := range texts {
		values["text "+s] = s
		values[s] = true
	}
	cfg := &v1beta1.Config{Receivers: v1beta1.Object{Values: map[string]any{"a": values}}, Exporters: v1beta1.Object{Values: map[string]any{}}}
	text, err := otelconfig.Render(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again := parse(t, string(text))
	if diff := cmp.Diff(values, again.Receivers.Values["a"]); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func TestRenderSeed(t *testing.T) {
	text, err := otelconfig.Render(otelconfig.Defaults(parse(t, seedConfig), otelconfig.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"send_batch_size: 8192\n", "replacement: $$1:$$2\n", "  awsxray: {}\n", "    endpoint: 0.0.0.0:2000\n", `regex: "true"`, "port: 8888\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestHashDependsOnContentAlone(t *testing.T) {
	a := parse(t, "receivers: {a: {x: 1, y: [1, 2]}, b: }\nexporters: {c: {}}\nservice: {pipelines: {traces: {receivers: [a], exporters: [c]}}}")
	b := parse(t, "service: {pipelines: {traces: {exporters: [c], receivers: [a]}}}\nexporters: {c: {}}\nreceivers: {b: , a: {y: [1, 2], x: 1}}")
	c := parse(t, "service: {pipelines: {traces: {exporters: [c], receivers: [a]}}}\nexporters: {c: {}}\nreceivers: {b: , a: {y: [2, 1], x: 1}}")
	var hashes []string
	for _, cfg := range []*v1beta1.Config{a, b, c} {
		hash, err := otelconfig.Hash(cfg)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("the order of keys changes the hash: %v", hashes)
	}
	if hashes[0] == hashes[2] {
		t.Error("the order of a list does not change the hash")
	}
	if short := otelconfig.ShortHash(hashes[0]); len(hashes[0]) != 64 || len(short) != 8 || !strings.HasPrefix(hashes[0], short) {
		t.Errorf("hash %s, short %s", hashes[0], short)
	}
}

// FuzzParse checks that no text makes the package panic, and that what can be read is
// written so that it is read again without a difference.
func FuzzParse(f *testing.F) {
	f.Add([]byte(seedConfig))
	f.Add([]byte("receivers: &a {x: *a}"))
	f.Add([]byte("receivers: {a: {endpoint: '[::1]:${env:P:-4}', p: 0x_1, q: !!binary AAA=, <<: {z: 1}}}\nexporters: {}\nservice: {extensions: [h], pipelines: {traces: {receivers: [a], exporters: []}, logs: }}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := otelconfig.Parse(data)
		if err != nil {
			return
		}
		before, err := otelconfig.Hash(cfg)
		if err != nil {
			t.Fatal(err)
		}
		done := otelconfig.Defaults(cfg, otelconfig.Options{})
		otelconfig.Lint(cfg)
		ports, _ := otelconfig.Ports(done)
		otelconfig.Merge(nil, ports)
		otelconfig.ExtensionPorts(done)
		otelconfig.MetricsPort(done)
		otelconfig.HealthProbe(done)
		otelconfig.Rules(done)
		otelconfig.Env(done)
		if _, _, err := otelconfig.Upgrade(otelconfig.State{Config: cfg}, "0.8.0", "0.155.0"); err != nil {
			t.Log(err)
		}
		if _, err := otelconfig.ForTargetAllocator(cfg, otelconfig.Allocation{}); err != nil {
			t.Log(err)
		}
		if after, err := otelconfig.Hash(cfg); err != nil || after != before {
			t.Fatalf("the configuration was changed: %v", err)
		}
		for _, c := range []*v1beta1.Config{cfg, done} {
			text, err := otelconfig.Render(c)
			if err != nil {
				t.Fatal(err)
			}
			again, err := otelconfig.Parse(text)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if diff := cmp.Diff(c, again); diff != "" {
				t.Fatalf("%s in\n%s", diff, text)
			}
		}
		if twice := otelconfig.Defaults(done, otelconfig.Options{}); !cmp.Equal(done, twice) {
			t.Fatal(cmp.Diff(done, twice))
		}
	})
}
