package awsxrayreceiver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/segment"
)

const (
	scope  = "github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
	prefix = "otelcol_awsxray_receiver_"
	format = "awsxray"
)

// Reasons of losses, the values of the attribute reason.
const (
	reasonBadHeader = "bad_header"
	reasonTooLarge  = "too_large"
	reasonKernel    = "receive_buffer_full"
	reasonRefused   = "refused"
	reasonPermanent = "permanent_error"
)

// telemetry is what the receiver tells about itself. Counters of datagrams and
// documents are published by publishUntil, from what readers and workers count.
type telemetry struct {
	received datagram.Counts
	rejected segment.Tally

	observer  *receiverhelper.ObsReport
	meter     metric.Meter
	receiver  attribute.KeyValue
	datagrams metric.Int64Counter
	bytes     metric.Int64Counter
	dropped   metric.Int64Counter // datagrams
	refused   metric.Int64Counter // documents
	lostSpans metric.Int64Counter
	retries   metric.Int64Counter
	reopens   metric.Int64Counter
	queue     metric.Registration // nil before Start

	lostRefused, lostPermanent atomic.Int64 // spans, for the log

	mu      sync.Mutex // guards lastErr
	lastErr error      // of the pipeline, for the next report
}

func newTelemetry(set receiver.Settings) (*telemetry, error) {
	t := &telemetry{meter: set.MeterProvider.Meter(scope), receiver: attribute.String("receiver", set.ID.String())}
	var err error
	t.observer, err = receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "udp", ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, fmt.Errorf("create telemetry of %s: %w", set.ID, err)
	}
	for _, c := range []struct {
		counter           *metric.Int64Counter
		name, unit, about string
	}{
		{&t.datagrams, "datagrams", "{datagrams}", "Datagrams received, good or not."},
		{&t.bytes, "datagram_bytes", "By", "Bytes of the datagrams received."},
		{&t.dropped, "dropped_datagrams", "{datagrams}", "Datagrams lost before they were looked into, by reason."},
		{&t.refused, "rejected_documents", "{documents}", "Documents that are no valid segments, by X-Ray's error code."},
		{&t.lostSpans, "lost_spans", "{spans}", "Spans that the pipeline did not take, by reason."},
		{&t.retries, "retries", "{batches}", "Batches that the pipeline refused and that were tried again."},
		{&t.reopens, "socket_reopens", "{sockets}", "Attempts to open a socket again that could not be read any more."},
	} {
		if *c.counter, err = t.meter.Int64Counter(prefix+c.name, metric.WithUnit(c.unit), metric.WithDescription(c.about)); err != nil {
			return nil, fmt.Errorf("create telemetry of %s: %w", set.ID, err)
		}
	}
	return t, nil
}

// observeQueue has the bytes in the queue observed until close.
func (t *telemetry) observeQueue(queued func() int64) error {
	gauge, err := t.meter.Int64ObservableGauge(prefix+"queued_bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes of documents that wait for the pipeline or are on their way into it."))
	if err != nil {
		return fmt.Errorf("observe the queue: %w", err)
	}
	t.queue, err = t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveInt64(gauge, queued(), metric.WithAttributes(t.receiver))
		return nil
	}, gauge)
	if err != nil {
		return fmt.Errorf("observe the queue: %w", err)
	}
	return nil
}

func (t *telemetry) close() error {
	if t.queue == nil {
		return nil
	}
	return t.queue.Unregister()
}

// add adds n to a counter. Attrs are pairs of key and value.
func (t *telemetry) add(ctx context.Context, c metric.Int64Counter, n int64, attrs ...attribute.KeyValue) {
	if n != 0 {
		c.Add(ctx, n, metric.WithAttributes(append(attrs, t.receiver)...))
	}
}

// begin and end are around each attempt to hand spans to the pipeline.
func (t *telemetry) begin(ctx context.Context) context.Context { return t.observer.StartTracesOp(ctx) }

func (t *telemetry) end(ctx context.Context, spans int, err error) {
	t.observer.EndTracesOp(ctx, format, spans, err)
}

// lost counts spans that the pipeline did not take; it ends their operation.
func (t *telemetry) lost(ctx context.Context, spans int, permanent bool, err error) {
	reason, sum := reasonRefused, &t.lostRefused
	if permanent {
		reason, sum = reasonPermanent, &t.lostPermanent
	}
	sum.Add(int64(spans))
	t.add(ctx, t.lostSpans, int64(spans), attribute.String("reason", reason))
	t.end(ctx, spans, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastErr = err
}

// takeErr returns the pipeline's last error since the call before.
func (t *telemetry) takeErr() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.lastErr
	t.lastErr = nil
	return err
}

func (t *telemetry) retried(ctx context.Context)  { t.add(ctx, t.retries, 1) }
func (t *telemetry) reopened(ctx context.Context) { t.add(ctx, t.reopens, 1) }

var errNoDocument = errors.New("not a segment document")

// unreadable counts datagrams and documents of which no spans could be made as spans
// refused, one each, as the community's receiver does.
func (t *telemetry) unreadable(ctx context.Context, n int64) {
	if n > 0 {
		t.end(t.begin(ctx), int(n), errNoDocument)
	}
}
