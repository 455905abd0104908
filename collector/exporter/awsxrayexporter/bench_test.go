package awsxrayexporter

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/collector/internal/session/sessiontest"
	"github.com/radiograph/radiograph/otlp"
)

// sink takes every request and counts.
type sink struct {
	*httptest.Server
	requests, bytes atomic.Int64
}

func newSink(b *testing.B) *sink {
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		s.requests.Add(1)
		s.bytes.Add(n)
		_, _ = w.Write(allTaken)
	}))
	b.Cleanup(s.Close)
	return s
}

// document is of the usual size of a segment that was a span.
var document = []byte(`{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8","name":"shop","start_time":1480615200.010000001,"end_time":1480615200.090000002,` +
	`"http":{"request":{"method":"GET","url":"https://shop.example.com/cart?item=1","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","client_ip":"203.0.113.7"},"response":{"status":200,"content_length":1533}},` +
	`"aws":{"xray":{"auto_instrumentation":false,"sdk":"opentelemetry for go","sdk_version":"1.44.0"}},"metadata":{"default":{"http.route":"/cart","otel.resource.service.name":"shop","otel.resource.host.name":"web-1","thread.id":17}}}`)

// BenchmarkRequest compares a request of 50 documents by the SDK's client with one
// that is written and signed here.
func BenchmarkRequest(b *testing.B) {
	const documents = 50
	b.Run("by=sdk", func(b *testing.B) {
		s := newSink(b)
		client := xray.New(xray.Options{
			Region: "eu-west-1", BaseEndpoint: &s.URL, HTTPClient: awshttp.NewBuildableClient(),
			Credentials: aws.NewCredentialsCache(aws.CredentialsProviderFunc(testProvider)),
		})
		b.ReportAllocs()
		for b.Loop() {
			in := xray.PutTraceSegmentsInput{TraceSegmentDocuments: make([]string, documents)}
			for i := range in.TraceSegmentDocuments {
				in.TraceSegmentDocuments[i] = string(document)
			}
			if _, err := client.PutTraceSegments(b.Context(), &in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=exporter", func(b *testing.B) {
		s := newSink(b)
		e := newTestPusher(b, awshttp.NewBuildableClient().GetTransport(), nil)
		e.sender.url, e.sender.signer = s.URL, v4.NewSigner()
		b.Cleanup(e.sender.client.CloseIdleConnections)
		docs := make([]otlp.Document, documents)
		for i := range docs {
			docs[i].Raw = document
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.put(b.Context(), docs); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppendQuoted(b *testing.B) {
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = appendQuoted(buf[:0], document)
	}
}

// requestsOf returns a batch as an instrumented web shop makes it: n spans in traces
// of one request each with two calls and a function.
func requestsOf(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	for k, v := range map[string]string{
		"service.name": "shop", "service.version": "1.4.2", "service.namespace": "web", "telemetry.sdk.name": "opentelemetry",
		"telemetry.sdk.language": "go", "telemetry.sdk.version": "1.44.0", "host.name": "web-1", "process.runtime.name": "go",
		"deployment.environment.name": "production", "cloud.provider": "aws", "cloud.platform": "aws_eks", "k8s.pod.name": "shop-7d9f",
	} {
		rs.Resource().Attributes().PutStr(k, v)
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
	ss.Scope().SetVersion("0.69.0")
	now := time.Now()
	for i := range n {
		s := ss.Spans().AppendEmpty()
		var trace pcommon.TraceID
		binary.BigEndian.PutUint32(trace[:], uint32(now.Unix()))
		binary.BigEndian.PutUint64(trace[8:], uint64(i/4))
		id := func(i int) (id pcommon.SpanID) {
			binary.BigEndian.PutUint64(id[:], uint64(i)+1)
			return id
		}
		s.SetTraceID(trace)
		s.SetSpanID(id(i))
		if i%4 > 0 {
			s.SetParentSpanID(id(i - i%4))
		}
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Duration(i%4) * time.Millisecond)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(now.Add(30 * time.Millisecond)))
		a := s.Attributes()
		switch i % 4 {
		case 0:
			s.SetName("GET /cart/{id}")
			s.SetKind(ptrace.SpanKindServer)
			a.PutStr("http.request.method", "GET")
			a.PutStr("url.path", "/cart/17")
			a.PutStr("url.scheme", "https")
			a.PutStr("http.route", "/cart/{id}")
			a.PutStr("server.address", "shop.example.com")
			a.PutStr("client.address", "203.0.113.7")
			a.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")
			a.PutStr("network.protocol.version", "1.1")
			a.PutInt("http.response.status_code", 200)
			a.PutInt("http.response.body.size", 1533)
		case 1:
			s.SetName("SELECT cart")
			s.SetKind(ptrace.SpanKindClient)
			a.PutStr("db.system.name", "postgresql")
			a.PutStr("db.namespace", "shop")
			a.PutStr("db.query.text", "SELECT id, item, price FROM cart WHERE id = $1")
			a.PutStr("db.operation.name", "SELECT")
			a.PutStr("server.address", "db.example.com")
			a.PutInt("server.port", 5432)
		case 2:
			s.SetName("POST")
			s.SetKind(ptrace.SpanKindClient)
			a.PutStr("http.request.method", "POST")
			a.PutStr("url.full", "https://pay.example.com/charge")
			a.PutStr("server.address", "pay.example.com")
			a.PutInt("server.port", 443)
			a.PutInt("http.response.status_code", 201)
		default:
			s.SetName("render")
			s.SetKind(ptrace.SpanKindInternal)
			a.PutStr("code.function.name", "shop.render")
			a.PutInt("items", int64(i))
			a.PutBool("cached", false)
		}
	}
	return td
}

// renumber makes other traces of the batch.
func renumber(td ptrace.Traces, n uint32) {
	for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		id := s.TraceID()
		binary.BigEndian.PutUint32(id[4:], n)
		s.SetTraceID(id)
	}
}

// BenchmarkExport sends batches through the whole exporter to a server on this host,
// whose own work is in the figures.
func BenchmarkExport(b *testing.B) {
	sessiontest.Isolate(b)
	b.Setenv("AWS_ACCESS_KEY_ID", testCredentials.AccessKeyID)
	b.Setenv("AWS_SECRET_ACCESS_KEY", testCredentials.SecretAccessKey)
	for _, spans := range []int{50, 1000, 8192} {
		for _, queue := range []bool{false, true} {
			b.Run(fmt.Sprintf("spans=%d/queue=%t", spans, queue), func(b *testing.B) { benchmarkExport(b, spans, queue) })
		}
	}
}

func benchmarkExport(b *testing.B, spans int, queue bool) {
	s := newSink(b)
	cfg := defaultConfig().(*Config)
	cfg.AWS.Endpoint, cfg.AWS.Region = s.URL, "eu-west-1"
	if queue {
		cfg.Queue.Get().BlockOnOverflow = true
	} else {
		cfg.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
	}
	e, err := NewFactory().CreateTraces(b.Context(), exportertest.NewNopSettings(Type), cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Start(b.Context(), componenttest.NewNopHost()); err != nil {
		b.Fatal(err)
	}
	batch := requestsOf(spans)
	n, before := 0, processorTime(b)
	b.ReportAllocs()
	for b.Loop() {
		td := batch
		if queue { // which keeps what it is given, and puts batches together
			td = ptrace.NewTraces()
			batch.CopyTo(td)
			renumber(td, uint32(n))
		}
		if err := e.ConsumeTraces(b.Context(), td); err != nil {
			b.Fatal(err)
		}
		n += spans
	}
	if err := e.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(n), "cpu-ns/span")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/span")
	b.ReportMetric(float64(s.requests.Load())*1e6/float64(n), "requests/Mspan")
	b.ReportMetric(float64(s.bytes.Load())/float64(n), "B/span")
}

// processorTime returns the time that this process has run on any processor.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
