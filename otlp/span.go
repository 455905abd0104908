package otlp

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// draft is the span that is being translated.
type draft struct {
	*node
	kind       ptrace.SpanKind
	out        *segment.Segment
	attributes attributes
	listed     []string // keys in aws.xray.annotations

	linksInexact bool // attributes of links do not read as they were; see values
}

// called reports whether the span is the caller's side of a call.
func (d *draft) called() bool {
	return d.kind == ptrace.SpanKindClient || d.kind == ptrace.SpanKindProducer
}

// translate returns the segment of n, which is embedded in outer or in nothing,
// and for calls without a segment the one that is made around it.
func (e *Encoder) translate(n, outer *node) (s, around *segment.Segment) {
	s = e.segments.One()
	e.node, e.out, e.kind = n, s, n.span.Kind()
	e.attributes.scan(n.span.Attributes())
	s.TraceID, s.ID = traceid.ID(n.span.TraceID()), idOf(n)
	switch {
	case n.orphan:
	case n.shared:
		s.ParentID = traceid.EntityID(n.span.SpanID())
	case n.parent != none:
		s.ParentID = idOf(&e.nodes[n.parent])
	default:
		s.ParentID = traceid.EntityID(n.span.ParentSpanID())
	}
	if !n.segment {
		s.Kind = segment.KindSubsegment
	}
	if n.native {
		e.fromSegment(outer)
		return s, nil
	}
	if n.call {
		around = e.around(s)
	}
	e.fromSpan()
	s.Metadata = e.metadata(outer, around)
	return s, around
}

// around returns the segment around the call s, which has no other, and puts s
// below it.
func (e *Encoder) around(s *segment.Segment) *segment.Segment {
	a := e.segments.One()
	a.TraceID, a.ParentID = s.TraceID, s.ParentID
	a.ID = derive(s.TraceID, s.ID, 'l', 0)
	s.Kind, s.ParentID = segment.KindSubsegment, a.ID
	return a
}

// derive returns an id for what is made from a span: the same each time, so that
// what is sent again is the same.
func derive(trace traceid.ID, span traceid.EntityID, role byte, n int) (id traceid.EntityID) {
	// FNV-1a.
	h := uint64(14695981039346656037)
	mix := func(b byte) { h = (h ^ uint64(b)) * 1099511628211 }
	for _, b := range trace {
		mix(b)
	}
	for _, b := range span {
		mix(b)
	}
	mix(role)
	for ; n > 0; n >>= 8 {
		mix(byte(n))
	}
	if h == 0 {
		h = 1
	}
	binary.BigEndian.PutUint64(id[:], h)
	return id
}

// fromSpan fills in what a span of OpenTelemetry says.
func (e *Encoder) fromSpan() {
	s, a := e.out, &e.attributes
	e.times()
	e.listed = e.listed[:0]
	if a.has(xrayAnnotations) {
		e.listed = a.strings(xrayAnnotations, e.listed)
		a.use(xrayAnnotations)
	}
	e.http()
	e.nameAndNamespace()
	e.sql()
	e.awsCall()
	e.user()
	e.outcome()
	e.cause()
	e.linked()
	e.annotate()
	if s.Kind == segment.KindSegment {
		r := e.resource
		s.Origin, s.Service, s.ResourceARN = r.origin, r.service, r.arn
		e.addProcess(r.account, r.aws)
	}
}

// maxTime is the latest time that a document can hold; see segment.
const maxTime = 1 << 62

// times sets the start and the end. A span without an end is not over yet.
func (e *Encoder) times() {
	s := e.out
	start, end := e.span.StartTimestamp(), e.span.EndTimestamp()
	s.StartTime = int64(min(uint64(start), maxTime))
	s.EndTime = int64(min(uint64(end), maxTime))
	open, ok := e.attributes.flag(xrayInProgress)
	if ok {
		e.attributes.use(xrayInProgress)
	}
	if s.InProgress = open || end == 0; s.InProgress {
		s.EndTime = 0
	}
}

func (e *Encoder) user() {
	e.out.User = e.attributes.take(enduserID, userID)
}

// linked sets the links.
func (e *Encoder) linked() {
	links := e.span.Links()
	e.linksInexact = false
	if links.Len() == 0 {
		return
	}
	begin := e.links.Begin()
	for _, l := range links.All() {
		if leads(l) {
			e.links.Add(segment.Link{
				TraceID: traceid.ID(l.TraceID()), ID: traceid.EntityID(l.SpanID()),
				Attributes: e.rawAttributes(l.Attributes()),
			})
		}
	}
	e.out.Links = e.links.End(begin)
}

// leads reports whether l leads somewhere.
func leads(l ptrace.SpanLink) bool { return !l.TraceID().IsEmpty() && !l.SpanID().IsEmpty() }

