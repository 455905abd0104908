package relay

import (
	"context"
	"time"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/problem"
)

// Pauses between the attempts to deliver a throttled batch.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = 250 * time.Millisecond
)

// deliver hands chunks to the sink until the queue is closed.
func (r *Relay) deliver(ctx context.Context) {
	for c := range r.queue.Ready() {
		r.deliverChunk(ctx, c)
		r.queue.Release(c)
	}
}

func (r *Relay) deliverChunk(ctx context.Context, c *datagram.Chunk) {
	giveUp := time.Now().Add(r.opts.RetryFor)
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		rejections, err := r.opts.Sink.Put(ctx, c.Docs)
		if err == nil {
			r.counters.delivered(len(c.Docs), rejections)
			return
		}
		throttled := problem.KindOf(err) == problem.Throttled
		if !throttled || time.Now().After(giveUp) || !wait(ctx, pause) {
			r.counters.lost(len(c.Docs), throttled, err)
			return
		}
		r.counters.retries.Add(1)
	}
}

// wait reports whether d passed before ctx was done.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
