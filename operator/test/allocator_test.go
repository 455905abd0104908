//go:build e2e

package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

const allocatorBin = "../../bin/radiograph-target-allocator"

// allocatorRig is an API server with a target allocator, collectors and what they scrape.
type allocatorRig struct {
	*rig

	settings otelconfig.AllocatorSettings
	endpoint string
	ca       []byte
	arrived  *arrivals
}

// newAllocatorRig has the allocator's permissions of the example, and pods of the collector
// scraper, of which nobody runs the containers.
func newAllocatorRig(t *testing.T, pods ...string) *allocatorRig {
	t.Helper()
	r := &allocatorRig{rig: newRig(t)}
	r.namespace(eks)
	text, err := os.ReadFile("../../examples/operator/target-allocator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		if !strings.Contains(doc, "kind: OpenTelemetryCollector") {
			r.create([]byte(doc))
		}
	}
	r.write("allocator.kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: rig, cluster: {server: %q, insecure-skip-tls-verify: true}}]
users: [{name: allocator, user: {token: admin, as: "system:serviceaccount:%s:scraper-targetallocator", as-groups: ["system:authenticated"]}}]
contexts: [{name: rig, context: {cluster: rig, user: allocator}}]
current-context: rig
`, r.host, eks))
	for i, name := range pods {
		r.pod(name, fmt.Sprintf("node-%d", i))
	}
	r.settings = otelconfig.AllocatorSettings{
		Collectors: manifest.SelectorLabels(eks, "scraper", manifest.CollectorComponent),
		Strategy:   "consistent-hashing", Filter: "relabel-config", NotReadyGrace: 30 * time.Second,
	}
	r.arrived = newArrivals(t)
	return r
}

// pod makes a pod that is ready.
func (r *allocatorRig) pod(name, node string) {
	r.t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: eks, Name: name, Labels: r.labels()},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	if err := r.Create(r.t.Context(), pod); err != nil {
		r.t.Fatal(err)
	}
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}}
	if err := r.Status().Update(r.t.Context(), pod); err != nil {
		r.t.Fatal(err)
	}
}

func (r *allocatorRig) labels() map[string]string {
	return manifest.SelectorLabels(eks, "scraper", manifest.CollectorComponent)
}

// configure writes the allocator's configuration, as the operator does.
func (r *allocatorRig) configure() {
	r.t.Helper()
	text, err := otelconfig.RenderAllocator(r.settings)
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("targetallocator.yaml", string(text))
}

// allocator starts the allocator and waits until it is ready.
func (r *allocatorRig) allocator() *process {
	r.t.Helper()
	r.configure()
	at := port(r.t)
	r.endpoint = "http://127.0.0.1:" + at
	p := start(r.t, r.dir, binary(r.t, "RADIOGRAPH_TARGET_ALLOCATOR_BIN", allocatorBin),
		[]string{"OTELCOL_NAMESPACE=" + eks, "KUBECONFIG=" + filepath.Join(r.dir, "allocator.kubeconfig")},
		"--config-file="+filepath.Join(r.dir, "targetallocator.yaml"), "--listen-addr=127.0.0.1:"+at)
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("the allocator wrote:\n%s", p.tail())
		}
	})
	r.eventually("the allocator is ready", func() error {
		select {
		case <-p.done:
			r.t.Fatalf("the allocator ended:\n%s", p.tail())
		default:
		}
		return r.ask("/readyz", nil)
	})
	return p
}

// ask reads JSON from the allocator.
func (r *allocatorRig) ask(path string, into any) error {
	answer, err := get(r.t.Context(), http.DefaultClient, r.endpoint+path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, answer.Status, body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// shares returns the number of targets of a job by collector.
func (r *allocatorRig) shares(job string) (map[string]int, error) {
	var by map[string]struct{ Targets []any }
	if err := r.ask("/jobs/"+job+"/targets", &by); err != nil {
		return nil, err
	}
	out := map[string]int{}
	for name, share := range by {
		out[name] = len(share.Targets)
	}
	return out, nil
}

// scraper runs the real collector as one of the pods, configured as the operator does but for
// the shorter intervals.
func (r *allocatorRig) scraper(pod string, to otelconfig.Allocation) *process {
	r.t.Helper()
	to.Interval = time.Second
	cfg := &v1beta1.Config{
		Receivers: v1beta1.Object{Values: map[string]any{"prometheus": map[string]any{
			"config":           map[string]any{"scrape_configs": []any{map[string]any{"job_name": "moved to the allocator"}}},
			"target_allocator": map[string]any{"http_sd_config": map[string]any{"refresh_interval": "1s"}},
		}}},
		Exporters: v1beta1.Object{Values: map[string]any{"otlp_http": map[string]any{
			"metrics_endpoint": r.arrived.server.URL + "/" + pod, "encoding": "json", "compression": "none",
		}}},
	}
	cfg, err := otelconfig.ForTargetAllocator(cfg, to)
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := yaml.Marshal(map[string]any{
		"receivers": cfg.Receivers.Values, "exporters": cfg.Exporters.Values,
		"service": map[string]any{
			"pipelines": map[string]any{"metrics": map[string]any{"receivers": []string{"prometheus"}, "exporters": []string{"otlp_http"}}},
			"telemetry": map[string]any{"metrics": map[string]any{"level": "none"}},
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(pod+".yaml", string(text))
	dir := filepath.Join(r.dir, pod)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	p := start(r.t, dir, binary(r.t, "RADIOGRAPH_COLLECTOR_BIN", collectorBin), []string{"POD_NAME=" + pod}, "--config", filepath.Join(r.dir, pod+".yaml"))
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("the collector %s wrote:\n%s", pod, p.tail())
		}
	})
	return p
}

// arrivals is a backend that remembers which collector sent which metric.
type arrivals struct {
	server *httptest.Server

	mu sync.Mutex
	by map[string]map[string]bool // collectors by metric
}

func newArrivals(t *testing.T) *arrivals {
	a := &arrivals{by: map[string]map[string]bool{}}
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			ResourceMetrics []struct {
				ScopeMetrics []struct {
					Metrics []struct {
						Name string `json:"name"`
					} `json:"metrics"`
				} `json:"scopeMetrics"`
			} `json:"resourceMetrics"`
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, resource := range request.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, m := range scope.Metrics {
					if a.by[m.Name] == nil {
						a.by[m.Name] = map[string]bool{}
					}
					a.by[m.Name][strings.TrimPrefix(r.URL.Path, "/")] = true
				}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(a.server.Close)
	return a
}

// from returns which collectors have sent a metric.
func (a *arrivals) from(metric string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.by[metric]))
}

// exposing is a target with one metric, which needs a password when it is not "".
func exposing(t *testing.T, metric, password string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, got, _ := r.BasicAuth(); got != password {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = fmt.Fprintf(w, "# TYPE %s gauge\n%s 1\n", metric, metric)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func jobs(list ...map[string]any) map[string]any {
	out := make([]any, len(list))
	for i, job := range list {
		out[i] = job
	}
	return map[string]any{"global": map[string]any{"scrape_interval": "1s"}, "scrape_configs": out}
}

// words is a list as it comes from YAML.
func words(list []string) []any {
	out := make([]any, len(list))
	for i, word := range list {
		out[i] = word
	}
	return out
}

// Two real collectors share static and file targets; when one is gone the other has all; a
// changed configuration is obeyed.
func TestAllocatorSharesTargets(t *testing.T) {
	r := newAllocatorRig(t, "scraper-collector-0", "scraper-collector-1")
	var names, addresses []string
	for i := range 8 {
		names = append(names, fmt.Sprintf("shared_%d", i))
		addresses = append(addresses, exposing(t, names[i], ""))
	}
	list, err := json.Marshal([]any{map[string]any{"targets": addresses[4:], "labels": map[string]string{"from": "file"}}})
	if err != nil {
		t.Fatal(err)
	}
	r.write("targets.json", string(list))
	static := map[string]any{
		"job_name": "static part/1", "static_configs": []any{map[string]any{"targets": words(append(slices.Clone(addresses[:4]), "dropped.test:1"))}},
		"relabel_configs": []any{map[string]any{"source_labels": words([]string{"__address__"}), "regex": `dropped\.test:.*`, "action": "drop"}},
	}
	r.settings.Config = jobs(static, map[string]any{"job_name": "file", "file_sd_configs": []any{map[string]any{"files": words([]string{"targets.json"})}}})
	allocator := r.allocator()
	r.scraper("scraper-collector-0", otelconfig.Allocation{Endpoint: r.endpoint})
	r.scraper("scraper-collector-1", otelconfig.Allocation{Endpoint: r.endpoint})
	r.within(2*time.Minute, "each target is scraped by one collector", func() error {
		for _, name := range names {
			if from := r.arrived.from(name); len(from) != 1 {
				return fmt.Errorf("%s comes from %q", name, from)
			}
		}
		return nil
	})
	shares, err := r.shares("static+part%2F1")
	if err != nil || shares["scraper-collector-0"]+shares["scraper-collector-1"] != 4 {
		t.Errorf("%v %v", shares, err)
	}
	gone := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: eks, Name: "scraper-collector-1"}}
	if err := r.Delete(t.Context(), gone, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	r.within(2*time.Minute, "the collector that is left has all targets", func() error {
		for _, name := range names {
			if !slices.Contains(r.arrived.from(name), "scraper-collector-0") {
				return fmt.Errorf("%s comes from %q", name, r.arrived.from(name))
			}
		}
		return nil
	})
	added := exposing(t, "added_later", "")
	r.settings.Config = jobs(static, map[string]any{"job_name": "new", "static_configs": []any{map[string]any{"targets": words([]string{added})}}})
	r.configure()
	r.within(2*time.Minute, "a target of the changed configuration is scraped", func() error {
		if from := r.arrived.from("added_later"); len(from) != 1 {
			return fmt.Errorf("it comes from %q", from)
		}
		return nil
	})
	var listed map[string]any
	if err := r.ask("/jobs", &listed); err != nil || listed["file"] != nil || listed["new"] == nil {
		t.Error(listed, err)
	}
	allocator.stop(t)
	if code := allocator.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the allocator ends with %d", code)
	}
}

// monitorDefinition is the definition of one of the Prometheus operator's kinds, as far as the
// API server needs it.
func monitorDefinition(plural, kind string) []byte {
	return fmt.Appendf(nil, `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: %[1]s.monitoring.coreos.com
  annotations: {api-approved.kubernetes.io: "unapproved, for a test"}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {plural: %[1]s, kind: %[2]s}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, plural, kind)
}

