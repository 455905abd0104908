package trace

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// maxDepth bounds how deep subsegments hang below their segment. What was
// streamed below it is attached at this level instead, so that every document
// that BatchGetTraces returns stays readable for JSON parsers with a bound of
// their own.
const maxDepth = 200

// resolve finds the parents of entities that were not nested in theirs.
func resolve(entities []*Entity, byID map[traceid.EntityID]*Entity) {
	for _, e := range entities {
		if e.embedded || e.ParentID.IsZero() {
			continue
		}
		e.Parent = byID[e.ParentID]
		e.missingParent = e.Parent == nil
	}
}

// place gives every entity its owner and its depth, cuts cycles and returns the
// entities with parents before children.
func place(entities []*Entity) []*Entity {
	placed := make([]*Entity, 0, len(entities))
	var path []*Entity // from an entity up to the first one that is placed
	for _, e := range entities {
		path = climb(e, path[:0])
		for _, x := range slices.Backward(path) {
			hang(x)
			x.index = len(placed)
			x.placed = true
			placed = append(placed, x)
		}
	}
	return placed
}

// climb appends e and its ancestors that are not placed yet. A cycle on the way is
// cut.
func climb(e *Entity, path []*Entity) []*Entity {
	for x := e; x != nil && !x.placed; x = x.Parent {
		if x.placing {
			cut(path[slices.Index(path, x):])
			// The cut leaves one way from e, which may be shorter than path.
			for _, y := range path {
				y.placing = false
			}
			return climb(e, path[:0])
		}
		x.placing = true
		path = append(path, x)
	}
	return path
}

// cut opens a cycle above one of its members: a segment rather than a subsegment,
// a streamed rather than an embedded one, then the earliest, then the smallest id.
func cut(cycle []*Entity) {
	top := slices.MinFunc(cycle, func(a, b *Entity) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareBool(a.embedded, b.embedded), compareStart(a, b))
	})
	top.Parent = nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareStart(a, b *Entity) int {
	return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), bytes.Compare(a.ID[:], b.ID[:]))
}

// hang sets the owner and the depth of x, whose parent is placed, and counts it
// there.
func hang(x *Entity) {
	if x.Kind == segment.KindSegment {
		x.Owner = x
		if x.Parent != nil {
			x.Parent.callees++
		}
		return
	}
	if x.Parent == nil {
		return
	}
	if x.Parent.depth == maxDepth {
		x.Parent = x.Parent.Parent
	}
	x.Owner = x.Parent.Owner
	x.depth = x.Parent.depth + 1
	x.Parent.children++
}

// list fills t's lists and the entities' lists of children and callees. entities
// are in order of receipt.
func list(t *Trace, entities []*Entity) {
	carve(entities, len(t.inferred))
	segments := len(t.inferred)
	for _, e := range entities {
		if e.Kind == segment.KindSegment {
			segments++
		}
	}
	t.Segments = make([]*Entity, 0, segments)
	for _, e := range entities {
		switch {
		case e.Kind == segment.KindSegment:
			t.Segments = append(t.Segments, e)
		case e.Parent == nil:
			t.Orphans = append(t.Orphans, e)
		case e.embedded:
			e.Parent.Children = append(e.Parent.Children, e)
		}
	}
	for _, e := range entities {
		if e.Kind == segment.KindSubsegment && e.Parent != nil && !e.embedded {
			e.Parent.Children = append(e.Parent.Children, e)
		}
	}
	t.Segments = append(t.Segments, t.inferred...)
	slices.SortFunc(t.Segments, compareStart)
	slices.SortFunc(t.Orphans, compareStart)
	for _, e := range t.Segments {
		if e.Parent != nil {
			e.Parent.Callees = append(e.Parent.Callees, e)
		}
		if t.Root == nil && e.isRoot() {
			t.Root = e
		}
	}
}

// carve allots the lists of the entities, empty, from one slice.
func carve(entities []*Entity, inferred int) {
	slots := make([]*Entity, len(entities)+inferred)
	for _, e := range entities {
		e.Children, slots = slots[:0:e.children], slots[e.children:]
		e.Callees, slots = slots[:0:e.callees], slots[e.callees:]
	}
}
