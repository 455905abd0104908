package awsxrayexporter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/radiograph/radiograph/collector/exporter/awsxrayexporter"
	"github.com/radiograph/radiograph/collector/internal/session"
	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/test/rig"
)

func noQueue(c *awsxrayexporter.Config) {
	c.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
}

func noRetry(c *awsxrayexporter.Config) { c.Retry.Enabled, c.AWS.MaxRetries = false, 0 }

func TestLifecycle(t *testing.T) {
	sessiontest.Isolate(t)
	f := awsxrayexporter.NewFactory()
	if f.Type().String() != "awsxray" {
		t.Errorf("type %s", f.Type())
	}
	create := func(c component.Config) interface {
		component.Component
		ConsumeTraces(context.Context, ptrace.Traces) error
	} {
		e, err := f.CreateTraces(t.Context(), settings(), c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := create(f.CreateDefaultConfig())
	if err := e.Start(t.Context(), componenttest.NewNopHost()); !errors.Is(err, session.ErrNoRegion) || !strings.Contains(err.Error(), "set region") {
		t.Errorf("start without a region: got %v", err)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Errorf("shutdown after a start that did not succeed: %v", err)
	}
	if err := create(f.CreateDefaultConfig()).Shutdown(t.Context()); err != nil {
		t.Errorf("shutdown without start: %v", err)
	}
	// Missing credentials do not stop the collector; the requests tell of them.
	e = create(config("", noQueue, noRetry))
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	if err := e.ConsumeTraces(t.Context(), roots(1, 1)); !errors.Is(err, session.ErrNoCredentials) || consumererror.IsPermanent(err) {
		t.Errorf("without credentials: got %v", err)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRadiograph sends spans to the real service in every way that requests can be
// written.
func TestRadiograph(t *testing.T) {
	service := startRadiograph(t)
	role := aws.Credentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "role's", SessionToken: "token"}
	for i, tc := range []struct {
		name  string
		creds aws.Credentials // that requests are signed with
		edit  func(*testing.T, *awsxrayexporter.Config)
	}{
		{name: "signed", creds: credentials},
		{name: "signed by a role", creds: role, edit: func(t *testing.T, c *awsxrayexporter.Config) {
			(&sessiontest.STS{Caller: credentials, Region: "eu-west-1", Role: role}).Start(t)
			c.AWS.RoleARN, c.AWS.ExternalID = "arn:aws:iam::111122223333:role/collector", "x"
		}},
		{name: "not signed", edit: func(t *testing.T, _ *awsxrayexporter.Config) { sessiontest.Isolate(t) }},
		{name: "one document in a request", creds: credentials, edit: func(_ *testing.T, c *awsxrayexporter.Config) { c.MaxDocuments = 1 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			environment(t)
			g := newGate(t, service.URL())
			g.creds = tc.creds
			c := config(g.URL)
			if tc.edit != nil {
				tc.edit(t, c)
			}
			e, stop := start(t, settings(), c)
			const spans = 120
			first := 1 + 1000*i
			if err := e.ConsumeTraces(t.Context(), roots(first, spans)); err != nil {
				t.Fatal(err)
			}
			stop()
			findRange(t, service, first, spans)
			g.handedOn(t)
		})
	}
}

func findRange(t *testing.T, r *rig.Radiograph, first, n int) {
	t.Helper()
	found := 0
	for i := first; i < first+n; i += 40 {
		var ids []string
		for j := i; j < min(i+40, first+n); j++ {
			id := traceID(j).String()
			ids = append(ids, "1-"+id[:8]+"-"+id[8:])
		}
		out, err := r.API.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: ids})
		if err != nil {
			t.Fatal(err)
		}
		found += len(out.Traces)
	}
	if found != n {
		t.Errorf("the service has %d traces of %d", found, n)
	}
}

// Batches of one span, as a receiver of X-Ray segments makes them, fill requests.
func TestSmallBatchesAreGrouped(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	e, stop := start(t, settings(), config(g.URL, func(c *awsxrayexporter.Config) {
		b := c.Queue.Get().Batch.Get()
		b.MinSize, b.FlushTimeout = 500, time.Hour
	}))
	for i := 1; i <= 500; i++ {
		if err := e.ConsumeTraces(t.Context(), roots(i, 1)); err != nil {
			t.Fatal(err)
		}
	}
	rig.Eventually(t, "sent", func() error { return g.wantEach(t, 500) })
	stop()
	if n := len(g.handedOn(t)); n != 10 {
		t.Errorf("%d requests, want 10 of 50 documents", n)
	}
}

// What is in the queue when the collector stops is sent.
func TestShutdownSendsTheQueue(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	e, stop := start(t, settings(), config(g.URL, func(c *awsxrayexporter.Config) {
		c.Queue.Get().Batch.Get().FlushTimeout = time.Hour
	}))
	for i := range 7 {
		if err := e.ConsumeTraces(t.Context(), roots(1+10*i, 10)); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := g.wantEach(t, 70); err != nil {
		t.Error(err)
	}
}

// Every document arrives once, however the server refuses requests and single
// documents in between.
func TestEachDocumentOnce(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	var n atomic.Int64
	g.fail = func(w http.ResponseWriter, docs []string) bool {
		switch n.Add(1) % 6 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "0")
			w.Header().Set("X-Amzn-Errortype", "ThrottledException")
			w.WriteHeader(http.StatusTooManyRequests)
		case 4: // takes all but the first and the last
			var taken, refused []string
			for i, doc := range docs {
				if i == 0 || i == len(docs)-1 {
					refused = append(refused, fmt.Sprintf(`{"Id":%q,"ErrorCode":"ThrottledException","Message":"Rate exceeded"}`, idOf(doc)))
				} else {
					taken = append(taken, doc)
				}
			}
			g.mu.Lock()
			g.requests = append(g.requests, taken)
			g.mu.Unlock()
			fmt.Fprintf(w, `{"UnprocessedTraceSegments":[%s]}`, strings.Join(refused, ","))
		case 5: // as the network does: the request is read and the connection ends
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}
	e, stop := start(t, settings(), config(g.URL, func(c *awsxrayexporter.Config) {
		c.MaxDocuments = 7
		c.Queue.Get().Batch.Get().FlushTimeout = time.Millisecond
	}))
	const batches, size = 20, 50
	for i := range batches {
		if err := e.ConsumeTraces(t.Context(), roots(1+size*i, size)); err != nil {
			t.Fatal(err)
		}
	}
	rig.Eventually(t, "every span is sent once", func() error { return g.wantEach(t, batches*size) })
	stop()
	if err := g.wantEach(t, batches*size); err != nil {
		t.Error(err)
	}
}

func idOf(doc string) string {
	_, rest, _ := strings.Cut(doc, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// Without a queue and a retry, the caller is told which spans to send again.
func TestUnsentSpansAreReturned(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	g.fail = func(w http.ResponseWriter, docs []string) bool {
		if strings.Contains(strings.Join(docs, ""), spanID(12).String()) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	e, _ := start(t, settings(), config(g.URL, noQueue, noRetry, func(c *awsxrayexporter.Config) { c.MaxDocuments = 10 }))
	err := e.ConsumeTraces(t.Context(), roots(1, 30))
	part, ok := errors.AsType[consumererror.Traces](err)
	if !ok || part.Data().SpanCount() != 10 || consumererror.IsPermanent(err) || !strings.Contains(err.Error(), "Throttle (7s)") {
		t.Fatalf("got %v", err)
	}
	span := part.Data().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1)
	if service, _ := part.Data().ResourceSpans().At(0).Resource().Attributes().Get("service.name"); span.SpanID() != spanID(12) || service.AsString() != "shop" {
		t.Errorf("got span %s of %s", span.SpanID(), service.AsString())
	}
	g.fail = nil
	if err := e.ConsumeTraces(t.Context(), part.Data()); err != nil {
		t.Fatal(err)
	}
	if err := g.wantEach(t, 30); err != nil {
		t.Error(err)
	}
}

// What X-Ray refuses for good is not sent again, and stops nothing.
func TestRefusedIsPermanent(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	var refused atomic.Int64
	g.fail = func(w http.ResponseWriter, _ []string) bool {
		if refused.Add(1) > 1 {
			return false
		}
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	e, _ := start(t, settings(), config(g.URL, noQueue))
	if err := e.ConsumeTraces(t.Context(), roots(1, 3)); !consumererror.IsPermanent(err) || !strings.Contains(err.Error(), "403 AccessDeniedException") {
		t.Errorf("got %v", err)
	}
	if err := e.ConsumeTraces(t.Context(), roots(1, 3)); err != nil {
		t.Error(err)
	}
	if err := g.wantEach(t, 3); err != nil {
		t.Error(err)
	}
}

// A server that is away fills the queue, and then the senders are told.
func TestFullQueuePushesBack(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	var up atomic.Bool
	g.fail = func(w http.ResponseWriter, _ []string) bool {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	e, stop := start(t, settings(), config(g.URL, func(c *awsxrayexporter.Config) {
		c.Queue.Get().QueueSize = 100
		c.Queue.Get().Batch.Get().MinSize = 10
		c.Retry.MaxInterval = 10 * time.Millisecond
	}))
	accepted := 0
	for {
		err := e.ConsumeTraces(t.Context(), roots(1+10*accepted, 10))
		if errors.Is(err, exporterhelper.ErrQueueIsFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if accepted++; accepted > 100 {
			t.Fatal("the queue has no end")
		}
	}
	up.Store(true)
	rig.Eventually(t, "what was accepted is sent", func() error { return g.wantEach(t, 10*accepted) })
	stop()
}

// storage is a host whose extension keeps queues on disk.
type storage struct{ extension.Extension }

func (s storage) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("file_storage"): s.Extension}
}

func openStorage(t *testing.T, dir string) (storage, func()) {
	t.Helper()
	f := filestorage.NewFactory()
	c := f.CreateDefaultConfig().(*filestorage.Config)
	c.Directory = dir
	x, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	return storage{x}, func() {
		if err := x.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// With a queue on disk, what was accepted while X-Ray was away is sent by the next
// collector.
func TestPersistentQueue(t *testing.T) {
	environment(t)
	service := startRadiograph(t)
	g := newGate(t, service.URL())
	var up atomic.Bool
	g.fail = func(w http.ResponseWriter, _ []string) bool {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	id := component.MustNewID("file_storage")
	set, dir := settings(), t.TempDir()
	c := config(g.URL, func(c *awsxrayexporter.Config) {
		c.Queue.Get().StorageID = &id
		c.Queue.Get().Batch.Get().FlushTimeout = time.Millisecond
	})
	run := func(use func(consume func(context.Context, ptrace.Traces) error)) {
		host, closeStorage := openStorage(t, dir)
		defer closeStorage()
		e, err := awsxrayexporter.NewFactory().CreateTraces(t.Context(), set, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(t.Context(), host); err != nil {
			t.Fatal(err)
		}
		use(e.ConsumeTraces)
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	const spans = 300
	run(func(consume func(context.Context, ptrace.Traces) error) {
		for i := range spans / 10 {
			if err := consume(t.Context(), roots(1+10*i, 10)); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n := len(g.handedOn(t)); n != 0 {
		t.Fatalf("%d requests were taken by a server that is away", n)
	}
	up.Store(true)
	run(func(func(context.Context, ptrace.Traces) error) {
		rig.Eventually(t, "sent after the restart", func() error { return g.wantEach(t, spans) })
	})
	findRange(t, service, 1, spans)
}

// A span that cannot be a segment does not stop the others, and is not sent again
// with those that must be.
func TestMalformedSpans(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	var failed atomic.Bool
	g.fail = func(w http.ResponseWriter, _ []string) bool {
		if failed.Swap(true) {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	tel := componenttest.NewTelemetry()
	set := settings()
	set.TelemetrySettings = tel.NewTelemetrySettings()
	e, stop := start(t, set, config(g.URL, noQueue, func(c *awsxrayexporter.Config) { c.AWS.MaxRetries = 0 }))
	td := roots(1, 3)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	roots(1, 1).ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).CopyTo(spans.AppendEmpty())
	spans.At(3).SetTraceID(pcommon.TraceID{})
	if err := e.ConsumeTraces(t.Context(), td); err != nil {
		t.Fatal(err)
	}
	if err := g.wantEach(t, 3); err != nil {
		t.Error(err)
	}
	m, err := tel.GetMetric("otelcol_exporter_awsxray_refused_spans")
	if err != nil {
		t.Fatal(err)
	}
	points := m.Data.(metricdata.Sum[int64]).DataPoints
	if reason, _ := points[0].Attributes.Value("reason"); len(points) != 1 || points[0].Value != 1 || reason.AsString() != otlp.ReasonTraceID {
		t.Errorf("got %v", points)
	}
	stop()
	if err := tel.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// A request with more than X-Ray takes in a document arrives whole, in several.
func TestLargeTraces(t *testing.T) {
	environment(t)
	service := startRadiograph(t)
	g := newGate(t, service.URL())
	e, stop := start(t, settings(), config(g.URL))
	const children = 400
	td := roots(1, 1)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for i := 2; i <= children+1; i++ {
		s := spans.AppendEmpty()
		spans.At(0).CopyTo(s)
		s.SetSpanID(spanID(i))
		s.SetParentSpanID(spanID(1))
		s.SetKind(ptrace.SpanKindInternal)
		s.Attributes().PutStr("text", strings.Repeat("x", 1000))
	}
	if err := e.ConsumeTraces(t.Context(), td); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := g.wantEach(t, children+1); err != nil {
		t.Error(err)
	}
	documents := 0
	for _, docs := range g.handedOn(t) {
		documents += len(docs)
		for _, doc := range docs {
			if len(doc) > 65536 {
				t.Errorf("a document has %d bytes", len(doc))
			}
		}
	}
	if documents < 7 {
		t.Errorf("%d documents for %d kB", documents, children)
	}
	findRange(t, service, 1, 1)
}

// The exporter tells what became of documents.
func TestMetrics(t *testing.T) {
	environment(t)
	g := newGate(t, "")
	var n atomic.Int64
	g.fail = func(w http.ResponseWriter, docs []string) bool {
		switch n.Add(1) {
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			fmt.Fprintf(w, `{"UnprocessedTraceSegments":[{"Id":%q,"ErrorCode":"MissingName","Message":"m"},{"Id":%q,"ErrorCode":"InternalFailure","Message":"m"}]}`, idOf(docs[0]), idOf(docs[1]))
		default:
			return false
		}
		return true
	}
	tel := componenttest.NewTelemetry()
	set := settings()
	set.TelemetrySettings = tel.NewTelemetrySettings()
	e, stop := start(t, set, config(g.URL, noQueue, func(c *awsxrayexporter.Config) { c.AWS.MaxRetries = 0 }))
	if err := e.ConsumeTraces(t.Context(), roots(1, 5)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]int64{
		"sent_documents":     {"": 4},
		"retried_documents":  {"": 6},
		"rejected_documents": {"MissingName": 1},
		"requests":           {"ok": 2, "throttled": 1},
	} {
		m, err := tel.GetMetric("otelcol_exporter_awsxray_" + name)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			if id, _ := p.Attributes.Value("exporter"); id.AsString() != set.ID.String() {
				t.Errorf("%s is of exporter %q", name, id.AsString())
			}
			key := ""
			for _, a := range []string{"code", "outcome"} {
				if v, ok := p.Attributes.Value(attribute.Key(a)); ok {
					key = v.AsString()
				}
			}
			got[key] = p.Value
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	stop()
	if err := tel.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// The record of the last minute is sent when the collector stops.
func TestTelemetryRecords(t *testing.T) {
	environment(t)
	service := startRadiograph(t)
	g := newGate(t, service.URL())
	set := settings()
	e, stop := start(t, set, config(g.URL, func(c *awsxrayexporter.Config) { c.Telemetry.Enabled = true }))
	if err := e.ConsumeTraces(t.Context(), roots(1, 3)); err != nil {
		t.Fatal(err)
	}
	stop()
	if n := len(g.handedOn(t)); n != 2 {
		t.Errorf("%d requests, want the documents and the record", n)
	}
}
