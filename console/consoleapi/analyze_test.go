package consoleapi_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

type counts struct {
	A    int64
	B    *int64
	Rest int64
}

type analysis struct {
	Scanned  int
	Complete bool
	Sets     struct{ A, Rest analysisSet }
	Series   struct {
		Start, Step float64
		A           struct{ OK, Error, Throttle, Fault []int64 }
	}
	ResponseTime struct {
		Edges   []float64
		A, Rest []int64
		B       *[]int64
	}
	Heat        struct{ A [][]int64 }
	Differences []struct {
		Field, Value     string
		Delta, Low, High float64
		Significant      bool
		A, B             struct{ Count, N int64 }
	}
	Fields []struct {
		Field    string
		Label    *string
		Distinct int
		Other    int64
		With     counts
		Values   []struct {
			Value  string
			Filter *string
			counts
		}
	}
}

type analysisSet struct {
	Count        int64
	Outcomes     struct{ OK, Error, Throttle, Fault int64 }
	ResponseTime struct {
		Count                       int64
		Average, Min, Max, P50, P95 *float64
	}
}

// matching returns the traces that match an expression, newest first.
func (w *world) matching(expression string) []*trace.Summary {
	w.Helper()
	e, err := filter.Parse(expression)
	w.must(err)
	p, err := filter.Compile(e, filter.Options{Group: w.groups.FilterOf})
	w.must(err)
	page, err := w.store.Scan(w.Context(), store.Scan{Start: time.Unix(0, 0), End: time.Now().Add(time.Hour), Predicate: p, Limit: 100_000})
	w.must(err)
	return page.Summaries
}

// TestAnalyzeIsExact compares an analysis with what scans say: every value's filter
// finds as many traces as were counted, in both sets.
func TestAnalyzeIsExact(t *testing.T) {
	w := newWorld(t)
	w.load(400)
	const a, b = "fault OR error", `service("payments")`
	got := get[analysis](w, "analyze"+params("from", "0", "a", a, "b", b, "top", "200"))
	if got.Scanned != 400 || !got.Complete {
		t.Errorf("scanned %d, complete %v", got.Scanned, got.Complete)
	}
	if n := int64(len(w.matching(a))); got.Sets.A.Count != n || n == 0 {
		t.Errorf("%d traces in A, want %d", got.Sets.A.Count, n)
	}
	if n := int64(len(w.matching("!(" + a + ") AND !(" + b + ")"))); got.Sets.Rest.Count != n {
		t.Errorf("%d traces in the rest, want %d", got.Sets.Rest.Count, n)
	}
	checked := map[string]bool{}
	for _, f := range got.Fields {
		for i, v := range f.Values {
			if v.Filter == nil {
				t.Errorf("%s %q has no filter", f.Field, v.Value)
				continue
			}
			if i > 5 || strings.HasSuffix(f.Field, "RootCause") {
				continue // containing a path is not being it
			}
			checked[f.Field] = true
			inA := len(w.matching("(" + a + ") AND (" + *v.Filter + ")"))
			inB := len(w.matching("(" + b + ") AND (" + *v.Filter + ")"))
			all := len(w.matching(*v.Filter))
			inBoth := len(w.matching("(" + a + ") AND " + b + " AND (" + *v.Filter + ")"))
			if int64(inA) != v.A || int64(inB) != *v.B || int64(all-inA-inB+inBoth) != v.Rest {
				t.Errorf("%s %q: counted %d, %d and %d; %s finds %d and %d of %d", f.Field, v.Value, v.A, *v.B, v.Rest, *v.Filter, inA, inB, all)
			}
		}
	}
	for _, field := range []string{"url", "method", "status", "outcome", "entry", "node", "exception"} {
		if !checked[field] {
			t.Errorf("%s has no values", field)
		}
	}
}

func sum(list []int64) (n int64) {
	for _, x := range list {
		n += x
	}
	return n
}

