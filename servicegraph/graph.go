package servicegraph

import (
	"iter"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// Graph is a service graph, or a part of one. The zero Graph is empty and ready.
type Graph struct {
	Nodes map[trace.Node]*Node
	Edges map[EdgeKey]*Edge
}

// EdgeKey names an edge.
type EdgeKey struct{ From, To trace.Node }

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

// Bounds are the earliest and the latest start (ns since the epoch) of the
// contributing traces. They widen only: subtracting leaves them.
type Bounds struct{ First, Last int64 }

// Stats are the counts of outcomes and the sum of the response times.
type Stats struct {
	Count     [4]int64 // by segment.Outcome
	TotalTime int64    // ns
}

// Total is the number of all observations.
func (s Stats) Total() int64 {
	return s.Count[segment.OK] + s.Count[segment.Error] + s.Count[segment.Throttle] + s.Count[segment.Fault]
}

// Observe adds sign (+1 or -1) times the observations of s to g, as far as they
// were received in [from, to) (ns since the epoch). It reports whether there were
// any. In-progress observations contribute nothing.
func (g *Graph) Observe(s *trace.Summary, from, to int64, sign int64) bool {
	panic("servicegraph: Observe")
}

// Minutes yields the distinct receipt minutes (since the epoch) of the completed
// observations of s, ascending.
func Minutes(s *trace.Summary) iter.Seq[int64] { panic("servicegraph: Minutes") }

// Merge adds sign (+1 or -1) times o to g. Nodes and edges whose counts fall to
// zero are removed. o is not changed and shares no memory with g afterwards.
func (g *Graph) Merge(o *Graph, sign int64) { panic("servicegraph: Merge") }

// Empty reports whether the graph has neither nodes nor edges.
func (g *Graph) Empty() bool { return len(g.Nodes) == 0 && len(g.Edges) == 0 }
