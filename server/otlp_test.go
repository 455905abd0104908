package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/traceid"
)

func xrayClient(s *server.Server) *xray.Client {
	return xray.New(xray.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoint()), Credentials: aws.AnonymousCredentials{}})
}

func otlpClient(t *testing.T, s *server.Server) ptraceotlp.GRPCClient {
	t.Helper()
	conn, err := grpc.NewClient(s.OTLPGRPCAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return ptraceotlp.NewGRPCClient(conn)
}

// randomTrace is a trace id of OpenTelemetry: there is no time in it.
func randomTrace() (id traceid.ID) {
	for i := range id {
		id[i] = byte(rand.IntN(256))
	}
	id[0] |= 0x80 // in X-Ray's terms long in the future
	return id
}

// mixedTrace sends a request that passes three services: web and stock have X-Ray's
// SDK, orders has OpenTelemetry's.
func mixedTrace(t *testing.T, s *server.Server) traceid.ID {
	t.Helper()
	id := randomTrace()
	now := time.Now()
	at := func(ms int) string {
		return fmt.Sprintf("%.3f", float64(now.Add(time.Duration(ms-1000)*time.Millisecond).UnixMilli())/1000)
	}
	web := fmt.Sprintf(`{"name":"web","id":"00000000000000a1","trace_id":%q,"start_time":%s,"end_time":%s,"subsegments":[
		{"name":"orders.local","id":"00000000000000a2","namespace":"remote","start_time":%s,"end_time":%s,"http":{"request":{"method":"GET","url":"http://orders.local/"},"response":{"status":200}}}]}`,
		id, at(0), at(100), at(10), at(90))
	stock := fmt.Sprintf(`{"name":"stock","id":"00000000000000c1","parent_id":"00000000000000b2","trace_id":%q,"start_time":%s,"end_time":%s}`, id, at(40), at(60))
	out, err := xrayClient(s).PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{web, stock}})
	if err != nil || len(out.UnprocessedTraceSegments) > 0 {
		t.Fatalf("put: %+v, %v", out, err)
	}

	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "orders")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	add := func(own, parent byte, kind ptrace.SpanKind, from, to int) ptrace.Span {
		span := spans.AppendEmpty()
		span.SetTraceID(pcommon.TraceID(id))
		span.SetSpanID(pcommon.SpanID{7: own})
		span.SetParentSpanID(pcommon.SpanID{7: parent})
		span.SetKind(kind)
		span.SetName("GET /")
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Duration(from-1000) * time.Millisecond)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Duration(to-1000) * time.Millisecond)))
		return span
	}
	add(0xb1, 0xa2, ptrace.SpanKindServer, 20, 80).Attributes().PutStr("customer.tier", "gold")
	call := add(0xb2, 0xb1, ptrace.SpanKindClient, 30, 70).Attributes()
	call.PutStr("server.address", "stock.local")
	call.PutStr("url.full", "http://stock.local/")
	call.PutInt("http.response.status_code", 200)
	resp, err := otlpClient(t, s).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td))
	if err != nil || resp.PartialSuccess().RejectedSpans() > 0 {
		t.Fatalf("export: %s, %v", resp.PartialSuccess().ErrorMessage(), err)
	}
	return id
}