func TestAnalyzeDistributions(t *testing.T) {
	w := newWorld(t)
	w.load(300)
	for _, clock := range []string{"start", "received"} {
		got := get[analysis](w, "analyze"+params("from", strconv.FormatInt(time.Now().Add(-10*time.Minute).Unix(), 10), "buckets", "11", "clock", clock))
		all := w.matching("")
		var times []float64
		for _, s := range all {
			times = append(times, time.Duration(s.ResponseTime).Seconds())
		}
		slices.Sort(times)
		rt := got.Sets.A.ResponseTime
		if rt.Count != 300 || *rt.Min != times[0] || *rt.Max != times[299] {
			t.Errorf("%s: times %+v, want from %v to %v", clock, rt, times[0], times[299])
		}
		for _, q := range []struct{ got, want float64 }{{*rt.P50, times[149]}, {*rt.P95, times[284]}} {
			if math.Abs(q.got-q.want) > 0.016*q.want {
				t.Errorf("%s: quantile %v, want %v", clock, q.got, q.want)
			}
		}
		h := got.ResponseTime
		if len(h.Edges) != len(h.A)+1 || sum(h.A) != 300 || sum(h.Rest) != 0 || h.B != nil || !slices.IsSorted(h.Edges) {
			t.Errorf("%s: histogram %+v", clock, h)
		}
		for i, n := range h.A {
			want := int64(0)
			for _, x := range times {
				if h.Edges[i] <= x && x < h.Edges[i+1] {
					want++
				}
			}
			if n != want {
				t.Errorf("%s: bin %d has %d, want %d", clock, i, n, want)
			}
		}
		s := got.Series
		if n := sum(s.A.OK) + sum(s.A.Error) + sum(s.A.Throttle) + sum(s.A.Fault); n != 300 || s.Step != 60 || len(s.A.OK) > 12 {
			t.Errorf("%s: %d traces in %d periods of %v s", clock, n, len(s.A.OK), s.Step)
		}
		heat := int64(0)
		for _, column := range got.Heat.A {
			heat += sum(column)
		}
		if heat != 300 {
			t.Errorf("%s: %d traces in the heat map", clock, heat)
		}
	}
}

// TestAnalyzeFindsWhatDiffers plants a difference.
func TestAnalyzeFindsWhatDiffers(t *testing.T) {
	w := newWorld(t)
	var docs []string
	for i := range 400 {
		more := `"annotations":{"release":"r1","i":` + strconv.Itoa(i) + `}`
		if i%10 == 0 {
			more = `"annotations":{"release":"r2","i":` + strconv.Itoa(i) + `},` + fault(500, "boom")
		}
		docs = append(docs, document(i+1, "1", "", "shop", float64(i)/10, float64(i)/10+1, more))
	}
	w.put(docs...)
	got := get[analysis](w, "analyze"+params("from", documentsFrom, "to", documentsTo, "a", "fault", "fields", "annotation,entry"))
	if len(got.Differences) != 3 {
		t.Fatalf("differences: %+v", got.Differences)
	}
	d := got.Differences[0]
	if d.Field != "annotation.release" || !d.Significant || d.A.N != 40 || d.B.N != 360 || math.Abs(d.Delta) != 1 {
		t.Errorf("first is %+v", d)
	}
	for _, d := range got.Differences[1:] {
		if d.Significant || d.Low > 0 || d.High < 0 {
			t.Errorf("%s seems to differ: %+v", d.Field, d)
		}
	}
	if f := got.Fields[1]; f.Field != "annotation.i" && f.Field != "annotation.release" || f.Label == nil {
		t.Errorf("second field is %+v", f)
	}
}

func TestAnalyzeBounds(t *testing.T) {
	w := newWorld(t)
	w.load(50)
	if _, err := w.groups.Create(t.Context(), "bad", "fault", group.Insights{}); err != nil {
		t.Fatal(err)
	}
	got := get[analysis](w, "analyze"+params("from", "0", "max", "10"))
	if got.Scanned != 10 || got.Complete {
		t.Errorf("max: scanned %d, complete %v", got.Scanned, got.Complete)
	}
	got = get[analysis](w, "analyze"+params("from", "0", "g", "bad", "fields", "outcome"))
	if n := len(w.matching("fault")); got.Scanned != n || got.Fields[0].Distinct > 1 {
		t.Errorf("group: scanned %d of %d, fields %+v", got.Scanned, n, got.Fields)
	}
	got = get[analysis](w, "analyze"+params("from", "10", "to", "20"))
	if got.Scanned != 0 || !got.Complete || len(got.Differences) != 0 || len(got.ResponseTime.Edges) != 0 {
		t.Errorf("empty: %+v", got)
	}
	for _, bad := range []string{
		params("from", "5", "to", "5"), params("from", "x"), params("clock", "wall"), params("top", "0"), params("buckets", "501"),
		params("max", "-1"), params("fields", "nothing"), params("b", "("), params("from", "99999999999"),
	} {
		if status, p := w.problem("analyze"+bad, ""); status != 400 || p["parameter"] == nil {
			t.Errorf("%s: %d %v", bad, status, p)
		}
	}
	if status, p := w.problem("analyze"+params("g", "none"), ""); status != 404 || p["kind"] != "not-found" {
		t.Errorf("unknown group: %d %v", status, p)
	}
}

