package otlp

import (
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// Conventions say which names attributes have.
type Conventions uint8

// The conventions. The zero Conventions are the current ones.
const (
	CurrentConventions Conventions = iota // http.request.method, url.full, db.query.text, …
	OldConventions                        // http.method, http.url, db.statement, …, as the community's receiver
)

// Builder turns segments into spans. It must not be used by two goroutines at
// once.
type Builder struct {
	conventions Conventions
	traces      ptrace.Traces
}

// NewBuilder returns a Builder.
func NewBuilder(c Conventions) *Builder {
	return &Builder{conventions: c, traces: ptrace.NewTraces()}
}

// Add adds the spans of s and of everything embedded in it. It copies what it keeps.
func (b *Builder) Add(s *segment.Segment) {}

// Len returns the number of spans added since the last Take.
func (b *Builder) Len() int { return b.traces.SpanCount() }

// Take returns the spans added since the last Take. They belong to the caller.
func (b *Builder) Take() ptrace.Traces {
	t := b.traces
	b.traces = ptrace.NewTraces()
	return t
}
