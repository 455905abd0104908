package datagram

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// drainBatches bounds what is taken from a socket after the end.
const drainBatches = 1000

// errStopped is what a receiver returns when it was stopped.
var errStopped = errors.New("receiver stopped")

// Counts count what came, good or not, and what was no document. Datagrams that the
// kernel dropped are not among them: see [Socket.Drops].
type Counts struct {
	Datagrams, Bytes atomic.Int64
	BadHeader        atomic.Int64 // no valid header line, or nothing behind it
	TooLarge         atomic.Int64 // cut by the kernel; cannot happen with UDP
}

// Reader takes the documents of a socket's datagrams to a queue. All of its fields
// but MaxDelay are required.
type Reader struct {
	Socket *Socket
	Queue  *Queue
	Counts *Counts

	// MaxDelay is how long documents may wait for others to fill their chunk. By
	// default they wait no longer than it takes to receive them.
	MaxDelay time.Duration
}

// Run reads until ctx is done, then takes what the kernel still holds. It may be
// called again only after an error.
func (r *Reader) Run(ctx context.Context) error {
	rc := r.Socket.receiver
	defer context.AfterFunc(ctx, rc.stop)()
	w := Writer{Queue: r.Queue}
	defer w.Flush()
	for ctx.Err() == nil {
		n, err := rc.receive(r.deadline(&w))
		if errors.Is(err, errStopped) {
			break
		}
		if err != nil {
			return fmt.Errorf("receive datagrams on %s: %w", r.Socket.addr, err)
		}
		if n > 0 {
			r.take(n, &w)
			if r.Socket.gather > 0 {
				time.Sleep(r.Socket.gather)
			}
			r.drain(&w)
		}
		if r.MaxDelay == 0 || time.Since(w.since()) >= r.MaxDelay {
			w.Flush()
		}
	}
	r.drain(&w)
	return nil
}

// deadline returns when the documents in w must go on; zero when there are none.
func (r *Reader) deadline(w *Writer) time.Time {
	since := w.since()
	if since.IsZero() {
		return since
	}
	return since.Add(r.MaxDelay)
}

// drain takes what is there already.
func (r *Reader) drain(w *Writer) {
	for range drainBatches {
		n, err := r.Socket.receiver.poll()
		if err != nil || n == 0 {
			return // an error comes again when the reader waits
		}
		r.take(n, w)
		if n < receiveBatch {
			return
		}
	}
}

// take adds the documents of the n datagrams just received.
func (r *Reader) take(n int, w *Writer) {
	bytes := 0
	for i := range n {
		b, truncated := r.Socket.receiver.datagram(i)
		bytes += len(b)
		if truncated {
			r.Counts.TooLarge.Add(1)
			continue
		}
		doc, ok := Split(b)
		if !ok {
			r.Counts.BadHeader.Add(1)
			continue
		}
		w.Add(doc, r.Socket.receiver.source(i))
	}
	r.Counts.Datagrams.Add(int64(n))
	r.Counts.Bytes.Add(int64(bytes))
}
