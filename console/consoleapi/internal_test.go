package consoleapi

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
	"github.com/radiograph/radiograph/traceid"
)

func TestMoments(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1700000000": 1_700_000_000e9, "1700000000.123456789": 1_700_000_000_123456789, "-5.5": -5_500_000_000,
		"2023-11-14T22:13:20Z": 1_700_000_000e9, "2023-11-14T23:13:20.5+01:00": 1_700_000_000_500_000_000, "2023-11-14T23:13:20 01:00": 1_700_000_000e9,
	} {
		if got, err := parseMoment("from", text); err != nil || got.UnixNano() != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "1e9", "99999999999", "NaN", "9000000000", "1.", "9999-01-01T00:00:00Z", "2023-11-14"} {
		if got, err := parseMoment("from", text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"1700000000.5", "2023-11-14T22:13:20Z", "-1", "00000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := parseMoment("from", s); err == nil && (at.Unix() <= -maxMoment || at.Unix() >= maxMoment) {
			t.Errorf("%q is %v", s, at)
		}
	})
}

// FuzzPlace checks that offsets of both kinds agree, and that what is marked lies in
// the expression.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"ok AND madeup", "user = \"😀\" AND x", "fault AND", "\xff\xfe", "é = "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) {
			for i := range s {
				if got := bytesOf(s, units(s[:i])); got != i {
					t.Fatalf("byte %d of %q is unit %d is byte %d", i, s, units(s[:i]), got)
				}
			}
		}
		if got := bytesOf(s, math.MaxInt); got != len(s) {
			t.Fatalf("the end of %q is %d", s, got)
		}
		_, err := filter.Parse(s)
		if syntax, ok := err.(*filter.SyntaxError); ok { //nolint:errorlint // Parse says so
			p := placeOf(s, syntax)
			if p.Offset < 0 || p.Length < 0 || p.Offset+p.Length > units(s) || p.Length == 0 && p.Offset < units(s) {
				t.Fatalf("%q: %+v", s, p)
			}
		}
	})
}

// FuzzParameters reads any parameters of an analysis and any list of fields.
func FuzzParameters(f *testing.F) {
	f.Add("from=1&to=2&top=3&buckets=4&fields=url,annotation.a&clock=received")
	f.Add("from=-9999999999&to=9999999&buckets=500")
	f.Add("top=99999999999999999999")
	api := &API{opts: Options{Now: func() time.Time { return time.Unix(1_700_000_000, 0) }}}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, name := range []string{"a", "b", "g"} {
			q.Del(name) // these need the groups
		}
		an, err := api.analysisOf(q)
		if err != nil {
			return
		}
		if n := len(an.series.periods[0]); n < 1 || n > maxPeriods+1 {
			t.Errorf("%s: %d periods", query, n)
		}
		if an.top < 1 || an.top > maxTop || an.most < 1 || an.most > maxAnalyzed {
			t.Errorf("%s: top %d, max %d", query, an.top, an.most)
		}
	})
}

// TestWilson compares with values that Newcombe published for two independent
// proportions (1998, table II, method 10, 95 %): 56/70 and 48/80.
func TestWilson(t *testing.T) {
	z := math.Sqrt2 * math.Erfinv(0.95)
	d := differ(shareOf(56, 70, z), shareOf(48, 80, z))
	if math.Abs(d.Low-0.0524) > 5e-5 || math.Abs(d.High-0.3339) > 5e-5 || !d.Significant {
		t.Errorf("the interval is %.4f to %.4f", d.Low, d.High)
	}
	if z := zOf(1); math.Abs(z-2.575829) > 1e-6 {
		t.Errorf("z is %v", z)
	}
}

func TestDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(1, 1e15), 1, 50).Draw(t, "values")
		var d, half distribution
		for i, v := range values {
			d.add(v)
			if i%2 == 0 {
				half.add(v)
			}
		}
		slices.Sort(values)
		for _, q := range []float64{0, 0.5, 0.9, 1} {
			want := values[max(0, int(math.Ceil(q*float64(len(values))))-1)]
			got := d.quantile(q)
			if diff := math.Abs(float64(*got) - float64(want)); diff > 0.016*float64(want)+1 {
				t.Fatalf("quantile %v of %v is %d, want %d", q, values, *got, want)
			}
		}
		g := gridOf(3, &d, &half)
		edges, counts := g.edges(), g.of(&d)
		for i, n := range counts {
			for _, v := range values {
				if edges[i] <= seconds(v) && seconds(v) < edges[i+1] {
					n--
				}
			}
			if n != 0 {
				t.Fatalf("bin %d of %v: %d too many in %v", i, edges, n, values)
			}
		}
		var both distribution
		both.merge(&half)
		if both.n != half.n || *both.quantile(1) != *half.quantile(1) {
			t.Fatal("a copy is another distribution")
		}
	})
}

