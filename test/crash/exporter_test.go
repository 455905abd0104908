//go:build e2e

package crash

import (
	"context"
	"encoding/hex"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/radiograph/radiograph/traceid"
)

// newExporter returns a client of OTLP over gRPC.
func newExporter(t *testing.T, addr string) ptraceotlp.GRPCClient {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return ptraceotlp.NewGRPCClient(conn)
}

// export is write for spans.
func (l *ledger) export(ctx context.Context, client ptraceotlp.GRPCClient) {
	for ctx.Err() == nil {
		spans, traces := newSpans()
		resp, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(spans))
		if err != nil || resp.PartialSuccess().RejectedSpans() > 0 {
			pause(ctx) // not acknowledged: the server owes us nothing
			continue
		}
		l.add(traces)
	}
}

func newSpans() (td ptrace.Traces, traces map[string]string) {
	traces = make(map[string]string, batch)
	td = ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "crash")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	now := time.Now()
	for range batch {
		var trace pcommon.TraceID
		var id pcommon.SpanID
		_, _ = hex.Decode(trace[:], []byte(random(len(trace))))
		_, _ = hex.Decode(id[:], []byte(random(len(id))))
		span := spans.AppendEmpty()
		span.SetTraceID(trace)
		span.SetSpanID(id)
		span.SetKind(ptrace.SpanKindServer)
		span.SetName("crash")
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Second)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
		span.Attributes().PutStr("segment", id.String())
		traces[traceid.ID(trace).String()] = id.String()
	}
	return td, traces
}
