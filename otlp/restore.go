package otlp

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// envelope is what the namespace "otlp" of metadata says. Its parts share memory
// with the segment.
type envelope struct {
	there     bool
	native    bool
	synthetic bool
	complete  bool

	kind             segment.Raw
	name             string
	named            bool
	parent           traceid.EntityID
	hasParent        bool
	id               traceid.EntityID
	start, end       uint64
	hasStart, hasEnd bool

	status, message    segment.Raw
	attributes, events segment.Raw
	links, scope       segment.Raw
	resource, metadata segment.Raw
	traceState, span   string
	flags              uint32
	droppedAttributes  uint32
	droppedEvents      uint32
	droppedLinks       uint32
}

// read reads the object at hand, which an Encoder has written.
func (v *envelope) read(r *segment.Reader) {
	*v = envelope{there: true}
	for ok := r.Object(); ok; ok = r.Member() {
		switch r.Key() {
		case memberNative:
			v.native = r.Flag() == segment.True
		case memberSynthetic:
			v.synthetic = r.Flag() == segment.True
		case memberComplete:
			v.complete = r.Flag() == segment.True
		case memberKind:
			v.kind = r.Raw()
		case memberName:
			v.name, v.named = r.Text()
		case memberID:
			v.id, _ = traceid.ParseEntityBytes([]byte(r.String()))
		case memberParent:
			v.parent, v.hasParent = traceid.ParseEntityBytes([]byte(r.String()))
			v.hasParent = true
		case memberStart:
			v.start, v.hasStart = natural(r)
		case memberEnd:
			v.end, v.hasEnd = natural(r)
		case memberStatus:
			v.status = r.Raw()
		case memberMessage:
			v.message = r.Raw()
		case memberAttributes:
			v.attributes = r.Raw()
		case memberEvents:
			v.events = r.Raw()
		case memberLinks:
			v.links = r.Raw()
		case memberScope:
			v.scope = r.Raw()
		case memberResource:
			v.resource = r.Raw()
		case memberMetadata:
			v.metadata = r.Raw()
		case memberTraceState:
			v.traceState = r.String()
		case memberSpan:
			v.span = r.String()
		case memberFlags:
			v.flags = unsigned(r)
		case memberDroppedAttributes:
			v.droppedAttributes = unsigned(r)
		case memberDroppedEvents:
			v.droppedEvents = unsigned(r)
		case memberDroppedLinks:
			v.droppedLinks = unsigned(r)
		default:
			r.Skip()
		}
	}
}

// natural reads a number of 64 bits.
func natural(r *segment.Reader) (uint64, bool) {
	n, err := strconv.ParseUint(string(r.Number()), 10, 64)
	return n, err == nil
}

// restore adds the span that an Encoder made s from, and returns where what is
// embedded in s belongs.
func (b *Builder) restore(s *segment.Segment, base segment.Raw, outer *place) place {
	v := &b.env
	if v.native {
		return b.native(s, outer)
	}
	if v.span != "" {
		if at, ok := b.whole(v.span); ok {
			return at
		}
	}
	at := b.placeOf(s, base, outer)
	if v.synthetic {
		return at
	}
	span := b.span(at)
	span.SetTraceID(pcommon.TraceID(s.TraceID))
	span.SetSpanID(pcommon.SpanID(s.ID))
	if !v.id.IsZero() {
		span.SetSpanID(pcommon.SpanID(v.id))
	}
	if v.hasParent {
		span.SetParentSpanID(pcommon.SpanID(v.parent))
	} else {
		span.SetParentSpanID(pcommon.SpanID(s.ParentID))
	}
	if v.named {
		span.SetName(b.copy(v.name))
	} else {
		span.SetName(b.copy(s.Name))
	}
	span.SetKind(kindIn(v.kind, s))
	b.setTimes(span, s)
	b.put.begin()
	if !v.complete {
		b.ownAttributes(base)
	}
	b.attributes(v.attributes)
	b.put.end(span.Attributes())
	b.restoreRest(span, s, true)
	return at
}

// restoreRest adds what the envelope says besides attributes.
func (b *Builder) restoreRest(span ptrace.Span, s *segment.Segment, wrapped bool) {
	v := &b.env
	if v.status != nil {
		span.Status().SetCode(statusIn(v.status))
	}
	if v.message != nil {
		b.inner.Reset(v.message)
		span.Status().SetMessage(b.copy(b.inner.String()))
	}
	b.restoreEvents(span.Events(), v.events)
	b.restoreLinks(span.Links(), s.Links, v.links, wrapped)
	span.TraceState().FromRaw(b.copy(v.traceState))
	span.SetFlags(v.flags)
	span.SetDroppedAttributesCount(v.droppedAttributes)
	span.SetDroppedEventsCount(v.droppedEvents)
	span.SetDroppedLinksCount(v.droppedLinks)
}

