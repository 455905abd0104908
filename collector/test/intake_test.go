//go:build e2e

package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	jaeger "github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"

	"github.com/radiograph/radiograph/test/rig"
)

// TestZipkinAndJaegerToXRay sends a call in the formats of Zipkin and of Jaeger, and
// looks for it as segments.
func TestZipkinAndJaegerToXRay(t *testing.T) {
	service := rig.StartRadiograph(t, t.TempDir())
	zipkinAt, jaegerAt := rig.Address(t), rig.Address(t)
	rig.StartCollector(t, environment(service.URL()), fmt.Sprintf(`
extensions: {health_check: }
receivers:
  zipkin: {endpoint: %q}
  jaeger: {protocols: {grpc: {endpoint: %q}}}
exporters:
  awsxray: {endpoint: "${env:AWS_ENDPOINT_URL_XRAY}"}
service:
  extensions: [health_check]
  pipelines: {traces: {receivers: [zipkin, jaeger], exporters: [awsxray]}}
`, zipkinAt, jaegerAt))

	t.Run("zipkin", func(t *testing.T) {
		start := timeNow().UnixMicro()
		body := fmt.Sprintf(`[
{"traceId":"f05eed11020304050607080900000001","id":"0000000000000001","kind":"SERVER","name":"get /items","timestamp":%d,"duration":20000,
 "localEndpoint":{"serviceName":"front"},"tags":{"http.method":"GET","http.path":"/items","http.status_code":"500","error":"true"}},
{"traceId":"f05eed11020304050607080900000001","id":"0000000000000002","parentId":"0000000000000001","kind":"CLIENT","name":"get","timestamp":%d,"duration":9000,
 "localEndpoint":{"serviceName":"front"},"remoteEndpoint":{"serviceName":"stock"}}]`, start, start+1000)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+zipkinAt+"/api/v2/spans", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if _, err := do(req); err != nil {
			t.Fatal(err)
		}
		arrives(t, service.API, "1-f05eed11-020304050607080900000001", `"name":"front"`, `"fault":true`, `"name":"stock"`, `"namespace":"remote"`)
	})

	t.Run("jaeger", func(t *testing.T) {
		id := jaeger.NewTraceID(0xf05eed1102030405, 0x0607080900000002)
		start := timeNow()
		_, err := api_v2.NewCollectorServiceClient(dial(t, jaegerAt)).PostSpans(t.Context(), &api_v2.PostSpansRequest{Batch: jaeger.Batch{
			Process: jaeger.NewProcess("front", nil),
			Spans: []*jaeger.Span{{
				TraceID: id, SpanID: jaeger.NewSpanID(1), OperationName: "GET /items", StartTime: start, Duration: 20 * time.Millisecond,
				Tags: []jaeger.KeyValue{jaeger.String("span.kind", "server"), jaeger.String("http.method", "GET"), jaeger.Int64("http.status_code", 404)},
			}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		arrives(t, service.API, "1-f05eed11-020304050607080900000002", `"name":"front"`, `"error":true`, `"status":404`)
	})
}