// TestSegmentsAndSpansAreOneTrace asks every question about a trace that consists of
// both, under a trace id that X-Ray would not make.
func TestSegmentsAndSpansAreOneTrace(t *testing.T) {
	c := local(t)
	c.OTLP.IndexedAttributes = []string{"customer.tier"}
	s, _ := start(t, c, io.Discard)
	id := mixedTrace(t, s)
	client := xrayClient(s)
	ctx := t.Context()

	got, err := client.BatchGetTraces(ctx, &xray.BatchGetTracesInput{TraceIds: []string{id.String()}})
	if err != nil || len(got.Traces) != 1 || len(got.Traces[0].Segments) != 3 {
		t.Fatalf("BatchGetTraces: %+v, %v", got, err)
	}

	from, to := aws.Time(time.Now().Add(-time.Minute)), aws.Time(time.Now().Add(time.Minute))
	for _, filter := range []string{"", `annotation[customer.tier] = "gold"`, `edge("web", "orders")`, `edge("orders", "stock")`} {
		sums, err := client.GetTraceSummaries(ctx, &xray.GetTraceSummariesInput{StartTime: from, EndTime: to, FilterExpression: aws.String(filter)})
		if err != nil || len(sums.TraceSummaries) != 1 || *sums.TraceSummaries[0].Id != id.String() {
			t.Errorf("summaries for %q: %+v, %v", filter, sums, err)
		}
	}

	whole, err := client.GetServiceGraph(ctx, &xray.GetServiceGraphInput{StartTime: from, EndTime: to})
	if err != nil {
		t.Fatal(err)
	}
	checkConnected(t, "GetServiceGraph", whole.Services)
	one, err := client.GetTraceGraph(ctx, &xray.GetTraceGraphInput{TraceIds: []string{id.String()}})
	if err != nil {
		t.Fatal(err)
	}
	checkConnected(t, "GetTraceGraph", one.Services)

	spans := retrieve(t, client, id, from, to)
	for spanID, want := range map[string]struct{ service, parent, kind string }{
		"00000000000000a1": {"web", "", "SERVER"},
		"00000000000000a2": {"web", "00000000000000a1", "CLIENT"},
		"00000000000000b1": {"orders", "00000000000000a2", "SERVER"},
		"00000000000000b2": {"orders", "00000000000000b1", "CLIENT"},
		"00000000000000c1": {"stock", "00000000000000b2", "SERVER"},
	} {
		s, ok := spans[spanID]
		if !ok || s.TraceID != id.W3C() || s.ParentSpanID != want.parent || s.Kind != want.kind || s.Resource.Attributes["service.name"] != want.service || s.DurationNano == 0 {
			t.Errorf("span %s: got %+v, want %v", spanID, s, want)
		}
	}
	if len(spans) != 5 {
		t.Errorf("%d spans, want 5", len(spans))
	}
	if tier := spans["00000000000000b1"].Attributes["customer.tier"]; tier != "gold" {
		t.Errorf("attributes of the span: %v", spans["00000000000000b1"].Attributes)
	}
}

// checkConnected checks that the services are the three, each calling the next.
func checkConnected(t *testing.T, what string, services []types.Service) {
	t.Helper()
	calls := map[string]string{}
	names := map[int32]string{}
	for _, s := range services {
		if aws.ToString(s.Type) != "client" {
			names[*s.ReferenceId] = *s.Name
		}
	}
	for _, s := range services {
		for _, e := range s.Edges {
			if aws.ToString(s.Type) != "client" {
				calls[*s.Name] += names[*e.ReferenceId]
			}
		}
	}
	if len(names) != 3 || calls["web"] != "orders" || calls["orders"] != "stock" {
		t.Errorf("%s: services %v, calls %v", what, names, calls)
	}
}

// retrievedSpan is as much of a span as the test looks at.
type retrievedSpan struct {
	Resource struct {
		Attributes map[string]any `json:"attributes"`
	} `json:"resource"`
	TraceID      string         `json:"traceId"`
	SpanID       string         `json:"spanId"`
	ParentSpanID string         `json:"parentSpanId"`
	Kind         string         `json:"kind"`
	DurationNano int64          `json:"durationNano"`
	Attributes   map[string]any `json:"attributes"`
}

func retrieve(t *testing.T, client *xray.Client, id traceid.ID, from, to *time.Time) map[string]retrievedSpan {
	t.Helper()
	token, err := client.StartTraceRetrieval(t.Context(), &xray.StartTraceRetrievalInput{TraceIds: []string{id.String()}, StartTime: from, EndTime: to})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.ListRetrievedTraces(t.Context(), &xray.ListRetrievedTracesInput{RetrievalToken: token.RetrievalToken, TraceFormat: types.TraceFormatTypeOtel})
	if err != nil || len(out.Traces) != 1 || out.TraceFormat != types.TraceFormatTypeOtel {
		t.Fatalf("ListRetrievedTraces: %+v, %v", out, err)
	}
	spans := map[string]retrievedSpan{}
	for _, span := range out.Traces[0].Spans {
		var s retrievedSpan
		if err := json.Unmarshal([]byte(*span.Document), &s); err != nil || s.SpanID != *span.Id {
			t.Fatalf("span %s: %v in %s", *span.Id, err, *span.Document)
		}
		spans[s.SpanID] = s
	}
	return spans
}

