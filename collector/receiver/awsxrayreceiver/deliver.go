package awsxrayreceiver

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/internal/backoff"
)

// deliver hands td, the spans of docs, to the pipeline. An error that is not
// permanent means another attempt later, for as long as is configured and until ctx
// is done.
func (w *worker) deliver(ctx context.Context, td ptrace.Traces, docs []document) {
	t := w.receiver.telemetry
	spans := td.SpanCount()
	opCtx := t.begin(ctx)
	attempts := backoff.New(w.receiver.cfg.RetryFor)
	for {
		err := w.receiver.next.ConsumeTraces(opCtx, td)
		if err == nil {
			t.end(opCtx, spans, nil)
			return
		}
		rest, partly := errors.AsType[consumererror.Traces](err)
		if partly {
			left := rest.Data().SpanCount()
			t.end(t.begin(ctx), spans-left, nil)
			spans = left
		}
		permanent := consumererror.IsPermanent(err)
		if permanent || !attempts.Next(ctx) {
			t.lost(opCtx, spans, permanent, err)
			return
		}
		t.retried(opCtx)
		if partly {
			td, docs = rest.Data(), nil
		} else if docs != nil {
			td = w.again(docs) // the pipeline may have changed what it was given
		}
	}
}
