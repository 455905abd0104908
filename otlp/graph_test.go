package otlp_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
	"github.com/radiograph/radiograph/traceid"
)

// span is a span of a system that tests write down.
type span struct {
	service string // no service of its own has a span of the service before it
	one
	id, parent byte
	flags      uint32
}

// system returns the spans as one batch.
func system(t failer, spans ...span) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	at := map[string]ptrace.SpanSlice{}
	for i, x := range spans {
		if x.service == "" {
			x.service = spans[i-1].service
			spans[i].service = x.service
		}
		to, ok := at[x.service]
		if !ok {
			rs := td.ResourceSpans().AppendEmpty()
			fill(t, rs.Resource().Attributes(), x.resource)
			rs.Resource().Attributes().PutStr("service.name", x.service)
			to = rs.ScopeSpans().AppendEmpty().Spans()
			at[x.service] = to
		}
		x.root = x.parent == 0
		x.traces(t).ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).CopyTo(to.AppendEmpty())
		s := to.At(to.Len() - 1)
		s.SetSpanID(id(x.id))
		s.SetParentSpanID(pcommon.SpanID{})
		if x.parent != 0 {
			s.SetParentSpanID(id(x.parent))
		}
		s.SetFlags(x.flags)
	}
	return td
}

// graphOf returns the service graph of the trace that documents make, as text.
func graphOf(t failer, docs [][]byte) string {
	t.Helper()
	byTrace := map[traceid.ID][]trace.Document{}
	for i, s := range decode(t, docs) {
		byTrace[s.TraceID] = append(byTrace[s.TraceID], trace.Document{Segment: s, Received: 1, Index: uint32(i)})
	}
	var g servicegraph.Graph
	for id, list := range byTrace {
		g.Observe(trace.Assemble(id, list).Summary(), math.MinInt64, math.MaxInt64, 1)
	}
	var lines []string
	for _, key := range slices.SortedFunc(maps.Keys(g.Nodes), trace.Node.Compare) {
		if key.Type != trace.NodeTypeClient {
			lines = append(lines, tracetest.Node(key)+outcomes(g.Nodes[key].Stats))
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(g.Edges), servicegraph.EdgeKey.Compare) {
		if key.From.Type != trace.NodeTypeClient {
			lines = append(lines, tracetest.Node(key.From)+" → "+tracetest.Node(key.To)+outcomes(g.Edges[key].Stats))
		}
	}
	return strings.Join(lines, "\n")
}

func outcomes(s servicegraph.Stats) string {
	var b strings.Builder
	for o, n := range s.Count {
		if n != 0 {
			fmt.Fprintf(&b, " %s=%d", tracetest.Outcome(segment.Outcome(o)), n)
		}
	}
	return b.String()
}

// TestServiceGraph checks what graph the services of a system make.
func TestServiceGraph(t *testing.T) {
	const remote = 0x301
	for _, tc := range []struct {
		name  string
		spans []span
		want  string
	}{
		{"HTTP between two services", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "GET", kind: client, attrs: attrs{"server.address": "cart.svc", "http.request.method": "GET", "http.response.status_code": 500}, failed: true}},
			{service: "cart", id: 3, parent: 2, flags: remote, one: one{name: "GET /cart", kind: server, attrs: attrs{"http.response.status_code": 500}, failed: true}},
		}, "cart/ fault=1\nweb/ ok=1\nweb/ → cart/ fault=1"},
		{"an SQL database", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "repository", kind: internal}},
			{id: 3, parent: 2, one: one{name: "SELECT", kind: client, attrs: attrs{"db.system.name": "postgresql", "db.namespace": "shop", "server.address": "db"}}},
		}, "shop@db/Database::SQL ok=1\nweb/ ok=1\nweb/ → shop@db/Database::SQL ok=1"},
		{"Redis and MongoDB", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "GET", kind: client, attrs: attrs{"db.system.name": "redis", "server.address": "cache"}}},
			{id: 3, parent: 1, one: one{name: "find", kind: client, attrs: attrs{"db.system": "mongodb", "db.name": "shop", "net.peer.name": "m"}}},
		}, "cache/remote ok=1\nshop@m/remote ok=1\nweb/ ok=1\nweb/ → cache/remote ok=1\nweb/ → shop@m/remote ok=1"},
		{"Kafka from producer to consumer", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "orders publish", kind: producer, attrs: attrs{"messaging.system": "kafka", "messaging.destination.name": "orders"}}},
			{service: "mail", id: 3, parent: 2, one: one{name: "orders process", kind: consumer, attrs: attrs{"messaging.system": "kafka", "messaging.destination.name": "orders"}}},
			{id: 4, parent: 3, one: one{name: "send", kind: internal}},
		}, "mail/ ok=1\nweb/ ok=1\nweb/ → mail/ ok=1"},
		{"a topic that nobody reads", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "orders publish", kind: producer, attrs: attrs{"messaging.system": "kafka", "messaging.destination.name": "orders"}}},
		}, "orders/remote ok=1\nweb/ ok=1\nweb/ → orders/remote ok=1"},
		{"AWS resources", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "S3.GetObject", kind: client, attrs: attrs{"rpc.system": "aws-api", "rpc.service": "S3", "rpc.method": "GetObject", "aws.s3.bucket": "pictures"}}},
			{id: 3, parent: 1, one: one{name: "DynamoDB.GetItem", kind: client, attrs: attrs{"rpc.system": "aws-api", "rpc.service": "DynamoDB", "rpc.method": "GetItem", "aws.dynamodb.table_names": []any{"carts"}}}},
			{id: 4, parent: 1, one: one{name: "Lambda.Invoke", kind: client, attrs: attrs{"faas.invoked_provider": "aws", "faas.invoked_name": "resize"}}},
		}, "carts/AWS::DynamoDB::Table ok=1\npictures/AWS::S3::Bucket ok=1\nresize/AWS::Lambda ok=1\nweb/ ok=1\n" +
			"web/ → carts/AWS::DynamoDB::Table ok=1\nweb/ → pictures/AWS::S3::Bucket ok=1\nweb/ → resize/AWS::Lambda ok=1"},
		{"gRPC that fails", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "a.B/C", kind: client, attrs: attrs{"rpc.system": "grpc", "rpc.service": "a.B", "rpc.grpc.status_code": 5}, failed: true}},
			{service: "b", id: 3, parent: 2, flags: remote, one: one{name: "a.B/C", kind: server, attrs: attrs{"rpc.system": "grpc", "rpc.grpc.status_code": 5}}},
		}, "b/ error=1\nweb/ ok=1\nweb/ → b/ error=1"},
		{"a root that is a call", []span{
			{service: "poller", id: 1, one: one{name: "SQS.ReceiveMessage", kind: client, attrs: attrs{"rpc.system": "aws-api", "rpc.service": "SQS", "rpc.method": "ReceiveMessage", "aws.sqs.queue.url": "https://sqs/1/q"}}},
		}, "https://sqs/1/q/AWS::SQS::Queue ok=1\npoller/ ok=1\npoller/ → https://sqs/1/q/AWS::SQS::Queue ok=1"},
		{"a root that calls a service", []span{
			{service: "script", id: 1, one: one{name: "GET", kind: client, attrs: attrs{"server.address": "web.svc"}}},
			{service: "web", id: 2, parent: 1, one: one{name: "GET /", kind: server}},
		}, "script/ ok=1\nweb/ ok=1\nscript/ → web/ ok=1"},
		{"a shared id", []span{
			{service: "web", id: 1, one: one{name: "GET /", kind: server}},
			{id: 2, parent: 1, one: one{name: "get", kind: client, attrs: attrs{"peer.service": "cart"}}},
			{service: "cart", id: 2, parent: 1, one: one{name: "get", kind: server}},
			{id: 3, parent: 2, one: one{name: "SELECT", kind: client, attrs: attrs{"db.system": "mysql", "db.name": "c", "net.peer.name": "db"}}},
		}, "c@db/Database::SQL ok=1\ncart/ ok=1\nweb/ ok=1\ncart/ → c@db/Database::SQL ok=1\nweb/ → cart/ ok=1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			td := system(t, tc.spans...)
			docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
			if diff := cmp.Diff(tc.want, graphOf(t, docs)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, docs)
			}
			sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
		})
	}
}

