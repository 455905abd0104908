package server_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/traceid"
)

// TestOpenTelemetrySDK sends spans with OpenTelemetry's own exporters.
func TestOpenTelemetrySDK(t *testing.T) {
	s, _ := start(t, local(t), io.Discard)
	for _, tc := range []struct {
		name   string
		client otlptrace.Client
	}{
		{"gRPC", otlptracegrpc.NewClient(otlptracegrpc.WithInsecure(), otlptracegrpc.WithEndpoint(s.OTLPGRPCAddress()))},
		{"gRPC with gzip", otlptracegrpc.NewClient(otlptracegrpc.WithInsecure(), otlptracegrpc.WithEndpoint(s.OTLPGRPCAddress()), otlptracegrpc.WithCompressor("gzip"))},
		{"HTTP", otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(s.OTLPEndpoint() + "/v1/traces"))},
		{"HTTP with gzip", otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(s.OTLPEndpoint()+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))},
		{"HTTP to the API's address", otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(s.Endpoint() + "/v1/traces"))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := traceWithSDK(t, tc.client)
			checkSDKTrace(t, s, id)
		})
	}
}

// traceWithSDK makes a trace of a request with a failing call in it.
func traceWithSDK(t *testing.T, client otlptrace.Client) traceid.ID {
	t.Helper()
	ctx := t.Context()
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "checkout"))))
	tracer := provider.Tracer("shop/checkout")
	ctx, root := tracer.Start(ctx, "POST /orders", trace.WithSpanKind(trace.SpanKindServer))
	root.SetAttributes(attribute.String("http.request.method", "POST"), attribute.String("url.path", "/orders"), attribute.Int("http.response.status_code", 502))
	_, call := tracer.Start(ctx, "GET", trace.WithSpanKind(trace.SpanKindClient))
	call.SetAttributes(attribute.String("url.full", "http://bank.test/pay"), attribute.String("server.address", "bank.test"), attribute.Int("http.response.status_code", 504))
	call.RecordError(io.ErrUnexpectedEOF)
	call.SetStatus(codes.Error, "no answer")
	call.End()
	root.SetStatus(codes.Error, "")
	root.End()
	if err := provider.ForceFlush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := provider.Shutdown(context.WithoutCancel(ctx)); err != nil {
		t.Fatal(err)
	}
	return traceid.ID(root.SpanContext().TraceID())
}

func checkSDKTrace(t *testing.T, s *server.Server, id traceid.ID) {
	t.Helper()
	out, err := xrayClient(s).BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id.String()}})
	if err != nil || len(out.Traces) != 1 {
		t.Fatalf("BatchGetTraces: %+v, %v", out, err)
	}
	var all []string
	for _, seg := range out.Traces[0].Segments {
		all = append(all, *seg.Document)
	}
	documents := strings.Join(all, "\n")
	for _, want := range []string{`"name":"checkout"`, `"name":"bank.test"`, `"fault":true`, `"status":504`, `unexpected EOF`, `"url":"http://bank.test/pay"`} {
		if !strings.Contains(documents, want) {
			t.Errorf("the segments lack %s:\n%s", want, documents)
		}
	}
}
