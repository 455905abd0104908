package insight_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/servicegraph"
)

// during returns a rate that differs from first to last.
func during(first, last int64, then, usual float64) func(int64) float64 {
	return func(m int64) float64 {
		if first <= m && m <= last {
			return then
		}
		return usual
	}
}

// outage is a day in which pay fails for twenty minutes after eight hours, and with
// it orders and web.
const (
	outageStart = origin + 480
	outageEnd   = outageStart + 19
	dayEnd      = origin + 600
)

func outage(seed uint64) *world {
	r := seeded(seed)
	return chain().
		traffic(web, origin, dayEnd, 120, during(outageStart, outageEnd, 0.3, 0.01), r).
		traffic(orders, origin, dayEnd, 60, during(outageStart, outageEnd, 0.5, 0.01), r).
		traffic(mail, origin, dayEnd, 60, constant(0.02), r).
		traffic(pay, origin, dayEnd, 60, during(outageStart, outageEnd, 0.6, 0.01), r)
}

func TestLifeOfAnInsight(t *testing.T) {
	watcher := newWatcher(t, outage(1), &statetest.Memory{})
	run(t, watcher, outageStart-1, outageStart+1)
	if n := len(all(watcher)); n != 0 {
		t.Fatalf("%d insights two minutes after the faults began, want none", n)
	}
	run(t, watcher, outageStart+2, outageStart+5)
	found := all(watcher)
	if len(found) != 1 || found[0].Closed {
		t.Fatalf("insights six minutes after the faults began: %+v, want one that is active", found)
	}
	run(t, watcher, outageStart+6, outageEnd+20)
	found = all(watcher)
	if len(found) != 1 {
		t.Fatalf("%d insights, want one", len(found))
	}
	i := found[0]
	if !i.Closed || !i.Start.Equal(at(outageStart)) || !i.End.Equal(at(outageEnd+1)) {
		t.Errorf("insight from %v to %v, closed %t; want %v to %v", i.Start, i.End, i.Closed, at(outageStart), at(outageEnd+1))
	}
	if i.RootCause != pay || !sameSet(services(i), web, orders, pay) {
		t.Errorf("root cause %v of %v, want pay of web, orders and pay", i.RootCause, services(i))
	}
	if got := i.Impact.Clients.Total; got != 120*20 {
		t.Errorf("%d requests from clients, want all of twenty minutes", got)
	}
	if got := i.Impact.RootCause; got.Total != 60*20 || got.Rate() < 0.5 || got.OK+got.Fault != got.Total {
		t.Errorf("requests to the root cause: %+v", got)
	}
	if top := i.Top(); len(top) != 3 || top[0] == mail {
		t.Errorf("top services: %v", top)
	}
	last := i.Events[len(i.Events)-1]
	if !strings.HasPrefix(last.Summary, "The insight was closed") || !strings.Contains(i.Summary, ". ") {
		t.Errorf("last event %q, summary %q", last.Summary, i.Summary)
	}
	for k := range i.Events[1:] {
		if !i.Events[k+1].Time.After(i.Events[k].Time) {
			t.Errorf("events %d and %d at %v and %v", k, k+1, i.Events[k].Time, i.Events[k+1].Time)
		}
	}
	if watcher.Find(i.ID) == nil || watcher.Find("x") != nil {
		t.Error("Find does not find exactly what there is")
	}
	if got := len(watcher.Notices()); got != len(i.Events) {
		t.Errorf("%d notices for %d events", got, len(i.Events))
	}
}

func TestWhatIsNoInsight(t *testing.T) {
	const end = origin + 600
	seasonal := func(m int64) float64 { return 0.04 + 0.03*math.Sin(2*math.Pi*float64(m-origin)/360) }
	for name, rate := range map[string]func(int64) float64{
		"no faults":                  constant(0),
		"a steady rate":              constant(0.05),
		"a rate that goes with time": seasonal,
		"a burst of two minutes":     during(origin+500, origin+501, 0.8, 0.01),
		"a rate that is always high": constant(0.7),
		"a little more than usual":   during(origin+480, end, 0.012, 0.01),
	} {
		t.Run(name, func(t *testing.T) {
			w := chain().traffic(web, origin, end, 200, rate, seeded(2))
			watcher := newWatcher(t, w, &statetest.Memory{})
			run(t, watcher, origin+400, end)
			for _, i := range all(watcher) {
				t.Errorf("insight: %s", i.Summary)
			}
		})
	}
	t.Run("too few requests", func(t *testing.T) {
		w := chain().traffic(web, origin, end, 3, during(origin+480, end, 1, 0), seeded(3))
		watcher := newWatcher(t, w, &statetest.Memory{})
		run(t, watcher, origin+400, end)
		if n := len(all(watcher)); n != 0 {
			t.Errorf("%d insights of three requests a minute", n)
		}
	})
	t.Run("too short a past", func(t *testing.T) {
		w := chain().traffic(web, origin+495, end, 200, during(origin+500, end, 1, 0), seeded(4))
		watcher := newWatcher(t, w, &statetest.Memory{})
		run(t, watcher, origin+400, origin+520)
		if n := len(all(watcher)); n != 0 {
			t.Errorf("%d insights after twenty minutes", n)
		}
	})
}

