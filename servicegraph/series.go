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
func (g *Graph) Select(sel *Selector) (Stats, Histogram) { panic("servicegraph: Select") }
