package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// PutEncoded is Put for documents that an encoder of this program has written: that
// they are documents is not looked at again. It refuses those that are too large and
// returns their indexes, in order. A non-nil error means that nothing was stored, as
// with Put. The documents may be reused when it has returned.
func (i *Ingester) PutEncoded(ctx context.Context, docs []store.Document) (tooLarge []int, err error) {
	accepted := docs
	for n := range docs {
		if len(docs[n].Raw) > i.maxBytes {
			tooLarge = append(tooLarge, n)
		}
	}
	if len(tooLarge) > 0 {
		accepted = without(docs, tooLarge)
	}
	if err := i.append(ctx, accepted); err != nil {
		return nil, err
	}
	i.counters.rejected.Add(slices.Repeat([]*segment.Rejection{{Code: segment.CodeInvalidSegment}}, len(tooLarge)))
	return tooLarge, nil
}

// without returns docs without those at the indexes, which are in order.
func without(docs []store.Document, indexes []int) []store.Document {
	rest := make([]store.Document, 0, len(docs)-len(indexes))
	for i := range docs {
		if len(indexes) > 0 && indexes[0] == i {
			indexes = indexes[1:]
			continue
		}
		rest = append(rest, docs[i])
	}
	return rest
}

// append stores accepted documents as one batch and counts them.
func (i *Ingester) append(ctx context.Context, docs []store.Document) error {
	if len(docs) == 0 {
		return nil
	}
	b := store.Batch{Received: i.clock.next(time.Now().UnixNano()), Documents: docs}
	if err := i.store.Append(ctx, b); err != nil {
		i.counters.refuse(len(docs), problem.KindOf(err) == problem.Throttled)
		return fmt.Errorf("append %d documents: %w", len(docs), err)
	}
	i.counters.accept(docs)
	return nil
}
