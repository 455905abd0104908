package block

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// TestSummarySurvives compares summaries in the head with those from blocks and
// from merged blocks.
func TestSummarySurvives(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	w := newWorkload(7)
	var want []*trace.Summary
	for range 3 {
		mustAppend(t, s, w, 40)
		want = scanEverything(t, s)
		mustFlush(t, s)
		if diff := cmp.Diff(want, scanEverything(t, s), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("in blocks (-head +block):\n%s", diff)
		}
	}
	mergeAll(t, s)
	if diff := cmp.Diff(want, scanEverything(t, s), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("merged (-head +block):\n%s", diff)
	}
	checkGraph(t, s)
	if st := s.Stats(); st.Blocks != 1 || st.Traces != 120 || st.Documents != 600 {
		t.Errorf("%+v; want 120 traces of 600 documents in a block", st)
	}
	if names := files(t, s, "blocks/*"); len(names) != 1 {
		t.Errorf("files %v; want one block", names)
	}
}

func TestFilterHasNoFalseNegatives(t *testing.T) {
	w := newWorkload(3)
	const n = 20_000
	f := newFilter(n)
	for range n {
		filterAdd(f, w.rand.Uint64())
	}
	again, wrong := newWorkload(3), 0
	for range n {
		if !filterHas(f, again.rand.Uint64()) {
			t.Fatal("a key that was added is not there")
		}
		if filterHas(f, w.rand.Uint64()) {
			wrong++
		}
	}
	if wrong > n/50 {
		t.Errorf("%d of %d keys are wrongly said to be there", wrong, n)
	}
}

func TestCorruptBlockIsSetAside(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	w := newWorkload(1)
	lost := mustAppend(t, s, w, 20)
	mustFlush(t, s)
	kept := mustAppend(t, s, w, 20)
	mustFlush(t, s)
	mustClose(t, s)
	path := files(t, s, "blocks/*.block")[0]
	data := readFile(t, path)
	data[len(data)-40] ^= 1
	writeFile(t, path, data)

	report, err := Check(s.dir)
	if err != nil || len(report.Problems) != 1 {
		t.Errorf("check: %+v, %v; want one problem", report, err)
	}
	s = open(t, s.dir, Options{})
	if st := s.Stats(); st.Quarantined != 1 || st.Blocks != 1 {
		t.Errorf("%+v; want one block set aside, one left", st)
	}
	if n := missing(t, s, kept); n > 0 {
		t.Errorf("%d traces of the good block are gone", n)
	}
	if n := missing(t, s, lost); n != len(lost) {
		t.Errorf("%d of %d traces of the bad block are gone", n, len(lost))
	}
	checkGraph(t, s)
	if aside := files(t, s, "blocks/*"+corruptSuffix); len(aside) != 1 {
		t.Errorf("set aside: %v", aside)
	}
}

// TestCorruptByteIsNoticed breaks bytes all over a block: nothing may panic, and
// the check must notice.
func TestCorruptByteIsNoticed(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, newWorkload(1), 5)
	mustFlush(t, s)
	mustClose(t, s)
	path := files(t, s, "blocks/*.block")[0]
	data := readFile(t, path)
	for at := 0; at < len(data); at += 29 {
		broken := append([]byte(nil), data...)
		broken[at] ^= 0x10
		writeFile(t, path, broken)
		report, err := Check(s.dir)
		if err != nil || len(report.Problems) != 1 {
			t.Fatalf("byte %d of %d: %+v, %v; want one problem", at, len(data), report, err)
		}
	}
}

func TestManifestLost(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"deleted": os.Remove,
		"garbage": func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) },
	} {
		s := open(t, t.TempDir(), Options{})
		w := newWorkload(1)
		ids := mustAppend(t, s, w, 20)
		mustFlush(t, s)
		ids = append(ids, mustAppend(t, s, w, 20)...)
		mustFlush(t, s)
		mustClose(t, s)
		if err := damage(filepath.Join(s.dir, manifestFile)); err != nil {
			t.Fatal(err)
		}
		s = open(t, s.dir, Options{})
		if n := missing(t, s, ids); n > 0 {
			t.Errorf("%s: %d traces are gone", name, n)
		}
		mustAppend(t, s, w, 1)
		mustFlush(t, s)
		checkGraph(t, s)
	}
}

