package trace

import (
	"cmp"
	"slices"

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

// Assemble builds the trace of the documents, which must belong to trace id and
// may come in any order, with duplicates. The documents' segments are not changed
// and stay in use by the result.
//
// A document whose own entity is complete already has no effect, and neither has
// what is embedded in it: the first completed version of a segment freezes the
// tree that was sent with it. Subsegments that are sent on their own are still
// attached.
func Assemble(id traceid.ID, docs []Document) *Trace {
	a := assembly{t: &Trace{ID: id}}
	a.grow(docs)
	order := byReceipt(docs)
	for n := range docs {
		i := n
		if order != nil {
			i = order[n]
		}
		a.accept(docs, i, n)
	}
	slices.Sort(a.t.Superfluous)
	a.finish()
	return a.t
}

// byReceipt returns the indexes of docs in order of receipt, nil if docs are in
// this order.
func byReceipt(docs []Document) []int {
	if slices.IsSortedFunc(docs, compareReceipt) {
		return nil
	}
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareReceipt(docs[i], docs[j]) })
	return order
}

func compareReceipt(a, b Document) int {
	return cmp.Or(cmp.Compare(a.Received, b.Received), cmp.Compare(a.Index, b.Index))
}

// assembly is the state of one call of Assemble.
type assembly struct {
	t        *Trace
	slab     []Entity // one per id; never moved, entities point into it
	byID     map[traceid.EntityID]*Entity
	last     *Document // accepted before
	sequence int
}

// grow makes room for every entity that docs can bring.
func (a *assembly) grow(docs []Document) {
	n := 0
	for i := range docs {
		n += countEntities(docs[i].Segment)
	}
	a.slab = make([]Entity, 0, n)
	a.byID = make(map[traceid.EntityID]*Entity, n)
}

func countEntities(s *segment.Segment) int {
	n := 1
	for _, sub := range s.Subsegments {
		n += countEntities(sub)
	}
	return n
}

// accept takes docs[i], the n-th in order of receipt.
func (a *assembly) accept(docs []Document, i, n int) {
	d := &docs[i]
	repeated := a.last != nil && compareReceipt(*a.last, *d) == 0
	if repeated || !a.take(d.Segment, nil, d.Received, n) {
		a.t.Superfluous = append(a.t.Superfluous, i)
		return
	}
	if a.last == nil {
		a.t.FirstReceived = d.Received
	}
	if a.last == nil || a.last.Received != d.Received {
		a.t.Revision++
	}
	a.t.LastReceived = d.Received
	a.last = d
}

// take makes s, nested in parent or nil, the version of its entity that counts,
// unless that is settled. It reports whether it did. An id that a document
// repeats stands for its first, outermost place.
func (a *assembly) take(s *segment.Segment, parent *Entity, received int64, document int) bool {
	e, known := a.byID[s.ID]
	switch {
	case !known:
		a.slab = append(a.slab, Entity{})
		e = &a.slab[len(a.slab)-1]
		a.byID[s.ID] = e
	case !e.InProgress || e.document == document:
		return false
	}
	a.sequence++
	e.Segment, e.Parent, e.embedded = s, parent, parent != nil
	e.Received, e.document, e.sequence = received, document, a.sequence
	for _, sub := range s.Subsegments {
		a.take(sub, e, received, document)
	}
	return true
}

// finish builds the tree of the versions that count, adds what can be inferred
// and lists the result.
func (a *assembly) finish() {
	t := a.t
	entities := make([]*Entity, len(a.slab))
	for i := range a.slab {
		entities[i] = &a.slab[i]
	}
	// An entity whose version was replaced stands where its first version stood.
	slices.SortFunc(entities, func(x, y *Entity) int { return cmp.Compare(x.sequence, y.sequence) })
	resolve(entities, a.byID)
	t.entities = place(entities)
	t.inferred = a.infer()
	list(t, entities)
	t.LimitExceeded = exceedsLimit(t.entities)
}
