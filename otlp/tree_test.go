package otlp_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// shape returns the names of documents and what is embedded in them: name[sub sub].
func shape(segments []*segment.Segment) string {
	var list []string
	for _, s := range segments {
		text := s.Name
		if s.Kind == segment.KindSubsegment && s.Namespace != "" {
			text += ":" + s.Namespace
		}
		if len(s.Subsegments) > 0 {
			text += "[" + shape(s.Subsegments) + "]"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// documents returns the shape of each document, sorted, with "sub" in front of
// subsegments on their own.
func documents(segments []*segment.Segment) string {
	var list []string
	for _, s := range segments {
		text := shape([]*segment.Segment{s})
		if s.Kind == segment.KindSubsegment {
			text = "sub " + text
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func call(id, parent byte, name string) span {
	return span{id: id, parent: parent, one: one{name: name, kind: client, attrs: attrs{"peer.service": name}}}
}

func work(id, parent byte, name string) span {
	return span{id: id, parent: parent, one: one{name: name, kind: internal}}
}

// TestNesting checks which spans share a document.
func TestNesting(t *testing.T) {
	web := span{service: "web", id: 1, one: one{name: "GET /", kind: server}}
	in := func(s span, service string) span { s.service = service; return s }
	with := func(s span, a attrs) span { s.attrs = a; return s }
	flagged := func(s span, flags uint32) span { s.flags = flags; return s }
	for _, tc := range []struct {
		name  string
		spans []span
		want  string
	}{
		{"subsegments of a segment", []span{web, work(2, 1, "a"), call(3, 2, "b"), work(4, 1, "c")}, "web[a[b:remote] c]"},
		{"children before their parents", []span{in(call(3, 2, "b"), "web"), work(2, 1, "a"), web}, "web[a[b:remote]]"},
		{"a parent that is elsewhere", []span{in(work(2, 1, "a"), "web"), call(3, 2, "b")}, "sub a[b:remote]"},
		{"a server is a segment", []span{web, {id: 2, parent: 1, one: one{name: "GET /", kind: server}}}, "web\nweb"},
		{"a consumer is a segment", []span{web, {id: 2, parent: 1, one: one{name: "process", kind: consumer}}}, "web\nweb"},
		{"a child of another service is a segment", []span{web, in(work(2, 1, "a"), "cart")}, "cart\nweb"},
		{"a remote parent makes a segment", []span{web, flagged(work(2, 1, "a"), 0x300)}, "web\nweb"},
		{"a local parent does not", []span{web, flagged(work(2, 1, "a"), 0x100)}, "web[a]"},
		{"a call without a parent", []span{in(call(2, 0, "b"), "web"), work(3, 2, "a")}, "web[b:remote[a]]"},
		{"a call with a remote parent", []span{flagged(in(call(2, 9, "b"), "web"), 0x300)}, "web[b:remote]"},
		{"its own parent", []span{in(work(2, 2, "a"), "web"), work(3, 2, "b")}, "web[b]"},
		{"a cycle", []span{in(work(2, 4, "a"), "web"), work(3, 2, "b"), work(4, 3, "c"), work(5, 4, "d")}, "web[b[c[d]]]"},
		{"a repeated id", []span{web, work(2, 1, "a"), work(2, 1, "b"), work(3, 2, "c")}, "sub a\nsub b\nsub c\nweb"},
		{"a local root that serves", []span{web, with(work(2, 1, "a"), attrs{"aws.span.kind": "LOCAL_ROOT", "aws.local.service": "l"})}, "l\nweb"},
		{"a local root that calls", []span{in(with(call(2, 9, "b"), attrs{"aws.span.kind": "LOCAL_ROOT", "aws.local.service": "l", "aws.remote.service": "r"}), "web")}, "l[r:remote]"},
		{"a local root that consumes", []span{{service: "web", id: 2, parent: 9, one: one{name: "process", kind: consumer, attrs: attrs{"aws.span.kind": "LOCAL_ROOT", "aws.remote.service": "AWS.SDK.SQS", "rpc.system": "aws-api"}}}}, "web[SQS:aws]"},
		{"a local root that does not say what it is", []span{{service: "web", id: 2, parent: 9, one: one{name: "x", attrs: attrs{"aws.span.kind": "LOCAL_ROOT"}}}}, "web[x:remote]"},
		{"a local root on another cloud", []span{{service: "web", id: 2, parent: 9, one: one{name: "x", kind: client, attrs: attrs{"aws.span.kind": "LOCAL_ROOT", "aws.operation": "o"}, resource: attrs{"cloud.provider": "gcp"}}}}, "web[x:remote]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			td := system(t, tc.spans...)
			docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
			if diff := cmp.Diff(tc.want, documents(decode(t, docs))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
		})
	}
}

// TestNestingIsBounded checks that a chain of spans gives documents that can be
// read, and that nothing gets lost.
func TestNestingIsBounded(t *testing.T) {
	const n = 1000
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	number := func(i int) pcommon.SpanID { return pcommon.SpanID{1, 6: byte(i >> 8), 7: byte(i)} }
	for i := range n {
		s := spans.AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1})
		s.SetSpanID(number(i))
		if i > 0 {
			s.SetParentSpanID(number(i - 1))
		}
		s.SetName(strconv.Itoa(i))
		s.SetEndTimestamp(1)
	}
	docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
	if len(docs) != 10 {
		t.Errorf("%d documents, want 10", len(docs))
	}
	sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), nil)
}

// TestSplitting checks that documents keep to their size, and are as few as that
// allows.
func TestSplitting(t *testing.T) {
	spans := []span{{service: "web", id: 1, one: one{name: "GET /", kind: server}}}
	for i := range byte(60) {
		s := work(i+2, 1+i/8, fmt.Sprint("w", i))
		s.attrs = attrs{"text": strings.Repeat("x", 100+int(i)*7)}
		spans = append(spans, s)
	}
	td := system(t, spans...)
	whole := encode(t, otlp.NewEncoder(otlp.Options{}), td)
	if len(whole) != 1 {
		t.Fatalf("%d documents without a bound", len(whole))
	}
	for _, limit := range []int{1000, 2000, 5000, 10000, len(whole[0])} {
		e := otlp.NewEncoder(otlp.Options{MaxDocumentBytes: limit})
		docs, _ := e.Encode(td)
		var raw [][]byte
		if n := len(docs[0].Raw); limit >= 5000 && limit < len(whole[0]) && n < limit/2 {
			t.Errorf("at most %d bytes: %d bytes of the segment", limit, n)
		}
		for _, d := range docs {
			if len(d.Raw) > limit && len(d.Spans) > 1 {
				t.Errorf("at most %d bytes: %d bytes of %d spans", limit, len(d.Raw), len(d.Spans))
			}
			raw = append(raw, d.Raw)
		}
		if limit == len(whole[0]) && len(docs) > 2 || limit == 10000 && len(docs) > 7 {
			t.Errorf("at most %d bytes: %d documents of %d bytes in all", limit, len(docs), len(whole[0]))
		}
		sameSpans(t, td, spansOf(raw, t, otlp.CurrentConventions), nil)
	}
}

// TestDocuments checks what is said of documents besides their text.
func TestDocuments(t *testing.T) {
	td := system(t,
		span{service: "web", id: 1, one: one{name: "GET /", kind: server}}, work(2, 1, "a"),
		span{service: "cart", id: 3, parent: 2, one: one{name: "GET /", kind: server}}, span{service: "web", id: 4, parent: 2, one: one{name: "b", kind: internal}},
	)
	docs, refusals := otlp.NewEncoder(otlp.Options{}).Encode(td)
	if len(refusals) != 0 || len(docs) != 2 {
		t.Fatalf("%d documents, %d refusals", len(docs), len(refusals))
	}
	want := [][]otlp.SpanIndex{{{Span: 0}, {Span: 1}, {Span: 2}}, {{Resource: 1}}}
	for i, d := range docs {
		if diff := cmp.Diff(want[i], d.Spans); diff != "" {
			t.Errorf("document %d (-want +got):\n%s", i, diff)
		}
		if d.TraceID.W3C() != "01000000000000000000000000000001" {
			t.Errorf("document %d is of trace %s", i, d.TraceID)
		}
	}
}

// TestRefusals checks that spans without ids are refused and others are not.
func TestRefusals(t *testing.T) {
	td := system(t, span{service: "web", id: 1, one: one{name: "x", kind: server}}, work(2, 1, "a"), work(3, 1, "b"))
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(1).SetTraceID(pcommon.TraceID{})
	spans.At(2).SetSpanID(pcommon.SpanID{})
	docs, refusals := otlp.NewEncoder(otlp.Options{}).Encode(td)
	want := []otlp.Refusal{{otlp.SpanIndex{Span: 1}, otlp.ReasonTraceID}, {otlp.SpanIndex{Span: 2}, otlp.ReasonSpanID}}
	if diff := cmp.Diff(want, refusals); diff != "" || len(docs) != 1 {
		t.Errorf("%d documents, (-want +got):\n%s", len(docs), diff)
	}
	if docs, refusals := otlp.NewEncoder(otlp.Options{}).Encode(ptrace.NewTraces()); len(docs) != 0 || len(refusals) != 0 {
		t.Errorf("nothing gives %v, %v", docs, refusals)
	}
}
