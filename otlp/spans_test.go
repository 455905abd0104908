package otlp_test

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
)

// keyNames are keys that mean something here, and some that do not.
var keyNames = []string{
	"http.request.method", "http.method", "http.response.status_code", "http.status_code", "url.full", "http.url", "url.scheme", "url.path", "url.query",
	"http.host", "http.target", "server.address", "server.port", "client.address", "network.peer.address", "net.peer.name", "net.peer.ip",
	"user_agent.original", "db.system", "db.system.name", "db.name", "db.namespace", "db.statement", "db.query.text", "db.user", "db.connection_string",
	"db.collection.name", "rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "rpc.response.status_code", "messaging.system",
	"messaging.destination.name", "aws.service", "aws.operation", "aws.region", "aws.table_name", "aws.dynamodb.table_names", "aws.s3.bucket",
	"aws.sqs.queue.url", "aws.sns.topic.arn", "aws.lambda.invoked_arn", "aws.request_id", "aws.remote.service", "aws.local.service", "aws.span.kind",
	"peer.service", "enduser.id", "user.id", "error.type", "faas.invoked_name", "http.response.body.size",
	"aws.xray.inprogress", "aws.xray.annotations", "aws.xray.error", "aws.xray.fault", "aws.xray.throttle", "aws.xray.traced",
	"aws.xray.metadata.default", "aws.xray.metadata.x", "aws.xray.metadata.otlp", "aws.xray.annotation.x", "aws.xray.namespace", "aws.xray.aws",
	"otel.resource.x", "otel.resource.service.name", "default", "otlp", "version", "plain", "a.b", "é", "", "$bytes", "x\"y", "new\nline",
}

var textValues = []string{
	"", "x", "GET", "postgresql", "redis", "mysql", "aws-api", "S3", "DynamoDB", "kafka", "LOCAL_ROOT", "1.2.3.4", "https://u:p@h.example:8443/p?q=1#f",
	"jdbc:mysql://db:3306/shop", "404", "{}", `{"a":1}`, `{"a":{"b":[null,1.5,"x"]},"otel.resource.x":1}`, `{"version":1}`, "UNAVAILABLE",
	"arn:aws:lambda:eu-west-1:123456789012:function:resize", "/path", "é€😀", "\x00\x1f\"\\", "<html>&amp;", "\u2028",
}

func drawText(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		return rapid.SampledFrom(textValues).Draw(t, "text")
	}
	return rapid.String().Draw(t, "string")
}

func drawKey(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "known key") > 0 {
		return rapid.SampledFrom(keyNames).Draw(t, "key")
	}
	return rapid.String().Draw(t, "any key")
}

func drawValue(t *rapid.T, to pcommon.Value, depth int) {
	kinds := 7
	if depth <= 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds).Draw(t, "type") {
	case 0, 1:
		to.SetStr(drawText(t))
	case 2:
		to.SetInt(rapid.SampledFrom([]int64{0, 1, -1, 200, 404, 429, 503, math.MaxInt64, math.MinInt64}).Draw(t, "int"))
	case 3:
		to.SetDouble(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 1.5, 1e300, -1e-300, 1e15, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN()}).Draw(t, "double"))
	case 4:
		to.SetBool(rapid.Bool().Draw(t, "bool"))
	case 5:
		if rapid.Bool().Draw(t, "bytes") {
			to.SetEmptyBytes().FromRaw(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "raw"))
		}
	case 6:
		m := to.SetEmptyMap()
		for _, k := range rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"$bytes", "$map", "$double", "$empty", "x", ""}), rapid.String()), 0, 3, rapid.ID[string]).Draw(t, "members") {
			drawValue(t, m.PutEmpty(k), depth-1)
		}
	case 7:
		s := to.SetEmptySlice()
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			drawValue(t, s.AppendEmpty(), depth-1)
		}
	}
}

func drawMap(t *rapid.T, to pcommon.Map, most int) {
	for range rapid.IntRange(0, most).Draw(t, "attributes") {
		drawValue(t, to.PutEmpty(drawKey(t)), 2)
	}
}

func drawCount(t *rapid.T) uint32 {
	return rapid.SampledFrom([]uint32{0, 0, 0, 1, math.MaxUint32}).Draw(t, "count")
}

func drawTime(t *rapid.T) pcommon.Timestamp {
	return pcommon.Timestamp(rapid.SampledFrom([]uint64{0, 1, 1760608929125361201, 1760608930000000000, 1 << 62, 1<<62 + 1, 1 << 63, math.MaxUint64}).Draw(t, "time"))
}

func drawID(t *rapid.T, most int) (id [8]byte) {
	id[7] = byte(rapid.IntRange(0, most).Draw(t, "id"))
	return id
}

var languages = []string{"java", "python", "nodejs", "dotnet", "go", "ruby", "php", "rust", ""}

