package trace_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

// picture is everything that a trace says.
type picture struct {
	Tree        string
	Documents   []string
	Summary     *trace.Summary
	Duration    int64
	HasDuration bool
}

func pictureOf(tr *trace.Trace) picture {
	p := picture{Tree: tracetest.Tree(tr), Summary: tr.Summary()}
	p.Duration, p.HasDuration = tr.Duration()
	for _, e := range tr.Segments {
		p.Documents = append(p.Documents, string(tr.AppendDocument(nil, e)))
	}
	return p
}

func TestOrderAndRepetitionsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := tracetest.Random(t)
		first := trace.Assemble(tracetest.TraceID, docs)
		want := pictureOf(first)

		shuffled := slices.Concat(docs, rapid.SliceOf(rapid.SampledFrom(docs)).Draw(t, "duplicates"))
		shuffled = rapid.Permutation(shuffled).Draw(t, "order")
		if diff := cmp.Diff(want, pictureOf(trace.Assemble(tracetest.TraceID, shuffled))); diff != "" {
			t.Fatalf("another order, with duplicates (-want +got):\n%s", diff)
		}

		useful := slices.Clone(docs)
		for _, i := range slices.Backward(first.Superfluous) {
			useful = slices.Delete(useful, i, i+1)
		}
		if diff := cmp.Diff(want, pictureOf(trace.Assemble(tracetest.TraceID, useful))); diff != "" {
			t.Fatalf("without superfluous documents (-want +got):\n%s", diff)
		}

		again := slices.Clone(docs)
		for _, d := range docs {
			if !d.Segment.InProgress {
				d.Received += 1e15
				again = append(again, d)
			}
		}
		retried := trace.Assemble(tracetest.TraceID, again)
		if diff := cmp.Diff(want, pictureOf(retried)); diff != "" {
			t.Fatalf("with everything that is complete sent again (-want +got):\n%s", diff)
		}
		if n := len(again) - len(docs) + len(first.Superfluous); len(retried.Superfluous) != n {
			t.Fatalf("%d superfluous documents, want %d", len(retried.Superfluous), n)
		}
	})
}

func TestNothingArrived(t *testing.T) {
	tr := trace.Assemble(tracetest.TraceID, nil)
	want := &trace.Summary{
		ID: tracetest.TraceID, StartTime: trace.Unknown, Duration: trace.Unknown, ResponseTime: trace.Unknown, EntryPoint: -1,
	}
	if diff := cmp.Diff(want, tr.Summary(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if d, ok := tr.Duration(); ok {
		t.Errorf("duration %d, want none", d)
	}
}

func TestEveryEntityHasOnePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := tracetest.Random(t)
		tr := trace.Assemble(tracetest.TraceID, docs)
		seen := map[string]bool{}
		var walk func(e, owner *trace.Entity)
		walk = func(e, owner *trace.Entity) {
			if id := e.ID.String(); seen[id] {
				t.Fatalf("entity %s has two places", id)
			} else {
				seen[id] = true
			}
			if e.Owner != owner {
				t.Fatalf("entity %s belongs to %v, want %v", e.ID, e.Owner, owner)
			}
			for _, c := range e.Children {
				if c.Parent != e {
					t.Fatalf("child %s of %s has another parent", c.ID, e.ID)
				}
				walk(c, owner)
			}
			for _, c := range e.Callees {
				if c.Parent != e || !slices.Contains(tr.Segments, c) {
					t.Fatalf("callee %s of %s has another parent or is not listed", c.ID, e.ID)
				}
			}
		}
		for _, e := range tr.Segments {
			walk(e, e)
		}
		for _, e := range tr.Orphans {
			walk(e, nil)
		}
		for _, d := range docs {
			if id := d.Segment.ID.String(); !seen[id] {
				t.Fatalf("entity %s is lost", id)
			}
		}
	})
}

func TestDeepStreamsAreFlattened(t *testing.T) {
	var text strings.Builder
	text.WriteString("web id=1 0-1\n")
	const n = 2000
	for i := 2; i <= n; i++ {
		text.WriteString("sub id=" + strconv.FormatInt(int64(i), 16) + " parent=" + strconv.FormatInt(int64(i-1), 16) + " sub 0-1\n")
	}
	docs, err := tracetest.Documents(text.String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(docs)
	for i := range docs {
		docs[i].Index = uint32(i)
	}
	tr := trace.Assemble(tracetest.TraceID, docs)
	depth, entities := measure(tr.Segments[0])
	if len(tr.Segments) != 1 || len(tr.Orphans) != 0 || entities != n || depth > 201 {
		t.Errorf("%d segments, %d orphans, %d entities in a tree %d deep; want 1, 0, %d, at most 201",
			len(tr.Segments), len(tr.Orphans), entities, depth, n)
	}
}

func measure(e *trace.Entity) (depth, entities int) {
	entities = 1
	for _, c := range e.Children {
		d, n := measure(c)
		depth = max(depth, d)
		entities += n
	}
	return depth + 1, entities
}
