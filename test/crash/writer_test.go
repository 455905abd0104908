//go:build e2e

package crash

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
)

// batch is how many documents a writer sends at a time.
const batch = 10

// ledger remembers which segments the server has acknowledged.
type ledger struct {
	mu           sync.Mutex        // guards acknowledged
	acknowledged map[string]string // trace id to segment id
}

func (l *ledger) add(traces map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.acknowledged, traces)
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

// write sends batches of one-segment traces until ctx is done, and records those
// that the server has acknowledged. When the server is busy or gone it slows down.
func (l *ledger) write(ctx context.Context, api *xray.Client) {
	for ctx.Err() == nil {
		documents, traces := newBatch()
		out, err := api.PutTraceSegments(ctx, &xray.PutTraceSegmentsInput{TraceSegmentDocuments: documents}, noRetry)
		if err != nil {
			pause(ctx) // not acknowledged: the server owes us nothing
			continue
		}
		for _, u := range out.UnprocessedTraceSegments {
			for id, segment := range traces {
				if segment == aws.ToString(u.Id) {
					delete(traces, id)
				}
			}
		}
		l.add(traces)
	}
}

// pause waits as a client does that was told to slow down.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Millisecond):
	}
}

func noRetry(o *xray.Options) { o.Retryer = aws.NopRetryer{} }

func newBatch() (documents []string, traces map[string]string) {
	traces = make(map[string]string, batch)
	now := time.Now()
	for range batch {
		id := fmt.Sprintf("1-%08x-%s", now.Unix(), random(12))
		segment := random(8)
		traces[id] = segment
		documents = append(documents, fmt.Sprintf(
			`{"name":"crash","id":%q,"trace_id":%q,"start_time":%d,"end_time":%d,"annotations":{"segment":%q}}`,
			segment, id, now.Unix()-1, now.Unix(), segment))
	}
	return documents, traces
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
