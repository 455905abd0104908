package awsxrayexporter

import (
	"slices"
	"strconv"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
)

func name(i otlp.SpanIndex) string {
	return strconv.Itoa(i.Resource) + "/" + strconv.Itoa(i.Scope) + "/" + strconv.Itoa(i.Span)
}

// batch returns spans that are named for their places, and the places.
func batch(shape [][]int) (ptrace.Traces, []otlp.SpanIndex) {
	td := ptrace.NewTraces()
	var all []otlp.SpanIndex
	for r, scopes := range shape {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutInt("n", int64(r))
		rs.SetSchemaUrl("resource " + strconv.Itoa(r))
		for s, n := range scopes {
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(strconv.Itoa(s))
			ss.SetSchemaUrl("scope " + strconv.Itoa(s))
			for i := range n {
				at := otlp.SpanIndex{Resource: r, Scope: s, Span: i}
				ss.Spans().AppendEmpty().SetName(name(at))
				all = append(all, at)
			}
		}
	}
	return td, all
}

// A subset has the spans of its documents, each once, under their own resources and
// scopes, and leaves the batch as it is.
func TestSubset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3), 0, 3).Draw(t, "shape")
		td, all := batch(shape)
		before := td.SpanCount()
		var docs []otlp.Document
		var want []string
		for _, at := range all {
			switch rapid.IntRange(0, 3).Draw(t, "of "+name(at)) {
			case 0:
				continue
			case 1: // a span that became two documents
				docs = append(docs, otlp.Document{Spans: []otlp.SpanIndex{at}}, otlp.Document{Spans: []otlp.SpanIndex{at}})
			case 2: // spans of one document
				if n := len(docs); n > 0 {
					docs[n-1].Spans = append(docs[n-1].Spans, at)
					break
				}
				fallthrough
			default:
				docs = append(docs, otlp.Document{Spans: []otlp.SpanIndex{at}})
			}
			want = append(want, name(at))
		}
		slices.Reverse(docs) // documents may come in any order
		var got []string
		for _, rs := range subset(td, docs).ResourceSpans().All() {
			r, _ := rs.Resource().Attributes().Get("n")
			if rs.SchemaUrl() != "resource "+r.AsString() {
				t.Errorf("resource %s has the schema of %s", r.AsString(), rs.SchemaUrl())
			}
			for _, ss := range rs.ScopeSpans().All() {
				if ss.SchemaUrl() != "scope "+ss.Scope().Name() {
					t.Errorf("scope %s has the schema of %s", ss.Scope().Name(), ss.SchemaUrl())
				}
				for _, span := range ss.Spans().All() {
					got = append(got, span.Name())
					if prefix := r.AsString() + "/" + ss.Scope().Name() + "/"; span.Name()[:len(prefix)] != prefix {
						t.Errorf("%s is under %s", span.Name(), prefix)
					}
				}
			}
		}
		if !slices.Equal(got, want) || td.SpanCount() != before {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
