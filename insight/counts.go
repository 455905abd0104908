package insight

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// Counts are requests by how they ended. What is neither OK nor a fault is an error
// of the client or was throttled.
type Counts struct {
	Total int64 `json:"total"`
	OK    int64 `json:"ok"`
	Fault int64 `json:"fault"`
}

// CountsOf returns the counts in s. Counts below zero, which parts of a store may
// have, become zero.
func CountsOf(s servicegraph.Stats) Counts {
	return Counts{
		Total: max(0, s.Total()),
		OK:    max(0, s.Count[segment.OK]),
		Fault: max(0, s.Count[segment.Fault]),
	}
}

// Rate is the share of faults, 0 without requests.
func (c Counts) Rate() float64 {
	if c.Total == 0 {
		return 0
	}
	return float64(c.Fault) / float64(c.Total)
}

func (c *Counts) add(o Counts) {
	c.Total += o.Total
	c.OK += o.OK
	c.Fault += o.Fault
}

// Minute is what was received of a group's traces in a minute.
type Minute struct {
	Nodes   map[trace.Node]Counts           // as the services measured, without clients
	Edges   map[servicegraph.EdgeKey]Counts // as the callers measured, without links and clients
	Clients Counts                          // of the edges from clients to roots
}

// MinuteOf returns the counts of the graph of a minute.
func MinuteOf(g *servicegraph.Graph) *Minute {
	m := &Minute{
		Nodes: make(map[trace.Node]Counts, len(g.Nodes)),
		Edges: make(map[servicegraph.EdgeKey]Counts, len(g.Edges)),
	}
	for key, n := range g.Nodes {
		if c := CountsOf(n.Stats); key.Type != trace.NodeTypeClient && c.Total > 0 {
			m.Nodes[key] = c
		}
	}
	for key, e := range g.Edges {
		c := CountsOf(e.Stats)
		switch {
		case c.Total == 0: // a link carries no answer back, and so no fault
		case key.From.Type == trace.NodeTypeClient:
			m.Clients.add(c)
		default:
			m.Edges[key] = c
		}
	}
	return m
}
