package otlp

import (
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/traceid"
)

// Options configure an [Encoder]. The zero Options are good.
type Options struct {
	// IndexedAttributes are the keys of attributes that become annotations. A
	// resource attribute is written otel.resource.<key>.
	IndexedAttributes []string
	// IndexAllAttributes makes every scalar attribute an annotation.
	IndexAllAttributes bool
	// LogGroups are the CloudWatch log groups of segments that name none.
	LogGroups []string
	// MaxDocumentBytes bounds a document: one that would be larger sends subsegments
	// as documents of their own. A single span is never split. 0 means no bound.
	MaxDocumentBytes int
}

// Document is a segment document that was made from spans.
type Document struct {
	TraceID traceid.ID
	Raw     []byte
	Spans   []SpanIndex // the spans that are in it, the outermost first
}

// SpanIndex is the place of a span in a batch.
type SpanIndex struct{ Resource, Scope, Span int }

// Refusal is a span that cannot be a segment.
type Refusal struct {
	Span   SpanIndex
	Reason string
}

// Encoder turns batches of spans into segment documents. It keeps its memory
// from batch to batch and must not be used by two goroutines at once.
type Encoder struct {
	opts Options
}

// NewEncoder returns an Encoder.
func NewEncoder(opts Options) *Encoder { return &Encoder{opts: opts} }

// Encode returns the documents of td, and what cannot be translated. Both are valid
// until the next call. td is only read.
func (e *Encoder) Encode(td ptrace.Traces) ([]Document, []Refusal) {
	return nil, nil
}
