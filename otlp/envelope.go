package otlp

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// The reserved namespace of metadata and its members. docs/otlp.md describes them.
const (
	namespaceDefault = "default"
	namespaceOTLP    = "otlp"

	memberVersion    = "version"
	memberNative     = "native"    // the span was made from a segment; the others add to it
	memberSynthetic  = "synthetic" // the segment stands for no span
	memberSpan       = "span"      // all of it, where JSON has not the words
	memberComplete   = "complete"  // all attributes and the resource are here
	memberKind       = "kind"
	memberName       = "name"
	memberParent     = "parent"
	memberStart      = "start"
	memberEnd        = "end"
	memberAttributes = "attributes"
	memberEvents     = "events"
	memberStatus     = "status"
	memberMessage    = "message"
	memberLinks      = "links"
	memberScope      = "scope"
	memberResource   = "resource"
	memberTraceState = "trace_state"
	memberFlags      = "flags"
	memberDropped    = "dropped"
	memberSchemaURL  = "schema_url"
	memberTime       = "time"
	memberTraceID    = "trace_id"
	memberID         = "id"

	memberDroppedAttributes = "dropped_attributes"
	memberDroppedEvents     = "dropped_events"
	memberDroppedLinks      = "dropped_links"
)

// envelopeVersion begins the namespace otlp.
const envelopeVersion = `{"` + memberVersion + `":1`

// kinds are the names of span kinds in memberKind.
var kinds = [...]string{
	ptrace.SpanKindUnspecified: "unspecified",
	ptrace.SpanKindInternal:    "internal",
	ptrace.SpanKindServer:      "server",
	ptrace.SpanKindClient:      "client",
	ptrace.SpanKindProducer:    "producer",
	ptrace.SpanKindConsumer:    "consumer",
}

// kindOf returns the kind that a segment stands for when nothing else is said.
func kindOf(s *segment.Segment) ptrace.SpanKind {
	switch {
	case s.Kind == segment.KindSegment:
		return ptrace.SpanKindServer
	case s.IsCall():
		return ptrace.SpanKindClient
	}
	return ptrace.SpanKindInternal
}

// scope is an instrumentation scope as spans carry it.
type scope struct {
	object  []byte // as in memberScope
	inexact bool
}

// scopeOf makes the scope of ss.
func (e *Encoder) scopeOf(ss ptrace.ScopeSpans) scope {
	var w values
	s := ss.Scope()
	b := append(e.scopeTexts.Open(64), '{')
	if s.Name() != "" {
		b = w.text(appendName(b, memberName), s.Name())
	}
	if s.Version() != "" {
		b = w.text(appendName(b, memberVersion), s.Version())
	}
	if s.Attributes().Len() > 0 {
		b = w.attributes(appendName(b, memberAttributes), s.Attributes())
	}
	b = appendCount(b, memberDropped, s.DroppedAttributesCount())
	if u := ss.SchemaUrl(); u != "" {
		b = w.text(appendName(b, memberSchemaURL), u)
	}
	return scope{object: e.scopeTexts.Close(append(b, '}')), inexact: w.inexact}
}

// noScope is the scope of spans that have none.
var noScope = []byte("{}")

// appendIdentity appends what the native members do not say of kind, name, parent
// and times.
func (e *Encoder) appendIdentity(w *values, b []byte, around *segment.Segment) []byte {
	s, span := e.out, e.span
	if k := e.kind; k != kindOf(s) {
		b = appendName(b, memberKind)
		if k >= 0 && int(k) < len(kinds) {
			b = append(append(append(b, '"'), kinds[k]...), '"')
		} else {
			b = appendInteger(b, int64(k))
		}
	}
	if name := span.Name(); name != s.Name || s.Namespace == segment.NamespaceAWS {
		b = w.text(appendName(b, memberName), name)
	}
	if e.shared {
		id := span.SpanID()
		b = appendHex(appendName(b, memberID), id[:])
	}
	if around != nil || e.orphan || e.shared || e.parent != none && e.nodes[e.parent].shared {
		id := span.ParentSpanID()
		b = appendHex(appendName(b, memberParent), id[:])
	}
	if start := span.StartTimestamp(); start > maxTime {
		b = strconv.AppendUint(appendName(b, memberStart), uint64(start), 10)
	}
	if end := span.EndTimestamp(); end > maxTime || s.InProgress && end != 0 {
		b = strconv.AppendUint(appendName(b, memberEnd), uint64(end), 10)
	}
	return b
}

func appendHex(b, id []byte) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range id {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return append(b, '"')
}

// appendEvents appends the events, or those only that are no exceptions.
func (e *Encoder) appendEvents(w *values, b []byte, others bool) []byte {
	events := e.span.Events()
	if events.Len() == 0 {
		return b
	}
	open := false
	for _, ev := range events.All() {
		if others && ev.Name() == eventException {
			continue
		}
		if open {
			b = append(b, ',')
		} else {
			b = append(appendName(b, memberEvents), '[')
			open = true
		}
		b = w.text(appendName(append(b, '{'), memberName), ev.Name())
		b = strconv.AppendUint(appendName(b, memberTime), uint64(ev.Timestamp()), 10)
		if ev.Attributes().Len() > 0 {
			b = w.attributes(appendName(b, memberAttributes), ev.Attributes())
		}
		b = append(appendCount(b, memberDropped, ev.DroppedAttributesCount()), '}')
	}
	if open {
		b = append(b, ']')
	}
	return b
}

