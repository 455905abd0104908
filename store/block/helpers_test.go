package block

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// everything is a range that holds all times of the workload.
var everything = store.GraphQuery{Start: time.Unix(0, workloadEpoch).Add(-24 * time.Hour), End: time.Unix(0, workloadEpoch).Add(30 * 24 * time.Hour)}

// checkGraph compares the graph from rollups with that from rows.
func checkGraph(t testing.TB, s *Store) {
	t.Helper()
	checkGraphOf(t, s, everything)
}

// checkGraphOf is checkGraph for any range and group.
func checkGraphOf(t testing.TB, s *Store, q store.GraphQuery) {
	t.Helper()
	rollups, err := s.Graph(t.Context(), q)
	if err != nil {
		t.Fatalf("graph: %v", err)
	}
	if q.Predicate, err = filter.Compile(&filter.Expr{}, filter.Options{}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Graph(t.Context(), q)
	if err != nil {
		t.Fatalf("graph of rows: %v", err)
	}
	if diff := cmp.Diff(describeGraph(rows), describeGraph(rollups)); diff != "" {
		t.Fatalf("graph of %q in [%v, %v) (-rows +rollups):\n%s", q.Group, q.Start, q.End, diff)
	}
	if rows.OldVersions != rollups.OldVersions {
		t.Fatalf("graph of %q in [%v, %v): old versions %v of rows, %v of rollups", q.Group, q.Start, q.End, rows.OldVersions, rollups.OldVersions)
	}
}

func describeGraph(g store.Graph) map[string]string {
	out := map[string]string{}
	for k, n := range g.Graph.Nodes {
		out[fmt.Sprint(k)] = fmt.Sprint(n.Stats, n.Root, n.Inferred, n.ResponseTimes.Count(), n.Durations.Count())
	}
	for k, e := range g.Graph.Edges {
		out[fmt.Sprint(k)] = fmt.Sprint(e.Stats, e.Links, e.Aliases, e.ResponseTimes.Count())
	}
	return out
}

// scanEverything returns all summaries by start time.
func scanEverything(t testing.TB, s *Store) []*trace.Summary {
	t.Helper()
	page, err := s.Scan(t.Context(), store.Scan{Start: everything.Start, End: everything.End, Limit: math.MaxInt})
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	return page.Summaries
}

// mustAppend appends n batches of one trace each and returns the traces' ids.
func mustAppend(t testing.TB, s *Store, w *workload, n int) []traceid.ID {
	t.Helper()
	var ids []traceid.ID
	for range n {
		b := w.batch(1)
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatalf("append: %v", err)
		}
		ids = append(ids, b.Documents[0].TraceID)
	}
	return ids
}

// missing counts the ids whose traces are not in the store.
func missing(t testing.TB, s *Store, ids []traceid.ID) int {
	t.Helper()
	n := 0
	for _, id := range ids {
		tr, err := s.traceByID(t.Context(), id)
		if err != nil {
			t.Fatalf("trace %s: %v", id, err)
		}
		if tr == nil {
			n++
		}
	}
	return n
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func mustFlush(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatalf("flush: %v", err)
	}
}

// files lists the names in a directory of a store that match a pattern.
func files(t testing.TB, s *Store, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