// A ServiceMonitor of a kind that is installed later, with a password from a Secret, goes to a
// real collector over mTLS and nowhere else.
func TestAllocatorReadsMonitors(t *testing.T) {
	r := newAllocatorRig(t, "scraper-collector-0")
	target := exposing(t, "monitored", "open sesame")
	r.certificates()
	secure := "127.0.0.1:" + port(t)
	r.settings.HTTPS = &otelconfig.AllocatorHTTPS{
		Listen: secure, CAFile: filepath.Join(r.dir, "ca.crt"), CertFile: filepath.Join(r.dir, "tls.crt"), KeyFile: filepath.Join(r.dir, "tls.key"),
	}
	r.settings.PrometheusCR = &v1beta1.TargetAllocatorPrometheusCR{
		Enabled: true, ScrapeInterval: &metav1.Duration{Duration: time.Second},
		ServiceMonitorSelector:          &metav1.LabelSelector{MatchLabels: map[string]string{"team": "red"}},
		ServiceMonitorNamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": eks}},
	}
	p := r.allocator()
	r.create(monitorDefinition("servicemonitors", "ServiceMonitor"))
	r.service()
	for name, labels := range map[string]string{"front": "{team: red}", "foreign": "{team: blue}"} {
		r.eventually("the definition is served", func() error { return r.monitor(name, labels, target) })
	}
	r.scraper("scraper-collector-0", otelconfig.Allocation{
		Endpoint: "https://" + secure, CAFile: r.settings.HTTPS.CAFile, CertFile: r.settings.HTTPS.CertFile, KeyFile: r.settings.HTTPS.KeyFile,
	})
	r.within(2*time.Minute, "the target is scraped", func() error {
		if len(r.arrived.from("monitored")) == 0 {
			return errors.New("nothing has come")
		}
		return nil
	})
	var configs map[string]any
	if err := r.ask("/scrape_configs", &configs); err != nil || len(configs) != 0 {
		t.Errorf("credentials are served without TLS: %v %v", configs, err)
	}
	var listed map[string]any
	if err := r.ask("/jobs", &listed); err != nil || len(listed) != 1 || listed["serviceMonitor/"+eks+"/front/0"] == nil {
		t.Error(listed, err)
	}
	if err := r.stranger("https://" + secure + "/scrape_configs"); err == nil {
		t.Error("a client without a certificate is served")
	}
	if text := p.tail(); !strings.Contains(text, "jobs with credentials are served over mTLS only") {
		t.Error(text)
	}
	var metrics string
	r.eventually("the metrics are served", func() error {
		answer, err := get(r.t.Context(), http.DefaultClient, r.endpoint+"/metrics")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		metrics = string(body)
		return err
	})
	if !strings.Contains(metrics, `radiograph_targetallocator_targets{collector="scraper-collector-0"} 1`) {
		t.Error(metrics)
	}
}

