//go:build e2e

package test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/radiograph/radiograph/test/rig"
)

var update = flag.Bool("update", false, "rewrite docs/collector-components.md")

// run runs the collector's command line to its end.
func run(t *testing.T, env []string, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), rig.CollectorBinary(t), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("run %q: %v", args, err)
	}
	return string(out), 0
}

// listing is what the command components prints.
type listing struct {
	Receivers, Processors, Exporters, Connectors, Extensions []listed
}

type listed struct {
	Name, Module string
	Stability    map[string]string
}

func components(t *testing.T) listing {
	t.Helper()
	out, code := run(t, nil, "components")
	var l listing
	if err := yaml.Unmarshal([]byte(out), &l); code != 0 || err != nil {
		t.Fatalf("components: exit %d, %v\n%s", code, err, out)
	}
	return l
}

// TestComponentsAreDocumented compares docs/collector-components.md with the binary.
func TestComponentsAreDocumented(t *testing.T) {
	const file = "../../docs/collector-components.md"
	got := document(components(t))
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date, run the test with -update (-file +binary):\n%s", file, diff)
	}
}

func document(l listing) []byte {
	var b bytes.Buffer
	b.WriteString("# What is in radiograph-collector\n\n" +
		"Generated from the binary by `go test -tags e2e ./test -run TestComponentsAreDocumented -update` in `collector/`.\n" +
		"A configuration may use either name of a component that was renamed.\n")
	for _, kind := range []struct {
		title string
		all   []listed
	}{
		{"Receivers", l.Receivers},
		{"Processors", l.Processors},
		{"Exporters", l.Exporters},
		{"Connectors", l.Connectors},
		{"Extensions", l.Extensions},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| type | signals | module | version |\n| --- | --- | --- | --- |\n", kind.title)
		for _, c := range kind.all {
			module, version, _ := strings.Cut(c.Module, " ")
			if strings.HasPrefix(module, "github.com/radiograph/") {
				version = "this repository" // not the commit: it would never be up to date
			}
			fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", c.Name, signals(c.Stability), module, version)
		}
	}
	return b.Bytes()
}

func signals(stability map[string]string) string {
	var all []string
	for signal, level := range stability {
		if level != "Undefined" {
			all = append(all, signal+" ("+strings.ToLower(level)+")")
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestBothSpellings validates a configuration for every name that a component has
// or had.
func TestBothSpellings(t *testing.T) {
	for _, names := range [][]string{
		{"k8s_attributes", "k8sattributes"},
		{"metrics_transform", "metricstransform"},
		{"resource_detection", "resourcedetection"},
		{"cumulative_to_delta", "cumulativetodelta"},
		{"delta_to_rate", "deltatorate"},
		{"metricsgeneration", "experimental_metricsgeneration"},
	} {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				signal := "metrics"
				body := map[string]string{
					"metrics_transform":              `{transforms: [{include: a, action: update, new_name: b}]}`,
					"delta_to_rate":                  `{metrics: [a]}`,
					"metricsgeneration":              `{rules: [{name: c, type: scale, metric1: a, scale_by: 2, operation: multiply}]}`,
					"resource_detection":             `{detectors: [env]}`,
					"k8s_attributes":                 `{passthrough: true}`,
					"cumulative_to_delta":            `{}`,
					"metricstransform":               `{transforms: [{include: a, action: update, new_name: b}]}`,
					"deltatorate":                    `{metrics: [a]}`,
					"experimental_metricsgeneration": `{rules: [{name: c, type: scale, metric1: a, scale_by: 2, operation: multiply}]}`,
					"resourcedetection":              `{detectors: [env]}`,
					"k8sattributes":                  `{passthrough: true}`,
					"cumulativetodelta":              `{}`,
				}[name]
				valid(t, fmt.Sprintf("receivers: {nop: }\nprocessors: {%s: %s}\nexporters: {nop: }\nservice: {pipelines: {%s: {receivers: [nop], processors: [%s], exporters: [nop]}}}", name, body, signal, name))
			})
		}
	}
	for name, body := range map[string]string{
		"otlp": `{endpoint: "127.0.0.1:1"}`, "otlp_grpc": `{endpoint: "127.0.0.1:1"}`,
		"otlphttp": `{endpoint: "http://127.0.0.1:1"}`, "otlp_http": `{endpoint: "http://127.0.0.1:1"}`,
		"prometheusremotewrite": `{endpoint: "http://127.0.0.1:1"}`, "prometheus_remote_write": `{endpoint: "http://127.0.0.1:1"}`,
		"debug": "", "logging": "{loglevel: debug}",
	} {
		t.Run(name, func(t *testing.T) {
			valid(t, fmt.Sprintf("receivers: {nop: }\nexporters: {%s: %s}\nservice: {pipelines: {metrics: {receivers: [nop], exporters: [%s]}}}", name, body, name))
		})
	}
	for _, name := range []string{"spanmetrics", "span_metrics"} {
		t.Run(name, func(t *testing.T) {
			valid(t, fmt.Sprintf("receivers: {nop: }\nconnectors: {%s: }\nexporters: {nop: }\nservice: {pipelines: {traces: {receivers: [nop], exporters: [%s]}, metrics: {receivers: [%s], exporters: [nop]}}}", name, name, name))
		})
	}
}

