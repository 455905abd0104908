package servicegraph

import "github.com/radiograph/radiograph/trace"

// Graph is a service graph, or a part of one. The zero Graph is empty and ready.
type Graph struct {
	Nodes map[trace.Node]*Node
	Edges map[EdgeKey]*Edge

	// ends finds edges by their nodes, which is quicker than by six strings. It has
	// the edges that Observe has met, and none that is not in Edges.
	ends map[[2]*Node]*Edge
}

// EdgeKey names an edge.
type EdgeKey struct{ From, To trace.Node }

// Compare orders edges by their ends.
func (k EdgeKey) Compare(o EdgeKey) int {
	if c := k.From.Compare(o.From); c != 0 {
		return c
	}
	return k.To.Compare(o.To)
}

// Node is a node's statistics from its own segments (the server's view). Client
// nodes have none.
type Node struct {
	Stats         Stats
	ResponseTimes Histogram // of the segments
	Durations     Histogram // of the segments with their later-ending subsegments
	Root          int64     // observations that were roots of traces
	Inferred      int64     // observations known only from callers
	Bounds        Bounds
}

// Edge is an edge's statistics as the callers measured them.
type Edge struct {
	Stats         Stats
	ResponseTimes Histogram
	Aliases       map[trace.Node]int64 // callers' names for the callee, with counts
	Bounds        Bounds

	// Links counts producer-to-consumer links; EventAges has the age of the events
	// when they were received. An edge with links only is drawn dashed.
	Links     int64
	EventAges Histogram
}

// State says where a node is known from.
type State string

// The states, as the X-Ray API spells them.
const (
	StateActive  State = "active"  // its own segments
	StateUnknown State = "unknown" // its callers, or it is a client
	StatePassive State = "passive" // its callers, and it is no AWS resource
)

// State returns the state of n, whose key is given.
func (n *Node) State(key trace.Node) State {
	switch {
	case n.Stats.Total() > n.Inferred:
		return StateActive
	case key.Type == trace.NodeTypeRemote:
		return StatePassive
	}
	return StateUnknown
}

// Empty reports whether the graph has neither nodes nor edges.
func (g *Graph) Empty() bool { return len(g.Nodes) == 0 && len(g.Edges) == 0 }

// node returns the node of key, which it creates if needed, with its bounds
// widened by b.
func (g *Graph) node(key trace.Node, b Bounds) *Node {
	n := g.Nodes[key]
	if n == nil {
		if g.Nodes == nil {
			g.Nodes = map[trace.Node]*Node{}
		}
		n = &Node{Bounds: b}
		g.Nodes[key] = n
	}
	n.Bounds.widen(b)
	return n
}

// edge is node for edges. It creates the nodes at both ends, too.
func (g *Graph) edge(key EdgeKey, b Bounds) *Edge {
	e := g.Edges[key]
	if e == nil {
		if g.Edges == nil {
			g.Edges = map[EdgeKey]*Edge{}
		}
		e = &Edge{Bounds: b}
		g.Edges[key] = e
	}
	e.Bounds.widen(b)
	g.node(key.From, b)
	g.node(key.To, b)
	return e
}

// between is edge for nodes of g that are known, and whose bounds are widened
// already.
func (g *Graph) between(from, to *Node, fromKey, toKey trace.Node, b Bounds) *Edge {
	ends := [2]*Node{from, to}
	if e := g.ends[ends]; e != nil {
		e.Bounds.widen(b)
		return e
	}
	e := g.edge(EdgeKey{fromKey, toKey}, b)
	if g.ends == nil {
		g.ends = map[[2]*Node]*Edge{}
	}
	g.ends[ends] = e
	return e
}

// alias adds n to the count of an alias.
func (e *Edge) alias(key trace.Node, n int64) {
	if e.Aliases == nil {
		e.Aliases = map[trace.Node]int64{}
	}
	e.Aliases[key] += n
	if e.Aliases[key] == 0 {
		delete(e.Aliases, key)
	}
}

// isZero reports whether nothing is left of n but its bounds.
func (n *Node) isZero() bool {
	return n.Stats == Stats{} && n.Root == 0 && n.Inferred == 0 &&
		n.ResponseTimes.isZero() && n.Durations.isZero()
}

// isZero reports whether nothing is left of e but its bounds.
func (e *Edge) isZero() bool {
	return e.Stats == Stats{} && e.Links == 0 && len(e.Aliases) == 0 &&
		e.ResponseTimes.isZero() && e.EventAges.isZero()
}

// prune removes edges of which nothing is left, and then nodes of which nothing is
// left and that end no edge.
func (g *Graph) prune() {
	g.ends = nil
	for key, e := range g.Edges {
		if e.isZero() {
			delete(g.Edges, key)
		}
	}
	var idle map[trace.Node]bool
	for key, n := range g.Nodes {
		if n.isZero() {
			if idle == nil {
				idle = map[trace.Node]bool{}
			}
			idle[key] = true
		}
	}
	if idle == nil {
		return
	}
	for key := range g.Edges {
		delete(idle, key.From)
		delete(idle, key.To)
	}
	for key := range idle {
		delete(g.Nodes, key)
	}
}
