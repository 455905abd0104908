package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

const (
	defaultMaxDocumentBytes = 16 << 20
	maxKeptDocuments        = 4096 // larger batches are not kept for the next call
)

// Options configure an [Ingester].
type Options struct {
	// MaxDocumentBytes refuses larger documents with InvalidSegment; 0 means 16 MiB.
	MaxDocumentBytes int
}

// Appender is where an Ingester writes; store.Store is one.
type Appender interface {
	Append(ctx context.Context, b store.Batch) error
}

// Ingester admits documents to a store. It is safe for concurrent use.
type Ingester struct {
	store    Appender
	maxBytes int
	clock    clock
	pool     sync.Pool // of *judge
	counters counters
}

// New returns an Ingester that writes to st.
func New(st Appender, opts Options) *Ingester {
	i := &Ingester{store: st, maxBytes: opts.MaxDocumentBytes}
	if i.maxBytes == 0 {
		i.maxBytes = defaultMaxDocumentBytes
	}
	i.pool.New = func() any { return new(judge) }
	return i
}

// Put judges each document alone and stores the good ones as one batch. It returns
// a rejection for each refused document, in their order. A non-nil error means
// that nothing was stored; its kind is Throttled when the caller should slow down.
// The documents may be reused when Put has returned.
func (i *Ingester) Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error) {
	j := i.pool.Get().(*judge)
	defer func() {
		j.reset()
		i.pool.Put(j)
	}()
	j.judge(docs, i.maxBytes)
	if err := i.append(ctx, j.accepted); err != nil {
		return nil, err
	}
	i.counters.rejected.Add(j.rejections)
	return j.rejections, nil
}

// judge is the memory of one Put.
type judge struct {
	decoder    segment.Decoder
	accepted   []store.Document
	rejections []*segment.Rejection // belongs to the caller of Put
}

func (j *judge) judge(docs [][]byte, maxBytes int) {
	for _, doc := range docs {
		if len(doc) > maxBytes {
			j.rejections = append(j.rejections, j.decoder.RejectTooLarge(doc))
			j.decoder.Reset()
			continue
		}
		s, err := j.decoder.Decode(doc)
		if err != nil {
			j.rejections = append(j.rejections, asRejection(err))
		} else {
			j.accepted = append(j.accepted, store.Document{TraceID: s.TraceID, Raw: doc})
		}
		j.decoder.Reset()
	}
}

func (j *judge) reset() {
	clear(j.accepted)
	j.accepted, j.rejections = j.accepted[:0], nil
	if cap(j.accepted) > maxKeptDocuments {
		j.accepted = nil
	}
}

// asRejection returns the rejection that every error of a Decoder is.
func asRejection(err error) *segment.Rejection {
	r, ok := errors.AsType[*segment.Rejection](err)
	if !ok {
		panic(fmt.Sprintf("ingest: the decoder returned %T", err))
	}
	return r
}
