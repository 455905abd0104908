package trace

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Observation is one completed or open piece of work as one party saw it.
type Observation struct {
	Flags        segment.Flags
	ResponseTime int64 // end − start, never negative; Unknown while in progress
	Duration     int64 // ResponseTime extended to the latest end of its subsegments; Unknown while in progress
	EndTime      int64 // Unknown while in progress

	// Received is the receipt time of the document that completed the work. A call
	// counts from when the segment that it belongs to is complete too, so it is that
	// document's receipt time if it came later. Unknown while the observation does
	// not count yet, although the other members may be known.
	Received int64

	HTTP             HTTP
	User             string
	ResourceARN      string
	InstanceID       string
	AvailabilityZone string
	Annotations      []segment.Annotation // of the entity and its local subsegments; a key may repeat
}

// NodeObservation is a segment, reported or inferred, seen from its own service.
type NodeObservation struct {
	Node     int  // index in Summary.Nodes
	Root     bool // a segment without parent id
	Inferred bool // known only from its caller
	Observation
}

// EdgeObservation is a call as its caller saw it. For the edge from the client
// node it is the root segment itself.
type EdgeObservation struct {
	From, To int // indexes in Summary.Nodes

	// Alias is the caller's own name and type for the callee, when the call was
	// answered by a reported segment; zero otherwise.
	Alias Node
	Observation
}

// Link ties a consumer's segment to the entity that produced its message, usually
// in another trace.
type Link struct {
	Node     int // index in Summary.Nodes of the linking segment
	TraceID  traceid.ID
	ID       traceid.EntityID
	Start    int64 // start of the linking entity: the segment or one of its subsegments
	Received int64 // receipt time of the linking segment; Unknown while it is in progress

	// From is the producer's node and Age (ns) the time from the producer's end to
	// Start. They come from the other trace, so Summary leaves them zero and the
	// store fills them, see [Trace.NodeOf]. A Link without From makes no edge.
	From Node
	Age  int64
}

// countedAt is the receipt time from which e counts, see [Observation].
func countedAt(e *Entity) int64 {
	if e.Inferred {
		e = e.Parent
	}
	if e.InProgress || e.Owner == nil || e.Owner.InProgress {
		return Unknown
	}
	return max(e.Received, e.Owner.Received)
}

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
