package block

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// TestConcurrent appends, reads, seals and merges at once: no read may miss what
// was acknowledged before it began.
func TestConcurrent(t *testing.T) {
	s, err := Open(t.TempDir(), Options{HeadBytes: 150 << 10, Settle: 5 * time.Millisecond, Sync: SyncNever, Retention: -1})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards acknowledged
	var acknowledged []traceid.ID
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for k := range 3 {
		w := newWorkload(uint64(k))
		w.received += int64(k) * 1000
		writers.Go(func() {
			for range 80 {
				b := w.batch(2)
				half := len(b.Documents) / 2
				late := store.Batch{Received: b.Received + 1, Documents: b.Documents[half:]}
				b.Documents = b.Documents[:half]
				if err := s.Append(t.Context(), b); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, b.Documents[0].TraceID)
				mu.Unlock()
				if err := s.Append(t.Context(), late); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				mu.Lock()
				known := slices.Clip(acknowledged)
				mu.Unlock()
				seen := map[traceid.ID]bool{}
				for _, sum := range scanEverything(t, s) {
					if seen[sum.ID] {
						t.Errorf("trace %s twice", sum.ID)
					}
					seen[sum.ID] = true
				}
				for _, id := range known {
					if !seen[id] {
						t.Errorf("trace %s was acknowledged and is not in the scan", id)
					}
				}
				if _, err := s.Graph(t.Context(), everything); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	checkGraph(t, s)
	mustFlush(t, s)
	checkGraph(t, s)
	if got := len(scanEverything(t, s)); got != 3*80*2 {
		t.Errorf("%d traces, want %d", got, 3*80*2)
	}
	mustClose(t, s)
	if report, err := Check(s.dir); err != nil || len(report.Problems) > 0 {
		t.Errorf("check: %+v, %v", report, err)
	}
}
