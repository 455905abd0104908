package awsxrayexporter_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/collector/exporter/awsxrayexporter"
	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
	"github.com/radiograph/radiograph/test/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startRadiograph starts the real service. The binary is the one that RADIOGRAPH_BIN
// names, or is built.
func startRadiograph(t testing.TB) *rig.Radiograph {
	t.Helper()
	if os.Getenv("RADIOGRAPH_BIN") == "" {
		t.Setenv("RADIOGRAPH_BIN", filepath.Join(t.TempDir(), "radiograph"))
		build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../..", "-o", os.Getenv("RADIOGRAPH_BIN"), "./cmd/radiograph")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build radiograph: %v\n%s", err, out)
		}
	}
	r := rig.StartRadiograph(t, t.TempDir())
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return r
}

var credentials = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// environment isolates the test and gives it credentials.
func environment(t *testing.T) {
	t.Helper()
	sessiontest.Isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", credentials.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", credentials.SecretAccessKey)
}

// gate is what the exporter believes to be X-Ray: it checks signatures, fails as it
// is told to, and hands the rest to the service behind it.
type gate struct {
	*httptest.Server
	next  http.Handler
	creds aws.Credentials // that requests must be signed with; none if empty

	// fail may answer a request; it is given the documents.
	fail func(w http.ResponseWriter, docs []string) bool

	mu       sync.Mutex // guards the fields below
	requests [][]string // the documents of each that was handed on
	problems []error
}

// newGate serves a gate in front of the service at addr; of none if it is empty.
func newGate(t testing.TB, addr string) *gate {
	t.Helper()
	g := &gate{creds: credentials}
	g.next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"UnprocessedTraceSegments":[]}`) })
	if addr != "" {
		u, err := url.Parse(addr)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		g.next = &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := sessiontest.ReadBody(r)
	if err != nil {
		return // the client has gone
	}
	if g.creds.HasKeys() {
		err = sessiontest.Verify(r, body, g.creds, "xray", "eu-west-1")
	}
	var req struct{ TraceSegmentDocuments []string }
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.problems = append(g.problems, err)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if g.fail != nil && g.fail(w, req.TraceSegmentDocuments) {
		return
	}
	g.mu.Lock()
	g.requests = append(g.requests, req.TraceSegmentDocuments)
	g.mu.Unlock()
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = readCloser(body)
	}
	g.next.ServeHTTP(w, r)
}

// handedOn returns the documents of the requests that were handed on.
func (g *gate) handedOn(t testing.TB) [][]string {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, err := range g.problems {
		t.Error(err)
	}
	return append([][]string(nil), g.requests...)
}

// spanIDs returns how often each span was handed on.
func (g *gate) spanIDs(t testing.TB) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for _, docs := range g.handedOn(t) {
		for _, doc := range docs {
			countIDs(t, doc, seen)
		}
	}
	return seen
}

// node is a segment or subsegment.
type node struct {
	ID          string `json:"id"`
	Subsegments []node `json:"subsegments"`
}

func countIDs(t testing.TB, doc string, seen map[string]int) {
	t.Helper()
	var n node
	if err := json.Unmarshal([]byte(doc), &n); err != nil {
		t.Errorf("%s: %v", doc, err)
	}
	var walk func(node)
	walk = func(n node) {
		seen[n.ID]++
		for _, c := range n.Subsegments {
			walk(c)
		}
	}
	walk(n)
}

func readCloser(b []byte) *body { return &body{Reader: strings.NewReader(string(b))} }

type body struct{ *strings.Reader }

func (*body) Close() error { return nil }

// epoch is the time in the ids of traces, which X-Ray wants to be recent.
var epoch = uint32(time.Now().Unix())

func traceID(n int) (id pcommon.TraceID) {
	binary.BigEndian.PutUint32(id[:], epoch)
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func spanID(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// roots returns n spans from the number first on, each the root of a trace.
func roots(first, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i := first; i < first+n; i++ {
		s := spans.AppendEmpty()
		s.SetTraceID(traceID(i))
		s.SetSpanID(spanID(i))
		s.SetName("GET /cart")
		s.SetKind(ptrace.SpanKindServer)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-time.Second)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		s.Attributes().PutStr("http.request.method", "GET")
		s.Attributes().PutInt("http.response.status_code", 200)
	}
	return td
}

// wantEach checks that each of the spans 1 to n was handed on once.
func (g *gate) wantEach(t testing.TB, n int) error {
	t.Helper()
	seen := g.spanIDs(t)
	for i := 1; i <= n; i++ {
		if got := seen[spanID(i).String()]; got != 1 {
			return fmt.Errorf("span %d was sent %d times; %d of %d spans were sent", i, got, len(seen), n)
		}
	}
	if len(seen) != n {
		return fmt.Errorf("%d spans were sent, want %d", len(seen), n)
	}
	return nil
}

// config returns the defaults with edits, for X-Ray at the address.
func config(addr string, edits ...func(*awsxrayexporter.Config)) *awsxrayexporter.Config {
	c := awsxrayexporter.NewFactory().CreateDefaultConfig().(*awsxrayexporter.Config)
	c.AWS.Endpoint, c.AWS.Region = addr, "eu-west-1"
	c.Retry.InitialInterval, c.Retry.MaxInterval = 5*time.Millisecond, 20*time.Millisecond
	for _, edit := range edits {
		edit(c)
	}
	return c
}

func settings() exporter.Settings { return exportertest.NewNopSettings(awsxrayexporter.Type) }

// start starts an exporter that is shut down with the test, or by stop before.
func start(t testing.TB, set exporter.Settings, c *awsxrayexporter.Config) (e exporter.Traces, stop func()) {
	t.Helper()
	e, err := awsxrayexporter.NewFactory().CreateTraces(t.Context(), set, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return e, stop
}
