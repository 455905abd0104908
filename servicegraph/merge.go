package servicegraph

import (
	"github.com/radiograph/radiograph/trace"
)

// Merge adds sign (+1 or -1) times o to g. Nodes and edges whose counts fall to
// zero are removed. o is not changed and shares no memory with g afterwards.
func (g *Graph) Merge(o *Graph, sign int64) {
	g.reserve(o)
	emptied := false
	for key, other := range o.Nodes {
		n := g.node(key, other.Bounds)
		n.merge(other, sign)
		emptied = emptied || n.isZero() && !other.isZero()
	}
	for key, other := range o.Edges {
		e := g.edge(key, other.Bounds)
		e.merge(other, sign)
		emptied = emptied || e.isZero()
	}
	if emptied {
		g.prune()
	}
}

// reserve makes room in an empty graph.
func (g *Graph) reserve(o *Graph) {
	if g.Nodes == nil && len(o.Nodes) > 0 {
		g.Nodes = make(map[trace.Node]*Node, len(o.Nodes))
	}
	if g.Edges == nil && len(o.Edges) > 0 {
		g.Edges = make(map[EdgeKey]*Edge, len(o.Edges))
	}
}

func (n *Node) merge(o *Node, sign int64) {
	n.Stats.merge(o.Stats, sign)
	n.ResponseTimes.Merge(&o.ResponseTimes, sign)
	n.Durations.Merge(&o.Durations, sign)
	n.Root += sign * o.Root
	n.Inferred += sign * o.Inferred
}

func (e *Edge) merge(o *Edge, sign int64) {
	e.Stats.merge(o.Stats, sign)
	e.ResponseTimes.Merge(&o.ResponseTimes, sign)
	e.Links += sign * o.Links
	e.EventAges.Merge(&o.EventAges, sign)
	for key, n := range o.Aliases {
		e.alias(key, sign*n)
	}
}

// Clone returns a copy that shares no memory with g, except for strings.
func (g *Graph) Clone() *Graph {
	var c Graph
	c.Merge(g, 1)
	return &c
}