func TestOperations(t *testing.T) {
	w := newWorld(t)
	call := `"origin":"AWS::ECS::Container","http":{"request":{"method":"GET","url":"http://shop/a"},"response":{"status":200}}`
	w.put(document(1, "1", "", "shop", 0, 1, call), document(2, "1", "", "shop", 0, 3, call),
		document(3, "1", "", "shop", 0, 1, fault(500, "x")), document(4, "1", "", "other", 0, 1, call))
	type answer struct {
		Scanned, Distinct int
		Operations        []struct {
			Method, URL, Filter *string
			Count               int
			Times               struct{ Average, Max float64 }
		}
	}
	got := get[answer](w, "nodes/operations"+params("name", "shop", "from", documentsFrom, "to", documentsTo))
	if got.Scanned != 3 || got.Distinct != 2 || len(got.Operations) != 2 {
		t.Fatalf("operations: %+v", got)
	}
	first := got.Operations[0]
	if *first.URL != "http://shop/a" || first.Count != 2 || first.Times.Average != 2 || first.Times.Max != 3 {
		t.Errorf("first is %+v", first)
	}
	if n := len(w.matching(*first.Filter)); n != 2 {
		t.Errorf("%s finds %d traces", *first.Filter, n)
	}
	got = get[answer](w, "nodes/operations"+params("name", "shop", "type", "", "q", "fault", "from", documentsFrom, "to", documentsTo))
	if got.Scanned != 1 || len(got.Operations) != 1 || *got.Operations[0].URL != "http://shop/500" {
		t.Errorf("of the node without type: %+v", got)
	}
}

func TestGraphs(t *testing.T) {
	w := newWorld(t)
	w.put(document(1, "1", "", "shop", 0, 1, ""), document(2, "1", "", "shop", 0, 1, fault(500, "x")), document(3, "1", "", "store", 0, 1, ""))
	type graph struct {
		Services []struct {
			Name              string
			Type              *string
			SummaryStatistics *struct{ TotalCount int }
		}
	}
	names := func(g graph) (names []string) {
		for _, s := range g.Services {
			if s.SummaryStatistics != nil {
				names = append(names, fmt.Sprint(s.Name, s.SummaryStatistics.TotalCount))
			}
		}
		return names
	}
	if diff := cmp.Diff([]string{"shop2", "store1"}, names(get[graph](w, "graph"))); diff != "" {
		t.Errorf("graph (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop1"}, names(get[graph](w, "graph"+params("q", "fault")))); diff != "" {
		t.Errorf("graph of faults (-want +got):\n%s", diff)
	}

	boundary := time.Now()
	var docs []string
	for i := range 40 {
		docs = append(docs, document(100+i, "1", "", "shop", 0, 1, fault(500, "x")), document(200+i, "1", "", "new", 0, 1, ""))
	}
	w.put(docs...)
	type comparison struct {
		Nodes []struct {
			Node          struct{ Name string }
			Change        string
			Before, After *struct {
				Outcomes struct{ Fault int }
			}
		}
		Edges []struct{ Change string }
	}
	at := func(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }
	got := get[comparison](w, "graph/compare"+params("from", at(boundary), "to", at(boundary.Add(time.Minute))))
	var changes []string
	for _, n := range got.Nodes {
		changes = append(changes, n.Node.Name+" "+n.Change)
	}
	if diff := cmp.Diff([]string{"new new", "shop changed", "store lost"}, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if len(got.Edges) != 3 {
		t.Errorf("edges: %+v", got.Edges)
	}
	if status, p := w.problem("graph/compare"+params("cmp", "soon"), ""); status != 400 || p["parameter"] != "cmp" {
		t.Errorf("cmp: %d %v", status, p)
	}
}