// service is a service with one endpoint. The API server takes no loopback address for it, so
// the monitor moves the target to where it is.
func (r *allocatorRig) service() {
	r.t.Helper()
	for _, text := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: %s}\nstringData: {user: ali, password: open sesame}\n",
		"apiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: %s, labels: {app: front}}\nspec: {ports: [{name: metrics, port: 80}]}\n",
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: front-1, namespace: %s, labels: {kubernetes.io/service-name: front, app: front}}\naddressType: IPv4\nports: [{name: metrics, port: 80}, {name: other, port: 81}]\nendpoints: [{addresses: [10.1.2.3], conditions: {ready: true}}]\n",
	} {
		r.create(fmt.Appendf(nil, text, eks))
	}
}

func (r *allocatorRig) monitor(name, labels, target string) error {
	text := fmt.Sprintf(`apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: %s, namespace: %s, labels: %s}
spec:
  selector: {matchLabels: {app: front}}
  endpoints:
    - port: metrics
      basicAuth: {username: {name: login, key: user}, password: {name: login, key: password}}
      relabelings: [{targetLabel: __address__, replacement: "%s"}]
`, name, eks, labels, target)
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
		return err
	}
	return client.IgnoreAlreadyExists(r.Create(r.t.Context(), obj))
}

// certificates writes an authority, and one certificate of it for both ends.
func (r *allocatorRig) certificates() {
	r.t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		r.t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "scraper"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		r.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	r.write("ca.crt", string(r.ca))
	r.write("tls.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	r.write("tls.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
}

// stranger asks without a certificate.
func (r *allocatorRig) stranger(url string) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.ca)
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := web.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
