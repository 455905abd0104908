package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// environment returns a lookup in a map.
func environment(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "operator.yaml")
	text := "metrics-addr: ':1'\nhealth-probe-addr: ':1'\ncollector-image: from/file\nworkers: 7\ntls: {minversion: VersionTLS13, ciphersuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}\nzap: {level-key: severity}\nwatch-namespace: [a, b]\nenable-go-instrumentation: true\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := parse([]string{"--config-file=" + file, "--metrics-addr=:3"}, environment(map[string]string{
		"METRICS_ADDR": ":2", "HEALTH_PROBE_ADDR": ":2", "RELATED_IMAGE_COLLECTOR": "from/env",
		"RELATED_IMAGE_AUTO_INSTRUMENTATION_JAVA": "java/env", "POD_NAMESPACE": "ops",
		"ENABLE_NGINX_AUTO_INSTRUMENTATION": "true",
	}), "v1.2.3", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"a flag goes before all":             {o.metricsAddr, ":3"},
		"the environment before the file":    {o.probeAddr, ":2"},
		"an image's other variable":          {o.collectorImage, "from/env"},
		"a language's image":                 {*o.instrumentationImages["java"], "java/env"},
		"a list in the file":                 {strings.Join(o.watchNamespaces, " "), "a b"},
		"the namespace":                      {o.namespace, "ops"},
		"a key of a block":                   {o.tlsMinVersion + " " + strings.Join(o.tlsCipherSuites, " "), "VersionTLS13 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		"a key of another block":             {o.log.levelKey, "severity"},
		"a default with the release":         {o.allocatorImage, "radiograph/radiograph-target-allocator:1.2.3"},
		"the default identity of the leader": {o.leaseName, "9f7554c3.opentelemetry.io"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if o.workers != 7 || !*o.languages["go"] || !*o.languages["nginx"] || o.lease != 137*time.Second {
		t.Errorf("workers %d, go %v, nginx %v, lease %s", o.workers, *o.languages["go"], *o.languages["nginx"], o.lease)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct {
		name string
		args []string
		env  map[string]string
		want []string
	}{
		{"an unknown flag", []string{"--nosuch"}, nil, []string{"nosuch"}},
		{"an argument", []string{"run"}, nil, []string{"run"}},
		{"no file", []string{"--config-file=/nonexistent"}, nil, []string{"/nonexistent"}},
		{"an unknown key", nil, map[string]string{"CONFIG_FILE": write("a.yaml", "nosuch: 1\n")}, []string{"nosuch", "a.yaml"}},
		{"a map", []string{"--config-file=" + write("b.yaml", "workers: {many: x}\n")}, nil, []string{"workers", "flags"}},
		{"an unknown key of a block", []string{"--config-file=" + write("d.yaml", "zap: {level: x}\n")}, nil, []string{"d.yaml", "zap.level"}},
		{"a dashboard", nil, map[string]string{"OPENSHIFT_CREATE_DASHBOARD": "true"}, []string{"openshift-create-dashboard", "no dashboards"}},
		{"no YAML", []string{"--config-file=" + write("c.yaml", "a: [")}, nil, []string{"c.yaml"}},
		{"a bad variable", nil, map[string]string{"WORKERS": "many"}, []string{"WORKERS", "many"}},
		{
			"all at once",
			[]string{"--labels-filter=(", "--webhook-certificates=magic", "--tls-min-version=SSLv3", "--workers=0", "--feature-gates=nosuch"},
			nil,
			[]string{"labels-filter", "magic", "SSLv3", "workers", "nosuch"},
		},
		{"a weak cipher suite", []string{"--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA"}, nil, []string{"TLS_RSA_WITH_RC4_128_SHA"}},
		{"half a certificate", []string{"--metrics-tls-cert-file=a"}, nil, []string{"metrics-tls-key-file"}},
		{"a lease that ends before it is renewed", []string{"--leader-election-lease-duration=1s"}, nil, []string{"leader election"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parse(tc.args, environment(tc.env), "v1", io.Discard)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not name %q: %v", want, err)
				}
			}
		})
	}
}

func TestTLS(t *testing.T) {
	o := &options{tlsMinVersion: "VersionTLS13", tlsCipherSuites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}
	set, err := o.tls()
	if err != nil {
		t.Fatal(err)
	}
	var c tls.Config
	set(&c)
	if c.MinVersion != tls.VersionTLS13 || !slices.Equal(c.CipherSuites, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}) {
		t.Errorf("the configuration is %x, %x", c.MinVersion, c.CipherSuites)
	}
}

func TestLog(t *testing.T) {
	o, err := parse(nil, environment(nil), "v1", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	h, err := o.log.handler(&out)
	if err != nil {
		t.Fatal(err)
	}
	slog.New(h).Info("operator starts", "namespace", "ops")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["message"] != "operator starts" || line["level"] != "INFO" || line["timestamp"] == nil || line["namespace"] != "ops" {
		t.Errorf("the line is %s", out.Bytes())
	}
	for _, bad := range []logOptions{{level: "loud"}, {level: "info", levelFormat: "x"}, {level: "1", levelFormat: "uppercase", mode: "x"}} {
		if _, err := bad.handler(&out); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestGates(t *testing.T) {
	o := &options{featureGates: []string{"-operand.networkpolicy", "+operator.clusterobservability"}}
	if o.gate("operand.networkpolicy") || !o.gate("operator.clusterobservability") || !o.gate("operator.networkpolicy") {
		t.Error("gates are not as they were told to be")
	}
}

func TestAtLeast(t *testing.T) {
	for _, tc := range []struct {
		major, minor string
		want         bool
	}{{"1", "29", true}, {"1", "34+", true}, {"1", "28", false}, {"2", "0", true}, {"", "", false}} {
		if got := atLeast(tc.major, tc.minor, 1, 29); got != tc.want {
			t.Errorf("atLeast(%q, %q) = %v", tc.major, tc.minor, got)
		}
	}
}
