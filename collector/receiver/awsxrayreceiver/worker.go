package awsxrayreceiver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// document is one segment document, in the memory of a chunk.
type document struct {
	text   []byte
	source netip.Addr
}

// worker makes batches of spans of documents.
type worker struct {
	receiver *xrayReceiver
	decoder  segment.Decoder
	builder  *otlp.Builder
	chunks   []*datagram.Chunk
	docs     []document
	rejected []*segment.Rejection
}

func newWorker(r *xrayReceiver) *worker {
	return &worker{receiver: r, builder: otlp.NewBuilder(conventions[r.cfg.Conventions])}
}

// run works until the queue has ended. After ctx is done batches are no longer
// tried again.
func (w *worker) run(ctx context.Context) {
	for {
		w.chunks = w.receiver.collector.collect(w.chunks[:0])
		if len(w.chunks) == 0 {
			return
		}
		w.work(ctx)
		for _, c := range w.chunks {
			w.receiver.queue.Release(c)
		}
		clear(w.chunks)
	}
}

// work deals with the chunks at hand.
func (w *worker) work(ctx context.Context) {
	w.docs = w.docs[:0]
	for _, c := range w.chunks {
		for i, text := range c.Docs {
			w.docs = append(w.docs, document{text, c.Sources[i]})
		}
	}
	defer func() { clear(w.docs) }()
	if !w.receiver.cfg.Batch.PerSource || oneSource(w.docs) {
		w.batches(ctx, w.docs)
		return
	}
	slices.SortStableFunc(w.docs, func(a, b document) int { return a.source.Compare(b.source) })
	for begin := 0; begin < len(w.docs); {
		end := begin + 1
		for end < len(w.docs) && w.docs[end].source == w.docs[begin].source {
			end++
		}
		w.batches(ctx, w.docs[begin:end])
		begin = end
	}
}

func oneSource(docs []document) bool {
	for i := range docs {
		if docs[i].source != docs[0].source {
			return false
		}
	}
	return true
}

// batches hands on the spans of docs, as many batches as it takes.
func (w *worker) batches(ctx context.Context, docs []document) {
	begin := 0
	for i := range docs {
		if r := w.add(docs[i].text); r != nil {
			w.rejected = append(w.rejected, r)
		}
		if w.builder.Len() >= w.receiver.cfg.Batch.MaxSpans {
			w.batch(ctx, docs[begin:i+1])
			begin = i + 1
		}
	}
	w.batch(ctx, docs[begin:])
	w.receiver.telemetry.rejected.Add(w.rejected)
	clear(w.rejected)
	w.rejected = w.rejected[:0]
}

// add adds the spans of a document to the builder, or returns what is wrong with
// the document.
func (w *worker) add(text []byte) *segment.Rejection {
	defer w.decoder.Reset()
	s, err := w.decoder.Decode(text)
	if err == nil {
		w.builder.Add(s)
		return nil
	}
	r, ok := errors.AsType[*segment.Rejection](err)
	if !ok { // there is no other error
		r = &segment.Rejection{Code: segment.CodeParseError, Message: err.Error()}
	}
	return r
}

// again returns the spans of docs, which have been added before.
func (w *worker) again(docs []document) ptrace.Traces {
	for i := range docs {
		_ = w.add(docs[i].text) // rejections have been counted
	}
	return w.builder.Take()
}

// batch hands on what the builder holds, the spans of docs.
func (w *worker) batch(ctx context.Context, docs []document) {
	if w.builder.Len() == 0 {
		return
	}
	if source := docs[0].source; source.IsValid() && oneSource(docs) {
		ctx = client.NewContext(ctx, client.Info{Addr: &net.UDPAddr{IP: source.AsSlice(), Zone: source.Zone()}})
	}
	w.deliver(ctx, w.builder.Take(), docs)
}
