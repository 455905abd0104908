package load

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/traceid"
)

// shown is what the tests look at in a document.
type shown struct {
	Name        string  `json:"name"`
	ID          string  `json:"id"`
	TraceID     string  `json:"trace_id"`
	ParentID    string  `json:"parent_id"`
	StartTime   float64 `json:"start_time"`
	EndTime     float64 `json:"end_time"`
	Subsegments []shown `json:"subsegments"`
}

func TestTraceHasTheTypicalShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewGenerator(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "cardinality"))
		end := time.Unix(1_763_800_000, 0)
		tr := g.Trace(rapid.Uint64().Draw(t, "n"), end)
		ids := map[string]bool{}
		parents := map[string]bool{}
		for i := range DocumentsPerTrace {
			raw := g.AppendDocument(nil, &tr, i)
			var doc shown
			if err := json.Unmarshal(raw, &doc); err != nil {
				t.Fatalf("document %d: %v\n%s", i, err, raw)
			}
			if doc.TraceID != tr.ID.String() {
				t.Errorf("document %d has trace id %s, want %s", i, doc.TraceID, tr.ID)
			}
			if i > 0 && !ids[doc.ParentID] {
				t.Errorf("document %d: parent %s is in no earlier document", i, doc.ParentID)
			}
			parents[doc.ParentID] = true
			check(t, doc, ids)
			if doc.EndTime > float64(end.Unix())+1e-6 {
				t.Errorf("document %d ends at %f, after the trace", i, doc.EndTime)
			}
			var text string
			if err := json.Unmarshal(g.AppendQuoted(nil, &tr, i), &text); err != nil {
				t.Fatalf("quoted document %d: %v", i, err)
			}
			if diff := cmp.Diff(string(raw), text); diff != "" {
				t.Errorf("quoted document %d differs (-plain +quoted):\n%s", i, diff)
			}
		}
		if len(ids) != SpansPerTrace {
			t.Errorf("%d spans, want %d", len(ids), SpansPerTrace)
		}
		if len(parents) != DocumentsPerTrace {
			t.Errorf("%d distinct parents, want %d", len(parents), DocumentsPerTrace)
		}
	})
}

func check(t *rapid.T, s shown, ids map[string]bool) {
	if _, err := traceid.ParseEntity(s.ID); err != nil || ids[s.ID] {
		t.Errorf("%s: id %q is wrong or taken", s.Name, s.ID)
	}
	ids[s.ID] = true
	if s.StartTime <= 0 || s.EndTime <= s.StartTime {
		t.Errorf("%s: from %f to %f", s.Name, s.StartTime, s.EndTime)
	}
	for _, sub := range s.Subsegments {
		if sub.StartTime < s.StartTime || sub.EndTime > s.EndTime {
			t.Errorf("%s is not inside of %s", sub.Name, s.Name)
		}
		check(t, sub, ids)
	}
}

func TestTraceDependsOnSeedAndNumberOnly(t *testing.T) {
	now := time.Unix(1_763_800_000, 0)
	render := func(seed, n uint64) string {
		g := NewGenerator(seed, 0)
		tr := g.Trace(n, now)
		return string(g.AppendDocument(nil, &tr, 2))
	}
	if diff := cmp.Diff(render(1, 2), render(1, 2)); diff != "" {
		t.Errorf("same seed and number differ:\n%s", diff)
	}
	if render(1, 2) == render(1, 3) || render(1, 2) == render(2, 2) {
		t.Error("different numbers or seeds give the same document")
	}
}

func TestDocumentsHaveTheTypicalSize(t *testing.T) {
	g := NewGenerator(1, 0)
	total, n := 0, 200
	for i := range n {
		tr := g.Trace(uint64(i), time.Unix(1_763_800_000, 0))
		for doc := range DocumentsPerTrace {
			total += len(g.AppendDocument(nil, &tr, doc))
		}
	}
	if mean := total / n / DocumentsPerTrace; mean < 1000 || mean > 1300 {
		t.Errorf("documents have %d bytes on average", mean)
	}
}

func TestScenariosComeByTheirShares(t *testing.T) {
	sum := 0
	for _, s := range scenarios {
		sum += s.permille
	}
	if sum != 1000 {
		t.Fatalf("shares add up to %d ‰", sum)
	}
	g := NewGenerator(7, 0)
	counts := make([]int, len(scenarios))
	const n = 20_000
	for i := range uint64(n) {
		counts[g.Trace(i, time.Unix(1_763_800_000, 0)).scenario]++
	}
	for i, s := range scenarios {
		want := s.permille * n / 1000
		if counts[i] < want*7/10 || counts[i] > want*13/10 {
			t.Errorf("scenario %d came %d times, want about %d", i, counts[i], want)
		}
	}
}

func BenchmarkGenerator(b *testing.B) {
	for _, form := range []string{"plain", "quoted"} {
		b.Run("form="+form, func(b *testing.B) {
			g := NewGenerator(1, 0)
			appendDoc := g.AppendDocument
			if form == "quoted" {
				appendDoc = g.AppendQuoted
			}
			now := time.Now()
			var buf []byte
			b.ReportAllocs()
			n := uint64(0)
			for b.Loop() {
				tr := g.Trace(n, now)
				n++
				buf = buf[:0]
				for i := range DocumentsPerTrace {
					buf = appendDoc(buf, &tr, i)
				}
				b.SetBytes(int64(len(buf)))
			}
		})
	}
}
