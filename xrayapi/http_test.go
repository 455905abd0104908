package xrayapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/radiograph/radiograph/xrayapi"
)

const goodSegments = `{"TraceSegmentDocuments":["{\"id\":\"00000000000000a1\",\"trace_id\":\"1-386d4380-000000000000000000000001\",` +
	`\"name\":\"web\",\"start_time\":946684700.0,\"end_time\":946684702.0}"]}`

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, s string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll([]byte(s), nil)
}

func TestBodies(t *testing.T) {
	const limit = 1000
	api := newAPI(t, func(o *xrayapi.Options) { o.MaxBodyBytes = limit })
	long := `{"TraceIds":[],"Padding":"` + strings.Repeat("a", limit) + `"}`
	fits := `{"TraceIds":[],"Padding":"` + strings.Repeat("a", limit-28) + `"}`
	if len(fits) != limit {
		t.Fatalf("%d bytes", len(fits))
	}
	for _, tc := range []struct {
		name, path, coding string
		body               []byte
		chunked            bool
		status             int
		errorType          string
	}{
		{name: "plain", path: "/TraceSegments", body: []byte(goodSegments), status: 200},
		{name: "gzip", path: "/TraceSegments", coding: "gzip", body: gzipped(t, goodSegments), status: 200},
		{name: "zstd", path: "/TraceSegments", coding: "zstd", body: zstandard(t, goodSegments), status: 200},
		{name: "gzip again, with a used decoder", path: "/TraceSegments", coding: "GZIP", body: gzipped(t, goodSegments), status: 200},
		{name: "zstd again, with a used decoder", path: "/TraceSegments", coding: "zstd", body: zstandard(t, goodSegments), status: 200},
		{name: "as large as may be", path: "/Traces", body: []byte(fits), status: 200},
		{name: "too large", path: "/Traces", body: []byte(long), status: 413, errorType: "RequestEntityTooLargeException"},
		{name: "too large, length unknown", path: "/Traces", body: []byte(long), chunked: true, status: 413, errorType: "RequestEntityTooLargeException"},
		{name: "too large after gzip", path: "/Traces", coding: "gzip", body: gzipped(t, long), status: 413, errorType: "RequestEntityTooLargeException"},
		{name: "too large after zstd", path: "/Traces", coding: "zstd", body: zstandard(t, long), status: 413, errorType: "RequestEntityTooLargeException"},
		{name: "not gzip", path: "/Traces", coding: "gzip", body: []byte(fits), status: 400, errorType: "SerializationException"},
		{name: "cut gzip", path: "/Traces", coding: "gzip", body: gzipped(t, fits)[:20], status: 400, errorType: "SerializationException"},
		{name: "not zstd", path: "/Traces", coding: "zstd", body: []byte(fits), status: 400, errorType: "SerializationException"},
		{name: "unknown coding", path: "/Traces", coding: "br", body: []byte(fits), status: 415, errorType: "UnsupportedMediaTypeException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var body io.Reader = bytes.NewReader(tc.body)
			if tc.chunked {
				body = io.MultiReader(body) // hides the length
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, tc.path, body)
			r.Header.Set("Content-Encoding", tc.coding)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != tc.status || w.Header().Get("X-Amzn-Errortype") != tc.errorType || !json.Valid(w.Body.Bytes()) {
				t.Errorf("got %d %s %s, want %d %s", w.Code, w.Header().Get("X-Amzn-Errortype"), w.Body, tc.status, tc.errorType)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	api := newAPI(t, nil)
	ids := map[string]bool{}
	for _, path := range []string{"/Groups", "/Groups", "/nothing", "/Traces"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil))
		id := w.Header().Get("X-Amzn-Requestid")
		if len(id) != 36 || ids[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		ids[id] = true
		if got := w.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: content type %q", path, got)
		}
	}
}

func TestGetIsNotAllowed(t *testing.T) {
	w := httptest.NewRecorder()
	newAPI(t, nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/Groups", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Errorf("got %d, Allow: %s", w.Code, w.Header().Get("Allow"))
	}
}

func TestPathsAreOperations(t *testing.T) {
	paths := xrayapi.Paths()
	if len(paths) != 38 {
		t.Errorf("%d operations, want 38", len(paths))
	}
	names := map[string]bool{}
	for _, path := range paths {
		name, ok := xrayapi.Operation(path)
		if !ok || names[name] {
			t.Errorf("%s: operation %q", path, name)
		}
		names[name] = true
	}
	if name, ok := xrayapi.Operation("/nothing"); ok {
		t.Errorf("/nothing is %s", name)
	}
}

func TestNewWantsItsParts(t *testing.T) {
	if _, err := xrayapi.New(xrayapi.Options{}); err == nil {
		t.Error("an API of nothing")
	}
}

func TestDefectsAreLoggedAndNotTold(t *testing.T) {
	var log bytes.Buffer
	api := newAPI(t, func(o *xrayapi.Options) {
		o.Ingest = brokenIngester{errors.New("disk on fire")}
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/TraceSegments", strings.NewReader(goodSegments)))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("answer %d %s", w.Code, w.Body)
	}
	for _, want := range []string{"disk on fire", "PutTraceSegments", w.Header().Get("X-Amzn-Requestid")} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q: %s", want, log.String())
		}
	}
}

func TestMetrics(t *testing.T) {
	api := newAPI(t, nil)
	post := func(path, body string) {
		api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body)))
	}
	post("/TraceSegments", goodSegments)
	post("/TraceSegments", `{"TraceSegmentDocuments":["{}","{}"]}`)
	post("/TraceSegments", `[`)
	post("/made-up", "")
	post("/TelemetryRecords", `{"Hostname":"a","TelemetryRecords":[{"Timestamp":1,"SegmentsReceivedCount":5,"SegmentsSentCount":3},{"Timestamp":2,"SegmentsReceivedCount":1,"SegmentsSpilloverCount":-7}]}`)
	post("/TelemetryRecords", `{"Hostname":"b","TelemetryRecords":[null,{"Timestamp":1,"SegmentsReceivedCount":2,"BackendConnectionErrors":{"HTTPCode5XXCount":4}}]}`)

	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(api); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			key := f.GetName()
			for _, l := range m.GetLabel() {
				key = fmt.Sprintf("%s %s=%s", key, l.GetName(), l.GetValue())
			}
			got[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for key, want := range map[string]float64{
		"radiograph_xrayapi_requests_total operation=PutTraceSegments status=200": 2,
		"radiograph_xrayapi_requests_total operation=PutTraceSegments status=400": 1,
		"radiograph_xrayapi_requests_total operation=unknown status=404":          1,
		"radiograph_xrayapi_request_duration_seconds operation=PutTraceSegments":  3,
		"radiograph_xrayapi_documents_total":                                      3,
		"radiograph_xrayapi_documents_unprocessed_total":                          2,
		"radiograph_client_segments_total outcome=received":                       8,
		"radiograph_client_segments_total outcome=sent":                           3,
		"radiograph_client_segments_total outcome=spillover":                      0,
		"radiograph_client_backend_errors_total cause=http_5xx":                   4,
		"radiograph_client_reporters":                                             2,
	} {
		if value, ok := got[key]; !ok || value != want {
			t.Errorf("%s: %v, want %v", key, value, want)
		}
	}
	clients := api.Clients()
	if len(clients) != 2 || clients[0].Hostname != "b" || clients[1].Received != 6 || api.Telemetry().Received != 8 {
		t.Errorf("clients %+v", clients)
	}
}
