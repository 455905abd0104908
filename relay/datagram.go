package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

const (
	// maxGather is how long a reader lets datagrams gather in the receive buffer
	// before it takes them, many at a time.
	maxGather = 2 * time.Millisecond

	// gatherRate is the bytes a second of receive buffer that a burst may fill while
	// datagrams gather: about 100 000 datagrams of 1 kB, which weigh 2.3 kB each.
	gatherRate = 256 << 20

	// drainBatches bounds what is taken from a socket after the end.
	drainBatches = 1000
)

// datagramSocket is one open socket.
type datagramSocket struct {
	addr     net.Addr
	receiver *receiver
	path     string        // of a Unix socket, to be removed
	gather   time.Duration // see maxGather
	buffer   int           // achieved bytes of the receive buffer; 0 when not asked for

	lastDrops atomic.Int64 // see drops
}

// gatherFor returns how long datagrams may gather in a receive buffer of that
// size: no burst may fill more than half of it.
func gatherFor(buffer int) time.Duration {
	return min(maxGather, time.Duration(float64(buffer)/2/gatherRate*float64(time.Second)))
}

func (s *datagramSocket) close() error {
	err := s.receiver.close()
	if s.path != "" {
		err = errors.Join(err, removeSocket(s.path))
	}
	return err
}

// errStopped is what a receiver returns when it was stopped.
var errStopped = errors.New("receiver stopped")

// readDatagrams reads s until ctx is done, then what the kernel still holds.
func (r *Relay) readDatagrams(ctx context.Context, s *datagramSocket) error {
	defer context.AfterFunc(ctx, s.receiver.stop)()
	w := writer{queue: r.queue}
	defer w.flush()
	for ctx.Err() == nil {
		n, err := s.receiver.receive(true)
		if errors.Is(err, errStopped) {
			break
		}
		if err != nil {
			return fmt.Errorf("receive datagrams on %s: %w", s.addr, err)
		}
		r.takeDatagrams(s.receiver, n, &w)
		if s.gather > 0 {
			time.Sleep(s.gather)
		}
		r.drain(s.receiver, &w)
		w.flush()
	}
	r.drain(s.receiver, &w)
	return nil
}

// drain takes what is there already.
func (r *Relay) drain(rc *receiver, w *writer) {
	for range drainBatches {
		n, err := rc.receive(false)
		if err != nil || n == 0 {
			return // an error comes again when the reader waits
		}
		r.takeDatagrams(rc, n, w)
		if n < receiveBatch {
			return
		}
	}
}

// takeDatagrams adds the documents of the n datagrams just received.
func (r *Relay) takeDatagrams(rc *receiver, n int, w *writer) {
	bytes := 0
	for i := range n {
		b, truncated := rc.datagram(i)
		bytes += len(b)
		if truncated {
			r.counters.tooLarge.Add(1)
			continue
		}
		doc, ok := splitDatagram(b)
		if !ok {
			r.counters.badHeader.Add(1)
			continue
		}
		w.add(doc)
	}
	r.counters.datagrams.Add(int64(n))
	r.counters.datagramBytes.Add(int64(bytes))
}
