package allocation

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Allocator spreads targets over collectors. It is not safe for concurrent use. The zero value
// hashes consistently.
type Allocator struct {
	// Strategy is how targets are spread, Fallback how those are that [PerNode] has no
	// collector for: "" leaves them without one. The next Allocate obeys a change.
	Strategy, Fallback Strategy

	owners map[string]string // by target, the last result
	names  []string          // of the collectors at that time
}

// Allocate returns the name of the collector of each target, by the target's key. A target
// that is in no collector's reach is not in it. Keys that appear twice count once.
func (a *Allocator) Allocate(collectors []Collector, targets []Target) map[string]string {
	collectors = unique(collectors)
	out := make(map[string]string, len(targets))
	switch a.Strategy {
	case PerNode:
		left := perNode(out, collectors, targets)
		if a.Fallback != "" && a.Fallback != PerNode {
			a.spread(a.Fallback, out, collectors, left)
		}
	default:
		a.spread(a.Strategy, out, collectors, targets)
	}
	a.owners, a.names = out, namesOf(collectors)
	return maps.Clone(out)
}

func (a *Allocator) spread(s Strategy, out map[string]string, collectors []Collector, targets []Target) {
	if len(collectors) == 0 {
		return
	}
	if s == LeastWeighted {
		a.leastWeighted(out, collectors, targets)
		return
	}
	r := newRing(collectors)
	for _, t := range targets {
		out[t.Key] = r.owner(t.Key)
	}
}

// perNode gives targets to collectors on their nodes, and returns the others. A node with
// several collectors shares its targets out by hash.
func perNode(out map[string]string, collectors []Collector, targets []Target) (left []Target) {
	nodes := map[string][]Collector{}
	for _, c := range collectors {
		if c.Node != "" {
			nodes[c.Node] = append(nodes[c.Node], c)
		}
	}
	rings := make(map[string]ring, len(nodes))
	for node, on := range nodes {
		rings[node] = newRing(on)
	}
	for _, t := range targets {
		if r, ok := rings[t.Node]; ok {
			out[t.Key] = r.owner(t.Key)
		} else {
			left = append(left, t)
		}
	}
	return left
}

// leastWeighted leaves targets where they are, and gives new ones and those of collectors that
// are gone to the collector with the fewest. When the collectors have changed it moves as few
// as make all of them even.
func (a *Allocator) leastWeighted(out map[string]string, collectors []Collector, targets []Target) {
	load := make(map[string]int, len(collectors))
	for _, c := range collectors {
		load[c.Name] = 0
	}
	for _, name := range out {
		load[name]++
	}
	var homeless []string
	held := map[string][]string{}
	seen := make(map[string]bool, len(targets))
	for _, t := range targets {
		if seen[t.Key] {
			continue
		}
		seen[t.Key] = true
		owner := a.owners[t.Key]
		if _, here := load[owner]; !here {
			homeless = append(homeless, t.Key)
			continue
		}
		out[t.Key] = owner
		load[owner]++
		held[owner] = append(held[owner], t.Key)
	}
	slices.Sort(homeless)
	for _, key := range homeless {
		name := lightest(collectors, load)
		out[key] = name
		load[name]++
		held[name] = append(held[name], key)
	}
	if !slices.Equal(a.names, namesOf(collectors)) {
		level(out, collectors, load, held)
	}
}

// level moves targets from the heaviest to the lightest until they differ by one at most.
func level(out map[string]string, collectors []Collector, load map[string]int, held map[string][]string) {
	for _, keys := range held {
		slices.Sort(keys)
	}
	for {
		from, to := heaviest(collectors, load, held), lightest(collectors, load)
		if from == "" || load[from]-load[to] < 2 {
			return
		}
		keys := held[from]
		key := keys[len(keys)-1]
		held[from] = keys[:len(keys)-1]
		held[to] = append(held[to], key)
		out[key] = to
		load[from]--
		load[to]++
	}
}

func lightest(collectors []Collector, load map[string]int) string {
	return slices.MinFunc(collectors, func(x, y Collector) int { return cmp.Compare(load[x.Name], load[y.Name]) }).Name
}

// heaviest is the collector with the most targets of those that have one that can move, "" when
// none has.
func heaviest(collectors []Collector, load map[string]int, held map[string][]string) string {
	best := ""
	for _, c := range collectors {
		if len(held[c.Name]) > 0 && (best == "" || load[c.Name] > load[best]) {
			best = c.Name
		}
	}
	return best
}

// unique returns the collectors in the order of their names, each once.
func unique(collectors []Collector) []Collector {
	out := slices.Clone(collectors)
	slices.SortFunc(out, func(x, y Collector) int { return strings.Compare(x.Name, y.Name) })
	return slices.CompactFunc(out, func(x, y Collector) bool { return x.Name == y.Name })
}

func namesOf(collectors []Collector) []string {
	out := make([]string, len(collectors))
	for i, c := range collectors {
		out[i] = c.Name
	}
	return out
}
