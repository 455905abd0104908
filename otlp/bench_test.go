package otlp_test

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// typical returns a trace of a shop as OpenTelemetry SDKs send it: 18 spans of five
// services, with HTTP, gRPC, SQL, Redis, DynamoDB and Kafka between them.
func typical() ptrace.Traces {
	td := ptrace.NewTraces()
	b := batch{td: td, trace: pcommon.TraceID{0x5b, 0x8e, 0xfd, 0xf7, 0x98, 3, 0x81, 3, 0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c}}
	b.service("frontend", "nodejs", "@opentelemetry/instrumentation-http", "0.57.0")
	root := b.server("GET /checkout/:id", 0, "GET", "/checkout/42", 200)
	b.internal("middleware - session", root)
	b.internal("request handler - /checkout/:id", root)
	toCart := b.client("GET", root, "GET", "http://cart.shop.svc:8080/carts/42", "cart.shop.svc", 8080, 200)
	toPay := b.rpcClient("shop.Payments/Charge", root, "shop.Payments", "Charge", "payments.shop.svc")
	b.service("cart", "java", "io.opentelemetry.tomcat-10.0", "2.14.0-alpha")
	cart := b.server("GET /carts/{id}", toCart, "GET", "/carts/42", 200)
	b.internal("CartController.get", cart)
	b.redis("GET", cart)
	b.sql("SELECT shop.items", cart)
	b.sql("SELECT shop.prices", cart)
	b.service("payments", "go", "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc", "0.60.0")
	pay := b.rpcServer("shop.Payments/Charge", toPay, "shop.Payments", "Charge")
	b.dynamo(pay)
	send := b.producer("orders publish", pay, "orders")
	b.service("orders", "python", "opentelemetry.instrumentation.kafka", "0.51b0")
	take := b.consumer("orders process", send, "orders")
	toMail := b.client("POST", take, "POST", "https://mail.example.com/send", "mail.example.com", 443, 202)
	b.sql("INSERT shop.orders", take)
	b.service("mail", "dotnet", "Microsoft.AspNetCore", "")
	mail := b.server("POST /send", toMail, "POST", "/send", 202)
	b.internal("render", mail)
	return td
}

// batch makes spans.
type batch struct {
	td    ptrace.Traces
	trace pcommon.TraceID
	spans ptrace.SpanSlice
	n     byte
}

func (b *batch) service(name, language, scope, version string) {
	rs := b.td.ResourceSpans().AppendEmpty()
	m := rs.Resource().Attributes()
	m.PutStr("service.name", name)
	m.PutStr("service.version", "1.42.0")
	m.PutStr("service.instance.id", "6c8f1f1e-5d0e-4a55-9b4a-0f4f2c6e9d11")
	m.PutStr("telemetry.sdk.language", language)
	m.PutStr("telemetry.sdk.name", "opentelemetry")
	m.PutStr("telemetry.sdk.version", "1.38.0")
	m.PutStr("host.name", name+"-7d9c5b6f4-x2x7q")
	m.PutStr("k8s.namespace.name", "shop")
	m.PutStr("k8s.pod.name", name+"-7d9c5b6f4-x2x7q")
	m.PutStr("k8s.cluster.name", "prod")
	m.PutStr("cloud.provider", "aws")
	m.PutStr("cloud.platform", "aws_eks")
	m.PutStr("cloud.account.id", "123456789012")
	m.PutStr("cloud.region", "eu-west-1")
	rs.SetSchemaUrl("https://opentelemetry.io/schemas/1.37.0")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(scope)
	ss.Scope().SetVersion(version)
	b.spans = ss.Spans()
}

func (b *batch) span(name string, parent byte, kind ptrace.SpanKind) (ptrace.Span, byte) {
	b.n++
	s := b.spans.AppendEmpty()
	s.SetTraceID(b.trace)
	s.SetSpanID(id(b.n))
	if parent != 0 {
		s.SetParentSpanID(id(parent))
	}
	s.SetName(name)
	s.SetKind(kind)
	start := 1760608929125361201 + 1000003*uint64(b.n)
	s.SetStartTimestamp(pcommon.Timestamp(start))
	s.SetEndTimestamp(pcommon.Timestamp(start + 98765432))
	s.SetFlags(0x101)
	if kind == ptrace.SpanKindServer || kind == ptrace.SpanKindConsumer {
		s.SetFlags(0x301)
	}
	return s, b.n
}

