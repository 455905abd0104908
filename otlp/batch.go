package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// node is a span of a batch and its place in the tree.
type node struct {
	span     ptrace.Span
	index    SpanIndex
	resource *resource
	scope    int32 // index in batch.scopes

	parent      int32 // index of the parent's node, none
	child, next int32 // of what is embedded: the first below, the next beside
	twin        int32 // the next node with the same id

	native   bool // made from a segment, not by OpenTelemetry
	segment  bool // else a subsegment
	embedded bool // in the document of the parent
	call     bool // a local root that is a call: it gets a segment around it
	repeated bool // another node has the same id
	shared   bool // shares its id with the call that it answers, as Zipkin has it: it gets another
	orphan   bool // has a parent that cannot be
	visited  bool // is in a document

	size int // of the node alone, in bytes; see split
}

const none = -1

// maxNesting bounds how deep subsegments nest in a document.
const maxNesting = 100

// spanKey identifies a span.
type spanKey struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// batch is what Encode was given.
type batch struct {
	traces ptrace.Traces
	nodes  []node
	scopes []scope
	byID   map[spanKey]int32
	apart  []int32 // nodes that nest too deep for their document, or make it too large
}

// gather lists the spans of td.
func (e *Encoder) gather(td ptrace.Traces) {
	e.traces = td
	for i, rs := range td.ResourceSpans().All() {
		r := e.resourceOf(rs)
		for j, ss := range rs.ScopeSpans().All() {
			e.scopes = append(e.scopes, e.scopeOf(ss))
			at, native := int32(len(e.scopes)-1), ss.Scope().Name() == ScopeName
			for k, span := range ss.Spans().All() {
				index := SpanIndex{i, j, k}
				switch {
				case span.TraceID().IsEmpty():
					e.refusals = append(e.refusals, Refusal{index, ReasonTraceID})
				case span.SpanID().IsEmpty():
					e.refusals = append(e.refusals, Refusal{index, ReasonSpanID})
				default:
					e.nodes = append(e.nodes, node{
						span: span, index: index, resource: r, scope: at, native: native,
						parent: none, child: none, next: none, twin: none,
					})
				}
			}
		}
	}
}

// forget lets go of the batch.
func (e *Encoder) forget() {
	e.traces = ptrace.Traces{}
	clear(e.nodes)
	clear(e.scopes)
	e.nodes, e.scopes = e.nodes[:0], e.scopes[:0]
	if cap(e.nodes) > maxKeptNodes {
		e.nodes, e.byID = nil, nil
	}
	clear(e.byID)
	e.attributes.forget()
}

// maxKeptNodes is how many nodes an Encoder keeps room for.
const maxKeptNodes = 1 << 16

// relate finds the parents and decides what each node is.
func (e *Encoder) relate() {
	if len(e.nodes) > 1 {
		e.identify()
	}
	for i := range e.nodes {
		e.judge(&e.nodes[i])
	}
	for i := len(e.nodes) - 1; i >= 0; i-- {
		if n := &e.nodes[i]; n.embedded {
			p := &e.nodes[n.parent]
			n.next, p.child = p.child, int32(i)
		}
	}
}

// identify finds the parents that are in the batch.
func (e *Encoder) identify() {
	if e.byID == nil {
		e.byID = make(map[spanKey]int32, len(e.nodes))
	}
	for i := range e.nodes {
		n := &e.nodes[i]
		k := spanKey{n.span.TraceID(), n.span.SpanID()}
		first, known := e.byID[k]
		if !known {
			e.byID[k] = int32(i)
			continue
		}
		f := &e.nodes[first]
		n.twin, f.twin = f.twin, int32(i)
		n.repeated, f.repeated = true, true
	}
	for i := range e.nodes {
		if n := &e.nodes[i]; n.repeated {
			e.separate(n)
		}
	}
	for i := range e.nodes {
		n := &e.nodes[i]
		p := n.span.ParentSpanID()
		if p.IsEmpty() {
			continue
		}
		if first, known := e.byID[spanKey{n.span.TraceID(), p}]; known {
			n.parent = e.nearest(first, n.resource)
		}
	}
}

