package servicegraph

import "github.com/radiograph/radiograph/trace"

// Selector picks what a time series is about: the node To when From is nil, or
// the edge between two. A nil Selector stands for all edges from client nodes to
// roots.
type Selector struct {
	From, To *NodePattern
}

// NodePattern matches nodes; nil members match everything.
type NodePattern struct{ Name, Type, AccountID *string }

// Match reports whether n fits p.
func (p *NodePattern) Match(n trace.Node) bool {
	return (p.Name == nil || *p.Name == n.Name) &&
		(p.Type == nil || *p.Type == n.Type) &&
		(p.AccountID == nil || *p.AccountID == n.AccountID)
}

// Bucket is one period of a time series.
type Bucket struct {
	End           int64 // ns since the epoch: the end of the period
	Stats         Stats
	ResponseTimes Histogram
}

// Select adds up what sel picks from g.
func (g *Graph) Select(sel *Selector) (Stats, Histogram) {
	var stats Stats
	var times Histogram
	if sel != nil && sel.From == nil {
		for key, n := range g.Nodes {
			if sel.To == nil || sel.To.Match(key) {
				stats.merge(n.Stats, 1)
				times.Merge(&n.ResponseTimes, 1)
			}
		}
		return stats, times
	}
	for key, e := range g.Edges {
		if sel.picks(key) {
			stats.merge(e.Stats, 1)
			times.Merge(&e.ResponseTimes, 1)
		}
	}
	return stats, times
}

// picks reports whether the edge is one of those that sel, nil or with From, is
// about.
func (sel *Selector) picks(key EdgeKey) bool {
	if sel == nil {
		return key.From.Type == trace.NodeTypeClient
	}
	return sel.From.Match(key.From) && (sel.To == nil || sel.To.Match(key.To))
}
