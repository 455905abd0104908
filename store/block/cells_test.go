package block

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// TestGraphOfAnyRange compares graphs of ranges with all kinds of ends with what rows
// say: of busy minutes and quiet ones, spread over parts, with traces that go on in
// later parts.
func TestGraphOfAnyRange(t *testing.T) {
	version := 1
	s := open(t, t.TempDir(), Options{Classify: func(s *trace.Summary, known []trace.Membership) []trace.Membership {
		if len(known) > 0 || s.ID[15]%4 != 0 {
			return known
		}
		return append(slices.Clone(known), trace.Membership{GroupID: "g", Version: version, Admitted: s.LastReceived})
	}})
	w := newWorkload(5)
	var ids []traceid.ID
	for part, n := range []int{fineTraces * 2, fineTraces / 4, fineTraces * 3 / 2, fineTraces} {
		version = 1 + part/2
		step := 3 * minute / (2 * int64(n)) // one and a half minutes in all
		for range n {
			w.received += step * w.rand.Int64N(3)
			ids = append(ids, mustAppend(t, s, w, 1)...)
			if w.rand.IntN(8) == 0 {
				appendLate(t, s, w, ids[w.rand.IntN(len(ids))])
			}
			if w.rand.IntN(500) == 0 {
				checkGraphOf(t, s, w.someRange())
			}
		}
		checkRanges(t, s, w, 5)
		if part == 3 {
			break
		}
		mustFlush(t, s)
		checkRanges(t, s, w, 5)
		if part == 2 {
			s.maintenance.Lock()
			if err := s.merge(t.Context(), s.parts[1:]); err != nil {
				t.Fatal(err)
			}
			s.maintenance.Unlock()
			checkRanges(t, s, w, 30)
		}
	}
	mustFlush(t, s)
	mergeAll(t, s)
	checkRanges(t, s, w, 30)
	mustClose(t, s)
	checkRanges(t, open(t, s.dir, Options{}), w, 5)
}

// appendLate appends one more document of a trace.
func appendLate(t testing.TB, s *Store, w *workload, id traceid.ID) {
	t.Helper()
	w.received += 1e6
	start := w.received/1000 - 5_000
	text := fmt.Sprintf(`{"trace_id":%q,"id":%q,"name":"audit","start_time":%s,"end_time":%s}`, id, w.entity(), seconds(start), seconds(start+3_000))
	if err := s.Append(t.Context(), store.Batch{Received: w.received, Documents: []store.Document{{TraceID: id, Raw: []byte(text)}}}); err != nil {
		t.Fatalf("append: %v", err)
	}
}

// someRange returns a range of receipt times of the workload, of a group or not.
func (w *workload) someRange() store.GraphQuery {
	end := func() time.Time {
		ns := workloadEpoch + w.rand.Int64N(w.received-workloadEpoch+10e9) - 5e9
		unit := []int64{1, second, minute}[w.rand.IntN(3)]
		return time.Unix(0, floorDivide(ns, unit)*unit)
	}
	q := store.GraphQuery{Start: end(), End: end(), Version: 2}
	if q.End.Before(q.Start) {
		q.Start, q.End = q.End, q.Start
	}
	if w.rand.IntN(3) == 0 {
		q.Group = "g"
	}
	return q
}

func checkRanges(t testing.TB, s *Store, w *workload, n int) {
	t.Helper()
	checkGraph(t, s)
	for range n {
		checkGraphOf(t, s, w.someRange())
	}
}
