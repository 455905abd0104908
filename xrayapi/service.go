package xrayapi

import (
	"maps"
	"slices"
	"time"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

type errorStatistics struct{ ThrottleCount, OtherCount, TotalCount int64 }

type faultStatistics struct{ OtherCount, TotalCount int64 }

// statistics are those of a node or an edge.
type statistics struct {
	OkCount           int64
	ErrorStatistics   errorStatistics
	FaultStatistics   faultStatistics
	TotalCount        int64
	TotalResponseTime seconds
}

type alias struct {
	Name  string
	Names []string
	Type  *string
}

type edge struct {
	ReferenceID               int `json:"ReferenceId"`
	StartTime, EndTime        *seconds
	SummaryStatistics         *statistics
	ResponseTimeHistogram     []histogramEntry
	Aliases                   []alias
	EdgeType                  *string
	ReceivedEventAgeHistogram []histogramEntry
}

// service is a node of a service graph with the edges that leave it.
type service struct {
	ReferenceID           int `json:"ReferenceId"`
	Name                  string
	Names                 []string
	Root                  *bool
	AccountID             *string `json:"AccountId"`
	Type                  *string
	State                 servicegraph.State
	StartTime, EndTime    *seconds
	Edges                 []edge
	SummaryStatistics     *statistics
	DurationHistogram     []histogramEntry
	ResponseTimeHistogram []histogramEntry
}

// timing says whether a graph shows when it was observed.
type timing bool

// Graphs of a time range are timed, those of single traces are not.
const (
	timed    timing = true
	timeless timing = false
)

// renderGraph returns the services of g, sorted by name and type; ReferenceID is a
// service's place in the result.
func renderGraph(g *servicegraph.Graph, times timing) []service {
	outgoing := make(map[trace.Node][]trace.Node, len(g.Nodes))
	places := make(map[trace.Node]int, len(g.Nodes))
	for key := range g.Edges {
		outgoing[key.From] = append(outgoing[key.From], key.To)
		places[key.From], places[key.To] = 0, 0
	}
	for n := range g.Nodes {
		// A client that called nobody says nothing.
		if n.Type != trace.NodeTypeClient {
			places[n] = 0
		}
	}
	nodes := slices.SortedFunc(maps.Keys(places), trace.Node.Compare)
	for i, n := range nodes {
		places[n] = i
	}
	services := make([]service, len(nodes))
	for i, n := range nodes {
		s := renderNode(n, g.Nodes[n], times)
		s.ReferenceID = i
		s.Edges = make([]edge, 0, len(outgoing[n]))
		slices.SortFunc(outgoing[n], trace.Node.Compare)
		for _, to := range outgoing[n] {
			e := g.Edges[servicegraph.EdgeKey{From: n, To: to}]
			if s.StartTime == nil && times == timed {
				s.StartTime, s.EndTime = bounds(e.Bounds)
			}
			s.Edges = append(s.Edges, renderEdge(e, places[to], s.StartTime, s.EndTime))
		}
		services[i] = s
	}
	return services
}

// renderNode renders a node without its edges. n is nil for nodes that are known
// from edges alone.
func renderNode(key trace.Node, n *servicegraph.Node, times timing) service {
	if n == nil {
		n = &servicegraph.Node{}
	}
	s := service{
		Name:                  key.Name,
		Names:                 []string{key.Name},
		AccountID:             orNull(key.AccountID),
		Type:                  orNull(key.Type),
		State:                 n.State(key),
		DurationHistogram:     renderHistogram(&n.Durations),
		ResponseTimeHistogram: renderHistogram(&n.ResponseTimes),
	}
	if n.Root > 0 {
		root := true
		s.Root = &root
	}
	if key.Type != trace.NodeTypeClient {
		s.SummaryStatistics = renderStatistics(n.Stats)
	}
	if times == timed {
		s.StartTime, s.EndTime = bounds(n.Bounds)
	}
	return s
}

// bounds returns whole seconds: down to the first, up to one after the last.
func bounds(b servicegraph.Bounds) (start, end *seconds) {
	if b == (servicegraph.Bounds{}) {
		return nil, nil
	}
	first := seconds(b.First).floor()
	last := seconds(b.Last).floor() + oneSecond
	return &first, &last
}

// renderEdge renders an edge to the service at place to. It repeats the times of
// the service that it leaves.
func renderEdge(e *servicegraph.Edge, to int, start, end *seconds) edge {
	out := edge{
		ReferenceID:               to,
		StartTime:                 start,
		EndTime:                   end,
		ResponseTimeHistogram:     renderHistogram(&e.ResponseTimes),
		Aliases:                   make([]alias, 0, len(e.Aliases)),
		ReceivedEventAgeHistogram: renderHistogram(&e.EventAges),
	}
	for _, n := range slices.SortedFunc(maps.Keys(e.Aliases), trace.Node.Compare) {
		out.Aliases = append(out.Aliases, alias{Name: n.Name, Names: []string{n.Name}, Type: orNull(n.Type)})
	}
	if e.Links > 0 && e.Stats.Total() == 0 {
		link := "link"
		out.EdgeType = &link
	} else {
		out.SummaryStatistics = renderStatistics(e.Stats)
	}
	return out
}

// renderStatistics renders counts, and the sum of times to the millisecond.
func renderStatistics(s servicegraph.Stats) *statistics {
	errors := errorStatistics{ThrottleCount: s.Count[segment.Throttle], OtherCount: s.Count[segment.Error]}
	errors.TotalCount = errors.ThrottleCount + errors.OtherCount
	faults := s.Count[segment.Fault]
	return &statistics{
		OkCount:           s.Count[segment.OK],
		ErrorStatistics:   errors,
		FaultStatistics:   faultStatistics{OtherCount: faults, TotalCount: faults},
		TotalCount:        s.Total(),
		TotalResponseTime: roundToMillisecond(s.TotalTime),
	}
}

func roundToMillisecond(ns int64) seconds {
	return seconds(time.Duration(ns).Round(time.Millisecond))
}
