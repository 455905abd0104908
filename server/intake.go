package server

import (
	"context"
	"sync"
	"time"

	"github.com/radiograph/radiograph/console/consoleapi"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// Intakes, by protocol.
const (
	protocolDaemon = "daemon"
	protocolAPI    = "PutTraceSegments"
	protocolOTLP   = "OTLP"
)

// intake is one way to the ingester. It counts what comes, for those who ask who
// sends.
type intake struct {
	protocol string
	sink     *ingest.Ingester

	mu       sync.Mutex // guards the fields below
	sums     consoleapi.Intake
	rejected map[string]*consoleapi.RejectedCode // codes are a short closed list
}

// newIntake returns another way to the ingester.
func (s *Server) newIntake(protocol string) *intake {
	i := &intake{protocol: protocol, sink: s.ingest, rejected: map[string]*consoleapi.RejectedCode{}}
	s.intakes = append(s.intakes, i)
	return i
}

// Put hands documents to the ingester.
func (i *intake) Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error) {
	bytes := 0
	for _, d := range docs {
		bytes += len(d)
	}
	rejections, err := i.sink.Put(ctx, docs)
	i.count(len(docs), bytes, rejections, err)
	return rejections, err
}

func (i *intake) count(documents, bytes int, rejections []*segment.Rejection, err error) {
	now := time.Now().UnixNano()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sums.Calls++
	i.sums.Last = now
	switch {
	case problem.KindOf(err) == problem.Throttled:
		i.sums.Throttled += int64(documents)
		return
	case err != nil:
		i.sums.Failed += int64(documents)
		return
	}
	i.sums.Documents += int64(documents - len(rejections))
	i.sums.Bytes += int64(bytes)
	for _, r := range rejections {
		c := i.rejected[r.Code]
		if c == nil {
			c = &consoleapi.RejectedCode{Code: r.Code}
			i.rejected[r.Code] = c
		}
		c.Count++
		c.Message, c.LastID, c.Last = r.Message, r.ID, now
	}
}

// PutEncoded hands documents that were made from spans to the ingester.
func (i *intake) PutEncoded(ctx context.Context, docs []store.Document) ([]int, error) {
	bytes := 0
	for d := range docs {
		bytes += len(docs[d].Raw)
	}
	tooLarge, err := i.sink.PutEncoded(ctx, docs)
	rejections := make([]*segment.Rejection, len(tooLarge))
	for n := range rejections {
		rejections[n] = &segment.Rejection{Code: segment.CodeInvalidSegment, Message: "the document is too large"}
	}
	i.count(len(docs), bytes, rejections, err)
	return tooLarge, err
}

// read returns the counters.
func (i *intake) read() consoleapi.Intake {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := i.sums
	out.Protocol = i.protocol
	for _, c := range i.rejected {
		out.Rejected = append(out.Rejected, *c)
	}
	return out
}