// separate tells apart a call and its answer that have one id between them.
func (e *Encoder) separate(n *node) {
	if n.twin == none {
		return
	}
	m := &e.nodes[n.twin]
	if m.twin != none || n.native || m.native || n.resource == m.resource {
		return
	}
	if answers(m) {
		n, m = m, n
	}
	if answers(n) && calls(m) {
		n.shared, n.repeated, m.repeated = true, false, false
	}
}

func calls(n *node) bool {
	k := n.span.Kind()
	return k == ptrace.SpanKindClient || k == ptrace.SpanKindProducer
}

func answers(n *node) bool {
	k := n.span.Kind()
	return k == ptrace.SpanKindServer || k == ptrace.SpanKindConsumer
}

// idOf returns the id that n has in its document.
func idOf(n *node) traceid.EntityID {
	id := traceid.EntityID(n.span.SpanID())
	if n.shared {
		return derive(traceid.ID(n.span.TraceID()), id, 's', 0)
	}
	return id
}

// maxTwins is how many nodes with one id are looked at for the right one.
const maxTwins = 16

// nearest returns the node of those that share the id of first which is of the
// resource, or first.
func (e *Encoder) nearest(first int32, r *resource) int32 {
	for i, tries := first, 0; i != none && tries < maxTwins; i, tries = e.nodes[i].twin, tries+1 {
		if e.nodes[i].resource == r {
			return i
		}
	}
	return first
}

// Bits of a span's flags. Source: opentelemetry.proto.trace.v1.SpanFlags.
const (
	flagsRemoteKnown = 0x100
	flagsRemote      = 0x200
)

// judge decides what n is and where it goes.
func (e *Encoder) judge(n *node) {
	kind := n.span.Kind()
	parent := n.span.ParentSpanID()
	if parent == n.span.SpanID() {
		n.orphan = true // no span is its own parent
	}
	root := parent.IsEmpty() || n.orphan
	n.segment = kind == ptrace.SpanKindServer || kind == ptrace.SpanKindConsumer || root
	if !n.native {
		e.judgeForeign(n, kind)
	}
	if n.segment || n.parent == none || n.repeated {
		return
	}
	n.embedded = !e.nodes[n.parent].repeated
}

// judgeForeign adds what the conventions of OpenTelemetry say.
func (e *Encoder) judgeForeign(n *node, kind ptrace.SpanKind) {
	const remote = flagsRemoteKnown | flagsRemote
	root := false
	if !n.segment {
		p := n.parent
		n.segment = n.span.Flags()&remote == remote || p != none && e.nodes[p].resource != n.resource
	}
	if v, ok := n.span.Attributes().Get(names[awsSpanKind]); ok && v.Str() == "LOCAL_ROOT" {
		n.segment, root = true, true
	}
	if !n.segment {
		return
	}
	switch kind {
	case ptrace.SpanKindClient, ptrace.SpanKindProducer:
		n.call = true
	case ptrace.SpanKindConsumer, ptrace.SpanKindUnspecified:
		n.call = root
	case ptrace.SpanKindServer, ptrace.SpanKindInternal:
	}
}

// tree returns the segment of node i with everything that is embedded in it. outer
// is the node that it is embedded in, nil if there is none.
func (e *Encoder) tree(i int32, outer *node, depth int) *segment.Segment {
	n := &e.nodes[i]
	n.visited = true
	e.inDocument = append(e.inDocument, i)
	s, around := e.translate(n, outer)
	if n.child != none {
		begin := e.subsegments.Begin()
		for c := n.child; c != none; c = e.nodes[c].next {
			switch {
			case e.nodes[c].visited || !e.nodes[c].embedded:
			case depth >= maxNesting:
				e.nodes[c].embedded = false
				e.apart = append(e.apart, c)
			default:
				e.subsegments.Add(e.tree(c, n, depth+1))
			}
		}
		s.Subsegments = e.subsegments.End(begin)
	}
	if around == nil {
		return s
	}
	begin := e.subsegments.Begin()
	e.subsegments.Add(s)
	around.Subsegments = e.subsegments.End(begin)
	return around
}
