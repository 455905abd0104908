package relay

import (
	"context"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/internal/backoff"
	"github.com/radiograph/radiograph/problem"
)

// deliver hands chunks to the sink until the queue is closed.
func (r *Relay) deliver(ctx context.Context) {
	for c := range r.queue.Ready() {
		r.deliverChunk(ctx, c)
		r.queue.Release(c)
	}
}

func (r *Relay) deliverChunk(ctx context.Context, c *datagram.Chunk) {
	attempts := backoff.New(r.opts.RetryFor)
	for {
		rejections, err := r.opts.Sink.Put(ctx, c.Docs)
		if err == nil {
			r.counters.delivered(len(c.Docs), rejections)
			return
		}
		throttled := problem.KindOf(err) == problem.Throttled
		if !throttled || !attempts.Next(ctx) {
			r.counters.lost(len(c.Docs), throttled, err)
			return
		}
		r.counters.retries.Add(1)
	}
}
