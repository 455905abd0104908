package otlp

import (
	"bytes"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/internal/slab"
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
	spans       int
	round       int // counts Takes
	processes   map[string]*process

	texts   slab.Arena // of strings in spans; never reset, the spans keep it
	reader  segment.Reader
	inner   segment.Reader // of values that reader has passed
	sealed  segment.Reader // of the envelope; keeps its strings
	scratch []byte
	put     pairs
	lists   slab.List[string] // of the span at hand
	env     envelope
	parts   segment.Reader // of aws
	aws     awsParts
	awsText []byte
}

// process is a resource and where its spans are.
type process struct {
	attributes pcommon.Map
	schemaURL  string
	dropped    uint32

	round   int // the one that the others are of
	spans   ptrace.ResourceSpans
	scopes  []instrumentation
	byScope map[string]int // index in scopes, once there are many
}

// fewScopes is up to how many scopes of a process are searched one by one.
const fewScopes = 16

// instrumentation is a scope and where its spans are.
type instrumentation struct {
	object []byte // as in memberScope
	spans  ptrace.SpanSlice
}

// place is where a span goes if it does not say otherwise.
type place struct {
	process *process
	scope   []byte
}

// maxProcesses is how many resources a Builder remembers.
const maxProcesses = 1024

// NewBuilder returns a Builder.
func NewBuilder(c Conventions) *Builder {
	return &Builder{conventions: c, traces: ptrace.NewTraces(), round: 1, processes: map[string]*process{}}
}

// Add adds the spans of s and of everything embedded in it. It copies what it
// keeps. Inferred segments, and those that an [Encoder] has made around a call,
// stand for no span: only what is embedded in them counts.
func (b *Builder) Add(s *segment.Segment) { b.add(s, nil) }

// Len returns the number of spans added since the last Take.
func (b *Builder) Len() int { return b.spans }

// Take returns the spans added since the last Take. They belong to the caller.
func (b *Builder) Take() ptrace.Traces {
	t := b.traces
	b.traces, b.spans = ptrace.NewTraces(), 0
	b.round++
	if len(b.processes) > maxProcesses {
		clear(b.processes)
	}
	return t
}

// add adds s, which is embedded in what is at outer or in nothing.
func (b *Builder) add(s *segment.Segment, outer *place) {
	if s.Inferred {
		return
	}
	var at place
	if base, enclosed := b.open(s.Metadata); enclosed {
		at = b.restore(s, base, outer)
	} else {
		at = b.native(s, outer)
	}
	for _, sub := range s.Subsegments {
		b.add(sub, &at)
	}
}

// open reads the namespace "otlp" of metadata into b.env, if an Encoder has written
// it, and returns the namespace "default".
func (b *Builder) open(metadata segment.Raw) (base segment.Raw, enclosed bool) {
	if b.env.there {
		b.env = envelope{}
	}
	if metadata == nil {
		return nil, false
	}
	r := &b.sealed
	r.Reset(metadata)
	for ok := r.Object(); ok; ok = r.Member() {
		switch {
		case r.Key() == namespaceDefault:
			base = r.Raw()
		case r.Key() == namespaceOTLP && (r.Begins(envelopeVersion+",") || r.Begins(envelopeVersion+"}")):
			b.env.read(r)
		default:
			r.Skip()
		}
	}
	return base, b.env.there
}

// remember returns a new process for the key.
func (b *Builder) remember(key []byte) *process {
	p := &process{attributes: pcommon.NewMap()}
	b.processes[string(key)] = p
	return p
}

// span returns a new span of the process and the scope.
func (b *Builder) span(at place) ptrace.Span {
	b.spans++
	return b.spansOf(at, nil).AppendEmpty()
}

// spansOf returns the spans of the process and the scope. describe fills in a scope
// that is new; it is nil for scopes that are objects as in memberScope.
func (b *Builder) spansOf(at place, describe func(ptrace.ScopeSpans)) ptrace.SpanSlice {
	p := at.process
	if p.round != b.round {
		clear(p.scopes)
		p.round, p.scopes, p.byScope = b.round, p.scopes[:0], nil
		p.spans = b.traces.ResourceSpans().AppendEmpty()
		p.attributes.CopyTo(p.spans.Resource().Attributes())
		p.spans.Resource().SetDroppedAttributesCount(p.dropped)
		p.spans.SetSchemaUrl(p.schemaURL)
	}
	if p.byScope != nil {
		if i, ok := p.byScope[string(at.scope)]; ok {
			return p.scopes[i].spans
		}
	} else {
		for i := range p.scopes {
			if bytes.Equal(p.scopes[i].object, at.scope) {
				return p.scopes[i].spans
			}
		}
	}
	ss := p.spans.ScopeSpans().AppendEmpty()
	if describe != nil {
		describe(ss)
	} else {
		b.scope(ss, at.scope)
	}
	p.scopes = append(p.scopes, instrumentation{object: bytes.Clone(at.scope), spans: ss.Spans()})
	switch {
	case p.byScope != nil:
		p.byScope[string(at.scope)] = len(p.scopes) - 1
	case len(p.scopes) > fewScopes:
		p.byScope = make(map[string]int, 2*len(p.scopes))
		for i := range p.scopes {
			p.byScope[string(p.scopes[i].object)] = i
		}
	}
	return ss.Spans()
}

// scope reads an object as in memberScope.
func (b *Builder) scope(ss ptrace.ScopeSpans, object []byte) {
	s := ss.Scope()
	var attributes segment.Raw
	b.reader.Reset(object)
	for ok := b.reader.Object(); ok; ok = b.reader.Member() {
		switch b.reader.Key() {
		case memberName:
			s.SetName(b.copy(b.reader.String()))
		case memberVersion:
			s.SetVersion(b.copy(b.reader.String()))
		case memberAttributes:
			attributes = b.reader.Raw()
		case memberDropped:
			s.SetDroppedAttributesCount(unsigned(&b.reader))
		case memberSchemaURL:
			ss.SetSchemaUrl(b.copy(b.reader.String()))
		default:
			b.reader.Skip()
		}
	}
	b.put.begin()
	b.attributes(attributes)
	b.put.end(s.Attributes())
}

// copy returns s in memory of the spans.
func (b *Builder) copy(s string) string {
	if s == "" {
		return ""
	}
	return b.texts.CloseString(append(b.texts.Open(len(s)), s...))
}

// text returns s, which is not kept elsewhere, as a string of the spans.
func (b *Builder) text(s []byte) string {
	return b.texts.CloseString(append(b.texts.Open(len(s)), s...))
}

// unsigned reads a number of 32 bits.
func unsigned(r *segment.Reader) uint32 {
	n, _ := r.Integer()
	return uint32(max(0, min(n, 1<<32-1)))
}
