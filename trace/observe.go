package trace

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// observer collects the observations of a trace.
type observer struct {
	t     *Trace
	s     *Summary
	nodes nodeSet
	facts []fact // by Entity.index
	seen  []int  // by node: 1 + index of the call that led there last; nil until needed
}

// fact is what an observer knows of an entity.
type fact struct {
	lastEnd     int64 // latest end of the entity and its subsegments; Unknown without any
	node        int   // of segments
	carrier     int   // the call or segment that the entity's annotations belong to
	merged      bool  // annotations is the observer's own, not the segment's
	annotations []segment.Annotation
}

// observe fills in the nodes, the observations and the links of s.
func (t *Trace) observe(s *Summary) {
	o := observer{t: t, s: s, facts: make([]fact, len(t.entities)+len(t.inferred))}
	o.nodes.nodes = make([]Node, 0, len(t.Segments)+1)
	s.NodeObservations = make([]NodeObservation, 0, len(t.Segments))
	s.EdgeObservations = make([]EdgeObservation, 0, len(t.Segments))
	o.gather()
	s.EntryPoint = -1
	if t.Root != nil {
		s.EntryPoint = o.facts[t.Root.index].node
	}
	for e := range t.all {
		switch {
		case e.Kind == segment.KindSegment:
			o.segment(e)
		case e.IsCall() && e.Owner != nil:
			o.call(e)
		}
	}
	for _, e := range t.entities {
		o.links(e)
	}
	o.renumber()
}

// gather fills in the facts.
func (o *observer) gather() {
	for e := range o.t.all {
		f := &o.facts[e.index]
		f.lastEnd = Unknown
		if !e.InProgress {
			f.lastEnd = e.EndTime
		}
		f.carrier = e.index
		switch {
		case e.Kind == segment.KindSegment:
			f.node = o.nodes.add(o.t.node(e))
			f.annotations = e.Annotations
		case e.IsCall() || e.Parent == nil:
			f.annotations = e.Annotations
		default:
			f.carrier = o.facts[e.Parent.index].carrier
			o.facts[f.carrier].merge(e.Annotations)
		}
	}
	for _, e := range slices.Backward(o.t.entities) {
		if e.Kind == segment.KindSubsegment && e.Parent != nil {
			parent := &o.facts[e.Parent.index]
			parent.lastEnd = max(parent.lastEnd, o.facts[e.index].lastEnd)
		}
	}
}

// merge adds annotations of a local subsegment.
func (f *fact) merge(more []segment.Annotation) {
	if len(more) == 0 {
		return
	}
	if !f.merged {
		f.annotations = slices.Clip(f.annotations)
		f.merged = true
	}
	f.annotations = append(f.annotations, more...)
}

// segment observes the segment e, and the edge to it unless a call makes it.
func (o *observer) segment(e *Entity) {
	to := o.facts[e.index].node
	o.s.NodeObservations = append(o.s.NodeObservations, NodeObservation{
		Node: to, Root: e.isRoot(), Inferred: e.Inferred, Observation: o.observation(e),
	})
	var from int
	switch {
	case e.isRoot():
		client := o.nodes.nodes[to]
		client.Type = NodeTypeClient
		from = o.nodes.add(client)
	case e.Parent != nil && e.Parent.Owner != nil && !e.Parent.IsCall():
		from = o.facts[e.Parent.Owner.index].node
	default:
		return
	}
	seen := o.s.NodeObservations[len(o.s.NodeObservations)-1].Observation
	o.s.EdgeObservations = append(o.s.EdgeObservations, EdgeObservation{From: from, To: to, Observation: seen})
}

// call observes the call e: one edge to each node that answered it.
func (o *observer) call(e *Entity) {
	if len(e.Callees) == 0 {
		return
	}
	edge := EdgeObservation{From: o.facts[e.Owner.index].node, Observation: o.observation(e)}
	if !e.Callees[0].Inferred {
		edge.Alias = o.t.calledNode(e)
	}
	for _, callee := range e.Callees {
		edge.To = o.facts[callee.index].node
		if len(e.Callees) > 1 && o.repeated(e, edge.To) {
			continue
		}
		o.s.EdgeObservations = append(o.s.EdgeObservations, edge)
	}
}

// repeated reports whether an edge of the call e to the node was observed before.
func (o *observer) repeated(e *Entity, node int) bool {
	for len(o.seen) <= node {
		o.seen = append(o.seen, 0)
	}
	if o.seen[node] == e.index+1 {
		return true
	}
	o.seen[node] = e.index + 1
	return false
}

func (o *observer) observation(e *Entity) Observation {
	f := &o.facts[e.index]
	x := Observation{
		Flags:        e.Flags(),
		ResponseTime: Unknown, Duration: Unknown, EndTime: Unknown,
		Received:    countedAt(e),
		HTTP:        requestOf(e),
		User:        e.User,
		ResourceARN: e.ResourceARN,
		Annotations: f.annotations,
	}
	if e.AWS != nil {
		x.InstanceID, x.AvailabilityZone = e.AWS.InstanceID, e.AWS.AvailabilityZone
	}
	if !e.InProgress {
		x.EndTime = e.EndTime
		x.ResponseTime = elapsed(e.StartTime, e.EndTime)
		x.Duration = elapsed(e.StartTime, f.lastEnd)
	}
	return x
}

// links lists the links of e.
func (o *observer) links(e *Entity) {
	if e.Owner == nil {
		return
	}
	for _, l := range e.Links {
		o.s.Links = append(o.s.Links, Link{
			Node: o.facts[e.Owner.index].node, TraceID: l.TraceID, ID: l.ID,
			Start: e.StartTime, Received: countedAt(e),
		})
	}
}

// renumber sorts the nodes and corrects the indexes of them.
func (o *observer) renumber() {
	s := o.s
	places := o.nodes.sort()
	s.Nodes = o.nodes.nodes
	if s.EntryPoint >= 0 {
		s.EntryPoint = places[s.EntryPoint]
	}
	for i := range s.NodeObservations {
		x := &s.NodeObservations[i]
		x.Node = places[x.Node]
	}
	for i := range s.EdgeObservations {
		x := &s.EdgeObservations[i]
		x.From, x.To = places[x.From], places[x.To]
	}
	for i := range s.Links {
		s.Links[i].Node = places[s.Links[i].Node]
	}
}
