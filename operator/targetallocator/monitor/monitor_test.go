package monitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/targetallocator/monitor"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// values are Secrets and ConfigMaps, by "namespace/name/key".
type values map[string]string

func (v values) Secret(_ context.Context, namespace, name, key string) (string, error) {
	if value, ok := v[namespace+"/"+name+"/"+key]; ok {
		return value, nil
	}
	return "", fmt.Errorf("secret %s/%s has no %s", namespace, name, key)
}

func (v values) ConfigMap(ctx context.Context, namespace, name, key string) (string, error) {
	return v.Secret(ctx, namespace, name, key)
}

func translator(change func(*monitor.Translator)) *monitor.Translator {
	t := &monitor.Translator{
		Settings: &settings.PrometheusCR{ScrapeInterval: 20 * time.Second}, Global: promconfig.DefaultGlobalConfig, Credentials: true,
		Values: values{"shop/login/user": "ann", "shop/login/pass": "secret", "shop/ca/ca.crt": "authority"},
	}
	if change != nil {
		change(t)
	}
	return t
}

func parse[T any](t testing.TB, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	return out
}

const serviceMonitor = `
metadata: {name: front, namespace: shop}
spec:
  jobLabel: app.kubernetes.io/name
  targetLabels: [team]
  podTargetLabels: [tier]
  selector:
    matchLabels: {app: front}
    matchExpressions: [{key: canary, operator: DoesNotExist}, {key: stage, operator: In, values: [prod, "v1.2"]}]
  sampleLimit: 1000
  targetLimit: 10
  bodySizeLimit: 1MB
  attachMetadata: {node: true}
  endpoints:
    - port: metrics
      path: /m
      scheme: HTTPS
      interval: 15s
      scrapeTimeout: 5s
      honorLabels: true
      honorTimestamps: false
      followRedirects: false
      params: {format: [text]}
      proxyUrl: http://proxy:3128
      tlsConfig: {insecureSkipVerify: true, ca: {configMap: {name: ca, key: ca.crt}}}
      basicAuth: {username: {name: login, key: user}, password: {name: login, key: pass}}
      relabelings: [{targetLabel: cluster, replacement: one}]
      metricRelabelings: [{sourceLabels: [__name__], regex: go_.*, action: Drop}]
    - targetPort: 9090
      filterRunning: false
`

// found is what discovery would say of a port of the service.
func found(change map[string]string) map[string]string {
	out := map[string]string{
		"__address__": "10.0.0.1:8080", "job": "serviceMonitor/shop/front/0", "__meta_kubernetes_namespace": "shop",
		"__meta_kubernetes_service_name": "front", "__meta_kubernetes_endpointslice_port_name": "metrics",
		"__meta_kubernetes_endpointslice_address_target_kind": "Pod", "__meta_kubernetes_endpointslice_address_target_name": "front-1",
		"__meta_kubernetes_pod_name": "front-1", "__meta_kubernetes_pod_container_name": "web", "__meta_kubernetes_pod_phase": "Running",
		"__meta_kubernetes_pod_label_tier": "one", "__meta_kubernetes_pod_container_port_number": "9090",
	}
	for name, value := range map[string]string{"app": "front", "stage": "v1.2", "team": "red", "app_kubernetes_io_name": "storefront"} {
		out["__meta_kubernetes_service_label_"+name], out["__meta_kubernetes_service_labelpresent_"+name] = value, "true"
	}
	maps.Copy(out, change)
	return out
}

func relabelled(cfg *promconfig.ScrapeConfig, in map[string]string) (labels.Labels, bool) {
	lb := labels.NewBuilder(labels.FromMap(in))
	keep := relabel.ProcessBuilder(lb, cfg.RelabelConfigs...)
	return lb.Labels(), keep
}

