package otlp

import (
	"cmp"
	"slices"
)

// split writes the document of node i again without what makes it larger than
// limit, which is left in e.apart: as few parts as it takes, and larger than limit
// only if they have one span.
func (e *Encoder) split(i int32, limit int) {
	e.unwrite()
	e.measure(i, limit)
	e.write(i)
}

// measure returns the size of the tree below node i as far as it stays in one
// document, and cuts off what makes it too large: the largest subtrees first. From
// the leaves up that gives the fewest parts.
func (e *Encoder) measure(i int32, limit int) int {
	n := &e.nodes[i]
	e.memory.reset()
	s, around := e.translate(n, e.outer(n))
	if around != nil {
		s = around
	}
	e.scratch = s.AppendDocument(e.scratch[:0])
	size := len(e.scratch)
	if n.embedded {
		size -= embeddedSaves
	}
	alone := len(n.resource.whole) + len(e.scopes[n.scope].object) + partOverhead
	var below []int32
	total := 0
	for c := n.child; c != none; c = e.nodes[c].next {
		if e.nodes[c].embedded {
			e.nodes[c].size = e.measure(c, limit)
			total += e.nodes[c].size
			below = append(below, c)
		}
	}
	if size+total+alone <= limit {
		return size + total
	}
	slices.SortStableFunc(below, func(a, b int32) int { return cmp.Compare(e.nodes[b].size, e.nodes[a].size) })
	for _, c := range below {
		if size+total+alone <= limit {
			break
		}
		total -= e.nodes[c].size
		e.nodes[c].embedded = false
		e.apart = append(e.apart, c)
	}
	return size + total
}

// A subsegment on its own has the members trace_id, parent_id and type, and the
// names of scope and resource; what is embedded has commas. In bytes, on the safe
// side.
const (
	embeddedSaves = 80
	partOverhead  = 160
)

// outer returns the node that n is embedded in, nil if there is none.
func (e *Encoder) outer(n *node) *node {
	if !n.embedded {
		return nil
	}
	return &e.nodes[n.parent]
}