func TestTablesAreBounded(t *testing.T) {
	tab := textTable(equals("user"))
	tab.limit = 10
	for i := range 100 {
		tab.add(membership{sideA: true}, textAs(strings.Repeat("x", i)))
	}
	if len(tab.values) != 10 || tab.other[sideA] != 90 || tab.present[sideA] != 100 {
		t.Errorf("%d values, %d others of %d", len(tab.values), tab.other[sideA], tab.present[sideA])
	}
	long := textAs(strings.Repeat("é", maxText))
	if !long.cut || len(long.s) > maxText || !utf8.ValidString(long.s) || !strings.Contains(long.compare("user"), "BEGINSWITH") {
		t.Errorf("a long text is %d bytes, cut %v", len(long.s), long.cut)
	}
}

func TestTakesGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "*": true, "deflate": false, "GZIP": true, "gzip;q=x": false,
	} {
		if got := takesGzip([]string{accept}); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

// appendTrace stores a trace of one segment, which may be in progress.
func appendTrace(t *testing.T, st store.Store, n byte, open bool) {
	t.Helper()
	s := segment.Segment{TraceID: traceid.ID{0: n, 1: 1}, ID: traceid.EntityID{7: 1}, Name: "s", StartTime: 1, EndTime: 2, InProgress: open}
	b := store.Batch{Received: time.Now().UnixNano(), Documents: []store.Document{{TraceID: s.TraceID, Raw: s.AppendJSON(nil)}}}
	if err := st.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Nanosecond) // of synctest's clock: batches have distinct times
}

func TestFollowerFindsEachTraceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := storetest.NewMemory(nil)
		f := follower{store: st, now: time.Now}
		f.begin("")
		poll := func() (ids []byte, matched int) {
			t.Helper()
			time.Sleep(tailEvery)
			found, err := f.poll(t.Context())
			if err != nil || found.gap != nil {
				t.Fatal(found.gap, err)
			}
			for _, s := range found.traces {
				ids = append(ids, s.ID[0])
			}
			return ids, found.matched
		}
		appendTrace(t, st, 1, false)
		appendTrace(t, st, 2, true)
		if ids, _ := poll(); !slices.Equal(ids, []byte{1}) {
			t.Errorf("first: %v", ids)
		}
		if ids, _ := poll(); ids != nil {
			t.Errorf("again: %v", ids)
		}
		appendTrace(t, st, 2, false)
		if ids, _ := poll(); !slices.Equal(ids, []byte{2}) {
			t.Errorf("when it is complete: %v", ids)
		}
		appendTrace(t, st, 3, true)
		var late []byte
		for range int(patience/tailEvery) + 1 {
			ids, _ := poll()
			late = append(late, ids...)
		}
		if !slices.Equal(late, []byte{3}) {
			t.Errorf("what does not become complete: %v", late)
		}
		for i := range 100 {
			appendTrace(t, st, byte(100+i), false)
		}
		ids, matched := poll()
		if matched != 100 || len(ids) != tailPerSecond || ids[0] != 100 || ids[19] != 195 {
			t.Errorf("%d of %d: %v", len(ids), matched, ids)
		}
	})
}

func TestFollowerResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := storetest.NewMemory(nil)
		f := follower{store: st, now: time.Now}
		f.begin("")
		id := f.id()
		appendTrace(t, st, 1, false)
		time.Sleep(30 * time.Second)
		f = follower{store: st, now: time.Now}
		if gap := f.begin(id); gap != nil {
			t.Errorf("a gap after half a minute: %+v", gap)
		}
		if found, err := f.poll(t.Context()); err != nil || len(found.traces) != 1 {
			t.Errorf("missed: %+v, %v", found, err)
		}
		time.Sleep(5 * time.Minute)
		f = follower{store: st, now: time.Now}
		if gap := f.begin(id); gap == nil || gap.To-gap.From < seconds(4*time.Minute) {
			t.Errorf("the gap after five minutes is %+v", gap)
		}
		for _, bad := range []string{"x", "-5", "99999999999999999999", "9000000000000000000"} {
			f = follower{store: st, now: time.Now}
			if gap := f.begin(bad); gap != nil || f.next != time.Now().UnixNano() {
				t.Errorf("%s: %+v", bad, gap)
			}
		}
	})
}
