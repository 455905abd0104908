package trace

import (
	"encoding/binary"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// infer makes a segment for every completed call that no segment answers: the
// callee as its caller saw it.
func (a *assembly) infer() []*Entity {
	n := 0
	for _, e := range a.t.entities {
		if infers(e) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	inferred := make([]*Entity, 0, n)
	entities := make([]Entity, n)
	segments := make([]segment.Segment, n)
	for _, call := range a.t.entities {
		if !infers(call) {
			continue
		}
		i := len(inferred)
		e := &entities[i]
		a.callee(&segments[i], call)
		e.Segment, e.Parent, e.Owner, e.Received = &segments[i], call, e, call.Received
		e.index = len(a.t.entities) + i
		if isQueue(call.Segment) {
			a.queueTime(e)
		}
		inferred = append(inferred, e)
	}
	for _, e := range inferred {
		e.Parent.callees++
	}
	return inferred
}

// infers reports whether the callee of e is known from e alone. Calls outside any
// segment do not count.
func infers(e *Entity) bool {
	return e.IsCall() && !e.InProgress && e.Owner != nil && e.callees == 0
}

// callee fills s with what call says about its callee.
func (a *assembly) callee(s *segment.Segment, call *Entity) {
	*s = segment.Segment{
		TraceID: a.t.ID, ID: a.derive(call.ID, 's'), ParentID: call.ID,
		Name: call.Name, StartTime: call.StartTime, EndTime: call.EndTime, Inferred: true,
		Error: call.Error, Fault: call.Fault, Throttle: call.Throttle,
		HTTP: call.HTTP, AWS: call.AWS,
	}
	if _, typ := call.Resource(); typ != NodeTypeRemote {
		s.Origin = typ
	}
}

// isQueue reports whether the call s puts messages into a queue. Source: recorded
// traces.
func isQueue(s *segment.Segment) bool {
	if s.Namespace != segment.NamespaceAWS || s.Name != "SQS" || s.AWS == nil {
		return false
	}
	switch s.AWS.Operation {
	case "SendMessage", "SendMessageBatch":
		return true
	}
	return s.AWS.Operation != "" && s.AWS.QueueURL != ""
}

// queueTime gives the inferred segment of a queue its one subsegment.
func (a *assembly) queueTime(e *Entity) {
	s := &segment.Segment{
		TraceID: a.t.ID, ID: a.derive(e.ParentID, 'q'), ParentID: e.ID,
		Kind: segment.KindSubsegment, Name: "QueueTime",
		StartTime: e.StartTime, EndTime: e.EndTime,
	}
	e.Subsegments = []*segment.Segment{s}
	e.Children = []*Entity{{
		Segment: s, Parent: e, Owner: e, Received: e.Received, depth: 1, embedded: true,
	}}
}

// derive returns an id for what is inferred from the call id: the same for every
// assembly of the trace, and not that of a reported entity. role tells apart the
// entities that one call gives rise to.
func (a *assembly) derive(id traceid.EntityID, role byte) traceid.EntityID {
	// FNV-1a.
	h := uint64(14695981039346656037)
	mix := func(b byte) { h = (h ^ uint64(b)) * 1099511628211 }
	for _, b := range a.t.ID {
		mix(b)
	}
	for _, b := range id {
		mix(b)
	}
	mix(role)
	for ; ; h++ {
		var derived traceid.EntityID
		binary.BigEndian.PutUint64(derived[:], h)
		if _, taken := a.byID[derived]; !taken && !derived.IsZero() {
			return derived
		}
	}
}