// appendStatus appends the status.
func (e *Encoder) appendStatus(w *values, b []byte) []byte {
	status := e.span.Status()
	if c := status.Code(); c != ptrace.StatusCodeUnset {
		b = appendName(b, memberStatus)
		switch c {
		case ptrace.StatusCodeOk:
			b = append(b, `"ok"`...)
		case ptrace.StatusCodeError:
			b = append(b, `"error"`...)
		default:
			b = appendInteger(b, int64(c))
		}
	}
	if m := status.Message(); m != "" {
		b = w.text(appendName(b, memberMessage), m)
	}
	return b
}

// appendLinkDetails appends what links have besides ids and attributes, which the
// native links have. Links that the segment has not are appended whole.
func (e *Encoder) appendLinkDetails(w *values, b []byte, around *segment.Segment) []byte {
	links := e.span.Links()
	moved := around != nil && len(around.Links) > 0
	needed := moved
	for _, l := range links.All() {
		needed = needed || !leads(l) || l.Flags() != 0 || l.TraceState().AsRaw() != "" || l.DroppedAttributesCount() != 0
	}
	if !needed {
		return b
	}
	b = append(appendName(b, memberLinks), '[')
	for i, l := range links.All() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if moved || !leads(l) {
			trace, id := l.TraceID(), l.SpanID()
			b = appendHex(appendName(b, memberTraceID), trace[:])
			b = appendHex(appendName(b, memberID), id[:])
			if l.Attributes().Len() > 0 {
				b = w.attributes(appendName(b, memberAttributes), l.Attributes())
			}
		}
		if s := l.TraceState().AsRaw(); s != "" {
			b = w.text(appendName(b, memberTraceState), s)
		}
		b = appendCount(b, memberFlags, l.Flags())
		b = append(appendCount(b, memberDropped, l.DroppedAttributesCount()), '}')
	}
	return append(b, ']')
}

// appendContext appends the scope and the resource, where they are not those of
// what the span is embedded in. A subsegment on its own says both, because it may
// be embedded later.
func (e *Encoder) appendContext(b []byte, outer *node, around *segment.Segment, complete bool) []byte {
	own := e.scopes[e.scope].object
	alone := outer == nil && around == nil && e.out.Kind == segment.KindSubsegment
	inherited := noScope
	if outer != nil && !outer.native {
		inherited = e.scopes[outer.scope].object
	}
	foreign := outer != nil && outer.native
	if alone || foreign || !bytes.Equal(own, inherited) {
		b = append(appendName(b, memberScope), own...)
	}
	r := e.resource
	switch {
	case alone || foreign || outer != nil && outer.resource != r || complete && outer == nil && around == nil:
		b = append(appendName(b, memberResource), r.whole...)
	case outer == nil && around == nil && r.about != nil:
		b = append(appendName(b, memberResource), r.about...)
	}
	return b
}

// appendRest appends what segments know nothing of.
func (e *Encoder) appendRest(w *values, b []byte) []byte {
	if s := e.span.TraceState().AsRaw(); s != "" {
		b = w.text(appendName(b, memberTraceState), s)
	}
	b = appendCount(b, memberFlags, e.span.Flags())
	b = appendCount(b, memberDroppedAttributes, e.span.DroppedAttributesCount())
	b = appendCount(b, memberDroppedEvents, e.span.DroppedEventsCount())
	return appendCount(b, memberDroppedLinks, e.span.DroppedLinksCount())
}

// appendCount appends a number that is not 0.
func appendCount(b []byte, name string, n uint32) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(appendName(b, name), uint64(n), 10)
}

// appendSpan appends the span with its scope and resource as OTLP has it.
func (e *Encoder) appendSpan(b []byte) []byte {
	td := ptrace.NewTraces()
	from := e.traces.ResourceSpans().At(e.index.Resource)
	rs := td.ResourceSpans().AppendEmpty()
	from.Resource().CopyTo(rs.Resource())
	rs.SetSchemaUrl(from.SchemaUrl())
	fromScope := from.ScopeSpans().At(e.index.Scope)
	ss := rs.ScopeSpans().AppendEmpty()
	fromScope.Scope().CopyTo(ss.Scope())
	ss.SetSchemaUrl(fromScope.SchemaUrl())
	e.span.CopyTo(ss.Spans().AppendEmpty())
	var m ptrace.ProtoMarshaler
	raw, err := m.MarshalTraces(td)
	if err != nil {
		return b // marshalling to memory does not fail
	}
	b = append(appendName(b, memberSpan), '"')
	b = base64.StdEncoding.AppendEncode(b, raw)
	return append(b, '"')
}
