package otlpapi

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/store"
)

// worker is the memory of one request at a time.
type worker struct {
	encoder *otlp.Encoder
	batch   []store.Document
}

// maxBatchBytes bounds what is stored as one batch. A request with more is stored in
// several; when one of them fails the client sends all of it again, which does no harm.
const maxBatchBytes = 64 << 20

// outcome is what became of the spans of one request, none of which must be sent again.
type outcome struct {
	spans   int // in the request
	refused refusals
}

// take stores the spans of td; refused are others of the same request. When it returns
// an error the client must send all of them again, or give up if the kind of the error
// says so.
func (a *API) take(ctx context.Context, p protocol, td ptrace.Traces, refused refusals) (outcome, error) {
	o := outcome{spans: td.SpanCount() + refused.count(), refused: refused}
	if td.SpanCount() == 0 {
		a.metrics.taken(p, &o)
		return o, nil
	}
	w := a.workers.Get().(*worker)
	defer func() {
		w.release()
		a.workers.Put(w)
	}()
	docs, bad := w.encoder.Encode(td)
	for i := range bad {
		o.refused.add(reasonInvalid, bad[i].Reason, 1)
	}
	if err := a.store(ctx, w, docs, &o.refused); err != nil {
		a.metrics.failed(p, o.spans, faultOf(err))
		return outcome{}, err
	}
	a.metrics.taken(p, &o)
	return o, nil
}

// store stores the documents and adds those that are too large to refused.
func (a *API) store(ctx context.Context, w *worker, docs []otlp.Document, refused *refusals) error {
	for first := 0; first < len(docs); {
		size := 0
		n := first
		for ; n < len(docs) && (n == first || size+len(docs[n].Raw) <= maxBatchBytes); n++ {
			size += len(docs[n].Raw)
			w.batch = append(w.batch, store.Document{TraceID: docs[n].TraceID, Raw: docs[n].Raw})
		}
		tooLarge, err := a.ingest.PutEncoded(ctx, w.batch)
		if err != nil {
			return fmt.Errorf("store spans: %w", err)
		}
		for _, i := range tooLarge {
			refused.add(reasonTooLarge, "its document is too large", len(docs[first+i].Spans))
		}
		w.batch = w.batch[:0]
		first = n
	}
	return nil
}

// release lets go of the documents.
func (w *worker) release() {
	const maxKept = 4096 // larger batches are not kept for the next request
	clear(w.batch[:cap(w.batch)])
	w.batch = w.batch[:0]
	if cap(w.batch) > maxKept {
		w.batch = nil
	}
}

// The reasons for refusing a span, as metrics have them.
const (
	reasonInvalid   = "invalid"   // it cannot be a segment
	reasonTooLarge  = "too_large" // its document is too large
	reasonThrottled = "throttled" // the store cannot keep up; the client was told to come again
	reasonFailed    = "failed"    // the store failed; the client was told to come again
	reasonCanceled  = "canceled"  // the client did not wait
)

// refusals are refused spans of one request: how many, and why. The zero value has none.
type refusals struct {
	invalid, tooLarge int
	texts             []refusalText // the first few different ones
}

type refusalText struct {
	text  string
	spans int
}

func (r *refusals) count() int { return r.invalid + r.tooLarge }

func (r *refusals) add(reason, text string, spans int) {
	if reason == reasonTooLarge {
		r.tooLarge += spans
	} else {
		r.invalid += spans
	}
	for i := range r.texts {
		if r.texts[i].text == text {
			r.texts[i].spans += spans
			return
		}
	}
	const most = 5
	if len(r.texts) < most {
		r.texts = append(r.texts, refusalText{strings.Clone(text), spans})
	}
}

// String says how many spans were refused and why, "" when none was.
func (r *refusals) String() string {
	if r.count() == 0 {
		return ""
	}
	parts := make([]string, len(r.texts))
	named := 0
	for i, t := range r.texts {
		parts[i] = fmt.Sprintf("%d × %s", t.spans, t.text)
		named += t.spans
	}
	if rest := r.count() - named; rest > 0 {
		parts = append(parts, fmt.Sprintf("%d for other reasons", rest))
	}
	return fmt.Sprintf("%d spans refused: %s", r.count(), strings.Join(parts, "; "))
}