const otlpJSON = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
	{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET /","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}`

func TestOTLPPaths(t *testing.T) {
	s, _ := start(t, local(t), io.Discard)
	for _, base := range []string{s.Endpoint(), s.OTLPEndpoint()} {
		for _, tc := range []struct {
			path, body string
			status     int
			want       string
		}{
			{"/v1/traces", otlpJSON, 200, "{}"},
			{"/v1/metrics", "{}", 404, "radiograph takes traces only"},
			{"/v1/logs", "{}", 404, "radiograph takes traces only"},
			{"/api/v2/spans", `[{"traceId":"2","id":"2","timestamp":1700000000000000}]`, 202, ""},
		} {
			resp, err := http.Post(base+tc.path, "application/json", strings.NewReader(tc.body)) //nolint:noctx // the server ends with the test
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != tc.status || !strings.Contains(string(text), tc.want) {
				t.Errorf("%s%s: got %d %q, want %d and %q", base, tc.path, resp.StatusCode, text, tc.status, tc.want)
			}
		}
	}
	_, text := request(t, http.MethodGet, s.Endpoint()+"/metrics", "")
	for _, want := range []string{`radiograph_otlpapi_spans_total{protocol="http"} 2`, `radiograph_otlpapi_spans_total{protocol="zipkin"} 2`, `radiograph_otlpapi_spans_refused_total{protocol="grpc",reason="throttled"} 0`} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestOTLPCanBeOff(t *testing.T) {
	c := local(t)
	c.OTLP = config.OTLP{}
	s, _ := start(t, c, io.Discard)
	if s.OTLPGRPCAddress() != "" || s.OTLPEndpoint() != "" {
		t.Errorf("addresses %q, %q", s.OTLPGRPCAddress(), s.OTLPEndpoint())
	}
	if status, text := request(t, http.MethodPost, s.Endpoint()+"/v1/traces", ""); status != http.StatusUnsupportedMediaType {
		t.Errorf("got %d %s", status, text)
	}
}

// TestAcknowledgedSpansAreStoredAtStop stops the server while clients send: what it
// acknowledged is there after the next start.
func TestAcknowledgedSpansAreStoredAtStop(t *testing.T) {
	c := local(t)
	s, stop := start(t, c, io.Discard)
	const senders = 3
	acknowledged := make([][]string, senders)
	enough := make(chan struct{}, senders)
	var wg sync.WaitGroup
	for i := range senders {
		client := otlpClient(t, s)
		wg.Go(func() {
			for {
				id := randomTrace()
				if !exportOne(t.Context(), client, id) {
					return
				}
				acknowledged[i] = append(acknowledged[i], id.String())
				if len(acknowledged[i]) == 50 {
					enough <- struct{}{}
				}
			}
		})
	}
	for range senders {
		<-enough
	}
	stop()
	wg.Wait()

	s, _ = start(t, c, io.Discard)
	for _, ids := range acknowledged {
		out, err := xrayClient(s).BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: ids})
		if err != nil || len(out.Traces) != min(len(ids), 500) {
			t.Errorf("of %d acknowledged traces %d are there: %v", len(ids), len(out.Traces), err)
		}
	}
}

func exportOne(ctx context.Context, client ptraceotlp.GRPCClient, id traceid.ID) bool {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID(id))
	span.SetSpanID(pcommon.SpanID{7: 1})
	span.SetKind(ptrace.SpanKindServer)
	span.SetName("one")
	span.SetStartTimestamp(1_700_000_000_000_000_000)
	span.SetEndTimestamp(1_700_000_001_000_000_000)
	resp, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(td))
	return err == nil && resp.PartialSuccess().RejectedSpans() == 0
}