// TestGraphOfBatches checks that the graph does not depend on how spans are batched
// and how documents are split.
func TestGraphOfBatches(t *testing.T) {
	td := typical()
	want := graphOf(t, encode(t, otlp.NewEncoder(otlp.Options{}), td))
	if n := strings.Count(want, "→"); n != 8 {
		t.Errorf("%d edges:\n%s", n, want)
	}
	var docs [][]byte
	for _, part := range singles(td) {
		docs = append(docs, encode(t, otlp.NewEncoder(otlp.Options{}), part)...)
	}
	if len(docs) != td.SpanCount() {
		t.Errorf("%d documents of %d single spans", len(docs), td.SpanCount())
	}
	if diff := cmp.Diff(want, graphOf(t, docs)); diff != "" {
		t.Errorf("single spans (-want +got):\n%s", diff)
	}
	for limit := 1; limit < 10000; limit += 500 {
		docs := encode(t, otlp.NewEncoder(otlp.Options{MaxDocumentBytes: limit}), td)
		if diff := cmp.Diff(want, graphOf(t, docs)); diff != "" {
			t.Errorf("at most %d bytes (-want +got):\n%s", limit, diff)
		}
	}
}

// singles returns each span of td in a batch of its own.
func singles(td ptrace.Traces) (list []ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				one := ptrace.NewTraces()
				to := one.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(to.Resource())
				to.SetSchemaUrl(rs.SchemaUrl())
				toScope := to.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(toScope.Scope())
				s.CopyTo(toScope.Spans().AppendEmpty())
				list = append(list, one)
			}
		}
	}
	return list
}
