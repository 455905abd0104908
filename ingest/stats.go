package ingest

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// Stats are counters since the start.
type Stats struct {
	Batches   int64            // stored
	Documents int64            // accepted and stored
	Bytes     int64            // of these
	Rejected  map[string]int64 // documents by code

	// Throttled and Failed are good documents of calls of which nothing was stored:
	// the store could not keep up, or could not write at all. The callers were told,
	// and may have tried again.
	Throttled int64
	Failed    int64
}

// Stats returns the counters.
func (i *Ingester) Stats() Stats {
	c := &i.counters
	c.mu.Lock()
	defer c.mu.Unlock()
	rejected := maps.Clone(c.rejected)
	if rejected == nil {
		rejected = map[string]int64{}
	}
	return Stats{
		Batches:   c.batches.Load(),
		Documents: c.documents.Load(),
		Bytes:     c.bytes.Load(),
		Rejected:  rejected,
		Throttled: c.throttled.Load(),
		Failed:    c.failed.Load(),
	}
}

type counters struct {
	batches, documents, bytes, throttled, failed atomic.Int64

	mu       sync.Mutex       // guards rejected
	rejected map[string]int64 // codes are a short closed list
}

func (c *counters) accept(docs []store.Document) {
	bytes := 0
	for i := range docs {
		bytes += len(docs[i].Raw)
	}
	c.batches.Add(1)
	c.documents.Add(int64(len(docs)))
	c.bytes.Add(int64(bytes))
}

func (c *counters) refuse(documents int, throttled bool) {
	if throttled {
		c.throttled.Add(int64(documents))
	} else {
		c.failed.Add(int64(documents))
	}
}

func (c *counters) reject(rejections []*segment.Rejection) {
	if len(rejections) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rejected == nil {
		c.rejected = map[string]int64{}
	}
	for _, r := range rejections {
		c.rejected[r.Code]++
	}
}
