package sampling

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/problem"
)

func TestMismatchesSayWhy(t *testing.T) {
	r := Rule{
		Name: "gold", ServiceName: "orders", ServiceType: "*", Host: "*.example.com", HTTPMethod: "*", URLPath: "/orders/*",
		ResourceARN: "*", Attributes: map[string]string{"tier": "gold", "zone": "a?"},
	}
	got := r.Mismatches(&Request{ServiceName: "payments", Host: "", URLPath: "/health", Attributes: map[string]string{"zone": "b1"}})
	want := []Mismatch{
		{Field: FieldServiceName, Pattern: "orders", Value: "payments"},
		{Field: FieldURLPath, Pattern: "/orders/*", Value: "/health"},
		{Field: FieldAttribute, Key: "tier", Pattern: "gold", Absent: true},
		{Field: FieldAttribute, Key: "zone", Pattern: "a?", Value: "b1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatches (-want +got):\n%s", diff)
	}
	if got := (&Rule{Name: DefaultName}).Mismatches(&Request{ServiceName: "x"}); got != nil {
		t.Errorf("Default mismatches %v", got)
	}
}

// TestMismatchesAgreeWithMatching checks that a rule has no mismatch exactly when it
// applies.
func TestMismatchesAgreeWithMatching(t *testing.T) {
	pattern := rapid.SampledFrom([]string{"*", "a", "a*", "?b", "b"})
	value := rapid.SampledFrom([]string{"", "a", "ab", "b"})
	rapid.Check(t, func(t *rapid.T) {
		r := Rule{
			Name: "r", ServiceName: pattern.Draw(t, "name"), ServiceType: pattern.Draw(t, "type"), Host: pattern.Draw(t, "host"),
			HTTPMethod: pattern.Draw(t, "method"), URLPath: pattern.Draw(t, "path"), ResourceARN: pattern.Draw(t, "arn"),
			Attributes: rapid.MapOf(rapid.SampledFrom([]string{"k", "l"}), pattern).Draw(t, "attributes"),
		}
		req := Request{
			ServiceName: value.Draw(t, "name"), ServiceType: value.Draw(t, "type"), Host: value.Draw(t, "host"),
			HTTPMethod: value.Draw(t, "method"), URLPath: value.Draw(t, "path"), ResourceARN: value.Draw(t, "arn"),
			Attributes: rapid.MapOf(rapid.SampledFrom([]string{"k", "l"}), value).Draw(t, "attributes"),
		}
		if got := r.Mismatches(&req); (len(got) == 0) != r.matches(&req) {
			t.Fatalf("matches is %v, mismatches are %v", r.matches(&req), got)
		}
	})
}

func TestPropose(t *testing.T) {
	wild := Rule{ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "*", ResourceARN: "*"}
	rule := func(name string, priority int) Rule {
		r := wild
		r.Name, r.Priority = name, priority
		return r
	}
	current := []Rule{rule("a", 10), rule("b", 20), defaultRule()}
	names := func(rules []Rule) (names []string) {
		for _, r := range rules {
			names = append(names, r.Name)
		}
		return names
	}
	changed := defaultRule()
	changed.FixedRate = 1
	got, err := Propose(current, []Rule{rule("c", 5), rule("b", 1), changed}, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "c", DefaultName}, names(got)); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if got[2].FixedRate != 1 {
		t.Errorf("Default is %+v", got[2])
	}
	if diff := cmp.Diff([]string{"a", "b", DefaultName}, names(current)); diff != "" {
		t.Errorf("the current rules have changed (-want +got):\n%s", diff)
	}
	if i := Deciding(got, &Request{}); i != 0 {
		t.Errorf("rule %d decides", i)
	}

	fixed := defaultRule()
	fixed.Host = "x"
	for _, tc := range []struct {
		name   string
		upsert []Rule
		remove []string
		want   problem.Kind
	}{
		{"unknown", nil, []string{"z"}, problem.NotFound},
		{"default removed", nil, []string{DefaultName}, problem.Invalid},
		{"default matches less", []Rule{fixed}, nil, problem.Invalid},
		{"priority", []Rule{rule("c", 0)}, nil, problem.Invalid},
	} {
		if _, err := Propose(current, tc.upsert, tc.remove); problem.KindOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