func id(n byte) pcommon.SpanID { return pcommon.SpanID{0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, n} }

func (b *batch) server(name string, parent byte, method, path string, status int64) byte {
	s, n := b.span(name, parent, ptrace.SpanKindServer)
	m := s.Attributes()
	m.PutStr("http.request.method", method)
	m.PutStr("url.scheme", "https")
	m.PutStr("url.path", path)
	m.PutStr("server.address", "shop.example.com")
	m.PutInt("server.port", 443)
	m.PutStr("client.address", "198.51.100.7")
	m.PutStr("network.peer.address", "10.0.3.17")
	m.PutInt("network.peer.port", 41234)
	m.PutStr("network.protocol.version", "1.1")
	m.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")
	m.PutStr("http.route", name[len(method)+1:])
	m.PutInt("http.response.status_code", status)
	return n
}

func (b *batch) client(name string, parent byte, method, url, host string, port, status int64) byte {
	s, n := b.span(name, parent, ptrace.SpanKindClient)
	m := s.Attributes()
	m.PutStr("http.request.method", method)
	m.PutStr("url.full", url)
	m.PutStr("server.address", host)
	m.PutInt("server.port", port)
	m.PutStr("network.protocol.version", "1.1")
	m.PutInt("http.response.status_code", status)
	return n
}

func (b *batch) internal(name string, parent byte) byte {
	s, n := b.span(name, parent, ptrace.SpanKindInternal)
	s.Attributes().PutStr("code.function.name", "shop."+name)
	s.Attributes().PutInt("thread.id", 17)
	return n
}

func (b *batch) rpcClient(name string, parent byte, service, method, host string) byte {
	s, n := b.span(name, parent, ptrace.SpanKindClient)
	b.rpc(s, service, method)
	s.Attributes().PutStr("server.address", host)
	s.Attributes().PutInt("server.port", 50051)
	return n
}

func (b *batch) rpcServer(name string, parent byte, service, method string) byte {
	s, n := b.span(name, parent, ptrace.SpanKindServer)
	b.rpc(s, service, method)
	return n
}

func (b *batch) rpc(s ptrace.Span, service, method string) {
	m := s.Attributes()
	m.PutStr("rpc.system", "grpc")
	m.PutStr("rpc.service", service)
	m.PutStr("rpc.method", method)
	m.PutInt("rpc.grpc.status_code", 0)
	m.PutStr("network.peer.address", "10.0.3.18")
}

func (b *batch) redis(name string, parent byte) byte {
	s, n := b.span(name, parent, ptrace.SpanKindClient)
	m := s.Attributes()
	m.PutStr("db.system.name", "redis")
	m.PutStr("db.operation.name", name)
	m.PutStr("db.query.text", "GET cart:?")
	m.PutStr("server.address", "redis.shop.svc")
	m.PutInt("server.port", 6379)
	return n
}

func (b *batch) sql(name string, parent byte) byte {
	s, n := b.span(name, parent, ptrace.SpanKindClient)
	m := s.Attributes()
	m.PutStr("db.system.name", "postgresql")
	m.PutStr("db.namespace", "shop")
	m.PutStr("db.query.text", "SELECT id, sku, qty FROM items WHERE cart = ?")
	m.PutStr("db.query.summary", name)
	m.PutStr("server.address", "db.shop.svc")
	m.PutInt("server.port", 5432)
	return n
}

func (b *batch) dynamo(parent byte) byte {
	s, n := b.span("DynamoDB.PutItem", parent, ptrace.SpanKindClient)
	m := s.Attributes()
	m.PutStr("rpc.system", "aws-api")
	m.PutStr("rpc.service", "DynamoDB")
	m.PutStr("rpc.method", "PutItem")
	m.PutStr("db.system.name", "aws.dynamodb")
	m.PutStr("cloud.region", "eu-west-1")
	m.PutStr("aws.request_id", "QM3C0R2T3SG8U")
	m.PutEmptySlice("aws.dynamodb.table_names").AppendEmpty().SetStr("payments")
	m.PutInt("http.response.status_code", 200)
	return n
}

func (b *batch) producer(name string, parent byte, topic string) byte {
	s, n := b.span(name, parent, ptrace.SpanKindProducer)
	m := s.Attributes()
	m.PutStr("messaging.system", "kafka")
	m.PutStr("messaging.destination.name", topic)
	m.PutStr("messaging.operation.type", "send")
	m.PutStr("server.address", "kafka.shop.svc")
	return n
}

