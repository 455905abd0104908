package consoleapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
	"github.com/radiograph/radiograph/traceid"
)

// critical prints a critical path: names with milliseconds.
func critical(a *traceAnswer) (lines []string) {
	for i, row := range a.Critical.Row {
		name := a.Strings[a.Columns.Name[row]]
		lines = append(lines, fmt.Sprintf("%s %d-%d", name, a.Critical.Start[i]/1e6, a.Critical.End[i]/1e6))
	}
	return lines
}

func TestColumnsOfATrace(t *testing.T) {
	doc := func(s string) *segment.Segment {
		seg, err := segment.Decode([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return seg
	}
	tr := trace.Assemble(traceid.ID{1}, []trace.Document{
		{Received: 1, Segment: doc(`{"trace_id":"1-01000000-000000000000000000000000","id":"0000000000000001","name":"web","start_time":100.0000005,"end_time":101,
			"http":{"request":{"method":"GET","url":"/x"},"response":{"status":200}},"annotations":{"a":1},
			"subsegments":[
				{"id":"0000000000000003","name":"late","start_time":100.5,"end_time":100.9},
				{"id":"0000000000000002","name":"api","namespace":"remote","start_time":100.1,"end_time":100.4,"http":{"request":{"traced":true}}},
				{"id":"0000000000000004","name":"open","start_time":100.6,"in_progress":true}]}`)},
		{Received: 2, Segment: doc(`{"trace_id":"1-01000000-000000000000000000000000","id":"0000000000000005","parent_id":"0000000000000002","name":"api","start_time":100.2,"end_time":100.5,"fault":true,
			"links":[{"trace_id":"1-02000000-000000000000000000000000","id":"0000000000000009"}]}`)},
		{Received: 3, Segment: doc(`{"trace_id":"1-01000000-000000000000000000000000","id":"0000000000000006","parent_id":"00000000000000ff","name":"lost","start_time":100.7,"end_time":100.8}`)},
	})
	got := columnsOf(tr)
	var names []string
	for _, i := range got.Columns.Name {
		names = append(names, got.Strings[i])
	}
	c := got.Columns
	for _, x := range []struct {
		what      string
		want, got any
	}{
		{"names", []string{"web", "api", "api", "late", "open", "lost"}, names},
		{"parents", []int{-1, 0, 1, 0, 0, -1}, c.Parent},
		{"descendants", []int{4, 1, 0, 0, 0, 0}, c.Descendants},
		{"depths", []int{0, 1, 2, 1, 1, 0}, c.Depth},
		{"segments", []int{0, 0, 1, 0, 0, 2}, c.Segment},
		{"starts", []int64{500, 100e6, 200e6, 500e6, 600e6, 700e6}, c.Start},
		{"durations", []int64{999_999_500, 300e6, 300e6, 400e6, -1, 100e6}, c.Duration},
		{"self", []int64{199_999_500, 100e6, 300e6, 400e6, 400e6, 100e6}, c.Self},
		{"status", []int{200, 0, 0, 0, 0, 0}, c.Status},
		{"links", []linkRow{{2, "1-02000000-000000000000000000000000", traceid.EntityID{7: 9}}}, got.Links},
		{"notes", map[string]int{noteMissingParent: 1, noteInProgress: 1, noteClockSkew: 1}, got.NoteCounts},
		{"critical path", []string{"web 0-100", "api 100-200", "api 200-400", "web 400-600", "open 600-1000"}, critical(got)},
	} {
		if diff := cmp.Diff(x.want, x.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.what, diff)
		}
	}
	if got.Start != 100e9 || *got.Root != 0 || got.Duration != nil || got.Extent != 1e9 || !got.InProgress || !got.Partial || *got.ResponseTime != 999_999_500 {
		t.Errorf("start %d root %d duration %v extent %d", got.Start, *got.Root, got.Duration, got.Extent)
	}
	for row, want := range []int{
		rowAnnotations | rowCritical,
		rowSubsegment | rowCall | rowCritical,
		rowFault | rowLinks | rowCritical,
		rowSubsegment,
		rowSubsegment | rowInProgress | rowCritical,
		rowMissingParent,
	} {
		if c.Flags[row] != want {
			t.Errorf("flags of row %d are %b, want %b", row, c.Flags[row], want)
		}
	}
	if got := operationOf(&trace.Entity{Segment: &segment.Segment{SQL: &segment.SQL{}}}); got != "SQL" {
		t.Errorf("operation of SQL is %q", got)
	}
}

// TestColumnsHoldTogether checks what a reader of the columns relies on.
func TestColumnsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := trace.Assemble(tracetest.TraceID, tracetest.Random(t))
		a := columnsOf(tr)
		c := &a.Columns
		depth := 0
		for i := range a.Count {
			p := c.Parent[i]
			switch {
			case p >= i:
				t.Fatalf("row %d is before its parent %d", i, p)
			case p < 0 && c.Depth[i] != 0, p >= 0 && c.Depth[i] != c.Depth[p]+1, c.Depth[i] > depth+1:
				t.Fatalf("row %d has the depth %d", i, c.Depth[i])
			case p >= 0 && i > p+c.Descendants[p]:
				t.Fatalf("row %d is not within the %d rows below %d", i, c.Descendants[p], p)
			case c.Self[i] < 0, c.Duration[i] >= 0 && c.Self[i] > c.Duration[i]:
				t.Fatalf("row %d worked %d of %d ns itself", i, c.Self[i], c.Duration[i])
			case c.Start[i] < 0, c.Start[i] > a.Extent:
				t.Fatalf("row %d starts at %d of %d", i, c.Start[i], a.Extent)
			}
			depth = c.Depth[i]
		}
		at := int64(0)
		for i := range a.Critical.Row {
			if i > 0 && a.Critical.Start[i] != at {
				t.Fatalf("a gap in the critical path: %v", critical(a))
			}
			if at = a.Critical.End[i]; at <= a.Critical.Start[i] {
				t.Fatalf("an empty section of the critical path: %v", critical(a))
			}
		}
		if a.Root != nil && c.Duration[*a.Root] > 0 {
			first, last := a.Critical.Start[0], at
			if first != c.Start[*a.Root] || last != c.Start[*a.Root]+c.Duration[*a.Root] {
				t.Fatalf("the critical path is from %d to %d", first, last)
			}
		}
		if _, err := json.Marshal(a); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCriticalPath has the cases that the algorithm is made for.
func TestCriticalPath(t *testing.T) {
	type work struct {
		name, parent string
		start, end   float64
	}
	for _, tc := range []struct {
		name string
		work []work
		want []string
	}{
		{"one after the other", []work{{"a", "root", 1, 3}, {"b", "root", 4, 9}}, []string{"root 0-1000", "a 1000-3000", "root 3000-4000", "b 4000-9000", "root 9000-10000"}},
		{"at the same time", []work{{"a", "root", 1, 6}, {"b", "root", 2, 9}}, []string{"root 0-2000", "b 2000-9000", "root 9000-10000"}},
		{"beyond the end", []work{{"a", "root", 1, 15}, {"b", "root", 0, 1}}, []string{"b 0-1000", "a 1000-10000"}},
		{"nested", []work{{"a", "root", 1, 9}, {"b", "a", 2, 4}, {"c", "a", 3, 8}}, []string{"root 0-1000", "a 1000-3000", "c 3000-8000", "a 8000-9000", "root 9000-10000"}},
		{"before the beginning", []work{{"a", "root", -5, 5}}, []string{"a 0-5000", "root 5000-10000"}},
		{"nothing", nil, []string{"root 0-10000"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ids := map[string]traceid.EntityID{"root": {7: 1}}
			docs := []trace.Document{{Received: 1, Segment: &segment.Segment{ID: ids["root"], Name: "root", EndTime: 10e9}}}
			for i, w := range tc.work {
				ids[w.name] = traceid.EntityID{7: byte(i + 2)}
				docs = append(docs, trace.Document{Received: int64(i + 2), Segment: &segment.Segment{
					ID: ids[w.name], ParentID: ids[w.parent], Kind: segment.KindSubsegment, Name: w.name,
					StartTime: int64(w.start * 1e9), EndTime: int64(w.end * 1e9),
				}})
			}
			a := columnsOf(trace.Assemble(tracetest.TraceID, docs))
			var got []string
			root := a.Columns.Start[0]
			for i, row := range a.Critical.Row {
				got = append(got, fmt.Sprintf("%s %d-%d", a.Strings[a.Columns.Name[row]], (a.Critical.Start[i]-root)/1e6, (a.Critical.End[i]-root)/1e6))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("critical path (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCriticalPathGoesThroughCallees has a call as the X-Ray SDK for Go times it.
func TestCriticalPathGoesThroughCallees(t *testing.T) {
	id := func(n byte) traceid.EntityID { return traceid.EntityID{7: n} }
	seg := func(n, parent byte, kind segment.Kind, name, namespace string, start, end int64) trace.Document {
		return trace.Document{Received: int64(n), Segment: &segment.Segment{
			ID: id(n), ParentID: id(parent), Kind: kind, Name: name, Namespace: namespace, StartTime: start * 1e9, EndTime: end * 1e9,
		}}
	}
	a := columnsOf(trace.Assemble(tracetest.TraceID, []trace.Document{
		seg(1, 0, segment.KindSegment, "web", "", 0, 10),
		seg(2, 1, segment.KindSubsegment, "call", segment.NamespaceRemote, 1, 9),
		seg(3, 2, segment.KindSubsegment, "request", "", 1, 2),
		seg(4, 2, segment.KindSubsegment, "response", "", 2, 9),
		seg(5, 2, segment.KindSegment, "api", "", 3, 8),
	}))
	want := []string{"web 0-1000", "request 1000-2000", "response 2000-3000", "api 3000-8000", "response 8000-9000", "web 9000-10000"}
	if diff := cmp.Diff(want, critical(a)); diff != "" {
		t.Errorf("critical path (-want +got):\n%s", diff)
	}
}

// bigTrace has n entities: segments with calls of each other, ten entities each.
func bigTrace(n int) *trace.Trace {
	var docs []trace.Document
	id := func(i int) traceid.EntityID {
		return traceid.EntityID{4: byte(i >> 16), 5: byte(i >> 8), 6: byte(i), 7: 1}
	}
	for i := 0; i < n; i += 10 {
		s := &segment.Segment{ID: id(i), Name: fmt.Sprint("service-", i/10%20), Origin: "AWS::ECS::Container", StartTime: int64(i) * 1e6, EndTime: int64(n+i) * 1e6}
		if i > 0 {
			s.ParentID = id(i/20*10 + 9)
		}
		for k := 1; k < 10; k++ {
			s.Subsegments = append(s.Subsegments, &segment.Segment{
				ID: id(i + k), ParentID: s.ID, Kind: segment.KindSubsegment, Name: fmt.Sprint("step-", k), Namespace: []string{"", "remote"}[k/9],
				StartTime: s.StartTime + int64(k)*1e5, EndTime: s.EndTime - int64(k)*1e5,
				HTTP: &segment.HTTP{Method: "GET", URL: "http://shop/items", Status: 200},
			})
		}
		docs = append(docs, trace.Document{Received: int64(i + 1), Segment: s})
	}
	return trace.Assemble(tracetest.TraceID, docs)
}

func BenchmarkColumns(b *testing.B) {
	t := bigTrace(10_000)
	if n := columnsOf(t).Count; n < 10_000 {
		b.Fatalf("%d rows", n)
	}
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		out, err := json.Marshal(columnsOf(t))
		if err != nil {
			b.Fatal(err)
		}
		size = len(out)
	}
	b.ReportMetric(float64(size), "answer-B")
}

func TestVeryDeepTraces(t *testing.T) {
	const n = 20_000
	docs := make([]trace.Document, n)
	id := func(i int) traceid.EntityID { return traceid.EntityID{5: byte(i >> 16), 6: byte(i >> 8), 7: byte(i)} }
	for i := range docs {
		docs[i] = trace.Document{Received: int64(i + 1), Segment: &segment.Segment{
			ID: id(i + 1), ParentID: id(i), Name: "s", StartTime: int64(i), EndTime: int64(2*n - i),
		}}
	}
	a := columnsOf(trace.Assemble(tracetest.TraceID, docs))
	if a.Count != n || slices.Max(a.Columns.Depth) != n-1 {
		t.Errorf("%d rows, depth %d", a.Count, slices.Max(a.Columns.Depth))
	}
}