// rawAttributes returns m as an object, nil if it is empty.
func (e *Encoder) rawAttributes(m pcommon.Map) segment.Raw {
	if m.Len() == 0 {
		return nil
	}
	w := values{plain: e.native}
	raw := segment.Raw(e.texts.Close(w.attributes(e.texts.Open(64), m)))
	e.linksInexact = e.linksInexact || w.inexact
	return raw
}

// annotate sets the annotations: those that the span lists, those that the options
// ask for, and those of the resource.
func (e *Encoder) annotate() {
	if len(e.listed) == 0 && len(e.indexed) == 0 && !e.opts.IndexAllAttributes {
		return
	}
	begin := e.annotations.Begin()
	a := &e.attributes
	var listed map[string]bool // of many
	if len(e.listed) > fewListed {
		listed = make(map[string]bool, len(e.listed))
		for _, name := range e.listed {
			listed[name] = true
		}
	}
	for i := range a.list {
		x := &a.list[i]
		if !e.wanted(x, listed) {
			continue
		}
		if v, ok := annotationValue(x.value); ok {
			x.annotated = true
			e.addAnnotation(begin, segment.Annotation{Key: e.annotationKey("", x.name), Value: v})
		}
	}
	if e.out.Kind == segment.KindSegment {
		for _, x := range e.resource.annotations {
			e.addAnnotation(begin, x)
		}
	}
	e.out.Annotations = e.annotations.End(begin)
}

// fewListed is up to how many annotations of a span are searched one by one.
const fewListed = 32

// wanted reports whether x is to be an annotation.
func (e *Encoder) wanted(x *attribute, listed map[string]bool) bool {
	if x.key == xrayMetadata || x.key == xrayAnnotations {
		return false
	}
	if e.indexes("", x.name) {
		return !strings.HasPrefix(x.name, prefixXRay)
	}
	if listed != nil {
		return listed[x.name]
	}
	return slices.Contains(e.listed, x.name)
}

// maxAnnotations is up to how many annotations repeated keys are found.
const maxAnnotations = 64

// addAnnotation adds x, in the place of one with its key if there is one.
func (e *Encoder) addAnnotation(begin int, x segment.Annotation) {
	if x.Key == "" {
		return
	}
	seen := e.annotations.Open(begin)
	if len(seen) <= maxAnnotations {
		for i := range seen {
			if seen[i].Key == x.Key {
				seen[i].Value = x.Value
				return
			}
		}
	}
	e.annotations.Add(x)
}

// putAnnotation is addAnnotation for a list of its own.
func putAnnotation(as []segment.Annotation, key string, v segment.Value) []segment.Annotation {
	if key == "" {
		return as
	}
	for i := range as {
		if as[i].Key == key {
			as[i].Value = v
			return as
		}
	}
	return append(as, segment.Annotation{Key: key, Value: v})
}

// annotationValue returns v as the value of an annotation, if it can be one.
func annotationValue(v pcommon.Value) (segment.Value, bool) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return segment.Value{Kind: segment.StringValue, String: v.Str()}, true
	case pcommon.ValueTypeInt:
		return segment.Value{Kind: segment.NumberValue, Number: float64(v.Int())}, true
	case pcommon.ValueTypeDouble:
		f := v.Double()
		return segment.Value{Kind: segment.NumberValue, Number: f + 0}, !math.IsNaN(f) && !math.IsInf(f, 0)
	case pcommon.ValueTypeBool:
		return segment.Value{Kind: segment.BooleanValue, Bool: v.Bool()}, true
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeMap, pcommon.ValueTypeSlice, pcommon.ValueTypeBytes:
	}
	return segment.Value{}, false
}

// maxAnnotationKey is how long the key of an annotation may be.
const maxAnnotationKey = 500

// annotationKey returns prefix+name with "_" for what a key may not have.
func (e *Encoder) annotationKey(prefix, name string) string {
	if prefix == "" && len(name) <= maxAnnotationKey && goodKey(name) {
		return name
	}
	return e.texts.CloseString(appendAnnotationKey(e.texts.Open(len(prefix)+len(name)), prefix, name))
}

func appendAnnotationKey(b []byte, prefix, name string) []byte {
	for _, part := range [...]string{prefix, name} {
		for _, r := range part {
			if r < 0x80 && keyBytes[r] {
				b = append(b, byte(r))
			} else {
				b = append(b, '_')
			}
		}
	}
	return b[:min(len(b), maxAnnotationKey)]
}

func goodKey(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || !keyBytes[s[i]] {
			return false
		}
	}
	return true
}

var keyBytes = func() (t [0x80]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_." {
		t[c] = true
	}
	return t
}()
