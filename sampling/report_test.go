package sampling

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// emptyState forgets what is written to it.
type emptyState struct{}

func (emptyState) LoadState(context.Context, string) (map[string][]byte, error) { return nil, nil }
func (emptyState) PutState(context.Context, string, string, []byte) error       { return nil }
func (emptyState) DeleteState(context.Context, string, string) error            { return nil }

func newRegistry(t *testing.T, rules ...Rule) *Registry {
	t.Helper()
	r, err := New(t.Context(), emptyState{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		if _, err := r.Create(t.Context(), rule); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func reservoirRule(size int) Rule {
	rule := defaultRule()
	rule.Name, rule.Priority, rule.ReservoirSize = "r", 1, size
	return rule
}

func clientID(i int) string { return fmt.Sprintf("%024x", i) }

func report(rule string, client int, requests int64) []Statistics {
	return []Statistics{{RuleName: rule, ClientID: clientID(client), Timestamp: time.Now(), Requests: requests}}
}

// TestRecordedSequence is the sequence that was recorded with the service, for a
// rule with a reservoir of two.
func TestRecordedSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t, reservoirRule(2))
		got := r.Targets(report("r", 1, 5), nil)
		want := []Target{{RuleName: "r", FixedRate: 0.05}}
		if diff := cmp.Diff(want, got.Targets); diff != "" {
			t.Errorf("first report (-want +got):\n%s", diff)
		}
		time.Sleep(10*time.Second + 300*time.Millisecond)
		got = r.Targets(report("r", 1, 5), nil)
		want[0].Lease = &Lease{Quota: 2, Interval: 10 * time.Second, Expires: time.Now().UTC().Truncate(time.Second).Add(300 * time.Second)}
		if diff := cmp.Diff(want, got.Targets); diff != "" {
			t.Errorf("second report (-want +got):\n%s", diff)
		}
	})
}

func TestUnknownRules(t *testing.T) {
	r := newRegistry(t, reservoirRule(2))
	got := r.Targets(
		[]Statistics{{RuleName: "gone", ClientID: clientID(1)}, {RuleName: "r", ClientID: clientID(1)}},
		[]BoostStatistics{{RuleName: "r"}, {RuleName: "away"}})
	if diff := cmp.Diff([]string{"gone"}, got.UnknownRules); diff != "" {
		t.Errorf("unknown rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"away"}, got.UnknownBoostRules); diff != "" {
		t.Errorf("unknown boost rules (-want +got):\n%s", diff)
	}
	if len(got.Targets) != 1 || got.Targets[0].RuleName != "r" {
		t.Errorf("targets %+v, want one for r", got.Targets)
	}
}

func TestWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t, reservoirRule(2))
		start := time.Now().UTC().Truncate(10 * time.Second)
		r.Targets([]Statistics{
			{RuleName: "r", ClientID: clientID(1), Requests: 10, Sampled: 3, Borrowed: 1},
			{RuleName: "r", ClientID: clientID(2), Requests: 5, Sampled: -7},
			{RuleName: DefaultName, ClientID: clientID(1), Requests: math.MaxInt64},
			{RuleName: "unknown", ClientID: clientID(1), Requests: 1},
		}, nil)
		if got := r.Windows(); len(got) != 0 {
			t.Errorf("an open window was returned: %+v", got)
		}
		time.Sleep(25 * time.Second)
		r.Targets([]Statistics{{RuleName: "r", ClientID: clientID(1), Requests: 1}}, nil)
		time.Sleep(10 * time.Second)
		want := []Window{
			{RuleName: DefaultName, Start: start, Requests: maxCount},
			{RuleName: "r", Start: start, Requests: 15, Sampled: 3, Borrowed: 1},
			{RuleName: "r", Start: start.Add(20 * time.Second), Requests: 1},
		}
		if diff := cmp.Diff(want, r.Windows()); diff != "" {
			t.Errorf("windows (-want +got):\n%s", diff)
		}
		time.Sleep(windowsKept - 10*time.Second)
		if diff := cmp.Diff(want[2:], r.Windows()); diff != "" {
			t.Errorf("windows half an hour later (-want +got):\n%s", diff)
		}
	})
}

func TestBoost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rule := reservoirRule(1)
		rule.Boost = &Boost{MaxRate: 0.5, CooldownMinutes: 3}
		r := newRegistry(t, rule)
		poll := func(anomalies, sampled int64) *BoostTarget {
			got := r.Targets(report("r", 1, 1000),
				[]BoostStatistics{{RuleName: "r", ServiceName: "pay", Total: 1000, Anomalies: anomalies, SampledAnomalies: sampled}})
			return got.Targets[0].Boost
		}
		in := func(d time.Duration) time.Time { return time.Now().UTC().Add(d).Truncate(time.Second) }
		expect := func(what string, got, want *BoostTarget) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}

		expect("no anomalies", poll(0, 0), nil)
		time.Sleep(20 * time.Second)
		expect("less than the fixed rate", poll(40, 0), nil)
		time.Sleep(20 * time.Second)
		expect("unsampled anomalies", poll(250, 50), &BoostTarget{Rate: 0.2, Expires: in(20 * time.Second)})
		time.Sleep(20 * time.Second)
		expect("bounded by the rule", poll(900, 0), &BoostTarget{Rate: 0.5, Expires: in(20 * time.Second)})
		time.Sleep(20 * time.Second)
		expect("sampled enough, boost over", poll(900, 900), nil)
		time.Sleep(10 * time.Second)
		expect("never longer than a minute", poll(900, 0), &BoostTarget{Rate: 0.45, Expires: in(10 * time.Second)})
		time.Sleep(30 * time.Second)
		expect("cooling down", poll(900, 0), nil)
		time.Sleep(100 * time.Second)
		expect("cooled down", poll(900, 0), &BoostTarget{Rate: 0.5, Expires: in(20 * time.Second)})

		if _, err := r.Update(t.Context(), "r", Update{}); err != nil {
			t.Fatal(err)
		}
		expect("boost taken from the rule", poll(900, 0), nil)
	})
}
