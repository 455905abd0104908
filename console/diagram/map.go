package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Map is a service map. Edges refer to nodes by index.
type Map struct {
	Nodes []Node
	Edges []Edge
}

// Node is a party of the map.
type Node struct {
	Name string
	Type string // for example AWS::EC2::Instance, client, remote; may be empty
	Stats
}

// Edge is a call from one node to another.
type Edge struct {
	From, To int
	Link     bool // messages, not calls
	Stats
}

// Stats say how calls went over the period of the map.
type Stats struct {
	OK, Error, Throttle, Fault int64
	TotalTime                  float64 // seconds
	Period                     time.Duration
}

// Covered is the period that rates are over when the map is about the time from
// start to end, but nothing is known from before first: the data would otherwise
// look rarer than they are. It is at least ten seconds, so that one call alone does
// not look like many.
func Covered(first, start, end time.Time) time.Duration {
	if first.Before(start) {
		first = start
	}
	return min(max(end.Sub(first), 10*time.Second), end.Sub(start))
}

// Total is the number of calls.
func (s Stats) Total() int64 { return s.OK + s.Error + s.Throttle + s.Fault }

// Failed reports the share of calls that did not end well.
func (s Stats) Failed() float64 {
	if s.Total() == 0 {
		return 0
	}
	return 1 - float64(s.OK)/float64(s.Total())
}

// Average is the mean response time as text, "–" without calls.
func (s Stats) Average() string {
	if s.Total() == 0 {
		return "–"
	}
	return FormatSeconds(s.TotalTime / float64(s.Total()))
}

// Rate is the number of calls per second or per minute as text.
func (s Stats) Rate() string {
	if s.Period <= 0 {
		return "–"
	}
	perSecond := float64(s.Total()) / s.Period.Seconds()
	switch {
	case s.Total() == 0:
		return "–"
	case perSecond >= 100:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.1f/min", perSecond*60)
}

// FormatSeconds writes a response time with three digits: 850µs, 12.3ms, 1.45s.
func FormatSeconds(s float64) string {
	switch {
	case s < 0.001:
		return fmt.Sprintf("%.0fµs", s*1e6)
	case s < 0.01:
		return fmt.Sprintf("%.2fms", s*1e3)
	case s < 0.1:
		return fmt.Sprintf("%.1fms", s*1e3)
	case s < 1:
		return fmt.Sprintf("%.0fms", s*1e3)
	case s < 100:
		return fmt.Sprintf("%.2fs", s)
	}
	return fmt.Sprintf("%.0fs", s)
}

// Sort puts callers before callees, and the nodes of a layer in order of name and
// type, so that drawings do not depend on where the map came from.
func (m *Map) Sort() {
	// Which edge of a cycle points back depends on the order of the nodes, hence twice.
	m.sort(make([]int, len(m.Nodes)))
	m.sort(ranks(m))
}

func (m *Map) sort(rank []int) {
	order := make([]int, len(m.Nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := m.Nodes[a], m.Nodes[b]
		return cmp.Or(cmp.Compare(rank[a], rank[b]), strings.Compare(x.Name, y.Name), strings.Compare(x.Type, y.Type))
	})
	place := make([]int, len(order))
	nodes := make([]Node, len(order))
	for to, from := range order {
		place[from], nodes[to] = to, m.Nodes[from]
	}
	m.Nodes = nodes
	for i := range m.Edges {
		m.Edges[i].From, m.Edges[i].To = place[m.Edges[i].From], place[m.Edges[i].To]
	}
	slices.SortStableFunc(m.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}
