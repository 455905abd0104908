package otlpapi_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/problem"
)

const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

// response reads a successful answer.
func response(t *testing.T, w *httptest.ResponseRecorder) ptraceotlp.ExportResponse {
	t.Helper()
	resp := ptraceotlp.NewExportResponse()
	read := resp.UnmarshalProto
	if w.Header().Get("Content-Type") == typeJSON {
		read = resp.UnmarshalJSON
	}
	if err := read(w.Body.Bytes()); err != nil {
		t.Fatalf("%v: %q", err, w.Body)
	}
	return resp
}

// statusOf reads the answer of a failed request.
func statusOf(t *testing.T, w *httptest.ResponseRecorder) *status.Status {
	t.Helper()
	s := &rpc.Status{}
	read := proto.Unmarshal
	if w.Header().Get("Content-Type") == typeJSON {
		read = protojson.Unmarshal
	}
	if err := read(w.Body.Bytes(), s); err != nil {
		t.Fatalf("%v: %q", err, w.Body)
	}
	return status.FromProto(s)
}

func TestHTTPTakesEveryEncoding(t *testing.T) {
	req := oneSpan()
	for _, tc := range []struct {
		name, contentType, coding, answered string
		body                                []byte
	}{
		{"protobuf", typeProtobuf, "", typeProtobuf, protobufOf(t, req)},
		{"JSON", typeJSON, "", typeJSON, jsonOf(t, req)},
		{"JSON with a character set", typeJSON + "; charset=utf-8", "", typeJSON, jsonOf(t, req)},
		{"protobuf in gzip", typeProtobuf, "gzip", typeProtobuf, gzipped(t, protobufOf(t, req))},
		{"JSON in gzip", typeJSON, "gzip", typeJSON, gzipped(t, jsonOf(t, req))},
		{"protobuf in zstd", typeProtobuf, "zstd", typeProtobuf, zstandard(t, protobufOf(t, req))},
		{"JSON in zstd", typeJSON, "zstd", typeJSON, zstandard(t, jsonOf(t, req))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			api, sh := newAPI(t, nil)
			w := post(t, api, otlpapi.TracesPath, tc.contentType, tc.coding, tc.body)
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != tc.answered {
				t.Fatalf("got %d, %s: %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if n := response(t, w).PartialSuccess().RejectedSpans(); n != 0 {
				t.Errorf("%d spans refused", n)
			}
			if seg := sh.stored()["shop"]; seg == nil || seg.ID.String() != "0000000000000001" || seg.TraceID.String() != "1-f0000000-000000000000000000000001" {
				t.Errorf("stored %+v", seg)
			}
			want := map[string]float64{"requests_total{http,ok}": 1, "spans_total{http}": 1}
			if diff := cmp.Diff(want, counts(t, api)); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPRefusals(t *testing.T) {
	const limit = 2000
	good := protobufOf(t, oneSpan())
	large := oneSpan()
	large.Traces().ResourceSpans().At(0).Resource().Attributes().PutStr("padding", strings.Repeat("a", limit))
	for _, tc := range []struct {
		name, method, path, contentType, coding string
		body                                    []byte
		status                                  int
		code                                    codes.Code
		message                                 string
	}{
		{name: "not protobuf", contentType: typeProtobuf, body: []byte("\xff\xff"), status: 400, code: codes.InvalidArgument, message: "no ExportTraceServiceRequest"},
		{name: "cut protobuf", contentType: typeProtobuf, body: good[:20], status: 400, code: codes.InvalidArgument, message: "no ExportTraceServiceRequest"},
		{name: "not JSON", contentType: typeJSON, body: good, status: 400, code: codes.InvalidArgument, message: "invalid character"},
		{name: "no body", contentType: typeJSON, status: 400, code: codes.InvalidArgument, message: "unexpected end"},
		{name: "more than one value", contentType: typeJSON, body: []byte("{} {}"), status: 400, code: codes.InvalidArgument, message: "after top-level value"},
		{name: "JSON list", contentType: typeJSON, body: []byte("[]"), status: 400, code: codes.InvalidArgument, message: "no ExportTraceServiceRequest"},
		{name: "member without a name", contentType: typeJSON, body: []byte(`{"" : 1, "resourceSpans": []}`), status: 400, code: codes.InvalidArgument, message: "has no name"},
		{name: "nested too deep", contentType: typeJSON, body: []byte(`{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`), status: 400, code: codes.InvalidArgument, message: "nested too deep"},
		{name: "trace id in base64", contentType: typeJSON, body: []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"8PDw8PDw8PDw8PDw8PDw8A=="}]}]}]}`), status: 400, code: codes.InvalidArgument, message: "no ExportTraceServiceRequest"},
		{name: "other type", contentType: "text/plain", body: good, status: 415, code: codes.InvalidArgument, message: "neither application/x-protobuf nor application/json"},
		{name: "no type", body: good, status: 415, code: codes.InvalidArgument, message: "content type"},
		{name: "other coding", contentType: typeProtobuf, coding: "br", body: good, status: 415, code: codes.InvalidArgument, message: "neither gzip nor zstd"},
		{name: "not gzip", contentType: typeProtobuf, coding: "gzip", body: good, status: 400, code: codes.InvalidArgument, message: "gzip"},
		{name: "cut zstd", contentType: typeProtobuf, coding: "zstd", body: zstandard(t, good)[:20], status: 400, code: codes.InvalidArgument, message: "cannot read the request body"},
		{name: "too large", contentType: typeProtobuf, body: protobufOf(t, large), status: 413, code: codes.ResourceExhausted, message: "larger than 2000 bytes"},
		{name: "too large after gzip", contentType: typeJSON, coding: "gzip", body: gzipped(t, jsonOf(t, large)), status: 413, code: codes.ResourceExhausted, message: "larger than 2000 bytes"},
		{name: "too large after zstd", contentType: typeProtobuf, coding: "zstd", body: zstandard(t, protobufOf(t, large)), status: 413, code: codes.ResourceExhausted, message: "larger than 2000 bytes"},
		{name: "not a POST", method: http.MethodGet, contentType: typeProtobuf, status: 405, code: codes.Unimplemented, message: "POST"},
		{name: "metrics", path: otlpapi.MetricsPath, contentType: typeProtobuf, body: good, status: 404, code: codes.NotFound, message: "radiograph takes traces only"},
		{name: "logs", path: otlpapi.LogsPath, contentType: typeJSON, body: []byte("{}"), status: 404, code: codes.NotFound, message: "radiograph takes traces only"},
		{name: "nothing", path: "/v2/traces", contentType: typeJSON, status: 404, code: codes.NotFound, message: "/v2/traces"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			api, sh := newAPI(t, func(o *otlpapi.Options) { o.MaxBodyBytes = limit })
			method, path := tc.method, tc.path
			if method == "" {
				method = http.MethodPost
			}
			if path == "" {
				path = otlpapi.TracesPath
			}
			r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.contentType)
			r.Header.Set("Content-Encoding", tc.coding)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != tc.status {
				t.Fatalf("got %d %q, want %d", w.Code, w.Body, tc.status)
			}
			if got := w.Header().Get("Content-Type"); got != typeJSON && got != tc.contentType {
				t.Errorf("content type %s", got)
			}
			if s := statusOf(t, w); s.Code() != tc.code || !strings.Contains(s.Message(), tc.message) {
				t.Errorf("got %v %q, want %v and %q", s.Code(), s.Message(), tc.code, tc.message)
			}
			if w.Header().Get("Retry-After") != "" {
				t.Error("the client is told to send the same again")
			}
			if len(sh.stored()) != 0 {
				t.Error("something was stored")
			}
			if diff := cmp.Diff(map[string]float64{"requests_total{http,invalid}": 1}, counts(t, api)); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPWhenNothingCanBeStored(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    error
		status int
		code   codes.Code
		retry  bool
		result string
		reason string
		logged bool
	}{
		{"busy", problem.New(problem.Throttled, "the store cannot keep up"), 429, codes.ResourceExhausted, true, "throttled", "throttled", false},
		{"stopping", problem.New(problem.Unavailable, "shutting down"), 503, codes.Unavailable, true, "failed", "failed", true},
		{"broken", errors.New("disk on fire"), 503, codes.Unavailable, true, "failed", "failed", true},
		{"refused", problem.New(problem.Invalid, "a batch of 2 GB is too large"), 400, codes.InvalidArgument, false, "invalid", "failed", false},
	} {
		for _, contentType := range []string{typeProtobuf, typeJSON} {
			t.Run(tc.name+" "+contentType, func(t *testing.T) {
				var log bytes.Buffer
				api, sh := newAPI(t, func(o *otlpapi.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				sh.refuse(tc.err)
				body := protobufOf(t, oneSpan())
				if contentType == typeJSON {
					body = jsonOf(t, oneSpan())
				}
				w := post(t, api, otlpapi.TracesPath, contentType, "", body)
				if w.Code != tc.status || w.Header().Get("Content-Type") != contentType {
					t.Fatalf("got %d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
				}
				s := statusOf(t, w)
				if s.Code() != tc.code || strings.Contains(s.Message(), "fire") {
					t.Errorf("got %v %q, want %v", s.Code(), s.Message(), tc.code)
				}
				if got := w.Header().Get("Retry-After") != "" && retries(s); got != tc.retry {
					t.Errorf("told to retry: %v", got)
				}
				if got := strings.Contains(log.String(), "spans not stored"); got != tc.logged {
					t.Errorf("logged: %v\n%s", got, log.String())
				}
				want := map[string]float64{"requests_total{" + sorted("http", tc.result) + "}": 1, "spans_refused_total{" + sorted("http", tc.reason) + "}": 1}
				if diff := cmp.Diff(want, counts(t, api)); diff != "" {
					t.Errorf("counted (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func sorted(a, b string) string { return min(a, b) + "," + max(a, b) }

// retries reports whether s says when to come again.
func retries(s *status.Status) bool {
	for _, d := range s.Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok && r.GetRetryDelay().AsDuration() > 0 {
			return true
		}
	}
	return false
}

func TestPartialSuccessCountsSpans(t *testing.T) {
	req := oneSpan()
	rs := req.Traces().ResourceSpans().At(0)
	spans := rs.ScopeSpans().At(0).Spans()
	addSpan(spans, 0) // has no id
	addSpan(spans, 0)
	addSpan(spans, 2).Attributes().PutStr("large", strings.Repeat("x", 2<<20)) // more than a document may have
	for _, contentType := range []string{typeProtobuf, typeJSON} {
		api, sh := newAPI(t, nil)
		body := protobufOf(t, req)
		if contentType == typeJSON {
			body = jsonOf(t, req)
		}
		w := post(t, api, otlpapi.TracesPath, contentType, "", body)
		if w.Code != http.StatusOK {
			t.Fatalf("got %d %q", w.Code, w.Body)
		}
		got := response(t, w).PartialSuccess()
		if got.RejectedSpans() != 3 || !strings.Contains(got.ErrorMessage(), "3 spans refused: 2 × ") || !strings.Contains(got.ErrorMessage(), "1 × its document is too large") {
			t.Errorf("%d refused: %s", got.RejectedSpans(), got.ErrorMessage())
		}
		if len(sh.stored()) != 1 {
			t.Errorf("stored %v", sh.stored())
		}
		want := map[string]float64{
			"requests_total{http,partial}": 1, "spans_total{http}": 1,
			"spans_refused_total{http,invalid}": 2, "spans_refused_total{http,too_large}": 1,
		}
		if diff := cmp.Diff(want, counts(t, api)); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
	}
}

func TestEmptyRequestsAreFine(t *testing.T) {
	api, _ := newAPI(t, nil)
	for _, body := range []string{"{}", `{"resourceSpans":[]}`, `{"resourceSpans":[{}]}`, "null"} {
		if w := post(t, api, otlpapi.TracesPath, typeJSON, "", []byte(body)); w.Code != http.StatusOK {
			t.Errorf("%s: %d %q", body, w.Code, w.Body)
		}
	}
	if w := post(t, api, otlpapi.TracesPath, typeProtobuf, "", nil); w.Code != http.StatusOK {
		t.Errorf("empty protobuf: %d %q", w.Code, w.Body)
	}
}

func TestNewWantsAnIngester(t *testing.T) {
	if _, err := otlpapi.New(otlpapi.Options{}); err == nil {
		t.Error("an API of nothing")
	}
}