func TestBackup(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	w := newWorkload(1)
	ids := mustAppend(t, s, w, 30)
	mustFlush(t, s)
	ids = append(ids, mustAppend(t, s, w, 30)...)
	if err := s.PutState(t.Context(), "rule", "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), dir); err == nil {
		t.Error("no error although the directory is not empty")
	}
	later := mustAppend(t, s, w, 5)
	if report, err := Check(dir); err != nil || len(report.Problems) > 0 || report.Documents == 0 {
		t.Errorf("check of the backup: %+v, %v", report, err)
	}
	b := open(t, dir, Options{})
	if missing(t, b, ids) != 0 || missing(t, b, later) != len(later) {
		t.Errorf("the backup misses %d traces and %d later ones", missing(t, b, ids), missing(t, b, later))
	}
	if got, err := b.LoadState(t.Context(), "rule"); err != nil || string(got["a"]) != "1" {
		t.Errorf("state %v, %v", got, err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if _, err := Open(s.dir, Options{}); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("opened twice: %v", err)
	}
}

func TestThrottled(t *testing.T) {
	s := open(t, t.TempDir(), Options{MemoryBytes: 20_000})
	w := newWorkload(1)
	var err error
	for range 100 {
		if err = s.Append(t.Context(), w.batch(1)); err != nil {
			break
		}
	}
	if problem.KindOf(err) != problem.Throttled || s.Stats().Throttled != 1 {
		t.Errorf("got %v, %+v; want a problem of kind Throttled", err, s.Stats())
	}
	mustFlush(t, s)
	mustAppend(t, s, w, 1)
}

func TestRetention(t *testing.T) {
	now := time.Unix(0, workloadEpoch)
	s, err := Open(t.TempDir(), Options{Retention: time.Hour, Settle: time.Hour, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, s)
	w := newWorkload(1)
	old := mustAppend(t, s, w, 10)
	mustFlush(t, s)
	w.received += 40 * 60e9
	young := mustAppend(t, s, w, 10)
	mustFlush(t, s)
	retain := func() {
		s.maintenance.Lock()
		defer s.maintenance.Unlock()
		if err := s.retain(); err != nil {
			t.Fatal(err)
		}
	}
	retain()
	if n := missing(t, s, old); n > 0 {
		t.Errorf("%d traces are gone too early", n)
	}
	s.mu.Lock() // the maintenance loop reads the clock
	now = now.Add(70 * time.Minute)
	s.mu.Unlock()
	retain()
	if missing(t, s, old) != len(old) || missing(t, s, young) != 0 {
		t.Errorf("after an hour: %d old and %d young ones are gone", missing(t, s, old), missing(t, s, young))
	}
	checkGraph(t, s)
	if names := files(t, s, "blocks/*"); len(names) != 1 {
		t.Errorf("files %v; want one", names)
	}
}

func TestDiskBound(t *testing.T) {
	s := open(t, t.TempDir(), Options{DiskBytes: 1})
	ids := mustAppend(t, s, newWorkload(1), 5)
	mustFlush(t, s)
	s.maintenance.Lock()
	err := s.retain()
	s.maintenance.Unlock()
	if err != nil || missing(t, s, ids) != len(ids) {
		t.Errorf("%v, %d of %d gone; want all: one byte is allowed", err, missing(t, s, ids), len(ids))
	}
}

// TestMembershipsSurvive changes a group's filter between ingestion and restart.
func TestMembershipsSurvive(t *testing.T) {
	join := func(s *trace.Summary, known []trace.Membership) []trace.Membership {
		if len(known) > 0 || s.Flags&segment.FlagFault != 0 {
			return known
		}
		return []trace.Membership{{GroupID: "g", Version: 1, Admitted: s.LastReceived}}
	}
	s := open(t, t.TempDir(), Options{Classify: join})
	mustAppend(t, s, newWorkload(1), 5)
	want := scanEverything(t, s)
	mustClose(t, s)
	s = open(t, s.dir, Options{Classify: func(_ *trace.Summary, known []trace.Membership) []trace.Membership { return known }})
	if diff := cmp.Diff(want, scanEverything(t, s), cmpopts.EquateEmpty()); diff != "" || len(want[0].Groups) != 1 {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestLinkedTraceComesLate resolves a link when the trace that it leads to arrives
// after the one that it is in.
func TestLinkedTraceComesLate(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put := func(received int64, id int, rest string) {
		t.Helper()
		raw := []byte(`{"trace_id":"` + crashID(id, 0).String() + `",` + rest + `}`)
		err := s.Append(t.Context(), store.Batch{Received: workloadEpoch + received*1e9, Documents: []store.Document{{TraceID: crashID(id, 0), Raw: raw}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(1, 2, `"id":"0000000000000021","name":"worker","start_time":1772366405,"end_time":1772366406,"links":[{"trace_id":"`+crashID(1, 0).String()+`","id":"0000000000000011"}]`)
	mustFlush(t, s)
	put(2, 1, `"id":"0000000000000011","name":"producer","start_time":1772366401,"end_time":1772366402`)
	for _, sum := range scanEverything(t, s) {
		for _, l := range sum.Links {
			if l.From.Name != "producer" || l.Age != 3e9 {
				t.Errorf("link from %v, age %d; want producer, 3 s", l.From, l.Age)
			}
		}
	}
	checkGraph(t, s)
}

// TestEmptyRanges asks blocks for ranges that they have nothing in.
func TestEmptyRanges(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, newWorkload(1), 5)
	mustFlush(t, s)
	at := func(minutes int64) time.Time { return time.Unix(0, workloadEpoch+minutes*60e9) }
	for _, r := range [][2]time.Time{{at(-500), at(-300)}, {at(300), at(500)}, {at(5), at(-5)}, {at(1000), at(-1000)}, {time.Time{}, time.Time{}}} {
		q := store.GraphQuery{Start: r[0], End: r[1]}
		if g, err := s.Graph(t.Context(), q); err != nil || !g.Graph.Empty() {
			t.Errorf("graph of %v: %v, %v; want none", r, g, err)
		}
		if series, err := s.Series(t.Context(), store.SeriesQuery{GraphQuery: q, Period: time.Minute}); err != nil || len(series.Buckets) > 0 {
			t.Errorf("series of %v: %v, %v; want none", r, series, err)
		}
		if page, err := s.Scan(t.Context(), store.Scan{Start: r[0], End: r[1]}); err != nil || len(page.Summaries) > 0 || page.Cursor != "" {
			t.Errorf("scan of %v: %v, %v; want nothing", r, page, err)
		}
	}
}
