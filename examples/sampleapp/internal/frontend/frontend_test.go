package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing/tracingtest"
)

// daemon gets what the tests record.
var daemon *tracingtest.Daemon

func TestMain(m *testing.M) {
	var err error
	if daemon, err = tracingtest.Start(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var quiet = slog.New(slog.DiscardHandler)

// storage is as much of S3 as the front-end needs.
type storage struct {
	mu      sync.Mutex // guards the fields below
	objects map[string]string
	traced  []string // trace headers of the calls
}

func (s *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traced = append(s.traced, r.Header.Get("X-Amzn-Trace-Id"))
	body, found := s.objects[r.URL.Path]
	switch {
	case r.Method == http.MethodPut:
		text, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.objects[r.URL.Path] = string(text)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>") // the test fails for want of it
	default:
		_, _ = io.WriteString(w, body) // as above
	}
}

// setup starts the API on a storage and a datastore.
func setup(t *testing.T, datastore http.HandlerFunc) (baseURL string, s *storage) {
	t.Helper()
	s = &storage{objects: map[string]string{}}
	objects, items := httptest.NewServer(s), httptest.NewServer(datastore)
	t.Cleanup(objects.Close)
	t.Cleanup(items.Close)
	files := NewFiles(quiet, aws.Config{
		Region: "us-east-1", BaseEndpoint: &objects.URL, HTTPClient: objects.Client(),
		Credentials:                credentials.NewStaticCredentialsProvider("key", "secret", ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	}, "bucket", true)
	server := httptest.NewServer(New(quiet, files, items.URL+"/").Handler())
	t.Cleanup(server.Close)
	return server.URL, s
}

// do makes a request and returns the status, the body and the trace header of the answer.
func do(t *testing.T, method, url, body string) (status int, answer, trace string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/plain")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header.Get("X-Amzn-Trace-Id")
}

func TestFiles(t *testing.T) {
	url, s := setup(t, http.NotFound)
	for _, step := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{name: "missing", method: "GET", path: "/api/files/a", status: 404, want: "no such file"},
		{name: "stored", method: "PUT", path: "/api/files/a", body: "text", status: 201, want: `"bytes":4`},
		{name: "fetched", method: "GET", path: "/api/files/a", status: 200, want: "text"},
		{name: "too long", method: "PUT", path: "/api/files/a", body: strings.Repeat("x", 1<<20+1), status: 413, want: "1048576 bytes"},
	} {
		if status, answer, _ := do(t, step.method, url+step.path, step.body); status != step.status || !strings.Contains(answer, step.want) {
			t.Errorf("%s: %d %s, want %d with %q in it", step.name, status, answer, step.status, step.want)
		}
	}
	for _, header := range s.traced {
		if !strings.HasPrefix(header, "Root=1-") {
			t.Errorf("a call of the storage has the trace header %q", header)
		}
	}
}

func TestItemsAreHandedOn(t *testing.T) {
	var header string
	url, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Get("X-Amzn-Trace-Id")
		body, _ := io.ReadAll(r.Body) // an empty body fails the test
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+string(body)) // the test fails for want of it
	})
	status, answer, trace := do(t, http.MethodPost, url+"/api/items", "an item")
	if status != http.StatusCreated || answer != "POST /items an item" {
		t.Errorf("answer is %d %q", status, answer)
	}
	if root, _, _ := strings.Cut(header, ";"); root != trace || !strings.Contains(header, "Parent=") {
		t.Errorf("the datastore got the trace header %q, the client %q", header, trace)
	}
}

func TestDatastoreIsDown(t *testing.T) {
	url, _ := setup(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if status, answer, _ := do(t, http.MethodGet, url+"/api/items", ""); status != http.StatusBadGateway || strings.Contains(answer, "127.0.0.1") {
		t.Errorf("answer is %d %s", status, answer)
	}
}

func TestStatuses(t *testing.T) {
	url, _ := setup(t, http.NotFound)
	for path, want := range map[string]int{
		"/": 200, "/healthz": 200, "/readyz": 503, "/nowhere": 404, "/api/fail/404": 404, "/api/fail/429": 429,
		"/api/fail/500": 500, "/api/fail/200": 400, "/api/fail/x": 400,
	} {
		if status, answer, _ := do(t, http.MethodGet, url+path, ""); status != want || !json.Valid([]byte(answer)) && want != 404 {
			t.Errorf("GET %s: %d %s, want %d", path, status, answer, want)
		}
	}
}

func TestPrepareCreatesTheBucket(t *testing.T) {
	_, s := setup(t, http.NotFound)
	server := httptest.NewServer(s)
	defer server.Close()
	files := NewFiles(quiet, aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	}, "bucket", true)
	if err := files.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.objects["/bucket"]; !ok {
		t.Errorf("no bucket was made: %v", s.objects)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := files.Prepare(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestRequestIsRecorded(t *testing.T) {
	url, _ := setup(t, http.NotFound)
	const id = "1-5759e988-bd862e3fe1be46a994272793"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amzn-Trace-Id", "Root="+id+";Sampled=1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := daemon.Wait(func(s tracingtest.Segment) bool { return s.TraceID == id })
	if err != nil || got.Name != Name {
		t.Errorf("segment is %+v, error %v", got, err)
	}
}

func TestContentType(t *testing.T) {
	for in, want := range map[string]string{
		"text/plain; charset=utf-8": "text/plain; charset=utf-8", "application/json": "application/json",
		"text/html": "application/octet-stream", "": "application/octet-stream", "text/plain; x": "application/octet-stream",
	} {
		if got := contentType(in); got != want {
			t.Errorf("contentType(%q) = %q, want %q", in, got, want)
		}
	}
}
