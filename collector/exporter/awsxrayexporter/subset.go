package awsxrayexporter

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
)

func spanAt(td ptrace.Traces, i otlp.SpanIndex) ptrace.Span {
	return td.ResourceSpans().At(i.Resource).ScopeSpans().At(i.Scope).Spans().At(i.Span)
}

// subset returns a copy of the spans of documents, with their resources and scopes,
// in the order of td.
func subset(td ptrace.Traces, docs []otlp.Document) ptrace.Traces {
	out := ptrace.NewTraces()
	var (
		last  = otlp.SpanIndex{Resource: -1, Scope: -1, Span: -1}
		rs    ptrace.ResourceSpans
		spans ptrace.SpanSlice
	)
	for _, i := range indexes(docs) {
		from := td.ResourceSpans().At(i.Resource)
		if i.Resource != last.Resource {
			rs = out.ResourceSpans().AppendEmpty()
			from.Resource().CopyTo(rs.Resource())
			rs.SetSchemaUrl(from.SchemaUrl())
			last.Scope = -1
		}
		if i.Scope != last.Scope {
			ss, scope := rs.ScopeSpans().AppendEmpty(), from.ScopeSpans().At(i.Scope)
			scope.Scope().CopyTo(ss.Scope())
			ss.SetSchemaUrl(scope.SchemaUrl())
			spans = ss.Spans()
		}
		spanAt(td, i).CopyTo(spans.AppendEmpty())
		last = i
	}
	return out
}

// indexes returns the spans of documents in order, each once: a span may have become
// two documents.
func indexes(docs []otlp.Document) []otlp.SpanIndex {
	var list []otlp.SpanIndex
	for _, d := range docs {
		list = append(list, d.Spans...)
	}
	slices.SortFunc(list, func(a, b otlp.SpanIndex) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Span, b.Span))
	})
	return slices.Compact(list)
}
