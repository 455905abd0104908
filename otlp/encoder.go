package otlp

import (
	"maps"
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/internal/slab"
	"github.com/radiograph/radiograph/segment"
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

// Reasons of refusals.
const (
	ReasonTraceID = "the trace id is all zeros"
	ReasonSpanID  = "the span id is all zeros"
)

// Encoder turns batches of spans into segment documents. It keeps its memory
// from batch to batch and must not be used by two goroutines at once.
type Encoder struct {
	opts      Options
	indexed   map[string]bool
	resources map[string]*resource // by what is in them

	batch      // the spans at hand and how they hang together
	draft      // the span that is being translated
	memory     // of segments
	documents  []Document
	refusals   []Refusal
	output     []byte // of all documents
	ends       []int  // of each document in output
	spans      slab.List[SpanIndex]
	inDocument []int32 // nodes of the document at hand
	scopeTexts slab.Arena
	scratch    []byte
	compact    []byte // JSON that came as text
	reader     segment.Reader
}

// memory holds the segments of one document while it is written.
type memory struct {
	segments    slab.Slab[segment.Segment]
	https       slab.Slab[segment.HTTP]
	awses       slab.Slab[segment.AWS]
	sqls        slab.Slab[segment.SQL]
	causes      slab.Slab[segment.Cause]
	subsegments slab.List[*segment.Segment]
	exceptions  slab.List[segment.Exception]
	frames      slab.List[segment.Frame]
	annotations slab.List[segment.Annotation]
	links       slab.List[segment.Link]
	precursors  slab.List[traceid.EntityID]
	paths       slab.List[string]
	texts       slab.Arena
}

func (m *memory) reset() {
	m.segments.Reset()
	m.https.Reset()
	m.awses.Reset()
	m.sqls.Reset()
	m.causes.Reset()
	m.subsegments.Reset()
	m.exceptions.Reset()
	m.frames.Reset()
	m.annotations.Reset()
	m.links.Reset()
	m.precursors.Reset()
	m.paths.Reset()
	m.texts.Reset()
}

// NewEncoder returns an Encoder.
func NewEncoder(opts Options) *Encoder {
	opts.IndexedAttributes = slices.Clone(opts.IndexedAttributes)
	opts.LogGroups = slices.Clone(opts.LogGroups)
	e := &Encoder{opts: opts, resources: map[string]*resource{}}
	if len(opts.IndexedAttributes) > 0 {
		e.indexed = maps.Collect(func(yield func(string, bool) bool) {
			for _, name := range opts.IndexedAttributes {
				if !yield(name, true) {
					return
				}
			}
		})
	}
	return e
}

// Encode returns the documents of td, and what cannot be translated. Both are valid
// until the next call. td is only read.
func (e *Encoder) Encode(td ptrace.Traces) ([]Document, []Refusal) {
	clear(e.documents)
	e.documents, e.refusals = e.documents[:0], e.refusals[:0]
	e.output, e.ends = e.output[:0], e.ends[:0]
	if cap(e.output) > maxKeptOutput {
		e.output = nil
	}
	e.spans.Reset()
	e.scopeTexts.Reset()
	if len(e.resources) > maxResources {
		clear(e.resources)
	}
	e.gather(td)
	e.relate()
	for i := range e.nodes {
		if !e.nodes[i].embedded {
			e.document(int32(i))
		}
	}
	// What is left hangs below a cycle of parents.
	for i := range e.nodes {
		if n := &e.nodes[i]; !n.visited {
			n.embedded, n.orphan, n.segment = false, true, true
			e.document(int32(i))
		}
	}
	start := 0
	for i, end := range e.ends {
		e.documents[i].Raw = e.output[start:end:end]
		start = end
	}
	e.forget()
	return e.documents, e.refusals
}

// maxKeptOutput is how many bytes of output an Encoder keeps room for.
const maxKeptOutput = 16 << 20

// document writes the document of the tree below node i.
func (e *Encoder) document(i int32) {
	if e.nodes[i].visited {
		return
	}
	e.write(i)
	if limit := e.opts.MaxDocumentBytes; limit > 0 && e.lastSize() > limit && len(e.inDocument) > 1 {
		e.split(i, limit)
	}
	for len(e.apart) > 0 {
		next := e.apart[len(e.apart)-1]
		e.apart = e.apart[:len(e.apart)-1]
		e.document(next)
	}
}

// write writes one document with what is embedded below node i.
func (e *Encoder) write(i int32) {
	e.memory.reset()
	e.inDocument = e.inDocument[:0]
	s := e.tree(i, nil, 0)
	e.output = s.AppendDocument(e.output)
	e.ends = append(e.ends, len(e.output))
	begin := e.spans.Begin()
	for _, j := range e.inDocument {
		e.spans.Add(e.nodes[j].index)
	}
	e.documents = append(e.documents, Document{TraceID: s.TraceID, Spans: e.spans.End(begin)})
}

// lastSize returns the size of the last document.
func (e *Encoder) lastSize() int {
	n := len(e.ends)
	if n == 1 {
		return e.ends[0]
	}
	return e.ends[n-1] - e.ends[n-2]
}

// unwrite takes the last document back.
func (e *Encoder) unwrite() {
	e.output = e.output[:len(e.output)-e.lastSize()]
	e.ends = e.ends[:len(e.ends)-1]
	e.documents = e.documents[:len(e.documents)-1]
	for _, j := range e.inDocument {
		e.nodes[j].visited = false
	}
}

// indexes reports whether the attribute prefix+name is an annotation.
func (e *Encoder) indexes(prefix, name string) bool {
	if e.opts.IndexAllAttributes {
		return true
	}
	if len(e.indexed) == 0 {
		return false
	}
	return e.indexed[prefix+name]
}
