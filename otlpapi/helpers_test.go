package otlpapi_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf keeps what is appended to it, as a store does, and looks whether it may.
type shelf struct {
	t     testing.TB
	block func(context.Context) // called first, if set

	mu       sync.Mutex
	err      error // refuses everything
	segments []*segment.Segment
}

func (s *shelf) Append(ctx context.Context, b store.Batch) error {
	if s.block != nil {
		s.block(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.err, ctx.Err()); err != nil {
		return err
	}
	for _, d := range b.Documents {
		seg, err := segment.Decode(bytes.Clone(d.Raw))
		if err != nil || seg.TraceID != d.TraceID {
			s.t.Errorf("stored a document that is none: %v\n%s", err, d.Raw)
			continue
		}
		s.segments = append(s.segments, seg)
	}
	return nil
}

func (s *shelf) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// stored returns the segments, and everything in them, by name.
func (s *shelf) stored() map[string]*segment.Segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]*segment.Segment{}
	var walk func([]*segment.Segment)
	walk = func(list []*segment.Segment) {
		for _, seg := range list {
			found[seg.Name] = seg
			walk(seg.Subsegments)
		}
	}
	walk(s.segments)
	return found
}

// newAPI returns an API over a shelf. change may change the options.
func newAPI(t testing.TB, change func(*otlpapi.Options)) (*otlpapi.API, *shelf) {
	t.Helper()
	sh := &shelf{t: t}
	opts := otlpapi.Options{Ingest: ingest.New(sh, ingest.Options{MaxDocumentBytes: 1 << 20})}
	if change != nil {
		change(&opts)
	}
	api, err := otlpapi.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return api, sh
}

// oneSpan is a request of one server span of the service shop.
func oneSpan() ptraceotlp.ExportRequest {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	addSpan(rs.ScopeSpans().AppendEmpty().Spans(), 1)
	return ptraceotlp.NewExportRequestFromTraces(td)
}

// addSpan adds a server span of trace 1; its id is n, and id 0 is none.
func addSpan(spans ptrace.SpanSlice, n byte) ptrace.Span {
	span := spans.AppendEmpty()
	span.SetTraceID(pcommon.TraceID{0: 0xf0, 15: 1})
	span.SetSpanID(pcommon.SpanID{7: n})
	span.SetName("GET /")
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(1_700_000_000_000_000_000)
	span.SetEndTimestamp(1_700_000_001_000_000_000)
	return span
}

func protobufOf(t testing.TB, req ptraceotlp.ExportRequest) []byte {
	t.Helper()
	b, err := req.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jsonOf(t testing.TB, req ptraceotlp.ExportRequest) []byte {
	t.Helper()
	b, err := req.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(b, nil)
}

// post sends one request with the given content type and coding.
func post(t testing.TB, api http.Handler, path, contentType, coding string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if coding != "" {
		r.Header.Set("Content-Encoding", coding)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

// counts returns the metrics of api whose names end with total and are not 0, as
// name{values of labels}: count.
func counts(t testing.TB, api *otlpapi.API) map[string]float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(api)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			slices.Sort(labels)
			if n := m.GetCounter().GetValue(); n != 0 {
				found[strings.TrimPrefix(f.GetName(), "radiograph_otlpapi_")+"{"+strings.Join(labels, ",")+"}"] = n
			}
		}
	}
	return found
}
