package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// graph returns the graph of what was received in the range, in seconds after epoch.
func graph(t *testing.T, s store.Store, from, to float64) *servicegraph.Graph {
	t.Helper()
	g, err := s.Graph(t.Context(), store.GraphQuery{Start: when(from), End: when(to)})
	if err != nil {
		t.Fatalf("graph: %v", err)
	}
	return g.Graph
}

// nodesOf lists nodes as "name|type", sorted.
func nodesOf(g *servicegraph.Graph) []string {
	out := []string{}
	for n := range g.Nodes {
		out = append(out, n.Name+"|"+n.Type)
	}
	slices.Sort(out)
	return out
}

func testGraphRange(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	for i := range 300 { // five minutes, one trace a second
		rest := ""
		if i%10 == 0 {
			rest = `,"http":{"response":{"status":503}}`
		}
		put(t, s, float64(i)+0.5, document(i, 0x1000+i, "web", float64(i), float64(i)+0.25, rest))
	}
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for _, c := range []struct {
			name     string
			from, to float64
			count    int64
		}{
			{"everything", 0, 300, 300},
			{"whole minutes", 60, 180, 120},
			{"ragged ends", 17.2, 261.9, 245},
			{"inside a minute", 70.4, 70.6, 1},
			{"across a minute", 59, 61, 2},
			{"nothing", 301, 400, 0},
		} {
			g := graph(t, s, c.from, c.to)
			var web servicegraph.Node
			if n := g.Nodes[trace.Node{Name: "web"}]; n != nil {
				web = *n
			}
			if got := web.Stats.Total(); got != c.count || web.ResponseTimes.Count() != c.count {
				t.Errorf("%s: %d observations, %d in the histogram, want %d", c.name, got, web.ResponseTimes.Count(), c.count)
			}
			if e := g.Edges[servicegraph.EdgeKey{From: trace.Node{Name: "web", Type: trace.NodeTypeClient}, To: trace.Node{Name: "web"}}]; c.count > 0 && (e == nil || e.Stats != web.Stats) {
				t.Errorf("%s: the edge from the clients does not count what the root counts", c.name)
			}
			if want := c.count * int64(250*time.Millisecond); web.Stats.TotalTime < want-c.count*1000 || web.Stats.TotalTime > want+c.count*1000 {
				t.Errorf("%s: total time %d, want %d", c.name, web.Stats.TotalTime, want)
			}
		}
		faults, err := s.Graph(t.Context(), store.GraphQuery{Start: when(0), End: when(300), Predicate: compile(t, "fault")})
		if err != nil {
			t.Fatal(err)
		}
		if got := faults.Graph.Nodes[trace.Node{Name: "web"}].Stats.Count; got != [4]int64{segment.Fault: 30} {
			t.Errorf("graph of the traces with faults: %v", got)
		}
	})
}

func testSeries(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 10, document(1, 0x11, "web", 0, 1, subs(sub(0x12, "pay", 0.1, 0.9, `,"namespace":"remote","fault":true`))))
	put(t, s, 50, document(2, 0x21, "web", 0, 3, ""))
	put(t, s, 190, document(3, 0x31, "api", 0, 1, ""))
	name := func(s string) *servicegraph.NodePattern { return &servicegraph.NodePattern{Name: &s} }
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for _, c := range []struct {
			name     string
			from, to float64
			period   time.Duration
			selector *servicegraph.Selector
			want     map[float64][4]int64 // end of period in seconds: counts by outcome
		}{
			{"clients", 0, 300, time.Minute, nil, map[float64][4]int64{60: {2}, 240: {1}}},
			{"a node", 0, 300, time.Minute, &servicegraph.Selector{To: name("web")}, map[float64][4]int64{60: {2}, 240: {}}},
			{"an edge", 0, 300, time.Minute, &servicegraph.Selector{From: name("web"), To: name("pay")}, map[float64][4]int64{60: {segment.Fault: 1}, 240: {}}},
			{"the end of the minute decides", 60, 61, time.Minute, nil, map[float64][4]int64{60: {2}}},
			{"an end at the range's end is out", 0, 60, time.Minute, nil, map[float64][4]int64{}},
			{"five minutes", 0, 400, 5 * time.Minute, nil, map[float64][4]int64{300: {3}}},
		} {
			got, err := s.Series(t.Context(), store.SeriesQuery{
				GraphQuery: store.GraphQuery{Start: when(c.from), End: when(c.to)}, Period: c.period, Selector: c.selector,
			})
			if err != nil {
				t.Fatal(err)
			}
			counts := map[float64][4]int64{}
			for i, b := range got.Buckets {
				counts[time.Unix(0, b.End).Sub(epoch).Seconds()] = b.Stats.Count
				if i > 0 && b.End >= got.Buckets[i-1].End {
					t.Errorf("%s: not newest first", c.name)
				}
			}
			if diff := cmp.Diff(c.want, counts); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	})
}

