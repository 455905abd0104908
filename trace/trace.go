package trace

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Document is one accepted document together with what is remembered of its
// arrival.
type Document struct {
	Segment *segment.Segment

	// Received is when the call that brought the document was accepted, in ns since
	// the epoch. Documents of one call have the same Received; two calls never do.
	Received int64

	// Index is the document's place in its call. (Received, Index) orders documents:
	// of two completed versions of one entity the first wins.
	Index uint32
}

// Trace is an assembled trace.
type Trace struct {
	ID traceid.ID

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
}

// Entity is a segment or subsegment in its place in the trace.
type Entity struct {
	*segment.Segment // read only

	Parent   *Entity   // the entity that ParentID or nesting names; nil for roots and for unknown parents
	Children []*Entity // subsegments: embedded in document order, then streamed by arrival
	Callees  []*Entity // segments, reported or inferred, whose parent this entity is
	Owner    *Entity   // the segment that this entity belongs to; itself for segments; nil for orphans
	Received int64     // receipt time (ns) of the document that this version came with
}

// Assemble builds the trace of the documents, which must belong to trace id and
// may come in any order, with duplicates. The documents' segments are not changed
// and stay in use by the result.
func Assemble(id traceid.ID, docs []Document) *Trace { panic("trace: Assemble") }

// Duration is the time (ns) from the first start to the last end over the
// attached entities; ok is false while there is no end at all. It is what
// BatchGetTraces reports.
func (t *Trace) Duration() (d int64, ok bool) { panic("trace: Duration") }

// AppendDocument appends the processed document of e, one of t.Segments: streamed
// subsegments are embedded where they belong.
func (t *Trace) AppendDocument(dst []byte, e *Entity) []byte { panic("trace: AppendDocument") }

// Summary computes the trace's summary.
func (t *Trace) Summary() *Summary { panic("trace: Summary") }

// NodeOf returns the graph node that entity id stands for and when the entity
// ended (ns): for a call the node it leads to, otherwise the node of its segment.
// ok is false when the trace has no such entity.
func (t *Trace) NodeOf(id traceid.EntityID) (n Node, end int64, ok bool) {
	panic("trace: NodeOf")
}