func TestServiceMonitor(t *testing.T) {
	jobs, err := translator(nil).ServiceMonitor(t.Context(), parse[monitoringv1.ServiceMonitor](t, serviceMonitor))
	if err != nil || len(jobs) != 2 {
		t.Fatal(jobs, err)
	}
	cfg := jobs[0]
	if cfg.JobName != "serviceMonitor/shop/front/0" || cfg.MetricsPath != "/m" || cfg.Scheme != "https" || cfg.ScrapeInterval.String() != "15s" ||
		cfg.ScrapeTimeout.String() != "5s" || !cfg.HonorLabels || cfg.HonorTimestamps || cfg.SampleLimit != 1000 || cfg.TargetLimit != 10 || cfg.BodySizeLimit != 1<<20 {
		t.Errorf("%+v", cfg)
	}
	h := cfg.HTTPClientConfig
	if h.FollowRedirects || h.BasicAuth.Username != "ann" || h.BasicAuth.Password != "secret" || !h.TLSConfig.InsecureSkipVerify ||
		h.TLSConfig.CA != "authority" || h.ProxyURL.String() != "http://proxy:3128" {
		t.Errorf("%+v", h)
	}
	sd, ok := cfg.ServiceDiscoveryConfigs[0].(*kubernetes.SDConfig)
	if !ok || sd.Role != kubernetes.RoleEndpointSlice || len(sd.NamespaceDiscovery.Names) != 1 || sd.NamespaceDiscovery.Names[0] != "shop" || !sd.AttachMetadata.Node {
		t.Errorf("%+v", cfg.ServiceDiscoveryConfigs)
	}
	got, keep := relabelled(cfg, found(nil))
	if !keep {
		t.Fatal("the target is dropped")
	}
	for name, want := range map[string]string{
		"namespace": "shop", "service": "front", "pod": "front-1", "container": "web", "team": "red", "tier": "one",
		"job": "storefront", "endpoint": "metrics", "cluster": "one", "__tmp_prometheus_job_name": "serviceMonitor/shop/front/0",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Get(name), want)
		}
	}
	for name, change := range map[string]map[string]string{
		"another service":  {"__meta_kubernetes_service_label_app": "back"},
		"another port":     {"__meta_kubernetes_endpointslice_port_name": "http"},
		"an ended pod":     {"__meta_kubernetes_pod_phase": "Succeeded"},
		"a canary":         {"__meta_kubernetes_service_labelpresent_canary": "true"},
		"a similar label":  {"__meta_kubernetes_service_label_stage": "v1x2"},
		"a label not here": {"__meta_kubernetes_service_labelpresent_app": ""},
	} {
		if _, keep := relabelled(cfg, found(change)); keep {
			t.Errorf("%s is kept", name)
		}
	}
	if jobs[1].ScrapeInterval.String() != "20s" {
		t.Errorf("the default interval is %s", jobs[1].ScrapeInterval)
	}
	if got, keep := relabelled(jobs[1], found(map[string]string{"__meta_kubernetes_pod_phase": "Failed"})); !keep || got.Get("endpoint") != "9090" {
		t.Error(keep, got)
	}
}

func TestPodMonitor(t *testing.T) {
	m := parse[monitoringv1.PodMonitor](t, `
metadata: {name: workers, namespace: shop}
spec:
  namespaceSelector: {any: true}
  selector: {matchLabels: {app: worker}}
  selectorMechanism: RoleSelector
  podTargetLabels: [tier]
  podMetricsEndpoints:
    - {port: metrics, authorization: {credentials: {name: login, key: pass}}}
    - {portNumber: 9100}
`)
	jobs, err := translator(func(tr *monitor.Translator) { tr.Settings.Deny = []string{"kube-system"} }).PodMonitor(t.Context(), m)
	if err != nil || len(jobs) != 2 {
		t.Fatal(jobs, err)
	}
	sd, ok := jobs[0].ServiceDiscoveryConfigs[0].(*kubernetes.SDConfig)
	if !ok || sd.Role != kubernetes.RolePod || len(sd.NamespaceDiscovery.Names) != 0 || len(sd.Selectors) != 1 || sd.Selectors[0].Label != "app=worker" {
		t.Errorf("%+v", jobs[0].ServiceDiscoveryConfigs)
	}
	if a := jobs[0].HTTPClientConfig.Authorization; a == nil || a.Type != "Bearer" || a.Credentials != "secret" {
		t.Errorf("%+v", a)
	}
	in := map[string]string{"__address__": "10.0.0.1:80", "__meta_kubernetes_namespace": "shop", "__meta_kubernetes_pod_container_port_name": "metrics"}
	if got, keep := relabelled(jobs[0], in); !keep || got.Get("job") != "shop/workers" || got.Get("endpoint") != "metrics" {
		t.Error(keep, got)
	}
	in["__meta_kubernetes_namespace"] = "kube-system"
	if _, keep := relabelled(jobs[0], in); keep {
		t.Error("a namespace that is denied is looked at")
	}
}