// TestSeparateAnomalies checks that what does not hang together is told apart.
func TestSeparateAnomalies(t *testing.T) {
	r := seeded(5)
	w := chain().
		traffic(web, origin, dayEnd, 200, constant(0.01), r).
		traffic(mail, origin, dayEnd, 60, during(outageStart, outageEnd, 0.5, 0), r).
		traffic(orders, origin, dayEnd, 60, constant(0.01), r).
		traffic(pay, origin, dayEnd, 60, during(outageStart+5, outageEnd, 0.5, 0), r)
	watcher := newWatcher(t, w, &statetest.Memory{})
	run(t, watcher, outageStart-1, dayEnd)
	found := all(watcher)
	if len(found) != 2 || found[0].RootCause != mail || found[1].RootCause != pay {
		t.Fatalf("insights: %+v, want one of mail and one of pay", found)
	}
}

// TestRootCauseFoundLater checks that a service that joins below becomes the cause.
func TestRootCauseFoundLater(t *testing.T) {
	r := seeded(6)
	w := chain().
		traffic(web, origin, dayEnd, 120, during(outageStart, outageEnd, 0.5, 0.01), r).
		traffic(orders, origin, dayEnd, 60, during(outageStart+6, outageEnd, 0.5, 0.01), r)
	watcher := newWatcher(t, w, &statetest.Memory{})
	run(t, watcher, outageStart-1, outageStart+4)
	if found := all(watcher); len(found) != 1 || found[0].RootCause != web {
		t.Fatalf("insights: %+v, want one of web", found)
	}
	run(t, watcher, outageStart+5, outageStart+10)
	found := all(watcher)
	if len(found) != 1 || found[0].RootCause != orders {
		t.Fatalf("insights: %+v, want one of orders", found)
	}
	events := found[0].Events
	if got := events[len(events)-1].Summary; !strings.HasPrefix(got, "The root cause is orders (AWS::ECS::Container) now, not web") {
		t.Errorf("second event: %q", got)
	}
}

// TestServicesInACircle checks that services that call each other have a root cause.
func TestServicesInACircle(t *testing.T) {
	w := outage(7)
	back := servicegraph.EdgeKey{From: pay, To: orders}
	w.edges = append(w.edges, back)
	w.counts[back] = w.counts[servicegraph.EdgeKey{From: orders, To: pay}]
	watcher := newWatcher(t, w, &statetest.Memory{})
	run(t, watcher, outageStart-1, outageEnd)
	if found := all(watcher); len(found) != 1 || found[0].RootCause != orders && found[0].RootCause != pay {
		t.Fatalf("insights: %+v, want one of orders or pay", found)
	}
}

// TestLastingChange checks that a rate that stays high becomes usual after a day.
func TestLastingChange(t *testing.T) {
	const end = outageStart + 24*60 + 60
	w := chain().traffic(web, origin, end, 60, during(outageStart, end, 0.3, 0.01), seeded(8))
	watcher := newWatcher(t, w, &statetest.Memory{})
	run(t, watcher, outageStart-1, outageStart+23*60)
	if found := all(watcher); len(found) != 1 || found[0].Closed {
		t.Fatalf("insights after 23 hours: %+v, want one that is active", found)
	}
	run(t, watcher, outageStart+23*60+1, end)
	if found := all(watcher); len(found) != 1 || !found[0].Closed {
		t.Fatalf("insights after a day: %+v, want one that is closed", found)
	}
}

// TestCatchUp checks that a group that is watched from now on, or again, is judged by
// what has been received already.
func TestCatchUp(t *testing.T) {
	watcher := newWatcher(t, outage(9), &statetest.Memory{})
	advance(t, watcher, outageEnd+30)
	if found := all(watcher); len(found) != 1 || !found[0].Closed {
		t.Errorf("insights: %+v, want the one half an hour ago", found)
	}
}

