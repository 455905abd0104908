package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// scanAll follows the cursors to the end. A zero time range means everything.
func scanAll(t *testing.T, s store.Store, q store.Scan) []*trace.Summary {
	t.Helper()
	if q.End.IsZero() {
		q.Start, q.End = when(-1e6), when(1e6)
	}
	var all []*trace.Summary
	for range 10_000 {
		page, err := s.Scan(t.Context(), q)
		if err != nil {
			t.Fatalf("scan: %v", err)
		}
		all = append(all, page.Summaries...)
		if page.Cursor == "" {
			return all
		}
		q.Cursor = page.Cursor
	}
	t.Fatal("the scan does not end")
	return nil
}

// ids returns the numbers of the suite's trace ids.
func ids(summaries []*trace.Summary) []int {
	out := []int{}
	for _, s := range summaries {
		n := 0
		for _, b := range s.ID[12:] {
			n = n<<8 | int(b)
		}
		out = append(out, n)
	}
	return out
}

func testScanClocks(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 100, document(1, 0x11, "web", 0, 50, ""))
	put(t, s, 101, document(2, 0x21, "web", 10, 11, ""))
	put(t, s, 102, document(3, 0x31, "web", 20, 21, ""))
	put(t, s, 103, document(1, 0x12, "api", 1, 2, parent(0x11))) // trace 1 again
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for _, c := range []struct {
			name     string
			clock    store.Clock
			from, to float64
			want     []int
		}{
			{"by start, newest first", store.ByStart, 0, 100, []int{3, 2, 1}},
			{"start is included, end is not", store.ByStart, 0, 20, []int{2, 1}},
			{"by receipt of the latest update", store.ByReceipt, 101, 104, []int{1, 3, 2}},
			{"the first receipt no longer matches", store.ByReceipt, 100, 101, []int{}},
			{"by the end of any observation", store.ByService, 50, 51, []int{1}},
			{"by the end of an inner observation", store.ByService, 2, 12, []int{2, 1}},
		} {
			got := ids(scanAll(t, s, store.Scan{Clock: c.clock, Start: when(c.from), End: when(c.to)}))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	})
}

// putMany stores n traces that start a second apart; every third has a fault.
func putMany(t *testing.T, s store.Store, n int) {
	t.Helper()
	for i := range n {
		rest := fmt.Sprintf(`,"http":{"request":{"method":"GET","url":"http://shop/%d"},"response":{"status":200}}`, i%5)
		if i%3 == 0 {
			rest += `,"fault":true`
		}
		put(t, s, float64(i)+0.5, document(i, 0x100+i, "web", float64(i), float64(i)+0.25, rest))
	}
}

func testScanPages(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	putMany(t, s, 25)
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for _, clock := range []store.Clock{store.ByStart, store.ByReceipt, store.ByService} {
			whole := ids(scanAll(t, s, store.Scan{Clock: clock}))
			if len(whole) != 25 || whole[0] != 24 {
				t.Fatalf("clock %d: %v; want 25 traces, newest first", clock, whole)
			}
			for _, q := range []store.Scan{{Limit: 1}, {Limit: 7}, {MaxScanned: 1}, {MaxScanned: 10, Limit: 3}} {
				q.Clock = clock
				if diff := cmp.Diff(whole, ids(scanAll(t, s, q))); diff != "" {
					t.Errorf("clock %d, pages of %d/%d (-whole +pages):\n%s", clock, q.Limit, q.MaxScanned, diff)
				}
			}
		}
		q := store.Scan{Start: when(-10), End: when(100), MaxScanned: 10}
		page, err := s.Scan(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Scanned != 10 || page.Cursor == "" || page.ScannedTo.After(when(15)) || page.ScannedTo.Before(when(14)) {
			t.Errorf("scanned %d to %v; want 10 to %v", page.Scanned, page.ScannedTo, when(15))
		}
		q.MaxScanned = 0
		if page, err = s.Scan(t.Context(), q); err != nil || page.Scanned != 25 || !page.ScannedTo.Equal(q.Start) {
			t.Errorf("scanned %d to %v, %v; want 25 to the start", page.Scanned, page.ScannedTo, err)
		}
		q.Cursor = "nonsense"
		if _, err = s.Scan(t.Context(), q); problem.KindOf(err) != problem.Invalid {
			t.Errorf("a bad cursor: %v; want a problem of kind Invalid", err)
		}
	})
}

func testScanStable(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	putMany(t, s, 20)
	q := store.Scan{Start: when(-10), End: when(1000), Limit: 6}
	var got []*trace.Summary
	for step := 0; ; step++ {
		page, err := s.Scan(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Summaries...)
		if page.Cursor == "" {
			break
		}
		q.Cursor = page.Cursor
		// A newer trace must not shift the pages, nor does writing blocks.
		put(t, s, 200+float64(step), document(500+step, 0x500+step, "web", 200+float64(step), 201+float64(step), ""))
		if h.Settle != nil && step == 1 {
			h.Settle(t, s)
		}
	}
	want := []int{}
	for i := 19; i >= 0; i-- {
		want = append(want, i)
	}
	if diff := cmp.Diff(want, ids(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func testScanFraction(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	putMany(t, s, 200)
	h.stages(t, s, func(t *testing.T, s store.Store) {
		half := ids(scanAll(t, s, store.Scan{Fraction: 0.5}))
		if len(half) < 60 || len(half) > 140 {
			t.Errorf("half of 200 traces are %d", len(half))
		}
		tenth := ids(scanAll(t, s, store.Scan{Fraction: 0.1}))
		in := map[int]bool{}
		for _, id := range half {
			in[id] = true
		}
		for _, id := range tenth {
			if !in[id] {
				t.Errorf("trace %d is in a tenth and not in the half", id)
			}
		}
	})
}

func compile(t *testing.T, expression string) *filter.Predicate {
	t.Helper()
	e, err := filter.Parse(expression)
	if err != nil {
		t.Fatalf("parse %q: %v", expression, err)
	}
	p, err := filter.Compile(e, filter.Options{})
	if err != nil {
		t.Fatalf("compile %q: %v", expression, err)
	}
	return p
}

func testScanFilter(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	putMany(t, s, 30)
	put(t, s, 60, document(40, 0x41, "web", 40, 42, `,"annotations":{"tenant":"acme","items":12},"user":"u-1"`+
		subs(sub(0x42, "db", 40.5, 41.5, `,"namespace":"remote","sql":{"sanitized_query":"SELECT 1"},"throttle":true`))))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		all := scanAll(t, s, store.Scan{})
		for _, e := range []string{
			"fault", "!fault", "ok", "responsetime > 1", "duration < 0.3", "http.status = 200", `http.url ENDSWITH "/3"`,
			`http.method = "POST"`, `service("web")`, `service("db") { throttle }`, `service("none")`, `annotation.tenant = "acme"`,
			`annotation.items > 10`, `annotation.items > 12`, `user = "u-1"`, `!annotation.tenant AND fault`, `edge("web", "db")`,
			`service(id(type: "Database::SQL"))`, `http.url ENDSWITH "/3" OR user = "u-1"`, `http.status >= 200 AND http.url CONTAINS "shop"`,
		} {
			p := compile(t, e)
			want := []int{}
			for i, s := range all {
				if p.Match(s) {
					want = append(want, ids(all[i:i+1])...)
				}
			}
			if diff := cmp.Diff(want, ids(scanAll(t, s, store.Scan{Predicate: p, Limit: 4}))); diff != "" {
				t.Errorf("%s (-match of all +scan):\n%s", e, diff)
			}
		}
	})
}
