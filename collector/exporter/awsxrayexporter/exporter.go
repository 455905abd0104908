package awsxrayexporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/otlp"
)

// traces is the exporter behind its queue and its retry.
type traces struct {
	exporter.Traces
	pusher *pusher
}

// ConsumeTraces puts the batch into the queue, if there is one.
func (t *traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	n := td.SpanCount()
	t.pusher.counts.received.Add(int64(n))
	err := t.Traces.ConsumeTraces(ctx, td)
	if errors.Is(err, exporterhelper.ErrQueueIsFull) {
		t.pusher.counts.spilled.Add(int64(n))
	}
	return err
}

// Shutdown sends what is in the queue, without waiting for an X-Ray that does not
// answer.
func (t *traces) Shutdown(ctx context.Context) error {
	t.pusher.drain()
	return t.Traces.Shutdown(ctx)
}

// pusher translates and sends batches.
type pusher struct {
	cfg      *Config
	set      exporter.Settings
	encoders sync.Pool
	metrics  *metrics
	counts   counts
	draining chan struct{} // closed when the collector stops
	drain    func()

	sender    *sender          // since start
	telemetry *telemetryWorker // since start; nil unless enabled

	rejected warning // documents
	refused  warning // spans
}

func newPusher(set exporter.Settings, cfg *Config) (*pusher, error) {
	m, err := newMetrics(set.TelemetrySettings, set.ID)
	if err != nil {
		return nil, err
	}
	e := &pusher{cfg: cfg, set: set, metrics: m, draining: make(chan struct{})}
	e.drain = sync.OnceFunc(func() { close(e.draining) })
	opts := otlp.Options{
		IndexedAttributes: cfg.IndexedAttributes, IndexAllAttributes: cfg.IndexAllAttributes,
		LogGroups: cfg.LogGroups, MaxDocumentBytes: cfg.MaxDocumentBytes,
	}
	e.encoders.New = func() any { return otlp.NewEncoder(opts) }
	return e, nil
}

func (e *pusher) start(ctx context.Context, _ component.Host) error {
	warnGates(e.set.Logger)
	s, err := newSender(ctx, e)
	if err != nil {
		return err
	}
	e.sender = s
	if e.cfg.Telemetry.Enabled {
		e.telemetry = startTelemetry(ctx, e)
	}
	return nil
}

func (e *pusher) shutdown(ctx context.Context) error {
	if e.sender == nil {
		return nil
	}
	if e.telemetry != nil {
		e.telemetry.stop(ctx)
	}
	e.sender.client.CloseIdleConnections()
	return nil
}

// push sends a batch. The error says what is to be sent again.
func (e *pusher) push(ctx context.Context, td ptrace.Traces) error {
	enc := e.encoders.Get().(*otlp.Encoder)
	defer e.encoders.Put(enc) // after the last use of the documents
	docs, refusals := enc.Encode(td)
	e.refuse(ctx, td, refusals)
	d := &delivery{pusher: e}
	d.sendAll(ctx, docs)
	return d.err(td, len(docs) == len(d.unsent) && len(refusals) == 0)
}

// refuse counts and logs spans that cannot be segments.
func (e *pusher) refuse(ctx context.Context, td ptrace.Traces, refusals []otlp.Refusal) {
	if len(refusals) == 0 {
		return
	}
	for _, r := range refusals {
		e.metrics.refuse(ctx, r.Reason)
	}
	e.counts.rejected.Add(int64(len(refusals)))
	if n, ok := e.refused.take(len(refusals)); ok {
		r := refusals[0]
		span := spanAt(td, r.Span)
		e.set.Logger.Warn("spans cannot be segments", zap.Int("spans", n), zap.String("reason", r.Reason),
			zap.Stringer("trace_id", span.TraceID()), zap.Stringer("span_id", span.SpanID()))
	}
}

// delivery is the sending of one batch.
type delivery struct {
	pusher *pusher

	mu      sync.Mutex // guards the fields below
	unsent  []otlp.Document
	cause   error // of the first that is unsent
	delay   time.Duration
	taken   int   // documents
	refused error // of the first request that is refused for good
}

func (d *delivery) sendAll(ctx context.Context, docs []otlp.Document) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, cap(d.pusher.sender.workers))
	for group := range pack(docs, d.pusher.cfg) {
		if len(group) == len(docs) {
			d.send(ctx, group)
			return
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			d.send(ctx, group)
		})
	}
}

