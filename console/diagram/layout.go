package diagram

import "slices"

// layout places the nodes of a map in layers, callers left of callees. Edges that
// span several layers pass through places of their own, so that they do not cross
// other nodes.
type layout struct {
	layers [][]int // places by layer, top to bottom; places below len(nodes) are nodes
	layer  []int   // by place
	row    []float64
	paths  [][]int // by edge: the places that it passes, its ends included; nil for loops
}

const sweeps = 6

func newLayout(m *Map) *layout {
	l := &layout{layer: ranks(m)}
	l.route(m)
	for place, layer := range l.layer {
		for len(l.layers) <= layer {
			l.layers = append(l.layers, nil)
		}
		l.layers[layer] = append(l.layers[layer], place)
	}
	l.order()
	l.align()
	return l
}

// ranks returns the layer of each node: the longest way from a node without
// callers, where edges that close a cycle do not count.
func ranks(m *Map) []int {
	forward := acyclic(m)
	rank := make([]int, len(m.Nodes))
	for range m.Nodes { // longest paths settle after at most that many rounds
		changed := false
		for i, e := range m.Edges {
			if forward[i] && rank[e.To] < rank[e.From]+1 {
				rank[e.To], changed = rank[e.From]+1, true
			}
		}
		if !changed {
			break
		}
	}
	return rank
}

// acyclic reports for each edge whether it counts: loops and edges back to a node
// on the way from the start do not. Nodes that nobody calls start first.
func acyclic(m *Map) []bool {
	out := make([][]int, len(m.Nodes))
	called := make([]bool, len(m.Nodes))
	for i, e := range m.Edges {
		out[e.From] = append(out[e.From], i)
		called[e.To] = called[e.To] || e.From != e.To
	}
	const (
		unseen = iota
		open
		closed
	)
	state := make([]int, len(m.Nodes))
	forward := make([]bool, len(m.Edges))
	var visit func(n int)
	visit = func(n int) {
		state[n] = open
		for _, i := range out[n] {
			to := m.Edges[i].To
			forward[i] = state[to] != open
			if state[to] == unseen {
				visit(to)
			}
		}
		state[n] = closed
	}
	for _, wanted := range []bool{false, true} {
		for n := range m.Nodes {
			if called[n] == wanted && state[n] == unseen {
				visit(n)
			}
		}
	}
	return forward
}

// route gives each edge its path and adds the places that long edges pass.
func (l *layout) route(m *Map) {
	l.paths = make([][]int, len(m.Edges))
	for i, e := range m.Edges {
		if e.From == e.To {
			continue
		}
		from, to := l.layer[e.From], l.layer[e.To]
		step := 1
		if to < from {
			step = -1
		}
		path := []int{e.From}
		for at := from + step; at != to && from != to; at += step {
			l.layer = append(l.layer, at)
			path = append(path, len(l.layer)-1)
		}
		l.paths[i] = append(path, e.To)
	}
}

// order sorts each layer by the mean position of the neighbours, forth and back,
// which keeps crossings few.
func (l *layout) order() {
	l.row = make([]float64, len(l.layer))
	for _, places := range l.layers {
		for i, p := range places {
			l.row[p] = float64(i)
		}
	}
	neighbours := l.neighbours()
	for sweep := range sweeps {
		for i := range l.layers {
			at, towards := i, -1
			if sweep%2 == 1 {
				at, towards = len(l.layers)-1-i, 1
			}
			places := l.layers[at]
			want := map[int]float64{}
			for _, p := range places {
				want[p] = l.mean(p, neighbours[p], at+towards)
			}
			slices.SortStableFunc(places, func(a, b int) int {
				switch {
				case want[a] < want[b]:
					return -1
				case want[a] > want[b]:
					return 1
				}
				return 0
			})
			for i, p := range places {
				l.row[p] = float64(i)
			}
		}
	}
}

func (l *layout) neighbours() [][]int {
	n := make([][]int, len(l.layer))
	for _, path := range l.paths {
		for i := 1; i < len(path); i++ {
			a, b := path[i-1], path[i]
			n[a], n[b] = append(n[a], b), append(n[b], a)
		}
	}
	return n
}

// mean is the mean row of p's neighbours in a layer, p's own row without any.
func (l *layout) mean(p int, neighbours []int, layer int) float64 {
	sum, n := 0.0, 0
	for _, q := range neighbours {
		if l.layer[q] == layer {
			sum += l.row[q]
			n++
		}
	}
	if n == 0 {
		return l.row[p]
	}
	return sum / float64(n)
}

// align moves the rows of each layer towards their neighbours without changing
// the order, so that chains become straight.
func (l *layout) align() {
	longest := 0
	for _, places := range l.layers {
		longest = max(longest, len(places))
	}
	for _, places := range l.layers {
		offset := float64(longest-len(places)) / 2
		for _, p := range places {
			l.row[p] += offset
		}
	}
	neighbours := l.neighbours()
	for range sweeps {
		for layer, places := range l.layers {
			for i, p := range places {
				want := (l.mean(p, neighbours[p], layer-1) + l.mean(p, neighbours[p], layer+1)) / 2
				if i > 0 {
					want = max(want, l.row[places[i-1]]+1)
				}
				if i+1 < len(places) {
					want = min(want, l.row[places[i+1]]-1)
				}
				if i == 0 || want >= l.row[places[i-1]]+1 {
					l.row[p] = want
				}
			}
		}
	}
	least := 0.0
	for i, r := range l.row {
		if i == 0 || r < least {
			least = r
		}
	}
	for i := range l.row {
		l.row[i] -= least
	}
}

// rows is the number of rows that the drawing needs.
func (l *layout) rows() float64 {
	most := 0.0
	for _, r := range l.row {
		most = max(most, r)
	}
	return most + 1
}
