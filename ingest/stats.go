package ingest

import (
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
	return Stats{
		Batches:   c.batches.Load(),
		Documents: c.documents.Load(),
		Bytes:     c.bytes.Load(),
		Rejected:  c.rejected.Counts(),
		Throttled: c.throttled.Load(),
		Failed:    c.failed.Load(),
	}
}

type counters struct {
	batches, documents, bytes, throttled, failed atomic.Int64

	rejected segment.Tally
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
