package group_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/internal/statetest"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

func summary(received int64, flags segment.Flags) *trace.Summary {
	return &trace.Summary{
		HasRoot: true, EntryPoint: -1, Flags: flags, LastReceived: received,
		Duration: trace.Unknown, ResponseTime: trace.Unknown,
		HTTP: trace.HTTP{Method: "GET", URL: "http://shop.example/cart", Status: 200},
	}
}

func TestClassify(t *testing.T) {
	r := open(t, &statetest.Memory{})
	if got := r.Classify(summary(1, segment.FlagFault), nil); got != nil {
		t.Errorf("without groups: %+v", got)
	}
	faulty := create(t, r, "faulty", "fault")
	failed := create(t, r, "failed", `error OR group.name = "faulty"`)

	known := r.Classify(summary(5, segment.FlagError), nil)
	want := []trace.Membership{{GroupID: failed.ID, Version: 1, Admitted: 5}}
	if diff := cmp.Diff(want, known); diff != "" {
		t.Errorf("an error (-want +got):\n%s", diff)
	}

	filter := "throttle"
	if _, err := r.Update(t.Context(), "failed", "", &filter, nil); err != nil {
		t.Fatal(err)
	}
	roomy := append(make([]trace.Membership, 0, 8), known...)
	got := r.Classify(summary(9, segment.FlagFault), roomy)
	want = append(want, trace.Membership{GroupID: faulty.ID, Version: 1, Admitted: 9})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("later a fault (-want +got):\n%s", diff)
	}
	if extra := roomy[:2][1]; extra != (trace.Membership{}) {
		t.Errorf("Classify wrote into the slice it was given: %+v", extra)
	}
	fresh := r.Classify(summary(9, segment.FlagThrottle), nil)
	want = []trace.Membership{{GroupID: failed.ID, Version: 2, Admitted: 9}}
	if diff := cmp.Diff(want, fresh); diff != "" {
		t.Errorf("a trace after the filter changed (-want +got):\n%s", diff)
	}
	if err := r.Delete(t.Context(), "failed", ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(known, r.Classify(summary(9, 0), known)); diff != "" {
		t.Errorf("memberships of a deleted group stay (-want +got):\n%s", diff)
	}
}

func TestReferencesFollowTheCurrentFilter(t *testing.T) {
	r := open(t, &statetest.Memory{})
	base := create(t, r, "base", "fault")
	outer := create(t, r, "outer", fmt.Sprintf("group.arn = %q", r.ARN(base)))
	joins := func(flags segment.Flags) bool {
		for _, m := range r.Classify(summary(1, flags), nil) {
			if m.GroupID == outer.ID {
				return true
			}
		}
		return false
	}
	if !joins(segment.FlagFault) || joins(segment.FlagError) {
		t.Error("outer is not the faults")
	}
	filter := "error"
	if _, err := r.Update(t.Context(), "base", "", &filter, nil); err != nil {
		t.Fatal(err)
	}
	if joins(segment.FlagFault) || !joins(segment.FlagError) {
		t.Error("outer is not the errors after base has changed")
	}
	if err := r.Delete(t.Context(), "base", ""); err != nil {
		t.Fatal(err)
	}
	if joins(segment.FlagFault) || joins(segment.FlagError) {
		t.Error("outer has traces although base is gone")
	}
}

func BenchmarkClassify(b *testing.B) {
	for _, groups := range []int{0, 1, 25} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			r := open(b, &statetest.Memory{})
			for i := range groups {
				if _, err := r.Create(b.Context(), fmt.Sprint("g", i), `responsetime > 5 AND http.url CONTAINS "/pay"`, group.Insights{}); err != nil {
					b.Fatal(err)
				}
			}
			s := summary(1, 0)
			b.ReportAllocs()
			for b.Loop() {
				r.Classify(s, nil)
			}
		})
	}
}
