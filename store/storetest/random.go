package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
)

// testAgainstMemory writes random batches to the engine and to a Memory, lets the
// engine work in between, and asks both the same questions.
func testAgainstMemory(t *testing.T, h Harness) {
	rapid.Check(t, func(rt *rapid.T) {
		engine, model := h.Open(t, nil), store.Store(NewMemory(nil))
		received := 0.0
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			received += rapid.Float64Range(0.001, 40).Draw(rt, "pause")
			docs := rapid.SliceOfN(rapid.Custom(randomDocument), 1, 6).Draw(rt, "documents")
			put(t, engine, received, docs...)
			put(t, model, received, docs...)
			switch rapid.IntRange(0, 5).Draw(rt, "then") {
			case 0:
				if h.Settle != nil {
					h.Settle(t, engine)
				}
			case 1:
				if h.Reopen != nil {
					engine = h.Reopen(t, engine)
				}
			case 2:
				compare(t, rt, engine, model, received)
			}
		}
		compare(t, rt, engine, model, received)
		if err := engine.Close(); err != nil {
			rt.Fatalf("close: %v", err)
		}
	})
}

// randomDocument draws one document of one of a few traces whose few entities
// refer to each other.
func randomDocument(rt *rapid.T) string {
	n := rapid.IntRange(1, 4).Draw(rt, "trace")
	entity := rapid.IntRange(1, 5).Draw(rt, "entity")
	start := rapid.Float64Range(0, 100).Draw(rt, "start")
	end := start + rapid.Float64Range(0, 3).Draw(rt, "duration")
	rest := ""
	if p := rapid.IntRange(0, 9).Draw(rt, "parent"); p > 3 && p-3 != entity {
		rest += fmt.Sprintf(`,"parent_id":"%016x"`, n<<16|(p-3)<<8|rapid.IntRange(0, 1).Draw(rt, "of its calls"))
	}
	rest += rapid.SampledFrom([]string{``, `,"fault":true`, `,"http":{"response":{"status":429}}`, `,"user":"u-1"`, `,"annotations":{"k":1}`}).Draw(rt, "more")
	if rapid.Bool().Draw(rt, "calls") {
		rest += subs(sub(n<<16|entity<<8|1, "callee", start, end, rapid.SampledFrom([]string{
			`,"namespace":"remote"`, ``, `,"namespace":"aws","aws":{"operation":"GetItem","table_name":"carts"}`,
		}).Draw(rt, "call")))
	}
	if rapid.IntRange(0, 4).Draw(rt, "open") == 0 {
		end = -1
	}
	return document(n, n<<16|entity<<8, fmt.Sprintf("svc-%d", entity), start, end, rest)
}

func compare(t *testing.T, rt *rapid.T, engine, model store.Store, received float64) {
	t.Helper()
	for n := 1; n <= 4; n++ {
		want, got := one(t, model, tid(n)), one(t, engine, tid(n))
		if (want == nil) != (got == nil) {
			rt.Fatalf("trace %d: model has it: %v, engine has it: %v", n, want != nil, got != nil)
		}
		if want == nil {
			continue
		}
		if diff := cmp.Diff(documentsOf(want), documentsOf(got)); diff != "" {
			rt.Fatalf("trace %d (-model +engine):\n%s", n, diff)
		}
	}
	for _, clock := range []store.Clock{store.ByStart, store.ByReceipt, store.ByService} {
		if diff := cmp.Diff(scanAll(t, model, store.Scan{Clock: clock}), scanAll(t, engine, store.Scan{Clock: clock, Limit: 2})); diff != "" {
			rt.Fatalf("scan by clock %d (-model +engine):\n%s", clock, diff)
		}
	}
	from := rapid.Float64Range(0, received+1).Draw(rt, "from")
	for _, r := range [][2]float64{{0, received + 1}, {from, received + 1}, {0, from}} {
		if diff := cmp.Diff(describe(graph(t, model, r[0], r[1])), describe(graph(t, engine, r[0], r[1]))); diff != "" {
			rt.Fatalf("graph of %v (-model +engine):\n%s", r, diff)
		}
	}
	q := store.SeriesQuery{GraphQuery: store.GraphQuery{Start: when(0), End: when(received + 120)}, Period: time.Minute}
	if diff := cmp.Diff(series(t, model, q), series(t, engine, q)); diff != "" {
		rt.Fatalf("series (-model +engine):\n%s", diff)
	}
}

// describe makes a graph comparable. Bounds are left out: engines that subtract
// may have wider ones.
func describe(g *servicegraph.Graph) map[string]string {
	out := map[string]string{}
	for n, v := range g.Nodes {
		out[fmt.Sprint(n)] = fmt.Sprint(v.Stats, v.Root, v.Inferred, values(&v.ResponseTimes), values(&v.Durations))
	}
	for k, v := range g.Edges {
		out[fmt.Sprint(k)] = fmt.Sprint(v.Stats, v.Links, v.Aliases, values(&v.ResponseTimes), values(&v.EventAges))
	}
	return out
}

func values(h *servicegraph.Histogram) []string {
	var out []string
	for v, n := range h.Values() {
		out = append(out, fmt.Sprintf("%g×%d", v, n))
	}
	return out
}

func series(t *testing.T, s store.Store, q store.SeriesQuery) []string {
	t.Helper()
	got, err := s.Series(t.Context(), q)
	if err != nil {
		t.Fatalf("series: %v", err)
	}
	var out []string
	for _, b := range got.Buckets {
		out = append(out, fmt.Sprint(b.End, b.Stats, values(&b.ResponseTimes)))
	}
	return out
}