func testGroups(t *testing.T, h Harness) {
	version := 1
	faults := compile(t, "fault")
	s := h.Open(t, func(s *trace.Summary, known []trace.Membership) []trace.Membership {
		if len(known) > 0 || !faults.Match(s) {
			return known
		}
		return append(slices.Clone(known), trace.Membership{GroupID: "g", Version: version, Admitted: s.LastReceived})
	})
	put(t, s, 1, document(1, 0x11, "web", 0, 1, `,"fault":true`), document(2, 0x21, "web", 0, 1, ""))
	graph(t, s, 0, 60) // both are classified
	version = 2
	put(t, s, 2, document(3, 0x31, "web", 0, 1, `,"fault":true`))
	put(t, s, 3, document(1, 0x12, "api", 0, 1, parent(0x11)))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		query := store.GraphQuery{Start: when(0), End: when(60), Group: "g", Version: 1}
		g, err := s.Graph(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Graph.Nodes[trace.Node{Name: "web"}].Stats.Total(); got != 2 || g.OldVersions {
			t.Errorf("%d members, old versions %v; want 2, false", got, g.OldVersions)
		}
		query.Version = 2
		if g, err = s.Graph(t.Context(), query); err != nil || !g.OldVersions {
			t.Errorf("old versions %v, %v; want true: trace 1 joined under version 1", g.OldVersions, err)
		}
		query.Start, query.End = when(0), when(600)
		series, err := s.Series(t.Context(), store.SeriesQuery{GraphQuery: query, Period: time.Minute})
		if err != nil || len(series.Buckets) != 1 || series.Buckets[0].Stats.Total() != 2 || !series.OldVersions {
			t.Errorf("series of the group: %+v, %v", series, err)
		}
		for _, sum := range scanAll(t, s, store.Scan{}) {
			if n := ids([]*trace.Summary{sum})[0]; (n == 1 && (len(sum.Groups) != 1 || sum.Groups[0].Version != 1)) || n == 2 && len(sum.Groups) != 0 {
				t.Errorf("trace %d is in %v", n, sum.Groups)
			}
		}
	})
}

func testLinks(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 1, document(1, 0x11, "web", 0, 1, subs(sub(0x12, "SQS", 0.1, 0.5, `,"namespace":"aws","aws":{"operation":"SendMessage","queue_url":"https://sqs/orders"}`))))
	if h.Settle != nil {
		h.Settle(t, s)
	}
	put(t, s, 5, document(2, 0x21, "worker", 2.5, 3, `,"links":[{"trace_id":"`+tid(1).String()+`","id":"0000000000000012"}]`))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		e := graph(t, s, 0, 60).Edges[servicegraph.EdgeKey{
			From: trace.Node{Name: "https://sqs/orders", Type: "AWS::SQS::Queue"}, To: trace.Node{Name: "worker"},
		}]
		if e == nil || e.Links != 1 || e.Stats.Total() != 0 {
			t.Fatalf("edge of the link: %+v", e)
		}
		for seconds, n := range e.EventAges.Values() {
			if seconds != 2 || n != 1 {
				t.Errorf("age %v counted %d times, want 2 s once", seconds, n)
			}
		}
	})
}
