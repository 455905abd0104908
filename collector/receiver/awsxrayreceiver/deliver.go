package awsxrayreceiver

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Pauses between the attempts to deliver a batch.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = 250 * time.Millisecond
)

// deliver hands td, the spans of docs, to the pipeline. An error that is not
// permanent means another attempt later, for as long as is configured and until ctx
// is done.
func (w *worker) deliver(ctx context.Context, td ptrace.Traces, docs []document) {
	t := w.receiver.telemetry
	spans := td.SpanCount()
	opCtx := t.begin(ctx)
	giveUp := time.Now().Add(w.receiver.cfg.RetryFor)
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := w.receiver.next.ConsumeTraces(opCtx, td)
		if err == nil {
			t.end(opCtx, spans, nil)
			return
		}
		rest, partly := errors.AsType[consumererror.Traces](err)
		if partly {
			left := rest.Data().SpanCount()
			t.end(opCtx, spans-left, nil)
			opCtx, spans = t.begin(ctx), left
		}
		permanent := consumererror.IsPermanent(err)
		if permanent || time.Now().After(giveUp) || !wait(ctx, pause) {
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
