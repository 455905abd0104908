package trace

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Unknown is the value of times and durations that are not known (yet).
const Unknown int64 = -1 << 63

// Trace is an assembled trace. Its methods only read it: they may be called by
// several goroutines at once.
type Trace struct {
	ID traceid.ID

	// Account is the account that the trace belongs to. Nodes in it have an empty
	// AccountID. Assemble leaves Account empty; whoever knows it sets it before
	// calling Summary or NodeOf.
	Account string

	// Segments are the reported and the inferred segments: the entries of
	// BatchGetTraces. Sorted by start time, then id.
	Segments []*Entity

	// Orphans are subsegments that arrived on their own and whose parent has not.
	// They are not part of any segment. Sorted like Segments.
	Orphans []*Entity

	// Root is the earliest segment without a parent id; nil when there is none.
	Root *Entity

	// Revision counts the calls that changed the trace.
	Revision int

	// FirstReceived and LastReceived are the receipt times (ns) of the first and
	// the last call that changed the trace.
	FirstReceived, LastReceived int64

	// Superfluous lists the indexes, in Assemble's argument, of documents that have
	// no effect: repetitions of a completed entity. A store need not keep them.
	Superfluous []int

	// LimitExceeded is set when the trace is larger than AWS would keep it.
	LimitExceeded bool

	entities []*Entity // reported ones, parents before children
	inferred []*Entity // inferred segments, in the order of their calls
}

// Entity is a segment or subsegment in its place in the trace.
type Entity struct {
	*segment.Segment // read only

	Parent   *Entity   // the entity that ParentID or nesting names; nil for roots and for unknown parents
	Children []*Entity // subsegments: embedded in document order, then streamed by arrival
	Callees  []*Entity // segments, reported or inferred, whose parent this entity is
	Owner    *Entity   // the segment that this entity belongs to; itself for segments; nil for orphans
	Received int64     // receipt time (ns) of the document that this version came with

	index         int // in Trace.entities; inferred segments follow
	document      int // number of the document that this version came with, in order of receipt
	sequence      int // number of this version, in order of receipt
	depth         int // levels below the segment or orphan that it hangs from
	children      int // counts, to size the slices above
	callees       int
	embedded      bool // this version was nested in another entity
	missingParent bool // ParentID names an entity that has not arrived
	placing       bool // on the way from an entity to its top; see tree.place
	placed        bool
}

// isRoot reports whether e is a segment that nobody claims to have called.
func (e *Entity) isRoot() bool { return e.Kind == segment.KindSegment && e.ParentID.IsZero() }

// all yields every reported entity, parents before children, then the inferred
// segments.
func (t *Trace) all(yield func(*Entity) bool) {
	for _, e := range t.entities {
		if !yield(e) {
			return
		}
	}
	for _, e := range t.inferred {
		if !yield(e) {
			return
		}
	}
}

// Duration is the time (ns) from the first start to the last end over the
// attached entities; ok is false while there is no end at all. It is what
// BatchGetTraces reports. Starts that are not positive are left out as long as
// there is one that is.
func (t *Trace) Duration() (d int64, ok bool) {
	start, anyStart, end := Unknown, Unknown, Unknown
	for _, e := range t.entities {
		if e.Owner == nil {
			continue
		}
		anyStart = earlier(anyStart, e.StartTime)
		if e.StartTime > 0 {
			start = earlier(start, e.StartTime)
		}
		if !e.InProgress {
			end = max(end, e.EndTime)
		}
	}
	if end == Unknown {
		return 0, false
	}
	if start == Unknown {
		start = anyStart
	}
	return elapsed(start, end), true
}

// NodeOf returns the graph node that entity id stands for and when the entity
// ended (ns; Unknown while in progress): for a call the node it leads to,
// otherwise the node of its segment. ok is false when the trace has no such
// entity, or only one that belongs to no segment.
func (t *Trace) NodeOf(id traceid.EntityID) (n Node, end int64, ok bool) {
	for e := range t.all {
		if e.ID != id {
			continue
		}
		end = Unknown
		if !e.InProgress {
			end = e.EndTime
		}
		switch {
		case e.IsCall() && len(e.Callees) > 0:
			return t.node(e.Callees[0]), end, true
		case e.IsCall():
			return t.calledNode(e), end, true
		case e.Owner != nil:
			return t.node(e.Owner), end, true
		}
		return Node{}, 0, false
	}
	return Node{}, 0, false
}

// earlier is the minimum of two times of which the first may be Unknown.
func earlier(a, b int64) int64 {
	if a == Unknown {
		return b
	}
	return min(a, b)
}

// elapsed is end − start, never negative and never beyond the range of int64.
func elapsed(start, end int64) int64 {
	switch d := end - start; {
	case end <= start:
		return 0
	case d < 0:
		return 1<<63 - 1
	default:
		return d
	}
}
