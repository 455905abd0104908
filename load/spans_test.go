package load

import (
	"bytes"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/traceid"
)

// eachSpan yields the spans of a request with the name of their service.
func eachSpan(td ptrace.Traces) func(func(string, ptrace.Span) bool) {
	return func(yield func(string, ptrace.Span) bool) {
		for _, rs := range td.ResourceSpans().All() {
			service, _ := rs.Resource().Attributes().Get("service.name")
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if !yield(service.Str(), span) {
						return
					}
				}
			}
		}
	}
}

func spansOf(t interface{ Fatal(...any) }, g *Generator, traces []Trace) ptrace.Traces {
	req := ptraceotlp.NewExportRequest()
	if err := req.UnmarshalProto(g.AppendSpans(nil, traces)); err != nil {
		t.Fatal(err)
	}
	return req.Traces()
}

func TestSpansAreThoseOfTheTraces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewGenerator(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "cardinality")).WithRandomIDs()
		end := time.Unix(1_763_800_000, 0)
		first := rapid.Uint64().Draw(t, "n")
		var traces []Trace
		for i := range rapid.Uint64Range(1, 20).Draw(t, "traces") {
			traces = append(traces, g.Trace(first+i, end))
		}
		type span struct {
			service string
			ptrace.Span
		}
		found := map[traceid.ID]map[pcommon.SpanID]span{}
		for service, s := range eachSpan(spansOf(t, g, traces)) {
			id := traceid.ID(s.TraceID())
			if found[id] == nil {
				found[id] = map[pcommon.SpanID]span{}
			}
			found[id][s.SpanID()] = span{service, s}
			if s.StartTimestamp() >= s.EndTimestamp() || s.EndTimestamp().AsTime().After(end.Add(time.Millisecond)) {
				t.Errorf("%s: from %v to %v", s.Name(), s.StartTimestamp().AsTime(), s.EndTimestamp().AsTime())
			}
		}
		if len(found) != len(traces) {
			t.Fatalf("%d traces, want %d", len(found), len(traces))
		}
		for i := range traces {
			spans := found[traces[i].ID]
			if len(spans) != SpansPerTrace {
				t.Fatalf("trace %s has %d spans", traces[i].ID, len(spans))
			}
			for n := range SpansPerTrace {
				s, ok := spans[pcommon.SpanID(traces[i].Entity(n))]
				if !ok {
					t.Fatalf("span %d is missing", n)
				}
				parent, ok := spans[s.ParentSpanID()]
				if ok == (n == 0) {
					t.Errorf("span %d: parent %s, found: %v", n, s.ParentSpanID(), ok)
				}
				if remote := s.Flags()&0x200 != 0; n > 0 && remote != (parent.service != s.service) {
					t.Errorf("span %d: its parent is in %s, it is in %s, but remote is %v", n, parent.service, s.service, remote)
				}
			}
		}
	})
}

// TestSpansHaveNoMarks looks for what should have been written over.
func TestSpansHaveNoMarks(t *testing.T) {
	rendered := renderedSpans()
	for scenario := range rendered {
		for service := range rendered[scenario] {
			r := &rendered[scenario][service]
			if len(r.scopes) != len(rendered[0][service].scopes) {
				t.Errorf("%s has other scopes in scenario %d", serviceNames[service], scenario)
			}
			for _, scope := range r.scopes {
				last := 0
				for _, s := range scope.spans.slots {
					if s.at < last {
						t.Errorf("%s: slots overlap at %d", serviceNames[service], s.at)
					}
					last = s.at + widths[s.kind]
				}
				if bytes.ContainsRune(scope.spans.text, '~') {
					t.Errorf("%s: a mark is left in %q", serviceNames[service], scope.spans.text)
				}
			}
		}
	}
}

func TestSpansHaveTheTypicalSize(t *testing.T) {
	g := NewGenerator(1, 0)
	var traces []Trace
	for i := range uint64(20) {
		traces = append(traces, g.Trace(i, time.Unix(1_763_800_000, 0)))
	}
	if size := len(g.AppendSpans(nil, traces)) / len(traces) / SpansPerTrace; size < 300 || size > 400 {
		t.Errorf("spans have %d bytes on average", size)
	}
}

func BenchmarkSpans(b *testing.B) {
	g := NewGenerator(1, 0)
	now := time.Now()
	var buf []byte
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		buf = g.AppendSpans(buf[:0], []Trace{g.Trace(n, now)})
		n++
		b.SetBytes(int64(len(buf)))
	}
}
