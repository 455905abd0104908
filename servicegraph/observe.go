package servicegraph

import (
	"iter"
	"slices"

	"github.com/radiograph/radiograph/trace"
)

const nsPerMinute = 60_000_000_000

// Observe adds sign (+1 or -1) times the observations of s to g, as far as they
// were received in [from, to) (ns since the epoch). It reports whether there were
// any. In-progress observations contribute nothing.
func (g *Graph) Observe(s *trace.Summary, from, to int64, sign int64) bool {
	w := window{from, to}
	b := Bounds{s.StartTime, s.StartTime}
	var few [32]*Node
	nodes := append(few[:0], make([]*Node, len(s.Nodes))...) // of g, by index in s.Nodes, as they are needed
	node := func(i int) *Node {
		if nodes[i] == nil {
			nodes[i] = g.node(s.Nodes[i], b)
		}
		return nodes[i]
	}
	counted, emptied := false, false
	for i := range s.NodeObservations {
		if o := &s.NodeObservations[i]; w.holds(o.Received) {
			counted = true
			emptied = node(o.Node).observe(o, sign) || emptied
		}
	}
	for i := range s.EdgeObservations {
		if o := &s.EdgeObservations[i]; w.holds(o.Received) {
			counted = true
			e := g.between(node(o.From), node(o.To), s.Nodes[o.From], s.Nodes[o.To], b)
			emptied = e.observe(o, sign) || emptied
		}
	}
	for i := range s.Links {
		if l := &s.Links[i]; l.From != (trace.Node{}) && w.holds(l.Received) {
			counted = true
			emptied = g.observeLink(EdgeKey{l.From, s.Nodes[l.Node]}, l, b, sign) || emptied
		}
	}
	if emptied {
		g.prune()
	}
	return counted
}

// window is a range of receipt times.
type window struct{ from, to int64 }

func (w window) holds(received int64) bool {
	return received != trace.Unknown && w.from <= received && received < w.to
}

// observe reports whether nothing is left of the node, as the other observe does and
// observeLink of the edge.
func (n *Node) observe(o *trace.NodeObservation, sign int64) bool {
	n.Stats.add(o.Flags.Outcome(), o.ResponseTime, sign)
	n.ResponseTimes.Add(o.ResponseTime, sign)
	n.Durations.Add(o.Duration, sign)
	if o.Root {
		n.Root += sign
	}
	if o.Inferred {
		n.Inferred += sign
	}
	return n.isZero()
}

func (e *Edge) observe(o *trace.EdgeObservation, sign int64) bool {
	e.Stats.add(o.Flags.Outcome(), o.ResponseTime, sign)
	e.ResponseTimes.Add(o.ResponseTime, sign)
	if o.Alias != (trace.Node{}) {
		e.alias(o.Alias, sign)
	}
	return e.isZero()
}

func (g *Graph) observeLink(key EdgeKey, l *trace.Link, b Bounds, sign int64) bool {
	e := g.edge(key, b)
	e.Links += sign
	e.EventAges.Add(l.Age, sign)
	return e.isZero()
}

// Minutes yields the distinct receipt minutes (since the epoch) of the completed
// observations of s, ascending.
func Minutes(s *trace.Summary) iter.Seq[int64] { return Periods(s, nsPerMinute) }

// Periods is Minutes for periods of any length (ns).
func Periods(s *trace.Summary, length int64) iter.Seq[int64] {
	var periods []int64
	add := func(received int64) {
		if received == trace.Unknown {
			return
		}
		p := floorDivide(received, length)
		if last := len(periods) - 1; last < 0 || periods[last] != p {
			periods = append(periods, p)
		}
	}
	for i := range s.NodeObservations {
		add(s.NodeObservations[i].Received)
	}
	for i := range s.EdgeObservations {
		add(s.EdgeObservations[i].Received)
	}
	for i := range s.Links {
		if s.Links[i].From != (trace.Node{}) {
			add(s.Links[i].Received)
		}
	}
	slices.Sort(periods)
	return slices.Values(slices.Compact(periods))
}

// floorDivide rounds down, below zero too.
func floorDivide(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
