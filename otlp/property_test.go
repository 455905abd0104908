package otlp_test

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
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