// setTimes sets the times of a span that was one before.
func (b *Builder) setTimes(span ptrace.Span, s *segment.Segment) {
	v := &b.env
	span.SetStartTimestamp(pcommon.Timestamp(max(0, s.StartTime)))
	if v.hasStart {
		span.SetStartTimestamp(pcommon.Timestamp(v.start))
	}
	if !s.InProgress {
		span.SetEndTimestamp(pcommon.Timestamp(max(0, s.EndTime)))
	}
	if v.hasEnd {
		span.SetEndTimestamp(pcommon.Timestamp(v.end))
	}
}

// ownAttributes adds the attributes that are in the namespace "default".
func (b *Builder) ownAttributes(base segment.Raw) {
	if base == nil {
		return
	}
	r := &b.inner
	r.Reset(base)
	for ok := r.Object(); ok; ok = r.Member() {
		k := r.Key()
		if len(k) >= len(prefixResource) && k[:len(prefixResource)] == prefixResource {
			r.Skip()
			continue
		}
		b.attribute(r, b.copy(k), true)
	}
}

// kindIn reads a kind, that which s stands for if there is none.
func kindIn(raw segment.Raw, s *segment.Segment) ptrace.SpanKind {
	if raw == nil {
		return kindOf(s)
	}
	for k, name := range kinds {
		if len(raw) == len(name)+2 && string(raw[1:len(raw)-1]) == name {
			return ptrace.SpanKind(k)
		}
	}
	n, _ := strconv.ParseInt(string(raw), 10, 32)
	return ptrace.SpanKind(n)
}

func statusIn(raw segment.Raw) ptrace.StatusCode {
	switch string(raw) {
	case `"ok"`:
		return ptrace.StatusCodeOk
	case `"error"`:
		return ptrace.StatusCodeError
	case `"unset"`:
		return ptrace.StatusCodeUnset
	}
	n, _ := strconv.ParseInt(string(raw), 10, 32)
	return ptrace.StatusCode(n)
}

// placeOf returns where the span of s goes.
func (b *Builder) placeOf(s *segment.Segment, base segment.Raw, outer *place) place {
	v := &b.env
	at := place{scope: noScope}
	if outer != nil {
		at = *outer
	}
	if v.scope != nil {
		at.scope = v.scope
	}
	switch {
	case v.complete && v.resource != nil, s.Kind == segment.KindSubsegment && v.resource != nil:
		at.process = b.resourceIn(v.resource, nil)
	case s.Kind == segment.KindSegment:
		at.process = b.resourceIn(v.resource, base)
	case outer == nil:
		at.process = b.resourceIn(nil, nil)
	}
	return at
}

// resourceIn returns the process that about, an object as in memberResource, and
// the otel.resource.* in base describe.
func (b *Builder) resourceIn(about, base segment.Raw) *process {
	k := append(b.scratch[:0], 'o')
	k = append(append(k, about...), 0)
	if base != nil {
		r := &b.reader
		r.Reset(base)
		for ok := r.Object(); ok; ok = r.Member() {
			name := r.Key()
			if len(name) < len(prefixResource) || name[:len(prefixResource)] != prefixResource {
				r.Skip()
				continue
			}
			k = append(append(k, name...), 0)
			k = append(append(k, r.Raw()...), 0)
		}
	}
	b.scratch = k
	p := b.processes[string(k)]
	if p == nil {
		p = b.remember(k)
		b.describeResource(p, about, base)
	}
	return p
}

func (b *Builder) describeResource(p *process, about, base segment.Raw) {
	b.put.begin()
	r := &b.inner
	r.Reset(base)
	for ok := base != nil && r.Object(); ok; ok = r.Member() {
		name := r.Key()
		if len(name) < len(prefixResource) || name[:len(prefixResource)] != prefixResource {
			r.Skip()
			continue
		}
		b.attribute(r, b.copy(name[len(prefixResource):]), true)
	}
	r = &b.reader
	r.Reset(about)
	for ok := about != nil && r.Object(); ok; ok = r.Member() {
		switch r.Key() {
		case memberAttributes:
			b.attributes(r.Raw())
		case memberDropped:
			p.dropped = unsigned(r)
		case memberSchemaURL:
			p.schemaURL = b.copy(r.String())
		default:
			r.Skip()
		}
	}
	b.put.end(p.attributes)
}

