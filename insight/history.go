package insight

import (
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// How far series reach back, in minutes, and how many there are at most in a group.
// Services beyond the bound are not watched.
const (
	seriesMinutes = windowMinutes + baselineMinutes + quietMinutes
	edgeMinutes   = windowMinutes + quietMinutes
	maxNodes      = 2000
	maxEdges      = 10_000
)

// series are the counts of the last minutes in a ring.
type series struct {
	cells []cell
	seen  int64 // the last minute with requests
}

// cell is Counts in less memory. No service answers four thousand million requests
// in a minute.
type cell struct{ total, ok, fault uint32 }

func newSeries(minutes int) *series { return &series{cells: make([]cell, minutes)} }

func (s *series) at(minute int64) *cell {
	n := int64(len(s.cells))
	return &s.cells[((minute%n)+n)%n]
}

func (s *series) put(minute int64, c Counts) {
	*s.at(minute) = cell{uint32(c.Total), uint32(c.OK), uint32(c.Fault)}
	s.seen = minute
}

// history is what is known of a group: the minutes up to and including last.
type history struct {
	last    int64
	nodes   map[trace.Node]*series
	edges   map[servicegraph.EdgeKey]*series
	clients *series
}

func newHistory() *history {
	return &history{
		nodes:   map[trace.Node]*series{},
		edges:   map[servicegraph.EdgeKey]*series{},
		clients: newSeries(seriesMinutes),
	}
}

// add appends a minute, which must be later than all before. Minutes left out count
// as empty.
func (h *history) add(minute int64, m *Minute) {
	blank := func(s *series) {
		first := max(h.last+1, minute-int64(len(s.cells))+1)
		for i := first; i <= minute; i++ {
			*s.at(i) = cell{}
		}
	}
	blank(h.clients)
	for key, s := range h.nodes {
		if blank(s); s.seen <= minute-int64(len(s.cells)) {
			delete(h.nodes, key)
		}
	}
	for key, s := range h.edges {
		if blank(s); s.seen <= minute-int64(len(s.cells)) {
			delete(h.edges, key)
		}
	}
	h.last = minute
	h.clients.put(minute, m.Clients)
	record(h.nodes, m.Nodes, minute, seriesMinutes, maxNodes, trace.Node.Compare)
	record(h.edges, m.Edges, minute, edgeMinutes, maxEdges, servicegraph.EdgeKey.Compare)
}

// record puts the counts of a minute into their series. When there are more new ones
// than there is room for, the first in order get it.
func record[K comparable](all map[K]*series, counts map[K]Counts, minute int64, length, most int, compare func(a, b K) int) {
	fresh := 0
	for key, c := range counts {
		if s := all[key]; s != nil {
			s.put(minute, c)
			continue
		}
		fresh++
	}
	if fresh == 0 {
		return
	}
	for _, key := range sortedKeys(counts, compare) {
		if all[key] == nil && len(all) < most {
			all[key] = newSeries(length)
			all[key].put(minute, counts[key])
		}
	}
}

// sum adds up the minutes from first to last of a series, nil for none. What the
// series has forgotten counts as empty.
func (h *history) sum(s *series, first, last int64) Counts {
	var c Counts
	if s == nil {
		return c
	}
	for m := max(first, h.last-int64(len(s.cells))+1); m <= min(last, h.last); m++ {
		x := s.at(m)
		c.add(Counts{int64(x.total), int64(x.ok), int64(x.fault)})
	}
	return c
}

// reaches reports whether calls from one node to another failed in the minutes that
// the history of edges has.
func (h *history) reaches(key servicegraph.EdgeKey) bool {
	s := h.edges[key]
	return s != nil && h.sum(s, h.last-edgeMinutes+1, h.last).Fault > 0
}