// send sends documents in one request, and in more if the server wants so.
func (d *delivery) send(ctx context.Context, docs []otlp.Document) {
	list, err := d.pusher.put(ctx, docs)
	if err == nil {
		d.settle(ctx, docs, list)
		return
	}
	if half := len(docs) / 2; err.divisible() && half > 0 {
		d.send(ctx, docs[:half])
		d.send(ctx, docs[half:])
		return
	}
	if err.retryable() {
		d.again(ctx, err, docs...)
		return
	}
	d.pusher.reject(ctx, docs, firstOf(err.code, "HTTP"+strconv.Itoa(err.status)), "", err.Error())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused == nil {
		d.refused = err
	}
}

// put sends one request and returns the documents that were not taken.
func (e *pusher) put(ctx context.Context, docs []otlp.Document) ([]unprocessed, *requestError) {
	b := newBody()
	b.b = appendRequest(b.b, docs)
	if e.sender.compress {
		b = b.compress()
	}
	defer b.release()
	answer, err := e.sender.call(ctx, segmentsPath, b)
	if err != nil {
		return nil, err
	}
	list, parseErr := parseAnswer(answer)
	if parseErr != nil {
		return nil, &requestError{outcome: failed, err: parseErr}
	}
	return list, nil
}

// settle goes through the answer to a request.
func (d *delivery) settle(ctx context.Context, docs []otlp.Document, list []unprocessed) {
	e := d.pusher
	taken, spans := len(docs), spanCount(docs)
	if len(list) > 0 {
		byID := documentsByID(docs)
		for i := range list {
			u := &list[i]
			var of []otlp.Document
			if same := byID[u.id()]; len(same) > 0 {
				of, byID[u.id()] = same[:1], same[1:]
			}
			taken--
			spans -= spanCount(of)
			if u.retryable() && len(of) > 0 {
				o := failed
				if isThrottle(u.ErrorCode) {
					o = throttled
				}
				d.again(ctx, &requestError{outcome: o, err: fmt.Errorf("X-Ray has not taken segment %s: %s: %s", u.id(), u.ErrorCode, u.Message)}, of...)
				continue
			}
			e.reject(ctx, of, u.ErrorCode, u.id(), u.Message)
		}
	}
	taken, spans = max(taken, 0), max(spans, 0)
	e.metrics.documents.Add(ctx, int64(taken), e.metrics.exporter)
	e.counts.sent.Add(int64(spans))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken += taken
}

// again remembers documents that are to be sent again.
func (d *delivery) again(ctx context.Context, err *requestError, docs ...otlp.Document) {
	d.pusher.metrics.retried.Add(ctx, int64(len(docs)), d.pusher.metrics.exporter)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsent = append(d.unsent, docs...)
	d.delay = max(d.delay, err.retryAfter)
	if d.cause == nil {
		d.cause = err
	}
}

// reject counts and logs documents that X-Ray refuses for good. Docs is empty when
// the answer does not say which one it was.
func (e *pusher) reject(ctx context.Context, docs []otlp.Document, code, id, message string) {
	n := max(len(docs), 1)
	e.metrics.reject(ctx, code, n)
	e.counts.rejected.Add(int64(max(spanCount(docs), 1)))
	total, ok := e.rejected.take(n)
	if !ok {
		return
	}
	fields := []zap.Field{zap.Int("documents", total), zap.String("code", code), zap.String("message", message)}
	if len(docs) > 0 {
		fields = append(fields, zap.Stringer("trace_id", docs[0].TraceID))
		if id == "" {
			id = documentID(docs[0].Raw)
		}
	}
	e.set.Logger.Warn("X-Ray has refused segment documents", append(fields, zap.String("segment_id", id))...)
}

// err returns what the collector's retry needs to know. Everything says that not a
// single span of td is done with.
func (d *delivery) err(td ptrace.Traces, everything bool) error {
	switch {
	case d.cause != nil:
	case d.refused != nil && d.taken == 0:
		return consumererror.NewPermanent(d.refused)
	default:
		return nil // single documents that were refused are counted and logged
	}
	err := d.cause
	if d.delay > 0 {
		err = exporterhelper.NewThrottleRetry(err, d.delay)
	}
	if everything {
		return err
	}
	return consumererror.NewTraces(err, subset(td, d.unsent))
}

func spanCount(docs []otlp.Document) int {
	n := 0
	for i := range docs {
		n += len(docs[i].Spans)
	}
	return n
}

// documentsByID returns the documents under the ids that answers name them by.
func documentsByID(docs []otlp.Document) map[string][]otlp.Document {
	m := make(map[string][]otlp.Document, len(docs))
	for _, d := range docs {
		id := documentID(d.Raw)
		m[id] = append(m[id], d)
	}
	return m
}

func documentID(raw []byte) string {
	var d struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &d) != nil {
		return ""
	}
	return d.ID
}