func valid(t *testing.T, config string) {
	t.Helper()
	if out, code := run(t, nil, "validate", "--config", "yaml:"+config); code != 0 {
		t.Errorf("exit %d: %s\n%s", code, out, config)
	}
}

// TestMistakesNameTheirPlace validates wrong configurations: the error says which
// key is wrong.
func TestMistakesNameTheirPlace(t *testing.T) {
	pipeline := "\nservice: {pipelines: {traces: {receivers: [awsxray], exporters: [awsxray]}}}"
	for name, tc := range map[string]struct{ config, want string }{
		"unknown key of the receiver": {"receivers: {awsxray: {endpont: x}}\nexporters: {awsxray: {region: eu-west-1}}", "endpont"},
		"unknown transport":           {"receivers: {awsxray: {transport: tcp}}\nexporters: {awsxray: {region: eu-west-1}}", "receivers::awsxray"},
		"unknown key of the exporter": {"receivers: {awsxray: }\nexporters: {awsxray: {regoin: eu-west-1}}", "regoin"},
		"negative workers":            {"receivers: {awsxray: }\nexporters: {awsxray: {region: eu-west-1, num_workers: -1}}", "exporters::awsxray"},
		"a placeholder as the region": {"receivers: {awsxray: }\nexporters: {awsxray: {region: <REGION>}}", "exporters::awsxray"},
		"unknown component":           {"receivers: {awsxray: }\nexporters: {awsxary: {}, awsxray: {region: eu-west-1}}", "awsxary"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := run(t, nil, "validate", "--config", "yaml:"+tc.config+pipeline)
			if code == 0 || !strings.Contains(out, tc.want) {
				t.Errorf("exit %d, want an error about %q: %s", code, tc.want, out)
			}
		})
	}
}

// TestConfigurationFromTheEnvironment sets AOT_CONFIG_CONTENT, which wins over files.
func TestConfigurationFromTheEnvironment(t *testing.T) {
	content := "receivers: {nop: }\nexporters: {nop/content: }\nservice: {pipelines: {traces: {receivers: [nop], exporters: [nop/content]}}}"
	out, code := run(t, []string{"AOT_CONFIG_CONTENT=" + content}, "print-config", "--config", filepath.Join(t.TempDir(), "absent.yaml"))
	if code != 0 || !strings.Contains(out, "nop/content") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// TestDefaultConfiguration validates what runs without --config.
func TestDefaultConfiguration(t *testing.T) {
	out, code := run(t, nil, "print-config")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	var config struct {
		Service struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	if err := yaml.Unmarshal([]byte(out), &config); err != nil {
		t.Fatal(err)
	}
	p := config.Service.Pipelines["traces"]
	if !slices.Equal(p.Receivers, []string{"otlp", "awsxray"}) || !slices.Equal(p.Processors, []string{"batch/traces"}) || !slices.Equal(p.Exporters, []string{"awsxray"}) {
		t.Errorf("the pipeline for traces is %+v", p)
	}
}

// TestHealthcheck asks a running collector, and one that is not there.
func TestHealthcheck(t *testing.T) {
	c := rig.StartCollector(t, nil, "extensions: {health_check: }\nreceivers: {nop: }\nexporters: {nop: }\nservice: {extensions: [health_check], pipelines: {traces: {receivers: [nop], exporters: [nop]}}}")
	port := c.Health[strings.LastIndexByte(c.Health, ':')+1:]
	if out, code := run(t, nil, "healthcheck", "--port", port); code != 0 {
		t.Errorf("healthy collector: exit %d: %s", code, out)
	}
	c.Stop(t)
	if out, code := run(t, nil, "healthcheck", "--port", port); code != 1 || !strings.Contains(out, "check health") {
		t.Errorf("stopped collector: exit %d: %s", code, out)
	}
}
