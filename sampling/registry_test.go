package sampling_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/sampling"
)

func rule(name string, priority int) sampling.Rule {
	return sampling.Rule{
		Name: name, Priority: priority, FixedRate: 0.1, ReservoirSize: 5,
		ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "*", ResourceARN: "*",
	}
}

func open(t *testing.T, state sampling.State, opts ...sampling.Option) *sampling.Registry {
	t.Helper()
	r, err := sampling.New(t.Context(), state, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func create(t *testing.T, r *sampling.Registry, rule sampling.Rule) sampling.Rule {
	t.Helper()
	got, err := r.Create(t.Context(), rule)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func names(rules []sampling.Rule) string {
	var list []string
	for _, r := range rules {
		list = append(list, r.Name)
	}
	return strings.Join(list, " ")
}

func TestEmptyRegistryHasDefault(t *testing.T) {
	epoch := time.Unix(0, 0).UTC()
	want := []sampling.Rule{{
		Name: "Default", Priority: 10000, FixedRate: 0.05, ReservoirSize: 1,
		ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "*", ResourceARN: "*",
		Attributes: map[string]string{}, CreatedAt: epoch, ModifiedAt: epoch,
	}}
	r := open(t, &statetest.Memory{})
	if diff := cmp.Diff(want, r.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if got := r.Targets(nil, nil).LastRuleModification; !got.Equal(epoch) {
		t.Errorf("last modification %v, want %v", got, epoch)
	}
}

func TestRulesAreOrderedAndSurvive(t *testing.T) {
	state := &statetest.Memory{}
	r := open(t, state)
	create(t, r, rule("b", 9999))
	create(t, r, rule("z", 1))
	create(t, r, rule("a", 9999))
	full := rule("m", 50)
	full.Attributes = map[string]string{"http.route": "/pay*"}
	full.Boost = &sampling.Boost{MaxRate: 0.5, CooldownMinutes: 10}
	create(t, r, full)
	rate := 0.5
	if _, err := r.Update(t.Context(), "Default", sampling.Update{FixedRate: &rate}); err != nil {
		t.Fatal(err)
	}
	if got, want := names(r.Rules()), "z m a b Default"; got != want {
		t.Errorf("rules %q, want %q", got, want)
	}
	again := open(t, state)
	if diff := cmp.Diff(r.Rules(), again.Rules()); diff != "" {
		t.Errorf("rules after restart (-before +after):\n%s", diff)
	}
	if got, want := again.Targets(nil, nil).LastRuleModification, r.Targets(nil, nil).LastRuleModification; !got.Equal(want) {
		t.Errorf("last modification %v after restart, want %v", got, want)
	}
}

func TestReturnedRulesAreCopies(t *testing.T) {
	r := open(t, &statetest.Memory{})
	in := rule("a", 1)
	in.Attributes = map[string]string{"k": "v"}
	in.Boost = &sampling.Boost{MaxRate: 0.5}
	create(t, r, in).Attributes["k"] = "changed"
	in.Attributes["k"], in.Boost.MaxRate = "changed", 1
	r.Rules()[0].Attributes["k"] = "changed"
	r.Match(sampling.Request{Attributes: map[string]string{"k": "v"}}).Attributes["k"] = "changed"
	if got := r.Rules()[0]; got.Attributes["k"] != "v" || got.Boost.MaxRate != 0.5 {
		t.Errorf("rule changed from outside: %+v", got)
	}
}

func TestCreateRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*sampling.Rule)
		kind problem.Kind
		text string
	}{
		{"name taken", func(r *sampling.Rule) { r.Name = "taken" }, problem.Exists, "Sampling rule already exists"},
		{"reserved name", func(r *sampling.Rule) { r.Name = "Default" }, problem.Exists, "Sampling rule already exists"},
		{
			"no name", func(r *sampling.Rule) { r.Name = "" }, problem.Invalid,
			"1 validation error detected: Value '' at 'samplingRule.ruleName' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		{"long name", func(r *sampling.Rule) { r.Name = strings.Repeat("é", 33) }, problem.Invalid, "Member must have length less than or equal to 32"},
		{
			"priority of Default", func(r *sampling.Rule) { r.Priority = 10000 }, problem.Invalid,
			"1 validation error detected: Value '10000' at 'samplingRule.priority' failed to satisfy constraint: Member must have value less than or equal to 9999",
		},
		{"priority zero", func(r *sampling.Rule) { r.Priority = 0 }, problem.Invalid, "greater than or equal to 1"},
		{"rate above one", func(r *sampling.Rule) { r.FixedRate = 1.01 }, problem.Invalid, "Value '1.01' at 'samplingRule.fixedRate'"},
		{"rate not a number", func(r *sampling.Rule) { r.FixedRate = math.NaN() }, problem.Invalid, "Value 'NaN' at 'samplingRule.fixedRate'"},
		{"negative reservoir", func(r *sampling.Rule) { r.ReservoirSize = -1 }, problem.Invalid, "'samplingRule.reservoirSize'"},
		{"empty pattern", func(r *sampling.Rule) { r.Host = "" }, problem.Invalid, "'samplingRule.host'"},
		{"long method", func(r *sampling.Rule) { r.HTTPMethod = "PROPPATCHES" }, problem.Invalid, "'samplingRule.hTTPMethod'"},
		{"six attributes", func(r *sampling.Rule) {
			r.Attributes = map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}
		}, problem.Invalid, "'samplingRule.attributes'"},
		{"empty attribute", func(r *sampling.Rule) { r.Attributes = map[string]string{"a": ""} }, problem.Invalid, "'samplingRule.attributes.a'"},
		{"boost above one", func(r *sampling.Rule) { r.Boost = &sampling.Boost{MaxRate: 2} }, problem.Invalid, "samplingRateBoost.maxRate"},
		{"two faults", func(r *sampling.Rule) { r.FixedRate, r.Priority = -1, -1 }, problem.Invalid, "2 validation errors detected: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reg := open(t, &statetest.Memory{})
			create(t, reg, rule("taken", 1))
			in := rule("new", 2)
			tc.edit(&in)
			_, err := reg.Create(t.Context(), in)
			if err == nil || problem.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v (kind %d), want kind %d and %q", err, problem.KindOf(err), tc.kind, tc.text)
			}
			if got := names(reg.Rules()); got != "taken Default" {
				t.Errorf("rules are %q after a refusal", got)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	r := open(t, &statetest.Memory{}, sampling.WithLimit(sampling.StrictLimit))
	for i := range sampling.StrictLimit {
		create(t, r, rule(fmt.Sprint("r", i), 1))
	}
	if _, err := r.Create(t.Context(), rule("one more", 1)); !errors.Is(err, sampling.ErrLimit) {
		t.Errorf("got %v, want %v", err, sampling.ErrLimit)
	}
	if _, err := r.Delete(t.Context(), "r0"); err != nil {
		t.Fatal(err)
	}
	create(t, r, rule("one more", 1))
}

func TestUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, &statetest.Memory{})
		in := rule("a", 7)
		in.Boost = &sampling.Boost{MaxRate: 0.5, CooldownMinutes: 1}
		in.Attributes = map[string]string{"k": "v"}
		was := create(t, r, in)
		time.Sleep(90 * time.Second)

		host, size := "example.com", 0
		got, err := r.Update(t.Context(), "a", sampling.Update{Host: &host, ReservoirSize: &size})
		if err != nil {
			t.Fatal(err)
		}
		want := was
		want.Host, want.ReservoirSize, want.Boost = host, size, nil // an omitted boost is removed
		want.ModifiedAt = was.CreatedAt.Add(90 * time.Second)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("updated (-want +got):\n%s", diff)
		}

		rate := 1.5
		if _, err := r.Update(t.Context(), "a", sampling.Update{FixedRate: &rate}); problem.KindOf(err) != problem.Invalid {
			t.Errorf("rate 1.5: got %v", err)
		}
		if _, err := r.Update(t.Context(), "b", sampling.Update{}); problem.KindOf(err) != problem.NotFound {
			t.Errorf("unknown rule: got %v", err)
		}
		if diff := cmp.Diff(want, r.Rules()[0]); diff != "" {
			t.Errorf("after refused updates (-want +got):\n%s", diff)
		}
	})
}

