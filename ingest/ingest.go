package ingest

import (
	"context"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// Options configure an [Ingester].
type Options struct {
	// MaxDocumentBytes refuses larger documents with InvalidSegment; 0 means 16 MiB.
	MaxDocumentBytes int
}

// Ingester admits documents to a store. It is safe for concurrent use.
type Ingester struct{}

// New returns an Ingester that writes to st.
func New(st store.Store, opts Options) *Ingester { panic("ingest: New") }

// Put judges each document alone and stores the good ones as one batch. It returns
// a rejection for each refused document, in their order. A non-nil error means
// that nothing was stored; its kind is Throttled when the caller should slow down.
// The documents may be reused when Put has returned.
func (i *Ingester) Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error) {
	panic("ingest: Put")
}
