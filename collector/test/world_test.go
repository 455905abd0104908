//go:build e2e

package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/radiograph/radiograph/test/rig"
)

// example returns the text of a configuration in examples/collector.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples/collector", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// environment makes a collector send its segments to the endpoint.
func environment(endpoint string) []string {
	return []string{
		"AWS_REGION=" + rig.Region, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL_XRAY=" + endpoint,
	}
}

// addresses are where a collector listens.
type addresses struct{ xray, grpc, http string }

func newAddresses(t *testing.T) addresses {
	return addresses{rig.Address(t), rig.Address(t), rig.Address(t)}
}

// overlays put the listeners of an example on loopback.
func (a addresses) onlyXRay() string {
	return fmt.Sprintf("receivers: {awsxray: {endpoint: %q, proxy_server: {endpoint: %q}}}", a.xray, a.xray)
}

func (a addresses) onlyOTLP() string {
	return fmt.Sprintf("receivers: {otlp: {protocols: {grpc: {endpoint: %q}, http: {endpoint: %q}}}}", a.grpc, a.http)
}

// sendSegment sends a document as an X-Ray SDK does.
func sendSegment(t *testing.T, address, document string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("{\"format\":\"json\",\"version\":1}\n" + document)); err != nil {
		t.Fatal(err)
	}
}

// dial connects to a collector's OTLP port.
func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func sendSpans(t *testing.T, conn *grpc.ClientConn, td ptrace.Traces) error {
	t.Helper()
	_, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td))
	return err
}

// request returns the spans of one request: a server that calls a database, as an
// OpenTelemetry SDK would send them.
func request(id pcommon.TraceID, service string, failed bool) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", service)
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	now := pcommon.NewTimestampFromTime(timeNow())

	server := spans.AppendEmpty()
	server.SetTraceID(id)
	server.SetSpanID(pcommon.SpanID{1, id[14], id[15]})
	server.SetName("GET /items")
	server.SetKind(ptrace.SpanKindServer)
	server.SetStartTimestamp(now - 20_000_000)
	server.SetEndTimestamp(now)
	server.Attributes().PutStr("http.request.method", "GET")
	server.Attributes().PutStr("url.full", "http://"+service+"/items")
	server.Attributes().PutStr("tenant", "a")
	server.Attributes().PutInt("http.response.status_code", 200)
	if failed {
		server.Attributes().PutInt("http.response.status_code", 500)
		server.Status().SetCode(ptrace.StatusCodeError)
	}

	client := spans.AppendEmpty()
	client.SetTraceID(id)
	client.SetSpanID(pcommon.SpanID{2, id[14], id[15]})
	client.SetParentSpanID(server.SpanID())
	client.SetName("SELECT items")
	client.SetKind(ptrace.SpanKindClient)
	client.SetStartTimestamp(now - 15_000_000)
	client.SetEndTimestamp(now - 5_000_000)
	client.Attributes().PutStr("db.system.name", "postgresql")
	client.Attributes().PutStr("db.namespace", "shop")
	client.Attributes().PutStr("server.address", "db.internal")
	client.Attributes().PutStr("db.query.text", "SELECT * FROM items")
	return td
}

// traceID returns the id of trace number n: random, as W3C ids are, not an epoch.
func traceID(n int) pcommon.TraceID {
	return pcommon.TraceID{0xf0, 0x5e, 0xed, 0x11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, byte(n >> 8), byte(n)}
}

func xrayID(id pcommon.TraceID) string {
	hex := id.String()
	return "1-" + hex[:8] + "-" + hex[8:]
}

// documents returns the segment documents of a trace, joined; "" when there are none.
func documents(ctx context.Context, api *xray.Client, id string) (string, error) {
	out, err := api.BatchGetTraces(ctx, &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil {
		return "", err
	}
	var all []string
	for _, trace := range out.Traces {
		for _, s := range trace.Segments {
			all = append(all, *s.Document)
		}
	}
	return strings.Join(all, "\n"), nil
}

// arrives waits until the trace has come, with every one of the words in it.
func arrives(t *testing.T, api *xray.Client, id string, words ...string) {
	t.Helper()
	rig.Eventually(t, "trace "+id, func() error {
		docs, err := documents(t.Context(), api, id)
		if err != nil {
			return err
		}
		for _, w := range words {
			if !strings.Contains(docs, w) {
				return fmt.Errorf("%s is not in %q", w, docs)
			}
		}
		if docs == "" {
			return fmt.Errorf("nothing there")
		}
		return nil
	})
}

// prometheus is a running Prometheus that takes remote write.
type prometheus struct {
	*rig.Process

	url string

	mu         sync.Mutex
	signatures []string // Authorization headers of the writes
}

// startPrometheus starts a Prometheus behind a proxy that notes who signs writes.
func startPrometheus(t *testing.T) *prometheus {
	t.Helper()
	binary := os.Getenv("PROMETHEUS_BIN")
	if binary == "" {
		t.Fatal("PROMETHEUS_BIN does not name Prometheus; run make e2e")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte("global: {scrape_interval: 1h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := rig.Address(t)
	p := &prometheus{}
	p.Process = rig.Start(t, "prometheus", exec.CommandContext(t.Context(), binary, "--config.file", config, "--storage.tsdb.path", dir,
		"--web.listen-address", address, "--web.enable-remote-write-receiver", "--storage.tsdb.no-lockfile"))
	target := &url.URL{Scheme: "http", Host: address}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	p.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/write") {
			p.mu.Lock()
			p.signatures = append(p.signatures, r.Header.Get("Authorization"))
			p.mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	}))
	rig.Eventually(t, "prometheus ready", func() error {
		_, err := get(t, p.url+"/-/ready")
		return err
	})
	return p
}

// query returns the values of an instant query.
func (p *prometheus) query(t *testing.T, expr string) ([]string, error) {
	t.Helper()
	body, err := get(t, p.url+"/api/v1/query?query="+url.QueryEscape(expr))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	var values []string
	for _, r := range answer.Data.Result {
		values = append(values, fmt.Sprint(r.Value[1]))
	}
	return values, nil
}

// has waits until the query has the value.
func (p *prometheus) has(t *testing.T, expr, want string) {
	t.Helper()
	rig.Eventually(t, expr, func() error {
		values, err := p.query(t, expr)
		if err != nil {
			return err
		}
		if slices.Contains(values, want) {
			return nil
		}
		return fmt.Errorf("values %q, want %s", values, want)
	})
}

func sendMetrics(t *testing.T, conn *grpc.ClientConn, req pmetricotlp.ExportRequest) {
	t.Helper()
	if _, err := pmetricotlp.NewGRPCClient(conn).Export(t.Context(), req); err != nil {
		t.Fatal(err)
	}
}
