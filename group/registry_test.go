package group_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/problem"
)

const prefix = "arn:aws:xray:eu-west-1:123456789012:"

func open(t testing.TB, state group.State, opts ...group.Option) *group.Registry {
	t.Helper()
	r, err := group.New(t.Context(), state, prefix, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func create(t *testing.T, r *group.Registry, name, filter string) group.Group {
	t.Helper()
	g, err := r.Create(t.Context(), name, filter, group.Insights{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// refused checks that err is a problem of that kind with that text.
func refused(t *testing.T, what string, err error, kind problem.Kind, text string) {
	t.Helper()
	if err == nil || problem.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v (kind %d), want kind %d and %q", what, err, problem.KindOf(err), kind, text)
	}
}

func TestDefaultIsAlwaysThere(t *testing.T) {
	r := open(t, &statetest.Memory{})
	want := []group.Group{{Name: "Default", Version: 1}}
	if diff := cmp.Diff(want, r.List()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got, want := r.ARN(want[0]), prefix+"group/Default"; got != want {
		t.Errorf("ARN %q, want %q", got, want)
	}
	if f, ok := r.FilterOf("Default"); f != "" || !ok {
		t.Errorf("FilterOf(Default) = %q, %v", f, ok)
	}
}

func TestGroupsSurvive(t *testing.T) {
	state := &statetest.Memory{}
	r := open(t, state)
	create(t, r, "slow", "responsetime > 5")
	create(t, r, "Broken", "fault")
	filter := "error"
	if _, err := r.Update(t.Context(), "Broken", "", &filter, &group.Insights{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Update(t.Context(), "Default", "", nil, &group.Insights{Enabled: true, Notifications: true}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range r.List() {
		names = append(names, g.Name)
	}
	if got, want := strings.Join(names, " "), "Default Broken slow"; got != want {
		t.Errorf("groups %q, want %q", got, want)
	}
	if diff := cmp.Diff(r.List(), open(t, state).List()); diff != "" {
		t.Errorf("groups after restart (-before +after):\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	r := open(t, &statetest.Memory{})
	g := create(t, r, "slow", "responsetime > 5")
	arn := r.ARN(g)
	if !regexp.MustCompile(`^` + prefix + `group/slow/[A-Z2-7]{52}$`).MatchString(arn) {
		t.Errorf("ARN %q", arn)
	}
	for _, by := range [][2]string{{"slow", ""}, {"", arn}} {
		if got, err := r.Find(by[0], by[1]); err != nil || got != g {
			t.Errorf("Find%q = %+v, %v", by, got, err)
		}
	}
	if got, err := r.Find("", prefix+"group/Default"); err != nil || got.Name != "Default" {
		t.Errorf("Default by ARN: %+v, %v", got, err)
	}
	const either, missing = "Provide either GroupName or GroupARN", "Group not found"
	for _, tc := range []struct {
		name, arn string
		kind      problem.Kind
		text      string
	}{
		{"", "", problem.Invalid, either},
		{"slow", arn, problem.Invalid, either},
		{"SLOW", "", problem.NotFound, missing},
		{"", prefix + "group/slow", problem.NotFound, missing},
		{"", prefix + "group/Default/", problem.NotFound, missing},
		{"", "slow", problem.NotFound, missing},
	} {
		_, err := r.Find(tc.name, tc.arn)
		refused(t, fmt.Sprintf("Find(%q, %q)", tc.name, tc.arn), err, tc.kind, tc.text)
	}
}

func TestCreatedAgainIsAnother(t *testing.T) {
	r := open(t, &statetest.Memory{})
	old := create(t, r, "slow", "responsetime > 5")
	if err := r.Delete(t.Context(), "", r.ARN(old)); err != nil {
		t.Fatal(err)
	}
	next := create(t, r, "slow", "responsetime > 6")
	if next.ID == old.ID || next.Version != 1 {
		t.Errorf("created again: %+v, before: %+v", next, old)
	}
	_, err := r.Find("", r.ARN(old))
	refused(t, "old ARN", err, problem.NotFound, "Group not found")
	if _, ok := r.FilterOf(r.ARN(old)); ok {
		t.Error("the old ARN still has a filter")
	}
	if f, ok := r.FilterOf(r.ARN(next)); f != "responsetime > 6" || !ok {
		t.Errorf("filter %q, %v", f, ok)
	}
}

func TestCreateRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, group, filter string
		insights            group.Insights
		kind                problem.Kind
		text                string
	}{
		{name: "name taken", group: "taken", filter: "fault", kind: problem.Exists, text: "taken already exists"},
		{name: "reserved name", group: "Default", filter: "fault", kind: problem.Exists, text: "Default already exists"},
		{name: "no name", filter: "fault", kind: problem.Invalid, text: "Invalid group name"},
		{name: "underscore", group: "a_b", filter: "fault", kind: problem.Invalid, text: "Invalid group name"},
		{name: "long name", group: strings.Repeat("a", 33), filter: "fault", kind: problem.Invalid, text: "Invalid group name"},
		{name: "no filter", group: "a", kind: problem.Invalid, text: "Filter Expression is empty"},
		{name: "blank filter", group: "a", filter: " \t", kind: problem.Invalid, text: "Filter Expression is empty"},
		{name: "bad filter", group: "a", filter: "madeup = 1", kind: problem.Invalid, text: "Error Location: line 1, position 1"},
		{name: "its own member", group: "a", filter: `group.name = "a"`, kind: problem.Invalid, text: "Invalid filter expression"},
		{name: "notifications alone", group: "a", filter: "fault", insights: group.Insights{Notifications: true}, kind: problem.Invalid, text: "notifications"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, &statetest.Memory{})
			create(t, r, "taken", "error")
			_, err := r.Create(t.Context(), tc.group, tc.filter, tc.insights)
			refused(t, "create", err, tc.kind, tc.text)
			if got := len(r.List()); got != 2 {
				t.Errorf("%d groups after a refusal", got)
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	r := open(t, &statetest.Memory{})
	g := create(t, r, "a", "fault")
	update := func(filter *string, insights *group.Insights) group.Group {
		t.Helper()
		got, err := r.Update(t.Context(), "", r.ARN(g), filter, insights)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	same, other, blank, circle := "fault", "error", "", `group.name = "b"`
	on := group.Insights{Enabled: true}
	if got := update(&same, nil); got != g {
		t.Errorf("same filter: %+v, want %+v", got, g)
	}
	g.Insights = on
	if got := update(nil, &on); got != g {
		t.Errorf("insights alone: %+v, want %+v", got, g)
	}
	g.Filter, g.Version = other, 2
	if got := update(&other, nil); got != g {
		t.Errorf("other filter: %+v, want %+v", got, g)
	}
	create(t, r, "b", `group.name = "a"`)
	_, err := r.Update(t.Context(), "a", "", &circle, nil)
	refused(t, "circle", err, problem.Invalid, "Invalid filter expression")
	_, err = r.Update(t.Context(), "a", "", &blank, nil)
	refused(t, "blank filter", err, problem.Invalid, "Filter Expression is empty")
	_, err = r.Update(t.Context(), "Default", "", &other, nil)
	refused(t, "filter of Default", err, problem.Invalid, "Default")
	_, err = r.Update(t.Context(), "c", "", &other, nil)
	refused(t, "unknown group", err, problem.NotFound, "Group not found")
	if got, err := r.Find("a", ""); err != nil || got != g {
		t.Errorf("after refusals: %+v, %v, want %+v", got, err, g)
	}
}

func TestDeleteRefuses(t *testing.T) {
	r := open(t, &statetest.Memory{})
	refused(t, "Default", r.Delete(t.Context(), "Default", ""), problem.Invalid, "Default")
	refused(t, "unknown group", r.Delete(t.Context(), "a", ""), problem.NotFound, "Group not found")
}

func TestLimit(t *testing.T) {
	r := open(t, &statetest.Memory{}, group.WithLimit(group.StrictLimit))
	for i := range group.StrictLimit - 1 {
		create(t, r, fmt.Sprint("g", i), "fault")
	}
	if _, err := r.Create(t.Context(), "one-more", "fault", group.Insights{}); !errors.Is(err, group.ErrLimit) {
		t.Errorf("got %v, want %v", err, group.ErrLimit)
	}
}

func TestFailedWriteChangesNothing(t *testing.T) {
	state := &statetest.Memory{}
	r := open(t, state)
	create(t, r, "a", "fault")
	before := r.List()
	state.Broken = true
	filter := "error"
	if _, err := r.Create(t.Context(), "b", "fault", group.Insights{}); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("create: got %v", err)
	}
	if _, err := r.Update(t.Context(), "a", "", &filter, nil); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("update: got %v", err)
	}
	if err := r.Delete(t.Context(), "a", ""); !errors.Is(err, statetest.ErrBroken) {
		t.Errorf("delete: got %v", err)
	}
	if diff := cmp.Diff(before, r.List()); diff != "" {
		t.Errorf("groups (-before +after):\n%s", diff)
	}
}
