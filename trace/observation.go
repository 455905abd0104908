package trace

import (
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
