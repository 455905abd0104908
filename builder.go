package otlp

import (
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

type Conventions uint8

const (
	CurrentConventions Conventions = iota // http.request.method, url.full, db.query.text, …
	OldConventions                        // http.method, http.url, db.statement, …, as the community's receiver
)

type Builder struct {
	conventions Conventions
	traces      ptrace.Traces
	n int
}

func NewBuilder(c Conventions) *Builder {
	return &Builder{conventions: c, traces: ptrace.NewTraces()}
}

func (b *Builder) Add(s *segment.Segment) {
	b.add(b.traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans(), s)
}
func (b *Builder) add(to ptrace.SpanSlice, s *segment.Segment) {
	b.n++
	sp := to.AppendEmpty()
	sp.SetName(string([]byte(s.Name)))
	sp.SetTraceID(pcommon.TraceID(s.TraceID))
	sp.SetSpanID(pcommon.SpanID(s.ID))
	for _, a := range s.Annotations {
		sp.Attributes().PutStr(string([]byte(a.Key)), string([]byte(a.Value.String)))
	}
	for _, c := range s.Subsegments { b.add(to, c) }
}

func (b *Builder) Len() int { return b.n }

func (b *Builder) Take() ptrace.Traces {
	t := b.traces
	b.traces = ptrace.NewTraces()
	b.n = 0
	return t
}
