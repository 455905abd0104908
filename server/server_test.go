package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// local is a configuration on free ports of this machine.
func local(t *testing.T) config.Config {
	t.Helper()
	c := config.Default()
	c.Data = t.TempDir()
	c.HTTP.Listen, c.Daemon.UDP, c.Daemon.TCP = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.OTLP.GRPC, c.OTLP.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	return c
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a server and returns it with a function that stops it.
func start(t *testing.T, c config.Config, log io.Writer) (s *server.Server, stop func()) {
	t.Helper()
	return startWith(t, c, server.Options{Version: "v0", Logger: slog.New(slog.NewTextHandler(log, nil))})
}

func startWith(t *testing.T, c config.Config, opts server.Options) (s *server.Server, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := server.New(ctx, c, opts)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	t.Cleanup(stop)
	return s, stop
}

func request(t *testing.T, method, url, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

const probe = `{"name":"probe","id":"70de5b6f19ff9a0a","trace_id":"1-65000000-0123456789abcdef01234567","start_time":1694498816.1,"end_time":1694498816.3}`

func TestPaths(t *testing.T) {
	s, _ := start(t, local(t), io.Discard)
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{http.MethodGet, "/healthz", "", 200, "ok"},
		{http.MethodGet, "/readyz", "", 200, "ready"},
		{http.MethodGet, "/", "", 200, "<title>radiograph</title>"},
		{http.MethodPost, "/TraceSegments", `{"TraceSegmentDocuments":[]}`, 400, "Segments can not be empty"},
		{http.MethodPost, "/GetSamplingRules", "", 200, "SamplingRuleRecords"},
		{http.MethodGet, "/nothing", "", 404, ""},
		{http.MethodGet, "/TraceSummaries", "", 405, ""},
		{http.MethodGet, "/debug/pprof/", "", 404, ""},
	} {
		status, text := request(t, tc.method, s.Endpoint()+tc.path, tc.body)
		if status != tc.status || !strings.Contains(text, tc.want) {
			t.Errorf("%s %s: got %d %q, want %d and %q", tc.method, tc.path, status, text, tc.status, tc.want)
		}
	}
}

func TestProfilesAreServedOnRequest(t *testing.T) {
	c := local(t)
	c.HTTP.Pprof = true
	s, _ := start(t, c, io.Discard)
	if status, text := request(t, http.MethodGet, s.Endpoint()+"/debug/pprof/", ""); status != 200 || !strings.Contains(text, "goroutine") {
		t.Errorf("got %d %q", status, text)
	}
}

// send sends a datagram to the daemon's address.
func send(t *testing.T, s *server.Server, text string) {
	t.Helper()
	_, udp, _ := strings.Cut(s.DaemonAddress(), "udp:")
	conn, err := new(net.Dialer).DialContext(t.Context(), "udp", udp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// TestDatagramsThatWereSentAreStoredAtStop sends datagrams and stops at once: what
// the socket holds is drained, and is there after the next start.
func TestDatagramsThatWereSentAreStoredAtStop(t *testing.T) {
	c := local(t)
	var log buffer
	s, stop := start(t, c, &log)
	if status, text := request(t, http.MethodGet, s.Endpoint()+"/readyz", ""); status != 200 {
		t.Fatal(text)
	}
	send(t, s, `{"format":"json","version":1}`+"\n"+probe)
	send(t, s, "nonsense")
	stop()
	for _, want := range []string{"stopped receiving", "documents=1", "dropped_bad_header=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	s, _ = start(t, c, io.Discard)
	_, text := request(t, http.MethodPost, s.Endpoint()+"/Traces", `{"TraceIds":["1-65000000-0123456789abcdef01234567"]}`)
	if !strings.Contains(text, `\"name\":\"probe\"`) {
		t.Errorf("got %s", text)
	}
}

func TestMetricsCountWhatHappened(t *testing.T) {
	s, _ := start(t, local(t), io.Discard)
	request(t, http.MethodPost, s.Endpoint()+"/TraceSegments", `{"TraceSegmentDocuments":[`+quote(probe)+`,"{}"]}`)
	_, text := request(t, http.MethodGet, s.Endpoint()+"/metrics", "")
	for _, want := range []string{
		"radiograph_ingest_documents_total 1\n", `radiograph_ingest_rejected_documents_total{code="MissingId"} 1`,
		"radiograph_store_documents 1\n", `radiograph_relay_dropped_total{reason="kernel"} 0`, `radiograph_build_info{version="v0"} 1`,
		"go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func TestRefusals(t *testing.T) {
	busy := local(t)
	first, _ := start(t, busy, io.Discard)
	for _, tc := range []struct {
		name   string
		change func(*config.Config)
		want   string
	}{
		{"others can connect", func(c *config.Config) { c.HTTP.Listen = "0.0.0.0:0" }, "nobody has to authenticate"},
		{"address in use", func(c *config.Config) { c.HTTP.Listen = strings.TrimPrefix(first.Endpoint(), "http://") }, "is in use"},
		{"OTLP address in use", func(c *config.Config) { c.OTLP.GRPC = first.OTLPGRPCAddress() }, "is in use"},
		{"others can connect to OTLP", func(c *config.Config) { c.OTLP.HTTP = "0.0.0.0:0" }, "nobody has to authenticate"},
		{"data directory is a file", func(c *config.Config) { c.Data = "server.go" }, "data directory"},
		{"data in use", func(c *config.Config) { c.Data = busy.Data }, "cannot be opened"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := local(t)
			tc.change(&c)
			_, err := server.New(t.Context(), c, server.Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to say: %s", err, tc.want)
			}
			if problem.KindOf(err) == problem.Internal {
				t.Errorf("%v has no kind", err)
			}
		})
	}
}