func TestProbe(t *testing.T) {
	cfg, err := translator(nil).Probe(t.Context(), parse[monitoringv1.Probe](t, `
metadata: {name: web, namespace: shop}
spec:
  jobName: outside
  module: http_2xx
  prober: {url: "blackbox:9115"}
  targets: {staticConfig: {static: ["https://example.test"], labels: {env: prod}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, keep := relabelled(cfg, map[string]string{"__address__": "https://example.test", "env": "prod"})
	if !keep || got.Get("__address__") != "blackbox:9115" || got.Get("__param_target") != "https://example.test" ||
		got.Get("instance") != "https://example.test" || got.Get("job") != "outside" || cfg.Params.Get("module") != "http_2xx" || cfg.MetricsPath != "/probe" {
		t.Error(keep, got, cfg.Params)
	}
}

func TestScrapeConfig(t *testing.T) {
	cfg, err := translator(nil).ScrapeConfig(t.Context(), parse[monitoringv1alpha1.ScrapeConfig](t, `
metadata: {name: all, namespace: shop}
spec:
  jobName: mixed
  metricsPath: /x
  staticConfigs: [{targets: ["a:1"], labels: {env: prod}}]
  httpSDConfigs: [{url: "http://sd.test/targets", refreshInterval: 1m}]
  dnsSDConfigs: [{names: [_m._tcp.test], type: SRV}]
  fileSDConfigs: [{files: [/etc/targets.yaml]}]
  kubernetesSDConfigs: [{role: Pod, namespaces: {ownNamespace: true}}]
`))
	if err != nil || len(cfg.ServiceDiscoveryConfigs) != 5 || cfg.MetricsPath != "/x" {
		t.Fatal(cfg, err)
	}
	if got, _ := relabelled(cfg, map[string]string{"__address__": "a:1"}); got.Get("job") != "mixed" {
		t.Error(got)
	}
}

func TestLeftOut(t *testing.T) {
	const start = "metadata: {name: front, namespace: shop}\nspec:\n  selector: {}\n"
	for _, c := range []struct {
		name, text, want string
		change           func(*monitor.Translator)
	}{
		{"no way for credentials", "  endpoints: [{port: a, bearerTokenSecret: {name: login, key: pass}}]", "need spec.mtls or spec.allowInsecureAuthSecrets", func(tr *monitor.Translator) { tr.Credentials = false }},
		{"a foreign namespace of secrets", "  endpoints: [{port: a, bearerTokenSecret: {name: login, key: pass}}]", "not among secretNamespaces", func(tr *monitor.Translator) { tr.Settings.SecretNamespaces = []string{"x"} }},
		{"no such secret", "  endpoints: [{port: a, oauth2: {clientId: {secret: {name: nobody, key: id}}, clientSecret: {name: login, key: pass}, tokenUrl: http://t}}]", "secret shop/nobody has no id", nil},
		{"a file", "  endpoints: [{port: a, bearerTokenFile: /var/run/token}]", "denyFSAccessThroughSMs", func(tr *monitor.Translator) { tr.Settings.DenyFiles = true }},
		{"no namespace", "  namespaceSelector: {matchNames: [other]}\n  endpoints: [{port: a}]", "no namespace that the target allocator may look at", func(tr *monitor.Translator) { tr.Settings.Allow = []string{"shop"} }},
		{"a class", "  scrapeClass: tls\n  endpoints: [{port: a}]", "no scrape class tls", nil},
		{"a regex", "  endpoints: [{port: a, relabelings: [{regex: '(', targetLabel: b}]}]", "error parsing regexp", nil},
		{"a timeout", "  endpoints: [{port: a, interval: 5s, scrapeTimeout: 10s}]", "scrape timeout greater than scrape interval", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			jobs, err := translator(c.change).ServiceMonitor(t.Context(), parse[monitoringv1.ServiceMonitor](t, start+c.text+"\n"))
			if err == nil || !strings.Contains(err.Error(), c.want) || len(jobs) > 0 {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	_, err := translator(nil).ScrapeConfig(t.Context(), parse[monitoringv1alpha1.ScrapeConfig](t, "metadata: {name: a, namespace: b}\nspec: {consulSDConfigs: [{server: x}]}\n"))
	if err == nil || !strings.Contains(err.Error(), "ConsulSDConfigs is not supported") {
		t.Error(err)
	}
}

func TestScrapeClass(t *testing.T) {
	on := true
	tr := translator(func(tr *monitor.Translator) {
		tr.Settings.DenyFiles = true
		tr.Settings.ScrapeClasses = []monitoringv1.ScrapeClass{{
			Name: "mesh", Default: &on, TLSConfig: &monitoringv1.TLSConfig{TLSFilesConfig: monitoringv1.TLSFilesConfig{CAFile: "/etc/mesh/ca.pem"}},
			Relabelings: []monitoringv1.RelabelConfig{{TargetLabel: "mesh", Replacement: new("yes")}},
		}}
	})
	jobs, err := tr.ServiceMonitor(t.Context(), parse[monitoringv1.ServiceMonitor](t, "metadata: {name: a, namespace: b}\nspec: {selector: {}, endpoints: [{port: a}]}\n"))
	if err != nil || len(jobs) != 1 || jobs[0].HTTPClientConfig.TLSConfig.CAFile != "/etc/mesh/ca.pem" {
		t.Fatal(jobs, err)
	}
	if got, _ := relabelled(jobs[0], map[string]string{"__meta_kubernetes_endpointslice_port_name": "a"}); got.Get("mesh") != "yes" {
		t.Error(got)
	}
}

// What a user writes in a monitor never makes the translation panic, and is a configuration
// that Prometheus accepts or an error.
func FuzzTranslate(f *testing.F) {
	for _, text := range []string{serviceMonitor, `{"metadata":{"name":"a","namespace":"b"},"spec":{"selector":{},"endpoints":[{"targetPort":"x"}],"podMetricsEndpoints":[{"portNumber":1}],"staticConfigs":[{"targets":["a:1"]}],"targets":{"staticConfig":{"static":["x"]}},"prober":{"url":"a:1"}}}`} {
		data, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tr := translator(nil)
		var service monitoringv1.ServiceMonitor
		if json.Unmarshal(data, &service) == nil {
			jobs, err := tr.ServiceMonitor(t.Context(), &service)
			if len(jobs) < len(service.Spec.Endpoints) && err == nil {
				t.Fatal("an endpoint is left out without a word")
			}
		}
		var pod monitoringv1.PodMonitor
		if json.Unmarshal(data, &pod) == nil {
			_, _ = tr.PodMonitor(t.Context(), &pod)
		}
		var probe monitoringv1.Probe
		if json.Unmarshal(data, &probe) == nil {
			_, _ = tr.Probe(t.Context(), &probe)
		}
		var scrape monitoringv1alpha1.ScrapeConfig
		if json.Unmarshal(data, &scrape) == nil {
			_, _ = tr.ScrapeConfig(t.Context(), &scrape)
		}
	})
}
