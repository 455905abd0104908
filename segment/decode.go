package segment

import (
	"github.com/radiograph/radiograph/internal/slab"
	"github.com/radiograph/radiograph/traceid"
)

const (
	maxName  = 200     // code points of a name; longer ones are cut
	maxParts = 1 << 17 // annotations, exceptions, frames and paths of a document; more are dropped
)

// Decode judges, decodes and normalises one document. The error, if any, is a
// [*Rejection]. The result shares memory with doc.
//
// Beyond what X-Ray refuses, Decode refuses ids that are all zeros, as invalid,
// and takes times more than 146 years from the epoch as missing.
func Decode(doc []byte) (*Segment, error) {
	var d Decoder
	return d.Decode(doc)
}

// Decoder decodes documents into memory that it uses again. The zero value is
// ready. It must not be used by two goroutines at once.
type Decoder struct {
	scanner

	segments slab.Slab[Segment]
	https    slab.Slab[HTTP]
	awses    slab.Slab[AWS]
	sqls     slab.Slab[SQL]
	causes   slab.Slab[Cause]

	subsegments slab.List[*Segment]
	exceptions  slab.List[Exception]
	frames      slab.List[Frame]
	paths       slab.List[string]
	annotations slab.List[Annotation]
	links       slab.List[Link]
	precursors  slab.List[traceid.EntityID]

	parts int            // of maxParts, still allowed; a few bytes of a document make one
	kept  []span         // see capture
	keys  map[string]int // annotation keys of an entity that has many
}

// Decode is [Decode], except that the results live in the Decoder's memory: they
// are valid until Reset. Any number of documents can be decoded between two
// Resets.
func (d *Decoder) Decode(doc []byte) (*Segment, error) {
	d.start(doc)
	d.parts = maxParts
	if d.space() != '{' {
		d.skip()
		if !d.ended() {
			return nil, verdict{CodeParseError, aSegment}.rejection(text{})
		}
		return nil, verdict{CodeParseError, anEntity}.rejection(text{})
	}
	s, id, v := d.entity(false)
	if !d.ended() {
		return nil, verdict{CodeParseError, aSegment}.rejection(text{})
	}
	if v.code != "" {
		return nil, v.rejection(id)
	}
	s.adopt()
	return s, nil
}

// Reset takes back the memory of every Segment decoded so far.
func (d *Decoder) Reset() {
	d.data, d.key = nil, ""
	if cap(d.kept) > maxSpans {
		d.kept = nil
	}
	d.arena.Reset()
	d.segments.Reset()
	d.https.Reset()
	d.awses.Reset()
	d.sqls.Reset()
	d.causes.Reset()
	d.subsegments.Reset()
	d.exceptions.Reset()
	d.frames.Reset()
	d.paths.Reset()
	d.annotations.Reset()
	d.links.Reset()
	d.precursors.Reset()
}

// allow reports whether the document may have one more part.
func (d *Decoder) allow() bool {
	d.parts--
	return d.parts >= 0
}

// adopt gives what is embedded in s its trace and parents.
func (s *Segment) adopt() {
	for _, sub := range s.Subsegments {
		sub.TraceID = s.TraceID
		sub.ParentID = s.ID
		sub.adopt()
	}
}

// draft is an entity while its members are read, with what decides whether it is
// good.
type draft struct {
	*Segment
	embedded          bool
	id, name          text
	typ, trace, owner text // type, trace_id and parent_id; not of embedded entities
	started, ended    bool
	traced            bool    // at the top level
	requestTraced     bool    // in http.request
	children          verdict // on the first bad one of Subsegments
}

// entity reads the object at hand. It also returns the id as written.
func (d *Decoder) entity(embedded bool) (*Segment, text, verdict) {
	e := draft{Segment: d.segments.One(), embedded: embedded}
	for ok := d.object(); ok; ok = d.member() {
		d.entityMember(&e)
	}
	e.complete()
	v := verdict{code: e.judge()}
	switch {
	case v.code == "":
		v = e.children
	case e.Kind == KindSubsegment:
		v.about = aSubsegment
	}
	return e.Segment, e.id, v
}

