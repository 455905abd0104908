package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// one returns the trace with the id, or nil.
func one(t *testing.T, s store.Store, id traceid.ID) *trace.Trace {
	t.Helper()
	var found *trace.Trace
	for tr, err := range s.Traces(t.Context(), []traceid.ID{id}) {
		if err != nil {
			t.Fatalf("traces: %v", err)
		}
		found = tr
	}
	return found
}

// documentsOf returns the processed documents of a trace.
func documentsOf(tr *trace.Trace) string {
	var out []string
	for _, e := range tr.Segments {
		out = append(out, string(tr.AppendDocument(nil, e)))
	}
	return strings.Join(out, "\n")
}

func testTraces(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 1, document(1, 0x11, "web", 0, 1, ""), document(2, 0x21, "web", 0, 2, ""))
	put(t, s, 2, document(1, 0x12, "api", 0.2, 0.8, parent(0x11)))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		var got []string
		for tr, err := range s.Traces(t.Context(), []traceid.ID{tid(2), tid(9), tid(1)}) {
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range tr.Segments {
				names = append(names, e.Name)
			}
			got = append(got, tr.ID.String()+" "+strings.Join(names, ","))
		}
		want := []string{tid(2).String() + " web", tid(1).String() + " web,api"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("traces in the order asked for, unknown ones left out (-want +got):\n%s", diff)
		}
		if tr := one(t, s, tid(1)); tr.Revision != 2 || tr.FirstReceived != at(1) || tr.LastReceived != at(2) {
			t.Errorf("revision %d, received %d to %d; want 2, %d to %d", tr.Revision, tr.FirstReceived, tr.LastReceived, at(1), at(2))
		}
	})
}

func testVersions(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 1, document(1, 0x11, "web", 0, -1, ""))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		if page := scanAll(t, s, store.Scan{}); len(page) != 1 || page[0].Duration != trace.Unknown {
			t.Errorf("in progress: %+v", page)
		}
	})
	s = h.Open(t, nil)
	put(t, s, 1, document(1, 0x11, "web", 0, -1, ""))
	if h.Settle != nil {
		h.Settle(t, s)
	}
	put(t, s, 2, document(1, 0x11, "web", 0, 1, `,"user":"first"`))
	put(t, s, 3, document(1, 0x11, "web", 0, 5, `,"user":"second"`))
	put(t, s, 4, document(1, 0x11, "web", 0, -1, ""))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		page := scanAll(t, s, store.Scan{})
		if len(page) != 1 {
			t.Fatalf("%d summaries of one trace", len(page))
		}
		if sum := page[0]; sum.Duration != int64(time.Second) || sum.Revision != 2 || !slices.Equal(sum.Users, []string{"first"}) {
			t.Errorf("duration %d, revision %d, users %v; want the first completed version", sum.Duration, sum.Revision, sum.Users)
		}
		if got := documentsOf(one(t, s, tid(1))); !strings.Contains(got, `"user":"first"`) {
			t.Errorf("document %s; want the first completed version", got)
		}
	})
}

func testLateSegment(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 10, document(1, 0x11, "web", 0, 1, subs(sub(0x12, "pay.internal", 0.1, 0.9, `,"namespace":"remote"`))))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		if diff := cmp.Diff([]string{"pay.internal|remote", "web|", "web|client"}, nodesOf(graph(t, s, 0, 60))); diff != "" {
			t.Errorf("before (-want +got):\n%s", diff)
		}
	})
	s = h.Open(t, nil)
	put(t, s, 10, document(1, 0x11, "web", 0, 1, subs(sub(0x12, "pay.internal", 0.1, 0.9, `,"namespace":"remote"`))))
	graph(t, s, 0, 60) // an answer from before must not stick
	if h.Settle != nil {
		h.Settle(t, s)
	}
	put(t, s, 70, document(1, 0x21, "pay", 0.2, 0.8, parent(0x12)))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		if diff := cmp.Diff([]string{"pay|", "web|", "web|client"}, nodesOf(graph(t, s, 0, 120))); diff != "" {
			t.Errorf("after (-want +got):\n%s", diff)
		}
		if page := scanAll(t, s, store.Scan{}); len(page) != 1 || page[0].Revision != 2 {
			t.Errorf("%d summaries; want one, of revision 2", len(page))
		}
	})
}

func testClosed(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	_, scanErr := s.Scan(t.Context(), store.Scan{})
	_, graphErr := s.Graph(t.Context(), store.GraphQuery{})
	_, seriesErr := s.Series(t.Context(), store.SeriesQuery{})
	_, valuesErr := s.Values(t.Context(), store.ValuesQuery{})
	_, stateErr := s.LoadState(t.Context(), "k")
	var tracesErr error
	for _, err := range s.Traces(t.Context(), []traceid.ID{tid(1)}) {
		tracesErr = err
	}
	for name, err := range map[string]error{
		"append": s.Append(t.Context(), store.Batch{Received: 1}), "scan": scanErr, "graph": graphErr,
		"series": seriesErr, "values": valuesErr, "traces": tracesErr, "load state": stateErr,
		"put state": s.PutState(t.Context(), "k", "a", nil), "delete state": s.DeleteState(t.Context(), "k", "a"),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: got %v, want store.ErrClosed", name, err)
		}
	}
}
