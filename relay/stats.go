package relay

import (
	"sync"
	"sync/atomic"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/segment"
)

// Stats are counters since the start, and a few gauges.
type Stats struct {
	Datagrams       int64 // received, good or not
	DatagramBytes   int64
	Streams         int64 // begun
	StreamDocuments int64
	Documents       int64 // accepted by the sink
	Retries         int64 // attempts that were throttled and repeated

	Rejected map[string]int64 // documents that the sink refused, by code
	Dropped  Drops

	OpenStreams   int64 // now
	QueuedBytes   int64 // now: waiting for the sink or in it
	ReceiveBuffer int   // bytes of one UDP socket's receive buffer; 0 when unknown
}

// Drops are documents and datagrams that were lost, by reason.
type Drops struct {
	BadHeader int64 // no valid header line
	BadFrame  int64 // streams that ended in or between documents with something else
	TooLarge  int64
	QueueFull int64 // large documents of streams for which there was no memory
	Throttled int64 // the sink was throttled for too long
	Failed    int64 // the sink failed
	Kernel    int64 // the receive buffer was full
}

func (d Drops) minus(o Drops) Drops {
	return Drops{
		BadHeader: d.BadHeader - o.BadHeader,
		BadFrame:  d.BadFrame - o.BadFrame,
		TooLarge:  d.TooLarge - o.TooLarge,
		QueueFull: d.QueueFull - o.QueueFull,
		Throttled: d.Throttled - o.Throttled,
		Failed:    d.Failed - o.Failed,
		Kernel:    d.Kernel - o.Kernel,
	}
}

// Stats returns the counters.
func (r *Relay) Stats() Stats {
	c := &r.counters
	s := Stats{
		Datagrams:       c.received.Datagrams.Load(),
		DatagramBytes:   c.received.Bytes.Load(),
		Streams:         c.streams.Load(),
		StreamDocuments: c.streamDocuments.Load(),
		Documents:       c.documents.Load(),
		Retries:         c.retries.Load(),
		Rejected:        c.rejected.Counts(),
		Dropped: Drops{
			BadHeader: c.received.BadHeader.Load(),
			BadFrame:  c.badFrame.Load(),
			TooLarge:  c.received.TooLarge.Load(),
			QueueFull: c.queueFull.Load(),
			Throttled: c.throttled.Load(),
			Failed:    c.failed.Load(),
		},
		OpenStreams: c.openStreams.Load(),
		QueuedBytes: r.queue.Queued(),
	}
	for _, d := range r.datagrams {
		s.Dropped.Kernel += d.Drops()
		s.ReceiveBuffer = max(s.ReceiveBuffer, d.Buffer())
	}
	return s
}

type counters struct {
	received                              datagram.Counts // streams count their bad headers and large documents here too
	streams, openStreams, streamDocuments atomic.Int64
	documents, retries                    atomic.Int64
	badFrame, queueFull                   atomic.Int64
	throttled, failed                     atomic.Int64

	rejected segment.Tally

	mu      sync.Mutex // guards lastErr
	lastErr error      // of the sink, for the next report
}

func (c *counters) delivered(documents int, rejections []*segment.Rejection) {
	c.documents.Add(int64(documents - len(rejections)))
	c.rejected.Add(rejections)
}

func (c *counters) lost(documents int, throttled bool, err error) {
	if throttled {
		c.throttled.Add(int64(documents))
	} else {
		c.failed.Add(int64(documents))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastErr = err
}

// takeErr returns the sink's last error since the call before.
func (c *counters) takeErr() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.lastErr
	c.lastErr = nil
	return err
}