func TestUpdateDefault(t *testing.T) {
	r := open(t, &statetest.Memory{})
	rate, size, same, other := 0.5, 10, "*", "example.com"
	got, err := r.Update(t.Context(), "Default", sampling.Update{FixedRate: &rate, ReservoirSize: &size, Host: &same})
	if err != nil || got.FixedRate != rate || got.ReservoirSize != size {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, u := range map[string]sampling.Update{
		"host":       {Host: &other},
		"priority":   {Priority: &size},
		"boost":      {Boost: &sampling.Boost{}},
		"attributes": {Attributes: map[string]string{"a": "b"}},
	} {
		_, err := r.Update(t.Context(), "Default", u)
		if err == nil || err.Error() != "Invalid update request for default sampling rule" {
			t.Errorf("%s of Default: got %v", name, err)
		}
	}
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := &statetest.Memory{}
		r := open(t, state)
		was := create(t, r, rule("a", 1))
		time.Sleep(1500 * time.Millisecond)
		got, err := r.Delete(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(was, got); diff != "" {
			t.Errorf("deleted (-want +got):\n%s", diff)
		}
		want := was.CreatedAt.Add(2 * time.Second) // the second after that of the deletion
		if got := r.Targets(nil, nil).LastRuleModification; !got.Equal(want) {
			t.Errorf("last modification %v, want %v", got, want)
		}
		if got := open(t, state).Targets(nil, nil).LastRuleModification; !got.Equal(want) {
			t.Errorf("last modification %v after restart, want %v", got, want)
		}
		if _, err := r.Delete(t.Context(), "a"); problem.KindOf(err) != problem.NotFound {
			t.Errorf("deleting again: got %v", err)
		}
		if _, err := r.Delete(t.Context(), "Default"); problem.KindOf(err) != problem.Invalid {
			t.Errorf("deleting Default: got %v", err)
		}
	})
}

func TestFailedWriteChangesNothing(t *testing.T) {
	state := &statetest.Memory{}
	r := open(t, state)
	create(t, r, rule("a", 1))
	before := r.Rules()
	state.Broken = true
	rate := 0.9
	if _, err := r.Create(t.Context(), rule("b", 1)); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("create: got %v", err)
	}
	if _, err := r.Update(t.Context(), "a", sampling.Update{FixedRate: &rate}); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("update: got %v", err)
	}
	if _, err := r.Delete(t.Context(), "a"); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("delete: got %v", err)
	}
	if diff := cmp.Diff(before, r.Rules()); diff != "" {
		t.Errorf("rules (-before +after):\n%s", diff)
	}
}