func (b *batch) consumer(name string, parent byte, topic string) byte {
	s, n := b.span(name, parent, ptrace.SpanKindConsumer)
	m := s.Attributes()
	m.PutStr("messaging.system", "kafka")
	m.PutStr("messaging.destination.name", topic)
	m.PutStr("messaging.operation.type", "process")
	m.PutStr("messaging.consumer.group.name", "orders")
	m.PutInt("messaging.kafka.offset", 1234567)
	return n
}

func BenchmarkEncode(b *testing.B) {
	td := typical()
	spans := td.SpanCount()
	e := otlp.NewEncoder(otlp.Options{})
	bytes := 0
	b.ReportAllocs()
	for b.Loop() {
		docs, refusals := e.Encode(td)
		if len(refusals) > 0 {
			b.Fatal(refusals)
		}
		bytes = 0
		for _, d := range docs {
			bytes += len(d.Raw)
		}
	}
	perSpan(b, spans, bytes)
}

func BenchmarkBuild(b *testing.B) {
	encoded := func(td ptrace.Traces) (docs [][]byte) {
		list, _ := otlp.NewEncoder(otlp.Options{}).Encode(td)
		for _, d := range list {
			docs = append(docs, d.Raw)
		}
		return docs
	}
	for _, bench := range []struct {
		name string
		docs [][]byte
	}{
		{"from=xray", xray()},
		{"from=otlp", encoded(typical())},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var segments []*segment.Segment
			spans, bytes := 0, 0
			for _, doc := range bench.docs {
				s, err := segment.Decode(doc)
				if err != nil {
					b.Fatal(err)
				}
				segments = append(segments, s)
				bytes += len(doc)
			}
			builder := otlp.NewBuilder(otlp.CurrentConventions)
			b.ReportAllocs()
			for b.Loop() {
				for _, s := range segments {
					builder.Add(s)
				}
				spans = builder.Len()
				builder.Take()
			}
			perSpan(b, spans, bytes)
		})
	}
}

// xray returns documents as X-Ray SDKs send them.
func xray() [][]byte {
	const head = `{"name":"shop-api","id":"5f1e0a9b0000000`
	docs := make([][]byte, 8)
	for i := range docs {
		docs[i] = []byte(head + string(rune('1'+i)) + `","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00",` +
			`"start_time":1760608929.123456,"end_time":1760608930.654321,"origin":"AWS::ECS::Container",` +
			`"http":{"request":{"method":"GET","url":"https://shop.example.com/carts/7","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","client_ip":"198.51.100.3"},"response":{"status":200,"content_length":411}},` +
			`"aws":{"account_id":"123456789012","ecs":{"container":"shop-api-1","cluster_arn":"arn:aws:ecs:eu-west-1:123456789012:cluster/shop"},"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}},` +
			`"service":{"version":"1.42.0","runtime":"go1.26","compiler":"gc"},` +
			`"annotations":{"customer":"c-11","cart_items":3,"cache_hit":false},` +
			`"metadata":{"default":{"flags":["a","b"],"plan":{"name":"pro","limit":100}}},` +
			`"subsegments":[` +
			`{"id":"6f1e0a9b00000001","name":"DynamoDB","start_time":1760608929.2,"end_time":1760608929.25,"namespace":"aws","aws":{"operation":"GetItem","table_name":"carts","region":"eu-west-1","request_id":"QM3C0000000000001"},"http":{"response":{"status":200,"content_length":813}}},` +
			`{"id":"7f1e0a9b00000001","name":"shop@db.internal","start_time":1760608929.26,"end_time":1760608929.27,"namespace":"remote","sql":{"url":"postgresql://db.internal:5432/shop","database_type":"PostgreSQL","user":"shop","sanitized_query":"SELECT id, sku, qty FROM items WHERE cart = ?"}},` +
			`{"id":"8f1e0a9b00000001","name":"prices.internal","start_time":1760608929.28,"end_time":1760608929.31,"namespace":"remote","http":{"request":{"method":"POST","url":"http://prices.internal/quote","traced":true},"response":{"status":200}}},` +
			`{"id":"9f1e0a9b00000001","name":"render","start_time":1760608929.31,"end_time":1760608929.312}]}`)
	}
	return docs
}

// perSpan reports what one span costs.
func perSpan(b *testing.B, spans, bytes int) {
	n := float64(b.N) * float64(spans)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/span")
	b.ReportMetric(float64(bytes)/float64(spans), "B-doc/span")
}