// restoreEvents adds the events in raw.
func (b *Builder) restoreEvents(to ptrace.SpanEventSlice, raw segment.Raw) {
	if raw == nil {
		return
	}
	r := &b.reader
	r.Reset(raw)
	for ok := r.Array(); ok; ok = r.Element() {
		ev := to.AppendEmpty()
		b.put.begin()
		for ok := r.Object(); ok; ok = r.Member() {
			switch r.Key() {
			case memberName:
				ev.SetName(b.copy(r.String()))
			case memberTime:
				n, _ := natural(r)
				ev.SetTimestamp(pcommon.Timestamp(n))
			case memberAttributes:
				b.attributes(r.Raw())
			case memberDropped:
				ev.SetDroppedAttributesCount(unsigned(r))
			default:
				r.Skip()
			}
		}
		b.put.end(ev.Attributes())
	}
}

// restoreLinks adds links: details says of each link what native does not, or all
// of it.
func (b *Builder) restoreLinks(to ptrace.SpanLinkSlice, native []segment.Link, details segment.Raw, wrapped bool) {
	if details == nil {
		to.EnsureCapacity(len(native))
		for i := range native {
			b.link(to.AppendEmpty(), &native[i], wrapped)
		}
		return
	}
	r := &b.reader
	r.Reset(details)
	for ok := r.Array(); ok; ok = r.Element() {
		l := to.AppendEmpty()
		whole := false
		var attributes segment.Raw
		for ok := r.Object(); ok; ok = r.Member() {
			switch r.Key() {
			case memberTraceID:
				whole = true
				id, _ := traceid.ParseBytes([]byte(r.String()))
				l.SetTraceID(pcommon.TraceID(id))
			case memberID:
				whole = true
				id, _ := traceid.ParseEntityBytes([]byte(r.String()))
				l.SetSpanID(pcommon.SpanID(id))
			case memberAttributes:
				attributes = r.Raw()
			case memberTraceState:
				l.TraceState().FromRaw(b.copy(r.String()))
			case memberFlags:
				l.SetFlags(unsigned(r))
			case memberDropped:
				l.SetDroppedAttributesCount(unsigned(r))
			default:
				r.Skip()
			}
		}
		switch {
		case whole:
			b.put.begin()
			b.attributes(attributes)
			b.put.end(l.Attributes())
		case len(native) > 0:
			b.link(l, &native[0], wrapped)
			native = native[1:]
		}
	}
}

// link fills in what a segment says of a link.
func (b *Builder) link(l ptrace.SpanLink, from *segment.Link, wrapped bool) {
	l.SetTraceID(pcommon.TraceID(from.TraceID))
	l.SetSpanID(pcommon.SpanID(from.ID))
	if from.Attributes == nil {
		return
	}
	b.put.begin()
	r := &b.inner
	r.Reset(from.Attributes)
	for ok := r.Object(); ok; ok = r.Member() {
		b.attribute(r, b.copy(r.Key()), wrapped)
	}
	b.put.end(l.Attributes())
}

// whole adds the span that is OTLP in base64, and returns where it is.
func (b *Builder) whole(text string) (place, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return place{}, false
	}
	var m ptrace.ProtoUnmarshaler
	td, err := m.UnmarshalTraces(raw)
	if err != nil || td.SpanCount() != 1 {
		return place{}, false
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				return b.adopt(rs, ss, span), true
			}
		}
	}
	return place{}, false
}

// adopt adds a copy of the span with its resource and scope.
func (b *Builder) adopt(rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, span ptrace.Span) place {
	k := append(append(b.scratch[:0], 'w'), rs.SchemaUrl()...)
	k = append(strconv.AppendUint(append(k, 0), uint64(rs.Resource().DroppedAttributesCount()), 10), 0)
	k = appendMapKey(k, rs.Resource().Attributes())
	p := b.processes[string(k)]
	if p == nil {
		p = b.remember(k)
		rs.Resource().Attributes().CopyTo(p.attributes)
		p.schemaURL, p.dropped = rs.SchemaUrl(), rs.Resource().DroppedAttributesCount()
	}
	s := ss.Scope()
	k = append(append(k[:0], 'w'), s.Name()...)
	k = append(append(k, 0), s.Version()...)
	k = append(append(k, 0), ss.SchemaUrl()...)
	k = append(strconv.AppendUint(append(k, 0), uint64(s.DroppedAttributesCount()), 10), 0)
	k = appendMapKey(k, s.Attributes())
	b.scratch = k
	at := place{process: p, scope: bytes.Clone(k)}
	to := b.spansOf(at, func(to ptrace.ScopeSpans) {
		s.CopyTo(to.Scope())
		to.SetSchemaUrl(ss.SchemaUrl())
	})
	b.spans++
	span.CopyTo(to.AppendEmpty())
	return at
}
