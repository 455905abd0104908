package insight_test

import (
	"context"
	"testing"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/load"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// shopMinute returns the graph of a minute of the load generator's shop.
func shopMinute(t testing.TB, g *load.Generator, minute int64, traces int) *servicegraph.Graph {
	graph := &servicegraph.Graph{}
	received := at(minute).UnixNano()
	for k := range traces {
		tr := g.Trace(uint64(minute)*10_000+uint64(k), at(minute).Add(time.Second))
		var docs []trace.Document
		for i := range load.DocumentsPerTrace {
			s, err := segment.Decode(g.AppendDocument(nil, &tr, i))
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, trace.Document{Segment: s, Received: received + int64(i)})
		}
		graph.Observe(trace.Assemble(tr.ID, docs).Summary(), received, received+int64(time.Minute), 1)
	}
	return graph
}

// TestOrdinaryTraffic checks that hours of the shop's ordinary traffic, whose volume
// goes up and down, make no insight.
func TestOrdinaryTraffic(t *testing.T) {
	g, r := load.NewGenerator(7, 0), seeded(20)
	faults := int64(0)
	watcher := newWatcherOf(t, insight.Options{
		State: &statetest.Memory{}, Groups: func() []group.Group { return []group.Group{watchedGroup} },
		Graph: func(_ context.Context, _ group.Group, m int64) (*servicegraph.Graph, error) {
			if m < origin {
				return &servicegraph.Graph{}, nil
			}
			graph := shopMinute(t, g, m, 4+r.IntN(24))
			for _, n := range graph.Nodes {
				faults += n.Stats.Count[segment.Fault]
			}
			return graph, nil
		},
	})
	for m := origin + 30; m < origin+8*60; m += 5 {
		advance(t, watcher, m)
	}
	for _, i := range all(watcher) {
		t.Errorf("insight: %s", i.Summary)
	}
	if faults < 100 {
		t.Errorf("only %d faults: this says nothing", faults)
	}
}

// TestFalseAlarms counts insights of many services whose rates are steady but for
// chance.
func TestFalseAlarms(t *testing.T) {
	const services, hours = 40, 12
	r := seeded(21)
	w := &world{counts: map[servicegraph.EdgeKey]map[int64][2]int64{}}
	for k := range services {
		n := trace.Node{Name: "service", AccountID: string(rune('a' + k))}
		e := servicegraph.EdgeKey{From: trace.Node{Name: n.Name, AccountID: n.AccountID, Type: trace.NodeTypeClient}, To: n}
		w.edges = append(w.edges, e)
		rates := []float64{0.001, 0.01, 0.05, 0.2}
		w.traffic(n, origin, origin+hours*60, []int64{2, 5, 20, 100}[k%4], constant(rates[k/4%4]), r)
	}
	watcher := newWatcher(t, w, &statetest.Memory{})
	run(t, watcher, origin+60, origin+hours*60)
	if found := all(watcher); len(found) > 0 {
		t.Errorf("%d insights in %d hours of %d services, the first: %s", len(found), hours, services, found[0].Summary)
	}
}

// BenchmarkMinute is what a minute of 200 services costs that have six hours of past
// and faults all the time.
func BenchmarkMinute(b *testing.B) {
	const services = 200
	r := seeded(22)
	w := &world{counts: map[servicegraph.EdgeKey]map[int64][2]int64{}}
	for k := range services {
		n := trace.Node{Name: "service", AccountID: string(rune('a' + k))}
		from := trace.Node{Name: "service", AccountID: string(rune('a' + k/2))}
		if k < 2 {
			from = clients
		}
		w.edges = append(w.edges, servicegraph.EdgeKey{From: from, To: n})
		w.traffic(n, origin, origin+400, 60, constant(0.05), r)
	}
	graphs := map[int64]*servicegraph.Graph{}
	for m := origin; m <= origin+400; m++ {
		graphs[m], _ = w.graph(b.Context(), watchedGroup, m)
	}
	watcher := newWatcherOf(b, insight.Options{
		State: &statetest.Memory{}, Groups: func() []group.Group { return []group.Group{watchedGroup} },
		Graph: func(_ context.Context, _ group.Group, m int64) (*servicegraph.Graph, error) {
			return graphs[origin+(m-origin)%400], nil
		},
	})
	minute := origin + 500
	advance(b, watcher, minute)
	b.ReportAllocs()
	for b.Loop() {
		minute++
		advance(b, watcher, minute)
	}
}