func TestRestart(t *testing.T) {
	for _, stop := range []int64{outageStart + 1, outageStart + 8, outageEnd + 3, outageEnd + 15} {
		whole := newWatcher(t, outage(10), &statetest.Memory{})
		run(t, whole, outageStart-1, outageEnd+20)
		state := &statetest.Memory{}
		run(t, newWatcher(t, outage(10), state), outageStart-1, stop)
		again := newWatcher(t, outage(10), state)
		advance(t, again, outageEnd+20)
		if diff := cmp.Diff(all(whole), all(again)); diff != "" {
			t.Errorf("insights after a restart in minute %d (-without +with):\n%s", stop-outageStart, diff)
		}
	}
}

// TestBrokenState checks that what could not be written is written later.
func TestBrokenState(t *testing.T) {
	state := &statetest.Memory{}
	watcher := newWatcher(t, outage(11), state)
	run(t, watcher, outageStart-1, outageEnd)
	state.Broken = true
	for m := outageEnd + 1; m < outageEnd+15; m++ {
		if err := watcher.Advance(t.Context(), at(m+1).Add(time.Minute)); !errors.Is(err, statetest.ErrBroken) {
			t.Fatalf("Advance: %v, want the error of the state", err)
		}
	}
	state.Broken = false
	advance(t, watcher, outageEnd+20)
	if diff := cmp.Diff(all(watcher), all(newWatcher(t, outage(11), state))); diff != "" {
		t.Errorf("insights after a restart (-kept +read):\n%s", diff)
	}
}

func TestGroups(t *testing.T) {
	g, reads := watchedGroup, 0
	groups := []group.Group{g}
	w := outage(12)
	state := &statetest.Memory{}
	watcher := newWatcherOf(t, insight.Options{
		State: state, Groups: func() []group.Group { return groups },
		Graph: func(ctx context.Context, g group.Group, m int64) (*servicegraph.Graph, error) {
			reads++
			return w.graph(ctx, g, m)
		},
	})
	groups[0].Insights.Enabled = false
	advance(t, watcher, outageStart+10)
	if reads != 0 {
		t.Errorf("%d minutes read although nobody has insights enabled", reads)
	}
	groups[0].Insights.Enabled = true
	advance(t, watcher, outageStart+10)
	groups[0].Insights.Enabled = false
	advance(t, watcher, outageStart+11)
	found := all(watcher)
	if len(found) != 1 || !found[0].Closed || !strings.Contains(found[0].Events[len(found[0].Events)-1].Summary, "disabled") {
		t.Fatalf("insights of a group without insights: %+v", found)
	}
	groups = nil
	advance(t, watcher, outageStart+12)
	if found := all(watcher); len(found) != 0 {
		t.Errorf("insights of a deleted group: %+v", found)
	}
	for kind, entries := range state.Entries {
		if len(entries) > 0 {
			t.Errorf("entries of kind %s are left: %v", kind, entries)
		}
	}
}

func TestRetention(t *testing.T) {
	watcher := newWatcherOf(t, insight.Options{
		State: &statetest.Memory{}, Graph: outage(13).graph, Retention: time.Hour,
		Groups: func() []group.Group { return []group.Group{watchedGroup} },
	})
	advance(t, watcher, outageEnd+15)
	if len(all(watcher)) != 1 {
		t.Fatal("no insight")
	}
	advance(t, watcher, outageEnd+62)
	if found := all(watcher); len(found) != 0 {
		t.Errorf("insights after the retention: %+v", found[0])
	}
}

func TestAffected(t *testing.T) {
	w := outage(14)
	watcher := newWatcher(t, w, &statetest.Memory{})
	advance(t, watcher, outageEnd+15)
	g, _ := w.graph(t.Context(), watchedGroup, outageStart+3)
	part := insight.Affected(g, all(watcher)[0])
	if part.Nodes[mail] != nil || part.Nodes[clients] == nil || part.Nodes[web] == nil || part.Nodes[orders] == nil || part.Nodes[pay] == nil {
		t.Errorf("affected: %v, want all but mail", part.Nodes)
	}
	if len(part.Edges) != 3 {
		t.Errorf("%d edges, want three", len(part.Edges))
	}
	if got := insight.Affected(&servicegraph.Graph{}, all(watcher)[0]); len(got.Nodes) != 0 {
		t.Errorf("affected of nothing: %v", got.Nodes)
	}
}
