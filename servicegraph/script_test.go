package servicegraph_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

func TestScripts(t *testing.T) {
	tracetest.Run(t, func(t *testing.T) func(tracetest.Command) string {
		var docs []trace.Document
		return func(c tracetest.Command) string {
			switch c.Name {
			case "reset":
				docs = nil
				return ""
			case "put":
				more, err := tracetest.Documents(c.Input, number(t, c.Args[0]))
				if err != nil {
					t.Fatal(err)
				}
				docs = append(docs, more...)
				return ""
			}
			s := summaryOf(trace.Assemble(tracetest.TraceID, docs))
			return show(t, s, c)
		}
	})
}

func number(t *testing.T, s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// summaryOf is the summary with links to the trace itself resolved.
func summaryOf(tr *trace.Trace) *trace.Summary {
	s := tr.Summary()
	for i := range s.Links {
		l := &s.Links[i]
		if n, end, ok := tr.NodeOf(l.ID); ok && end != trace.Unknown {
			l.From, l.Age = n, max(0, l.Start-end)
		}
	}
	return s
}

// show prints what a command asks for. The range of a graph is in seconds.
func show(t *testing.T, s *trace.Summary, c tracetest.Command) string {
	switch c.Name {
	case "graph":
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		if len(c.Args) == 2 {
			from, to = tracetest.Nanoseconds(number(t, c.Args[0])), tracetest.Nanoseconds(number(t, c.Args[1]))
		}
		var g servicegraph.Graph
		counted := g.Observe(s, from, to, 1)
		if counted == g.Empty() {
			t.Errorf("Observe says %v of a graph that is empty: %v", counted, g.Empty())
		}
		return printGraph(&g)
	case "minutes":
		return fmt.Sprint(slices.Collect(servicegraph.Minutes(s)))
	}
	t.Fatalf("unknown command %q", c.Name)
	return ""
}

func printGraph(g *servicegraph.Graph) string {
	var b strings.Builder
	for _, key := range slices.SortedFunc(maps.Keys(g.Nodes), trace.Node.Compare) {
		n := g.Nodes[key]
		fmt.Fprintf(&b, "%s %s%s", tracetest.Node(key), n.State(key), printStats(n.Stats))
		if n.Root != 0 {
			fmt.Fprintf(&b, " root=%d", n.Root)
		}
		if n.Inferred != 0 {
			fmt.Fprintf(&b, " inferred=%d", n.Inferred)
		}
		fmt.Fprintf(&b, " responsetimes=%s durations=%s", printHistogram(&n.ResponseTimes), printHistogram(&n.Durations))
		fmt.Fprintf(&b, " %s..%s\n", tracetest.Seconds(n.Bounds.First), tracetest.Seconds(n.Bounds.Last))
	}
	for _, key := range slices.SortedFunc(maps.Keys(g.Edges), servicegraph.EdgeKey.Compare) {
		e := g.Edges[key]
		fmt.Fprintf(&b, "%s → %s%s", tracetest.Node(key.From), tracetest.Node(key.To), printStats(e.Stats))
		for _, alias := range slices.SortedFunc(maps.Keys(e.Aliases), trace.Node.Compare) {
			fmt.Fprintf(&b, " alias %s×%d", tracetest.Node(alias), e.Aliases[alias])
		}
		fmt.Fprintf(&b, " responsetimes=%s", printHistogram(&e.ResponseTimes))
		if e.Links != 0 {
			fmt.Fprintf(&b, " links=%d ages=%s", e.Links, printHistogram(&e.EventAges))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func printStats(s servicegraph.Stats) string {
	var b strings.Builder
	for o, n := range s.Count {
		if n != 0 {
			fmt.Fprintf(&b, " %s=%d", tracetest.Outcome(segment.Outcome(o)), n)
		}
	}
	return b.String() + " Σ" + tracetest.Seconds(s.TotalTime)
}

func printHistogram(h *servicegraph.Histogram) string {
	var words []string
	for v, n := range h.Values() {
		words = append(words, fmt.Sprintf("%g×%d", v, n))
	}
	return fmt.Sprint(words)
}
