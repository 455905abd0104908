package awsxrayreceiver

import (
	"sync"
	"time"

	"github.com/radiograph/radiograph/datagram"
)

// maxCollected bounds the chunks that become batches together. Chunks are full only
// under load: four of them have about 1000 documents.
const maxCollected = 4

// collector gives workers the chunks of a moment, so that a sender whose documents
// are in several of them gets one batch. One worker collects at a time, while the
// others work on what they have collected.
type collector struct {
	ready    <-chan *datagram.Chunk
	maxDelay time.Duration
	most     int

	mu *sync.Mutex // held while one collects; guards nothing else
}

func newCollector(q *datagram.Queue, maxDelay time.Duration) collector {
	// Readers must not run out of chunks only because the workers wait for more.
	return collector{ready: q.Ready(), maxDelay: maxDelay, most: max(1, min(maxCollected, q.Chunks()/8)), mu: new(sync.Mutex)}
}

// collect appends chunks to dst: what comes until the first document has waited for
// the longest delay, and what has come already. There are none when the queue has
// ended.
func (c *collector) collect(dst []*datagram.Chunk) []*datagram.Chunk {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, ok := <-c.ready
	if !ok {
		return dst
	}
	dst = append(dst, first)
	due := time.NewTimer(time.Until(first.Since.Add(c.maxDelay)))
	defer due.Stop()
	for len(dst) < c.most {
		select {
		case next, ok := <-c.ready:
			if !ok {
				return dst
			}
			dst = append(dst, next)
			continue
		default:
		}
		select {
		case next, ok := <-c.ready:
			if !ok {
				return dst
			}
			dst = append(dst, next)
		case <-due.C:
			return dst
		}
	}
	return dst
}