// drawTraces draws up to some spans: their ids are few, so that parents are found
// often, and repeated if repeat says so.
func drawTraces(t *rapid.T, repeat bool) ptrace.Traces {
	td := ptrace.NewTraces()
	used := map[[9]byte]bool{}
	for range rapid.IntRange(1, 3).Draw(t, "resources") {
		rs := td.ResourceSpans().AppendEmpty()
		drawMap(t, rs.Resource().Attributes(), 2)
		if rapid.Bool().Draw(t, "named") {
			rs.Resource().Attributes().PutStr("service.name", rapid.SampledFrom([]string{"shop", "cart", "é!x"}).Draw(t, "service"))
			rs.Resource().Attributes().PutStr("telemetry.sdk.language", rapid.SampledFrom(languages).Draw(t, "language"))
		}
		rs.Resource().SetDroppedAttributesCount(drawCount(t))
		rs.SetSchemaUrl(rapid.SampledFrom([]string{"", "", "https://x/1"}).Draw(t, "schema"))
		for range rapid.IntRange(1, 2).Draw(t, "scopes") {
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(rapid.SampledFrom([]string{"", "lib", "lib2"}).Draw(t, "scope"))
			ss.Scope().SetVersion(rapid.SampledFrom([]string{"", "1"}).Draw(t, "version"))
			drawMap(t, ss.Scope().Attributes(), 1)
			ss.Scope().SetDroppedAttributesCount(drawCount(t))
			ss.SetSchemaUrl(rapid.SampledFrom([]string{"", "https://y/1"}).Draw(t, "schema"))
			for range rapid.IntRange(1, 4).Draw(t, "spans") {
				trace, id := byte(rapid.IntRange(1, 2).Draw(t, "trace")), drawID(t, 12)
				key := [9]byte{trace, id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7]}
				if id == ([8]byte{}) || used[key] && !repeat {
					continue
				}
				used[key] = true
				drawSpan(t, ss.Spans().AppendEmpty(), trace, id)
			}
		}
	}
	return td
}

func drawSpan(t *rapid.T, s ptrace.Span, trace byte, id [8]byte) {
	s.SetTraceID(pcommon.TraceID{15: trace})
	s.SetSpanID(id)
	s.SetParentSpanID(drawID(t, 12))
	s.SetName(drawText(t))
	s.SetKind(ptrace.SpanKind(rapid.SampledFrom([]int32{0, 1, 2, 3, 4, 5, 77, -3}).Draw(t, "kind")))
	s.SetStartTimestamp(drawTime(t))
	s.SetEndTimestamp(drawTime(t))
	drawMap(t, s.Attributes(), 6)
	s.SetFlags(rapid.SampledFrom([]uint32{0, 1, 0x101, 0x301, math.MaxUint32}).Draw(t, "flags"))
	s.TraceState().FromRaw(rapid.SampledFrom([]string{"", "a=b", "x=\"y"}).Draw(t, "state"))
	s.SetDroppedAttributesCount(drawCount(t))
	s.SetDroppedEventsCount(drawCount(t))
	s.SetDroppedLinksCount(drawCount(t))
	s.Status().SetCode(ptrace.StatusCode(rapid.SampledFrom([]int32{0, 0, 1, 2, 2, 9}).Draw(t, "status")))
	s.Status().SetMessage(rapid.SampledFrom([]string{"", "boom", "é\n"}).Draw(t, "message"))
	for range rapid.IntRange(0, 2).Draw(t, "events") {
		ev := s.Events().AppendEmpty()
		ev.SetName(rapid.SampledFrom([]string{"exception", "exception", "log", "HTTP request failure", ""}).Draw(t, "event"))
		ev.SetTimestamp(drawTime(t))
		drawMap(t, ev.Attributes(), 2)
		if ev.Name() == "exception" {
			ev.Attributes().PutStr("exception.type", drawText(t))
			ev.Attributes().PutStr("exception.stacktrace", rapid.SampledFrom(stacks).Draw(t, "stack"))
		}
		ev.SetDroppedAttributesCount(drawCount(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		l := s.Links().AppendEmpty()
		l.SetTraceID(pcommon.TraceID{15: byte(rapid.IntRange(0, 2).Draw(t, "linked trace"))})
		l.SetSpanID(drawID(t, 2))
		l.SetFlags(drawCount(t))
		l.TraceState().FromRaw(rapid.SampledFrom([]string{"", "a=b"}).Draw(t, "state"))
		drawMap(t, l.Attributes(), 2)
		l.SetDroppedAttributesCount(drawCount(t))
	}
}

// stacks are stack traces in the manner of several languages.
var stacks = []string{
	"",
	"java.lang.IllegalStateException: state\n\tat a.B.c(B.java:63)\n\tat a.D.e(Native Method)\nCaused by: x.Y: z\n\tat p.Q.r(Q.java:1)\n\t... 27 more\n",
	"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: x\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in <module>\nTypeError: y",
	"TypeError: x\n    at f (/a/b.js:6:11)\n    at /a/c.js:1:2\n    at async g (d.js:3:4) {\n  [cause]: Error: inner\n      at h (e.js:5:6)\n}",
	"System.Exception: x ---> System.Y: z\n   at A.B() in /a/b.cs:line 42\n   --- End of inner exception stack trace ---\n   at A.C()",
	"goroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:12 +0x20\ncreated by main.g in goroutine 1\n\t/a/c.go:3 +0x1",
	"a.rb:10:in `run': x (RuntimeError)\n\tfrom b.rb:2:in `<main>'",
	"at at at\n(((\n\tat (\n: : :1:1\nFile \"", "Caused by: \n[cause]: \n---> \n",
}

// optionsFrom draws options of an Encoder.
func drawOptions(t *rapid.T) otlp.Options {
	return otlp.Options{
		IndexedAttributes:  rapid.SampledFrom([][]string{nil, {"plain", "db.name", "otel.resource.service.name", "é"}}).Draw(t, "indexed"),
		IndexAllAttributes: rapid.IntRange(0, 3).Draw(t, "index all") == 0,
		LogGroups:          rapid.SampledFrom([][]string{nil, {"/a"}}).Draw(t, "groups"),
		MaxDocumentBytes:   rapid.SampledFrom([]int{0, 1, 700, 2000}).Draw(t, "bytes"),
	}
}

// copyTraces returns a copy of td.
func copyTraces(td ptrace.Traces) ptrace.Traces {
	c := ptrace.NewTraces()
	td.CopyTo(c)
	return c
}
