package insight_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/servicegraph"
)

const (
	propertyFirst = origin + 400
	propertyLast  = origin + 480
)

// anyWorld draws traffic of all sizes with an anomaly somewhere.
func anyWorld(t *rapid.T) *world {
	r := seeded(rapid.Uint64().Draw(t, "seed"))
	w := chain()
	for _, e := range w.edges {
		requests := rapid.SampledFrom([]int64{0, 1, 8, 50}).Draw(t, "requests to "+e.To.Name)
		usual := rapid.Float64Range(0, 0.2).Draw(t, "usual rate of "+e.To.Name)
		then := rapid.Float64Range(usual, 1).Draw(t, "other rate of "+e.To.Name)
		first := rapid.Int64Range(propertyFirst, propertyLast).Draw(t, "start of "+e.To.Name)
		length := rapid.Int64Range(0, 40).Draw(t, "length of "+e.To.Name)
		w.traffic(e.To, origin, propertyLast, requests, during(first, first+length, then, usual), r)
	}
	return w
}

// TestSameAnswerHoweverOften checks that it does not matter when, how often and with
// which interruptions the minutes are judged.
func TestSameAnswerHoweverOften(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := anyWorld(rt)
		whole := newWatcher(t, w, &statetest.Memory{})
		run(t, whole, propertyFirst, propertyLast)
		state := &statetest.Memory{}
		again := newWatcher(t, w, state)
		advance(t, again, propertyFirst)
		for m := propertyFirst; m < propertyLast; {
			m = min(propertyLast, m+rapid.Int64Range(0, 30).Draw(rt, "step"))
			advance(t, again, m)
			if rapid.Bool().Draw(rt, "restart") {
				again = newWatcher(t, w, state)
			}
		}
		advance(t, again, propertyLast)
		if diff := cmp.Diff(all(whole), all(again)); diff != "" {
			rt.Errorf("insights (-minute by minute +with pauses):\n%s", diff)
		}
	})
}

// TestSameAnswerInAnyOrder checks that groups do not disturb each other.
func TestSameAnswerInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		worlds := map[string]*world{"A": anyWorld(rt), "B": anyWorld(rt)}
		groups := []group.Group{
			{Name: "a", ID: "A", Insights: group.Insights{Enabled: true}},
			{Name: "b", ID: "B", Insights: group.Insights{Enabled: true}},
		}
		lists := func(groups ...group.Group) (found []*insight.Insight) {
			w := newWatcherOf(t, insight.Options{
				State: &statetest.Memory{}, Groups: func() []group.Group { return groups },
				Graph: func(ctx context.Context, g group.Group, m int64) (*servicegraph.Graph, error) {
					return worlds[g.ID].graph(ctx, g, m)
				},
			})
			run(t, w, propertyFirst, propertyLast)
			for _, id := range []string{"A", "B"} {
				found = append(found, w.List(id, at(0), at(2*origin))...)
			}
			return found
		}
		both := lists(groups...)
		slices.Reverse(groups)
		if diff := cmp.Diff(both, lists(groups...)); diff != "" {
			rt.Errorf("insights (-one way +the other):\n%s", diff)
		}
		if diff := cmp.Diff(both, append(lists(groups[1]), lists(groups[0])...)); diff != "" {
			rt.Errorf("insights (-together +alone):\n%s", diff)
		}
	})
}

// TestEveryInsight checks what all insights have in common.
func TestEveryInsight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := anyWorld(rt)
		watcher := newWatcher(t, w, &statetest.Memory{})
		run(t, watcher, propertyFirst, propertyLast)
		for _, i := range all(watcher) {
			if !i.End.After(i.Start) || i.Updated.Before(i.End) || len(i.Events) == 0 || len(i.Events) > insight.MaxEvents {
				rt.Errorf("insight from %v to %v, updated %v, %d events", i.Start, i.End, i.Updated, len(i.Events))
			}
			if !services(i)[i.RootCause] || len(i.Top()) == 0 || i.Summary == "" {
				rt.Errorf("root cause %v of %v", i.RootCause, services(i))
			}
			for _, s := range i.Services {
				c := s.Counts
				if c.Fault == 0 || c.OK+c.Fault > c.Total || c.Rate() < s.Model.Rate {
					rt.Errorf("service %v with %+v where %+v is usual", s.Node, c, s.Model)
				}
			}
		}
	})
}

// TestExpectation checks the shape of what is expected.
func TestExpectation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := insight.Series{}
		r := seeded(rapid.Uint64().Draw(rt, "seed"))
		requests := rapid.Int64Range(1, 60).Draw(rt, "requests")
		rate := rapid.Float64Range(0, 1).Draw(rt, "rate")
		for m := origin; m < origin+400; m++ {
			s[m] = insight.Counts{Total: requests, Fault: binomial(r, requests, rate)}
		}
		m, known := s.Model(origin + 400)
		if !known {
			rt.Fatal("six hours are not enough")
		}
		last := insight.Range{}
		for _, n := range []int64{0, 1, 10, 100, 10_000, 1 << 31} {
			e := m.Expect(n)
			if e.Low < 0 || e.Low > e.Expected || e.Expected > e.High || e.High > float64(n) || e.High < last.High {
				rt.Errorf("%+v expected of %d requests after %+v", e, n, last)
			}
			last = e
		}
		if m.Spread < 0 || m.Spread > 0.5 || m.Rate <= 0 || m.Rate >= 1 {
			rt.Errorf("model %+v", m)
		}
	})
	if _, known := (insight.Series{}).Model(origin); known {
		t.Error("nothing is enough to know")
	}
}
