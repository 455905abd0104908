//go:build e2e

package test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/radiograph/radiograph/test/rig"
)

const probe = `{"name":"probe","id":"70de5b6f19ff9a0a","trace_id":"1-68f0c2a1-0123456789abcdef01234567","start_time":1760608929.125,"end_time":1760608929.31,"annotations":{"tenant":"a"},"metadata":{"default":{"deep":[1,2]}}}`

const probeTrace = "1-68f0c2a1-0123456789abcdef01234567"

// TestExampleXRayToXRay replaces the daemon: segments by UDP, sampling rules by TCP.
func TestExampleXRayToXRay(t *testing.T) {
	service := rig.StartRadiograph(t, t.TempDir())
	at := newAddresses(t)
	rig.StartCollector(t, environment(service.URL()), example(t, "xray-to-xray.yaml"), at.onlyXRay())

	sendSegment(t, at.xray, "nonsense")
	sendSegment(t, at.xray, probe)
	arrives(t, service.API, probeTrace, `"name":"probe"`, `"tenant":"a"`, `"deep":[1,2]`, `"start_time":1760608929.125`)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at.xray+"/GetSamplingRules", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := do(req)
	if err != nil || !bytes.Contains(rules, []byte(`"RuleName":"Default"`)) {
		t.Errorf("sampling rules through the collector: %v %s", err, rules)
	}
}

// TestExampleOTLPToXRay sends spans by gRPC and looks for them as segments.
func TestExampleOTLPToXRay(t *testing.T) {
	service := rig.StartRadiograph(t, t.TempDir())
	at := newAddresses(t)
	rig.StartCollector(t, environment(service.URL()), example(t, "otlp-to-xray.yaml"), at.onlyOTLP())

	if err := sendSpans(t, dial(t, at.grpc), request(traceID(1), "front", true)); err != nil {
		t.Fatal(err)
	}
	arrives(t, service.API, xrayID(traceID(1)), `"name":"front"`, `"fault":true`, `"sanitized_query":"SELECT * FROM items"`, `"annotations":{"tenant":"a"}`)
}

// TestExampleTracesAndMetrics sends segments, spans and metrics to one collector and
// looks for each where it belongs; then the place for metrics goes, and traces must
// not notice.
func TestExampleTracesAndMetrics(t *testing.T) {
	service := rig.StartRadiograph(t, t.TempDir())
	prom := startPrometheus(t)
	logs := newLogs(t)
	application := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "# TYPE orders_total counter\norders_total{shop=\"north\"} 41\n# TYPE queue_length gauge\nqueue_length 7\n")
	}))
	at := newAddresses(t)
	env := append(environment(service.URL()),
		"REMOTE_WRITE_URL="+prom.url+"/api/v1/write", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS="+logs.url,
		"SCRAPE_TARGET="+strings.TrimPrefix(application, "http://"),
		"SCRAPE_INTERVAL=1s", "SCRAPE_TIMEOUT=1s", "METRICS_TIMEOUT=1s")
	c := rig.StartCollector(t, env, example(t, "traces-and-metrics.yaml"), at.onlyXRay(), at.onlyOTLP())
	conn := dial(t, at.grpc)
	sendMetrics(t, conn, gauge("temperature", 21.5))

	prom.has(t, `orders_total{shop="north"}`, "41")
	prom.has(t, `temperature`, "21.5")
	logs.has(t, "/metrics/applications", "applications", `"queue_length":7`)
	logs.has(t, "/metrics/applications", "greenhouse", `"temperature":21.5`)
	prom.mu.Lock()
	signature := prom.signatures[0]
	prom.mu.Unlock()
	if !strings.HasPrefix(signature, "AWS4-HMAC-SHA256 ") || !strings.Contains(signature, "/"+rig.Region+"/aps/aws4_request") {
		t.Errorf("writes are signed %q", signature)
	}

	prom.Kill()
	if err := sendSpans(t, conn, request(traceID(2), "front", false)); err != nil {
		t.Fatal(err)
	}
	sendSegment(t, at.xray, probe)
	arrives(t, service.API, xrayID(traceID(2)), `"name":"front"`)
	arrives(t, service.API, probeTrace, `"name":"probe"`)
	if c.Ended() {
		t.Errorf("the collector ended: %v", c.Wait())
	}
}

// gauge is one metric with one value, as a service would export it.
func gauge(name string, value float64) pmetricotlp.ExportRequest {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "greenhouse")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	p := m.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(timeNow()))
	p.SetDoubleValue(value)
	return pmetricotlp.NewExportRequestFromMetrics(md)
}

// TestExampleTailSampling keeps the request that failed and drops the other.
func TestExampleTailSampling(t *testing.T) {
	service := rig.StartRadiograph(t, t.TempDir())
	at := newAddresses(t)
	env := append(environment(service.URL()), "DECISION_WAIT=1s", "KEEP_PERCENT=0")
	c := rig.StartCollector(t, env, example(t, "tail-sampling.yaml"), at.onlyXRay(), at.onlyOTLP())
	conn := dial(t, at.grpc)
	for n, failed := range []bool{false, true} {
		if err := sendSpans(t, conn, request(traceID(n), "front", failed)); err != nil {
			t.Fatal(err)
		}
	}
	arrives(t, service.API, xrayID(traceID(1)), `"fault":true`)
	c.Stop(t) // decides about everything that waits, and sends it
	if docs, err := documents(t.Context(), service.API, xrayID(traceID(0))); err != nil || docs != "" {
		t.Errorf("the request that went well was kept: %v %s", err, docs)
	}
}

// TestExampleKubernetesMetrics runs the ten scrape jobs outside a cluster: those that
// need one find nothing, and the collector's own metrics still arrive.
func TestExampleKubernetesMetrics(t *testing.T) {
	prom := startPrometheus(t)
	account := t.TempDir()
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw})
	for name, content := range map[string][]byte{"token": []byte("token"), "ca.crt": certificate} {
		if err := os.WriteFile(filepath.Join(account, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := append(environment("http://127.0.0.1:1"), "SERVICE_ACCOUNT="+account, "REMOTE_WRITE_URL="+prom.url+"/api/v1/write",
		"SCRAPE_INTERVAL=1s", "SCRAPE_TIMEOUT=1s", "METRICS_TIMEOUT=1s")
	rig.StartCollector(t, env, example(t, "kubernetes-metrics.yaml"))
	prom.has(t, `up{job="radiograph-collector"}`, "1") // the name that its own target_info gives it
}
