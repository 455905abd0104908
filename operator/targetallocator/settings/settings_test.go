package settings_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// rendered is what the operator writes when everything is said.
func rendered(t testing.TB) []byte {
	t.Helper()
	text, err := otelconfig.RenderAllocator(otelconfig.AllocatorSettings{
		Collectors: map[string]string{"app.kubernetes.io/instance": "observability.scraper"},
		Strategy:   "least-weighted", Filter: "relabel-config", NotReadyGrace: time.Minute,
		Config: map[string]any{
			"global": map[string]any{"scrape_interval": "15s"},
			"scrape_configs": []any{map[string]any{
				"job_name": "nodes", "kubernetes_sd_configs": []any{map[string]any{"role": "node"}},
				"relabel_configs": []any{map[string]any{"action": "labelmap", "regex": "__meta_kubernetes_node_label_(.+)", "replacement": "$1"}},
			}},
		},
		PrometheusCR: &v1beta1.TargetAllocatorPrometheusCR{
			Enabled: true, DenyNamespaces: []string{"kube-system"}, SecretNamespaces: []string{"observability"}, DenyFSAccessThroughSMs: true,
			ScrapeInterval: &metav1.Duration{Duration: 20 * time.Second}, EvaluationInterval: &metav1.Duration{Duration: 20 * time.Second},
			ScrapeProtocols: []string{"PrometheusText0.0.4"},
			ScrapeClasses:   []v1beta1.Object{{Values: map[string]any{"name": "tls", "tlsConfig": map[string]any{"insecureSkipVerify": true}}}},
			ServiceMonitorSelector: &metav1.LabelSelector{
				MatchLabels:      map[string]string{"team": "platform"},
				MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"a", "b"}}},
			},
		},
		HTTPS: &otelconfig.AllocatorHTTPS{Listen: ":8443", CAFile: "/tls/ca.crt", CertFile: "/tls/tls.crt", KeyFile: "/tls/tls.key"},

		AllowInsecureAuthSecrets: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDecodeWhatTheOperatorWrites(t *testing.T) {
	s, err := settings.Decode(rendered(t))
	if err != nil {
		t.Fatal(err)
	}
	if s.Strategy != allocation.LeastWeighted || !s.Filter || s.NotReadyGrace != time.Minute || !s.AllowInsecureAuthSecrets || !s.Credentials() {
		t.Errorf("%+v", s)
	}
	if len(s.Jobs) != 1 || time.Duration(s.Jobs[0].ScrapeInterval) != 15*time.Second {
		t.Errorf("%+v", s.Jobs)
	}
	if !s.Collectors.Matches(labels.Set{"app.kubernetes.io/instance": "observability.scraper"}) || s.Collectors.Matches(labels.Set{}) {
		t.Error(s.Collectors)
	}
	cr := s.PrometheusCR
	if cr.ScrapeInterval != 20*time.Second || len(cr.ScrapeClasses) != 1 || !cr.DenyFiles || cr.NeedsNamespaces() {
		t.Errorf("%+v", cr)
	}
	if !cr.ServiceMonitors.Objects.Matches(labels.Set{"team": "platform", "tier": "b"}) || cr.ServiceMonitors.Objects.Matches(labels.Set{"team": "platform"}) {
		t.Error(cr.ServiceMonitors.Objects)
	}
	if !cr.PodMonitors.Objects.Empty() || *s.HTTPS != (settings.HTTPS{Listen: ":8443", CAFile: "/tls/ca.crt", CertFile: "/tls/tls.crt", KeyFile: "/tls/tls.key"}) {
		t.Errorf("%v %+v", cr.PodMonitors.Objects, s.HTTPS)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const base = "collector_selector:\n  matchlabels: {a: b}\n"
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", base + "alocation_strategy: x\n", "line 3: field alocation_strategy not found"},
		{"an unknown key of Prometheus", base + "config:\n  scrape_configs:\n    - job_name: a\n      metric_path: /x\n", "line 6: field metric_path not found"},
		{"a wrong type", base + "https:\n  enabled: maybe\n", "line 4: cannot unmarshal"},
		{"a strategy", base + "allocation_strategy: random\n", `allocation_strategy: "random" is no allocation strategy`},
		{"a filter", base + "filter_strategy: random\n", `filter_strategy: "random" is no filter strategy`},
		{"a duration", base + "collector_not_ready_grace_period: soon\n", `"soon" is no duration`},
		{"no selector", "allocation_strategy: per-node\n", "collector_selector: names no label"},
		{"a selector", "collector_selector:\n  matchexpressions: [{key: a, operator: Like}]\n", "collector_selector: \"Like\" is not a valid"},
		{"the same job twice", base + "config:\n  scrape_configs: [{job_name: a}, {job_name: a}]\n", "job name \"a\""},
		{"rules", base + "config:\n  rule_files: [a.yaml]\n", "config: only global and scrape_configs"},
		{"a discovery that is not here", base + "config:\n  scrape_configs: [{job_name: a, ec2_sd_configs: [{region: x}]}]\n", "field ec2_sd_configs not found"},
		{"both namespace lists", base + "prometheus_cr: {enabled: true, allow_namespaces: [a], deny_namespaces: [b]}\n", "exclude each other"},
		{"no authority", base + "https: {enabled: true, tls_cert_file_path: a, tls_key_file_path: b}\n", "https: ca_file_path is missing"},
		{"a protocol", base + "prometheus_cr: {enabled: true, scrape_protocols: [Text]}\n", "scrape_protocols"},
		{"a class", base + "prometheus_cr: {enabled: true, scrape_classes: [{nam: a}]}\n", "unknown field \"nam\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settings.Decode([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(string(rendered(f)))
	f.Add("collector_selector: {matchLabels: {a: b}}\nallow_insecure_auth_secrets: true\n")
	f.Add("config: {scrape_configs: [{job_name: a, static_configs: [{targets: ['a:1']}]}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := settings.Decode([]byte(text))
		if (s == nil) == (err == nil) {
			t.Fatalf("%+v %v", s, err)
		}
		if err == nil && s.Collectors.Empty() {
			t.Fatal("every pod is a collector")
		}
	})
}
