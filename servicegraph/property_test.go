package servicegraph_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

func randomSummary(t *rapid.T) *trace.Summary {
	return summaryOf(trace.Assemble(tracetest.TraceID, tracetest.Random(t)))
}

func randomGraph(t *rapid.T, label string) *servicegraph.Graph {
	g := &servicegraph.Graph{}
	for _, s := range rapid.SliceOfN(rapid.Custom(randomSummary), 0, 3).Draw(t, label) {
		observeAll(g, s, 1)
	}
	return g
}

func observeAll(g *servicegraph.Graph, s *trace.Summary, sign int64) bool {
	return g.Observe(s, math.MinInt64, math.MaxInt64, sign)
}

func sum(graphs ...*servicegraph.Graph) *servicegraph.Graph {
	g := &servicegraph.Graph{}
	for _, o := range graphs {
		g.Merge(o, 1)
	}
	return g
}

func equal(t *rapid.T, what string, want, got *servicegraph.Graph) {
	t.Helper()
	if diff := cmp.Diff(printGraph(want), printGraph(got)); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := randomGraph(t, "a"), randomGraph(t, "b"), randomGraph(t, "c")
		abc := sum(a, b, c)
		equal(t, "c + b + a", abc, sum(c, b, a))
		equal(t, "a + (b + c)", abc, sum(a, sum(b, c)))
		abc.Merge(c, -1)
		abc.Merge(b, -1)
		abc.Merge(a, -1)
		if !abc.Empty() {
			t.Fatalf("a + b + c − c − b − a is not empty:\n%s", printGraph(abc))
		}
	})
}

func TestMergeSharesNoMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := randomGraph(t, "a"), randomGraph(t, "b")
		before := printGraph(a)
		c := a.Clone()
		c.Merge(b, 1)
		c.Merge(b, 1)
		if diff := cmp.Diff(before, printGraph(a)); diff != "" {
			t.Fatalf("the original changed with its clone (-want +got):\n%s", diff)
		}
	})
}

func TestObservingBackLeavesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomSummary(t)
		var g servicegraph.Graph
		added := observeAll(&g, s, 1)
		if removed := observeAll(&g, s, -1); added != removed || !g.Empty() {
			t.Fatalf("added: %v, removed: %v, left:\n%s", added, removed, printGraph(&g))
		}
		// A difference may be made before what it is taken from.
		observeAll(&g, s, -1)
		observeAll(&g, s, 1)
		if !g.Empty() {
			t.Fatalf("left after taking away and adding:\n%s", printGraph(&g))
		}
	})
}

func TestMinutesMakeTheWhole(t *testing.T) {
	const minute = 60_000_000_000
	rapid.Check(t, func(t *rapid.T) {
		s := randomSummary(t)
		var whole, parts servicegraph.Graph
		observeAll(&whole, s, 1)
		for m := range servicegraph.Minutes(s) {
			var part servicegraph.Graph
			if !part.Observe(s, m*minute, (m+1)*minute, 1) {
				t.Fatalf("nothing in minute %d", m)
			}
			parts.Merge(&part, 1)
		}
		equal(t, "sum of the minutes", &whole, &parts)
	})
}

func TestEveryEdgeEndsAtNodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := randomGraph(t, "a"), randomGraph(t, "b")
		g := sum(a, b)
		g.Merge(a, -1)
		for key := range g.Edges {
			if g.Nodes[key.From] == nil || g.Nodes[key.To] == nil {
				t.Fatalf("edge %v ends nowhere:\n%s", key, printGraph(g))
			}
		}
	})
}

func TestGraphEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t, "graph")
		if rapid.Bool().Draw(t, "negative") {
			g.Merge(randomGraph(t, "taken away"), -1)
		}
		b := g.AppendBinary([]byte("before"))
		var decoded servicegraph.Graph
		rest, err := decoded.DecodeBinary(append(b[len("before"):], "after"...))
		if err != nil || string(rest) != "after" {
			t.Fatalf("decode: rest %q, %v", rest, err)
		}
		equal(t, "decoded", g, &decoded)
		if again := decoded.AppendBinary([]byte("before")); !cmp.Equal(b, again) {
			t.Fatalf("encoded again: %x, want %x", again, b)
		}
	})
}
