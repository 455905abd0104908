package consoleapi

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// change says how a node or an edge differs from before.
type change string

// The changes.
const (
	changeNew     change = "new"
	changeLost    change = "lost"
	changeChanged change = "changed"
	changeSame    change = "same"
)

type (
	compareAnswer struct {
		From    seconds      `json:"from"`
		To      seconds      `json:"to"`
		CmpFrom seconds      `json:"cmpFrom"`
		CmpTo   seconds      `json:"cmpTo"`
		Nodes   []nodeChange `json:"nodes"`
		Edges   []edgeChange `json:"edges"`
	}
	nodeChange struct {
		Node node `json:"node"`
		beforeAfter
	}
	edgeChange struct {
		Source node `json:"source"`
		Target node `json:"target"`
		Link   bool `json:"link"`
		beforeAfter
	}
	beforeAfter struct {
		Change change      `json:"change"`
		After  *statistics `json:"after"`
		Before *statistics `json:"before"`
	}
	statistics struct {
		Outcomes  outcomes    `json:"outcomes"`
		PerMinute float64     `json:"perMinute"`
		Times     timesAnswer `json:"times"`
	}
)

// compareGraphs answers with the graph of a range beside that of an earlier one.
func (a *API) compareGraphs(r *http.Request) (any, error) {
	q := r.URL.Query()
	after, err := a.spanOf(q)
	if err != nil {
		return nil, err
	}
	before := span{after.from.Add(-after.length()), after.from}
	if text := q.Get("cmp"); text != "" {
		if before.from, err = parseMoment("cmp", text); err != nil {
			return nil, err
		}
		before.to = before.from.Add(after.length())
	}
	var graphs [2]*servicegraph.Graph
	for i, s := range [...]span{before, after} {
		query, err := a.graphQuery(q, s)
		if err != nil {
			return nil, err
		}
		g, err := a.opts.Store.Graph(r.Context(), query)
		if err != nil {
			return nil, err
		}
		graphs[i] = g.Graph
	}
	out := compareAnswer{
		From: seconds(after.from.UnixNano()), To: seconds(after.to.UnixNano()),
		CmpFrom: seconds(before.from.UnixNano()), CmpTo: seconds(before.to.UnixNano()),
	}
	out.Nodes = nodeChanges(graphs[0], graphs[1], after.length())
	out.Edges = edgeChanges(graphs[0], graphs[1], after.length())
	return out, nil
}

func nodeChanges(before, after *servicegraph.Graph, length time.Duration) []nodeChange {
	out := []nodeChange{}
	for _, key := range bothKeys(before.Nodes, after.Nodes, trace.Node.Compare) {
		if key.Type != trace.NodeTypeClient {
			out = append(out, nodeChange{nodeOf(key), compareMeasures(measureNode(before.Nodes[key]), measureNode(after.Nodes[key]), length)})
		}
	}
	return out
}

func edgeChanges(before, after *servicegraph.Graph, length time.Duration) []edgeChange {
	out := []edgeChange{}
	for _, key := range bothKeys(before.Edges, after.Edges, servicegraph.EdgeKey.Compare) {
		e := after.Edges[key]
		if e == nil {
			e = before.Edges[key]
		}
		out = append(out, edgeChange{
			Source: nodeOf(key.From), Target: nodeOf(key.To), Link: e.Links > 0 && e.Stats.Total() == 0,
			beforeAfter: compareMeasures(measureEdge(before.Edges[key]), measureEdge(after.Edges[key]), length),
		})
	}
	return out
}

// bothKeys returns the keys of both maps in order.
func bothKeys[K comparable, V any](a, b map[K]V, compare func(K, K) int) []K {
	keys := make([]K, 0, max(len(a), len(b)))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, twice := a[k]; !twice {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compare)
	return keys
}

// measure is what a node or an edge was measured to be in one range.
type measure struct {
	stats servicegraph.Stats
	times *servicegraph.Histogram
}

func measureNode(n *servicegraph.Node) *measure {
	if n == nil {
		return nil
	}
	return &measure{n.Stats, &n.ResponseTimes}
}

func measureEdge(e *servicegraph.Edge) *measure {
	if e == nil {
		return nil
	}
	return &measure{e.Stats, &e.ResponseTimes}
}

func compareMeasures(before, after *measure, length time.Duration) beforeAfter {
	out := beforeAfter{Change: changeSame, After: after.answer(length), Before: before.answer(length)}
	switch {
	case before == nil:
		out.Change = changeNew
	case after == nil:
		out.Change = changeLost
	case before.changed(after):
		out.Change = changeChanged
	}
	return out
}

// What counts as a change.
const (
	changedTraffic     = 1.5 // times more or less
	changedRequests    = 20
	changedTime        = 1.25 // times slower or faster, at the 95th percentile
	changedTimeAtLeast = 0.010
)

// changed reports whether b is another picture than m.
func (m *measure) changed(b *measure) bool {
	x, y := m.stats.Total(), b.stats.Total()
	if max(x, y)-min(x, y) >= changedRequests && float64(max(x, y)) >= changedTraffic*float64(min(x, y)) {
		return true
	}
	if x == 0 || y == 0 {
		return false
	}
	z := zOf(1)
	for _, o := range []segment.Outcome{segment.Error, segment.Throttle, segment.Fault} {
		d := differ(shareOf(m.stats.Count[o], x, z), shareOf(b.stats.Count[o], y, z))
		if d.Significant {
			return true
		}
	}
	p, okP := m.times.Quantile(0.95)
	q, okQ := b.times.Quantile(0.95)
	return okP && okQ && max(p, q)-min(p, q) >= changedTimeAtLeast && max(p, q) >= changedTime*min(p, q)
}

// answer returns m for the wire; nil for nil.
func (m *measure) answer(length time.Duration) *statistics {
	if m == nil {
		return nil
	}
	return &statistics{
		Outcomes:  outcomesOf(m.stats.Count),
		PerMinute: math.Round(float64(m.stats.Total())/length.Minutes()*1000) / 1000,
		Times:     timesOf(m.stats, m.times),
	}
}

// timesOf returns what a histogram says of times.
func timesOf(stats servicegraph.Stats, h *servicegraph.Histogram) timesAnswer {
	out := timesAnswer{Count: h.Count()}
	if out.Count == 0 {
		return out
	}
	out.Average = new(seconds(stats.TotalTime / cmp.Or(stats.Total(), out.Count)))
	for _, q := range []struct {
		at **seconds
		of float64
	}{{&out.Min, 0}, {&out.P50, 0.5}, {&out.P75, 0.75}, {&out.P90, 0.9}, {&out.P95, 0.95}, {&out.P99, 0.99}, {&out.Max, 1}} {
		if v, ok := h.Quantile(q.of); ok {
			*q.at = new(seconds(math.Round(v*1000) * 1e6))
		}
	}
	return out
}
