package insight_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

var (
	clients = trace.Node{Name: "web", Type: trace.NodeTypeClient}
	web     = trace.Node{Name: "web", Type: "AWS::EC2::Instance"}
	orders  = trace.Node{Name: "orders", Type: "AWS::ECS::Container"}
	pay     = trace.Node{Name: "pay", Type: "AWS::Lambda::Function"}
	mail    = trace.Node{Name: "mail", Type: "AWS::EC2::Instance"}
)

// origin is the first minute of all tests.
const origin = int64(29_000_000)

func at(minute int64) time.Time { return time.Unix(minute*60, 0).UTC() }

// world is what was received: requests and faults by edge and minute. A node answers
// what its callers ask it.
type world struct {
	edges  []servicegraph.EdgeKey
	counts map[servicegraph.EdgeKey]map[int64][2]int64
	graphs map[int64]*servicegraph.Graph // that were asked for
}

// chain is a world in which clients call web, web calls orders and mail, and orders
// calls pay.
func chain() *world {
	w := &world{counts: map[servicegraph.EdgeKey]map[int64][2]int64{}}
	for _, e := range [][2]trace.Node{{clients, web}, {web, orders}, {web, mail}, {orders, pay}} {
		w.edges = append(w.edges, servicegraph.EdgeKey{From: e[0], To: e[1]})
	}
	return w
}

// traffic makes requests to a node in the minutes from first to last, of which a
// share are faults.
func (w *world) traffic(to trace.Node, first, last, requests int64, rate func(minute int64) float64, r *rand.Rand) *world {
	for _, e := range w.edges {
		if e.To != to {
			continue
		}
		if w.counts[e] == nil {
			w.counts[e] = map[int64][2]int64{}
		}
		for m := first; m <= last; m++ {
			w.counts[e][m] = [2]int64{requests, binomial(r, requests, rate(m))}
		}
	}
	return w
}

func binomial(r *rand.Rand, n int64, p float64) (k int64) {
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}

func constant(p float64) func(int64) float64 { return func(int64) float64 { return p } }

// graph is an insight.Source.
func (w *world) graph(_ context.Context, _ group.Group, minute int64) (*servicegraph.Graph, error) {
	if g := w.graphs[minute]; g != nil {
		return g, nil
	}
	g := &servicegraph.Graph{Nodes: map[trace.Node]*servicegraph.Node{}, Edges: map[servicegraph.EdgeKey]*servicegraph.Edge{}}
	for e, counts := range w.counts {
		c := counts[minute]
		if c[0] == 0 {
			continue
		}
		stats := servicegraph.Stats{}
		stats.Count[segment.OK], stats.Count[segment.Fault] = c[0]-c[1], c[1]
		g.Edges[e] = &servicegraph.Edge{Stats: stats}
		for _, n := range []trace.Node{e.From, e.To} {
			if g.Nodes[n] == nil {
				g.Nodes[n] = &servicegraph.Node{}
			}
		}
		for i := range stats.Count {
			g.Nodes[e.To].Stats.Count[i] += stats.Count[i]
		}
	}
	if w.graphs == nil {
		w.graphs = map[int64]*servicegraph.Graph{}
	}
	w.graphs[minute] = g
	return g, nil
}

var watchedGroup = group.Group{Name: "shop", ID: "G", Insights: group.Insights{Enabled: true, Notifications: true}}

// newWatcher returns a watcher of the group shop.
func newWatcher(t testing.TB, w *world, state *statetest.Memory) *insight.Watcher {
	t.Helper()
	return newWatcherOf(t, insight.Options{
		State: state, Graph: w.graph, Groups: func() []group.Group { return []group.Group{watchedGroup} },
	})
}

func newWatcherOf(t testing.TB, opts insight.Options) *insight.Watcher {
	t.Helper()
	watcher, err := insight.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return watcher
}

// advance judges everything until the end of a minute.
func advance(t testing.TB, w *insight.Watcher, minute int64) {
	t.Helper()
	if err := w.Advance(t.Context(), at(minute+1).Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
}

// run judges minute by minute, the first with what lies before it.
func run(t testing.TB, w *insight.Watcher, first, last int64) {
	t.Helper()
	for m := first; m <= last; m++ {
		advance(t, w, m)
	}
}

// all returns all insights of the group, oldest first.
func all(w *insight.Watcher) []*insight.Insight {
	list := w.List(watchedGroup.ID, at(0), at(origin*2))
	slices.Reverse(list)
	return list
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// services returns the nodes of an insight.
func services(i *insight.Insight) map[trace.Node]bool {
	set := map[trace.Node]bool{}
	for _, s := range i.Services {
		set[s.Node] = true
	}
	return set
}

func sameSet(set map[trace.Node]bool, nodes ...trace.Node) bool {
	want := map[trace.Node]bool{}
	for _, n := range nodes {
		want[n] = true
	}
	return maps.Equal(set, want)
}
