package otlp_test

import (
	"bytes"
	"strconv"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// TestSpansSurvive takes spans through documents and back: they are the same spans,
// and the same documents again.
func TestSpansSurvive(t *testing.T) {
	for _, repeat := range []bool{false, true} {
		rapid.Check(t, func(t *rapid.T) {
			td := drawTraces(t, repeat)
			e := otlp.NewEncoder(drawOptions(t))
			before := copyTraces(td)
			docs := encode(t, e, td)
			sameSpans(t, before, td, nil)
			b := otlp.NewBuilder(otlp.CurrentConventions)
			got := build(b, decode(t, docs)...)
			if b.Len() != 0 {
				t.Fatalf("Len() = %d after Take", b.Len())
			}
			sameSpans(t, td, got, docs)
			again := encode(t, e, td)
			for i := range docs {
				if string(docs[i]) != string(again[i]) {
					t.Fatalf("first:\n%s\nthen:\n%s", docs[i], again[i])
				}
			}
		})
	}
}

// TestSpansSurviveInAnyBatches is the same for spans that come in several batches,
// and whose subsegments the store embeds where they belong.
func TestSpansSurviveInAnyBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		td := drawTraces(t, false)
		e := otlp.NewEncoder(drawOptions(t))
		var docs [][]byte
		for _, part := range scatter(t, td) {
			docs = append(docs, encode(t, e, part)...)
		}
		sameSpans(t, td, build(otlp.NewBuilder(otlp.OldConventions), decode(t, docs)...), docs)
	})
}

// scatter spreads the spans of td over batches.
func scatter(t *rapid.T, td ptrace.Traces) []ptrace.Traces {
	parts := []ptrace.Traces{ptrace.NewTraces(), ptrace.NewTraces(), ptrace.NewTraces()}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				part := parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")]
				to := part.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(to.Resource())
				to.SetSchemaUrl(rs.SchemaUrl())
				toScope := to.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(ss.SchemaUrl())
				span.CopyTo(toScope.Spans().AppendEmpty())
			}
		}
	}
	return parts
}

// TestDamagedSpansSurvive is the same for what a protobuf says that somebody has
// damaged: strings that are no UTF-8, for one.
func TestDamagedSpansSurvive(t *testing.T) {
	var m ptrace.ProtoMarshaler
	raw, err := m.MarshalTraces(typical())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(raw)
		for range rapid.IntRange(1, 4).Draw(t, "bytes") {
			damaged[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		var u ptrace.ProtoUnmarshaler
		td, err := u.UnmarshalTraces(damaged)
		if err != nil {
			return
		}
		docs, refusals := otlp.NewEncoder(drawOptions(t)).Encode(td)
		if len(refusals) > 0 {
			return
		}
		b := otlp.NewBuilder(otlp.CurrentConventions)
		for _, d := range docs {
			b.Add(decode(t, [][]byte{d.Raw})[0])
		}
		sameSpans(t, td, b.Take(), nil)
	})
}

// TestLargeBatches takes what is large in every direction there and back: time that
// grows with the square of the input would show.
func TestLargeBatches(t *testing.T) {
	const n = 20000
	number := func(i int) pcommon.SpanID { return pcommon.SpanID{1, 5: byte(i >> 16), 6: byte(i >> 8), 7: byte(i)} }
	grow := func(each func(i int, td ptrace.Traces)) ptrace.Traces {
		td := ptrace.NewTraces()
		td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		for i := range n {
			each(i, td)
		}
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					s.SetTraceID(pcommon.TraceID{1})
					if s.SpanID().IsEmpty() {
						s.SetSpanID(number(n + 1))
					}
				}
			}
		}
		return td
	}
	first := func(td ptrace.Traces) ptrace.SpanSlice { return td.ResourceSpans().At(0).ScopeSpans().At(0).Spans() }
	many := make(map[string]any, n)
	listed := make([]any, n)
	for i := range n {
		many["k"+strconv.Itoa(i)] = i
		listed[i] = "k" + strconv.Itoa(i)
	}
	for name, td := range map[string]ptrace.Traces{
		"children of one span": grow(func(i int, td ptrace.Traces) {
			s := first(td).AppendEmpty()
			s.SetSpanID(number(i))
			s.SetParentSpanID(number(n + 1))
		}),
		"one id for all": grow(func(_ int, td ptrace.Traces) {
			s := first(td).AppendEmpty()
			s.SetSpanID(number(7))
			s.SetParentSpanID(number(7))
		}),
		"scopes": grow(func(i int, td ptrace.Traces) {
			ss := td.ResourceSpans().At(0).ScopeSpans().AppendEmpty()
			ss.Scope().SetName(strconv.Itoa(i))
			ss.Spans().AppendEmpty().SetSpanID(number(i))
		}),
		"resources": grow(func(i int, td ptrace.Traces) {
			rs := td.ResourceSpans().AppendEmpty()
			rs.Resource().Attributes().PutInt("i", int64(i))
			rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetSpanID(number(i))
		}),
		"attributes": grow(func(i int, td ptrace.Traces) {
			if i == 0 {
				s := first(td).At(0)
				fill(t, s.Attributes(), many)
				fill(t, td.ResourceSpans().At(0).Resource().Attributes(), many)
				_ = s.Attributes().PutEmptySlice("aws.xray.annotations").FromRaw(listed)
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			docs := encode(t, otlp.NewEncoder(otlp.Options{MaxDocumentBytes: 60000}), td)
			if got := spansOf(docs, t, otlp.CurrentConventions).SpanCount(); got != td.SpanCount() {
				t.Errorf("%d spans come back of %d", got, td.SpanCount())
			}
		})
	}
	t.Run("annotations", func(t *testing.T) {
		s := &segment.Segment{TraceID: [16]byte{1}, ID: [8]byte{1}, Name: "x", EndTime: 1}
		for i := range n {
			s.Annotations = append(s.Annotations, segment.Annotation{Key: "k" + strconv.Itoa(i), Value: segment.Value{Kind: segment.NumberValue, Number: 1}})
		}
		docs := encode(t, otlp.NewEncoder(otlp.Options{}), build(otlp.NewBuilder(otlp.OldConventions), s))
		sameJSON(t, s.AppendDocument(nil), docs[0])
	})
}