// entityMember reads the value of member d.key. A repeated member replaces what
// was there.
func (d *Decoder) entityMember(e *draft) {
	switch d.key {
	case "id":
		e.id = d.text()
	case "name":
		e.name = d.text()
	case "type":
		e.typ = d.text()
	case "trace_id":
		e.trace = d.text()
	case "parent_id":
		e.owner = d.text()
	case "start_time":
		e.StartTime, e.started = d.seconds()
	case "end_time":
		e.EndTime, e.ended = d.seconds()
	case "in_progress":
		e.InProgress = d.flag() == True
	case "error":
		e.Error = d.flag()
	case "fault":
		e.Fault = d.flag()
	case "throttle":
		e.Throttle = d.flag()
	case "traced":
		e.traced = d.flag() == True
	case "subsegments":
		e.Subsegments, e.children = d.embedded()
	default:
		d.detail(e)
	}
}

// detail reads members that never decide whether a document is good.
func (d *Decoder) detail(e *draft) {
	switch d.key {
	case "namespace":
		e.Namespace = d.str()
	case "origin":
		e.Origin = d.str()
	case "user":
		e.User = d.str()
	case "resource_arn":
		e.ResourceARN = d.str()
	case "http":
		e.HTTP, e.requestTraced = d.http()
	case "aws":
		e.AWS = d.aws()
	case "sql":
		e.SQL = d.sql()
	case "cause":
		e.Cause = d.cause()
	case "service":
		e.Service = d.rawObject()
	case "annotations":
		e.Annotations = d.annotationList()
	case "metadata":
		e.Metadata = d.metadata()
	case "links":
		e.Links = d.linkList()
	case "precursor_ids":
		e.Precursors = d.precursorList()
	default:
		d.skip()
	}
}

// embedded reads the value of "subsegments". After the first bad one the document
// is lost, and only its syntax still matters.
func (d *Decoder) embedded() (subs []*Segment, v verdict) {
	begin := d.subsegments.Begin()
	for ok := d.array(); ok; ok = d.element() {
		switch {
		case v.code != "":
			d.skip()
		case d.peek() != '{':
			d.skip()
			v = verdict{CodeParseError, anEntity}
		default:
			var sub *Segment
			sub, _, v = d.entity(true)
			d.subsegments.Add(sub)
		}
	}
	return d.subsegments.End(begin), v
}

// complete derives what does not depend on the order of the members. Identifiers
// that cannot be read stay zero.
func (e *draft) complete() {
	e.ID, _ = traceid.ParseEntityBytes([]byte(e.id.value))
	if e.embedded {
		e.Kind = KindSubsegment
	} else {
		e.TraceID, _ = traceid.ParseBytes([]byte(e.trace.value))
		e.ParentID, _ = traceid.ParseEntityBytes([]byte(e.owner.value))
		if e.typ.value == typeSubsegment {
			e.Kind = KindSubsegment
		}
	}
	e.Name = truncate(e.name.value, maxName)
	if e.Kind == KindSubsegment && e.Namespace == NamespaceAWS {
		e.Name = serviceName(e.Name)
	}
	e.Traced = e.traced || e.requestTraced
}

// Values of "type".
const (
	typeSegment    = "segment"
	typeSubsegment = "subsegment"
)

// judge returns the code of what is wrong with e itself, "" if nothing is.
func (e *draft) judge() string {
	outermost := !e.embedded
	switch {
	case outermost && e.typ.present && e.typ.value != typeSegment && e.typ.value != typeSubsegment:
		return CodeUnknownType
	case e.id.value == "":
		return CodeMissingID
	case e.ID.IsZero():
		return CodeInvalidID
	case e.Name == "":
		return CodeMissingName
	case outermost && e.trace.value == "":
		return CodeMissingTraceID
	case outermost && e.TraceID.IsZero():
		return CodeInvalidTraceID
	case !e.started:
		return CodeMissingStartTime
	case e.InProgress && e.ended && e.Kind == KindSegment:
		return CodeInProgressSegmentEnded
	case e.InProgress && e.ended:
		return CodeInProgressSubsegmentEnded
	case !e.InProgress && !e.ended:
		return CodeMissingEndTime
	case outermost && e.Kind == KindSubsegment && e.owner.value == "":
		return CodeMissingParentID
	case outermost && e.owner.value != "" && e.ParentID.IsZero():
		return CodeInvalidParentID
	}
	return ""
}
