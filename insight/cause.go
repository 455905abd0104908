package insight

import (
	"maps"
	"slices"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// adjacency says which of some nodes call which others, as far as calls failed.
// Nodes are numbered by their place in the sorted slice.
type adjacency [][]int

func (h *history) adjacency(nodes []trace.Node) adjacency {
	out := make(adjacency, len(nodes))
	for i, from := range nodes {
		for j, to := range nodes {
			if i != j && h.reaches(servicegraph.EdgeKey{From: from, To: to}) {
				out[i] = append(out[i], j)
			}
		}
	}
	return out
}

// components returns the nodes that hang together, each list sorted, in the order of
// their first nodes.
func (a adjacency) components() [][]int {
	both := make(adjacency, len(a))
	for from, called := range a {
		for _, to := range called {
			both[from] = append(both[from], to)
			both[to] = append(both[to], from)
		}
	}
	var out [][]int
	seen := make([]bool, len(a))
	for i := range a {
		if seen[i] {
			continue
		}
		reached := both.reach(i)
		members := []int{}
		for j := range reached {
			if reached[j] {
				seen[j] = true
				members = append(members, j)
			}
		}
		out = append(out, members)
	}
	return out
}

// reach returns which nodes are reached from one, itself included.
func (a adjacency) reach(from int) []bool {
	reached := make([]bool, len(a))
	reached[from] = true
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range a[queue[0]] {
			if !reached[to] {
				reached[to] = true
				queue = append(queue, to)
			}
		}
	}
	return reached
}

// rootCause returns the place of the service at the end of the chains of failed
// calls. Services that call each other in a circle are at the end together. Among
// several ends the one with most faults beyond the expected is it, then the first.
func (h *history) rootCause(services []Service) int {
	nodes := make([]trace.Node, len(services))
	for i := range services {
		nodes[i] = services[i].Node
	}
	a := h.adjacency(nodes)
	reach := make([][]bool, len(nodes))
	for i := range nodes {
		reach[i] = a.reach(i)
	}
	best := -1
	for i := range nodes {
		last := true
		for j := range nodes {
			last = last && (!reach[i][j] || reach[j][i])
		}
		if last && (best < 0 || services[i].excess() > services[best].excess()) {
			best = i
		}
	}
	return best
}

// Affected returns the part of g that an insight is about: its services, and
// everything from which failed calls lead to them, up to the clients. g is not
// changed; nodes and edges are shared with it.
func Affected(g *servicegraph.Graph, i *Insight) *servicegraph.Graph {
	kept := map[trace.Node]bool{}
	var queue []trace.Node
	keep := func(n trace.Node) {
		if !kept[n] {
			kept[n] = true
			queue = append(queue, n)
		}
	}
	for _, s := range i.Services {
		if g.Nodes[s.Node] != nil {
			keep(s.Node)
		}
	}
	callers := map[trace.Node][]trace.Node{}
	for key, e := range g.Edges {
		if CountsOf(e.Stats).Fault > 0 {
			callers[key.To] = append(callers[key.To], key.From)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, from := range callers[queue[0]] {
			keep(from)
		}
	}
	out := &servicegraph.Graph{Nodes: map[trace.Node]*servicegraph.Node{}, Edges: map[servicegraph.EdgeKey]*servicegraph.Edge{}}
	for n := range kept {
		if node := g.Nodes[n]; node != nil {
			out.Nodes[n] = node
		}
	}
	for key, e := range g.Edges {
		if kept[key.From] && kept[key.To] && CountsOf(e.Stats).Total > 0 {
			out.Edges[key] = e
		}
	}
	return out
}

// sortedKeys returns the keys of m in order.
func sortedKeys[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(m), compare)
}
