package allocation_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
)

func collectors(n int) []allocation.Collector {
	out := make([]allocation.Collector, n)
	for i := range out {
		out[i] = allocation.Collector{Name: fmt.Sprintf("scraper-collector-%d", i), Node: fmt.Sprintf("node-%d", i)}
	}
	return out
}

func targets(n, nodes int) []allocation.Target {
	out := make([]allocation.Target, n)
	for i := range out {
		out[i] = allocation.Target{Key: fmt.Sprintf("job/10.0.%d.%d:8080", i/250, i%250), Node: fmt.Sprintf("node-%d", i%nodes)}
	}
	return out
}

func loads(owners map[string]string) map[string]int {
	out := map[string]int{}
	for _, name := range owners {
		out[name]++
	}
	return out
}

// A collector that joins or leaves moves its own targets alone, whatever came before, and a
// second allocator with the same sets agrees.
func TestConsistentHashingMovesOnlyWhatItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,6}-[0-9]`), 1, 12, rapid.ID).Draw(t, "collectors")
		keys := rapid.SliceOfNDistinct(rapid.String(), 0, 200, rapid.ID).Draw(t, "targets")
		var all []allocation.Collector
		for _, name := range names {
			all = append(all, allocation.Collector{Name: name})
		}
		var list []allocation.Target
		for _, key := range keys {
			list = append(list, allocation.Target{Key: key})
		}
		var a allocation.Allocator
		with := a.Allocate(all, list)
		if len(with) != len(keys) {
			t.Fatalf("%d of %d targets have a collector", len(with), len(keys))
		}
		leaver := rapid.SampledFrom(names).Draw(t, "leaver")
		without := a.Allocate(slices.DeleteFunc(slices.Clone(all), func(c allocation.Collector) bool { return c.Name == leaver }), list)
		for key, before := range with {
			if after := without[key]; before != leaver && after != before {
				t.Fatalf("%q moved from %s to %s when %s left", key, before, after, leaver)
			}
		}
		slices.Reverse(all)
		var other allocation.Allocator
		if again, fresh := a.Allocate(all, list), other.Allocate(all, list); !maps.Equal(again, with) || !maps.Equal(fresh, with) {
			t.Fatal("the same sets have another result")
		}
	})
}

func TestConsistentHashingIsEven(t *testing.T) {
	var a allocation.Allocator
	for name, n := range loads(a.Allocate(collectors(10), targets(20_000, 1))) {
		if n < 1_700 || n > 2_300 {
			t.Errorf("%s has %d of 20000 targets", name, n)
		}
	}
}

// Loads differ by one at most after every change of the collectors, and targets stay when
// nothing makes them move.
func TestLeastWeighted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := allocation.Allocator{Strategy: allocation.LeastWeighted}
		list := targets(rapid.IntRange(0, 100).Draw(t, "targets"), 1)
		for range 4 {
			on := collectors(rapid.IntRange(1, 8).Draw(t, "collectors"))
			owners := a.Allocate(on, list)
			if len(owners) != len(list) {
				t.Fatalf("%d of %d targets have a collector", len(owners), len(list))
			}
			n := loads(owners)
			for _, c := range on {
				if got := n[c.Name]; got < len(list)/len(on) || got > (len(list)+len(on)-1)/len(on) {
					t.Fatalf("%s has %d of %d targets of %d collectors", c.Name, got, len(list), len(on))
				}
			}
			if !maps.Equal(a.Allocate(on, list), owners) {
				t.Fatal("targets moved for nothing")
			}
		}
	})
}

func TestLeastWeightedNewTargets(t *testing.T) {
	a := allocation.Allocator{Strategy: allocation.LeastWeighted}
	before := a.Allocate(collectors(3), targets(9, 1))
	after := a.Allocate(collectors(3), targets(12, 1))
	for key, owner := range before {
		if after[key] != owner {
			t.Errorf("%s moved from %s to %s", key, owner, after[key])
		}
	}
	for name, n := range loads(after) {
		if n != 4 {
			t.Errorf("%s has %d targets", name, n)
		}
	}
}

func TestPerNode(t *testing.T) {
	list := append(targets(9, 4), allocation.Target{Key: "no node"})
	a := allocation.Allocator{Strategy: allocation.PerNode}
	owners := a.Allocate(collectors(3), list)
	for _, target := range list {
		want := ""
		if target.Node != "" && target.Node != "node-3" {
			want = "scraper-collector-" + target.Node[len("node-"):]
		}
		if owners[target.Key] != want {
			t.Errorf("%+v: got %q, want %q", target, owners[target.Key], want)
		}
	}
	for _, fallback := range []allocation.Strategy{allocation.ConsistentHashing, allocation.LeastWeighted} {
		a.Fallback = fallback
		if owners = a.Allocate(collectors(3), list); len(owners) != len(list) {
			t.Errorf("%s: %d of %d targets have a collector", fallback, len(owners), len(list))
		}
	}
}

func TestNoCollectors(t *testing.T) {
	for _, s := range []allocation.Strategy{allocation.ConsistentHashing, allocation.LeastWeighted, allocation.PerNode} {
		a := allocation.Allocator{Strategy: s, Fallback: allocation.ConsistentHashing}
		if owners := a.Allocate(nil, targets(3, 1)); len(owners) > 0 {
			t.Errorf("%s: %v", s, owners)
		}
	}
}

func TestParseStrategy(t *testing.T) {
	if s, err := allocation.ParseStrategy(""); err != nil || s != allocation.ConsistentHashing {
		t.Error(s, err)
	}
	if _, err := allocation.ParseStrategy("round-robin"); err == nil {
		t.Error("round-robin is accepted")
	}
}

func BenchmarkConsistentHashing(b *testing.B) {
	on, list := collectors(50), targets(50_000, 1)
	var a allocation.Allocator
	b.ReportAllocs()
	for b.Loop() {
		a.Allocate(on, list)
	}
}
