package otlp_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// TestSpansOfSegments checks kinds, names of attributes and what the resource says.
func TestSpansOfSegments(t *testing.T) {
	const doc = `{"name":"shop","id":"00000000000000a1","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","start_time":1,"end_time":2,"origin":"AWS::ECS::Fargate","user":"u",
		"http":{"request":{"method":"GET","url":"http://h/","user_agent":"ua","client_ip":"1.2.3.4"},"response":{"status":404,"content_length":7}},"error":true,
		"aws":{"account_id":"1","request_id":"q","ecs":{"container":"c"},"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}},"service":{"version":"v"},"annotations":{"n":3},
		"subsegments":[
			{"name":"DynamoDB","id":"00000000000000a2","start_time":1,"end_time":2,"namespace":"aws","aws":{"operation":"GetItem","region":"r","table_name":"t"}},
			{"name":"d@h","id":"00000000000000a3","start_time":1,"end_time":2,"namespace":"remote","sql":{"url":"postgresql://h/d","database_type":"PostgreSQL","sanitized_query":"q","user":"u"}},
			{"name":"work","id":"00000000000000a4","start_time":1,"in_progress":true,"metadata":{"debug":{"a":[1]}}}]}`
	s, err := segment.Decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	resource := map[string]any{
		"service.name": "shop", "service.version": "v", "cloud.provider": "aws", "cloud.platform": "aws_ecs", "cloud.account.id": "1", "container.name": "c",
		"telemetry.sdk.name": "X-Ray for Go", "telemetry.sdk.version": "1.8.5", "telemetry.sdk.language": "go", "aws.xray.origin": "AWS::ECS::Fargate",
	}
	for _, tc := range []struct {
		name        string
		conventions otlp.Conventions
		want        []map[string]any
	}{
		{"current", otlp.CurrentConventions, []map[string]any{
			{
				"http.request.method": "GET", "url.full": "http://h/", "user_agent.original": "ua", "client.address": "1.2.3.4", "http.response.status_code": int64(404), "http.response.body.size": int64(7),
				"aws.xray.error": true, "enduser.id": "u", "aws.request_id": "q", "aws.xray.annotations": []any{"n"}, "n": 3.0,
			},
			{"rpc.system": "aws-api", "rpc.service": "DynamoDB", "rpc.method": "GetItem", "cloud.region": "r", "aws.table_name": "t"},
			{"db.connection_string": "postgresql://h", "db.namespace": "d", "db.system.name": "PostgreSQL", "db.query.text": "q", "db.user": "u"},
			{"aws.xray.inprogress": true, "aws.xray.metadata.debug": `{"a":[1]}`},
		}},
		{"old", otlp.OldConventions, []map[string]any{
			{
				"http.method": "GET", "http.url": "http://h/", "http.user_agent": "ua", "http.client_ip": "1.2.3.4", "http.status_code": int64(404), "http.response_content_length": int64(7),
				"aws.xray.error": true, "enduser.id": "u", "aws.request_id": "q", "aws.xray.annotations": []any{"n"}, "n": 3.0,
			},
			{"aws.service": "DynamoDB", "aws.operation": "GetItem", "aws.region": "r", "aws.table_name": "t"},
			{"db.connection_string": "postgresql://h", "db.name": "d", "db.system": "PostgreSQL", "db.statement": "q", "db.user": "u"},
			{"aws.xray.inprogress": true, "aws.xray.metadata.debug": `{"a":[1]}`},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			td := build(otlp.NewBuilder(tc.conventions), s)
			if n := td.ResourceSpans().Len(); n != 1 {
				t.Fatalf("%d resources", n)
			}
			rs := td.ResourceSpans().At(0)
			if diff := cmp.Diff(resource, rs.Resource().Attributes().AsRaw()); diff != "" {
				t.Errorf("resource (-want +got):\n%s", diff)
			}
			if got := rs.ScopeSpans().At(0).Scope().Name(); got != otlp.ScopeName {
				t.Errorf("scope %q", got)
			}
			kinds := []ptrace.SpanKind{server, client, client, internal}
			for i, span := range rs.ScopeSpans().At(0).Spans().All() {
				if span.Kind() != kinds[i] {
					t.Errorf("span %d is of kind %v", i, span.Kind())
				}
				if failed := span.Status().Code() == ptrace.StatusCodeError; failed != (i == 0) {
					t.Errorf("span %d failed: %t", i, failed)
				}
				if diff := cmp.Diff(tc.want[i], span.Attributes().AsRaw()); diff != "" {
					t.Errorf("span %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// TestGrouping checks that the segments of a process share a resource.
func TestGrouping(t *testing.T) {
	b := otlp.NewBuilder(otlp.CurrentConventions)
	for range 3 {
		for _, doc := range xray() {
			b.Add(decode(t, [][]byte{doc})[0])
		}
		if n := b.Len(); n != 40 {
			t.Errorf("%d spans", n)
		}
		td := b.Take()
		if n := td.ResourceSpans().Len(); n != 1 || td.ResourceSpans().At(0).ScopeSpans().Len() != 1 || td.SpanCount() != 40 {
			t.Errorf("%d resources, %d spans", n, td.SpanCount())
		}
	}
}

// TestProcessedSegments checks that what a processor does to the spans of a segment
// is in the segment that comes out, and that nothing of it is lost.
func TestProcessedSegments(t *testing.T) {
	const doc = `{"name":"shop","id":"00000000000000a1","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","start_time":1,"end_time":2,
		"http":{"request":{"method":"GET","url":"http://h/?secret"}},"aws":{"account_id":"1","ec2":{"instance_id":"i"},"made_up":1},"annotations":{"n":3,"m":4},
		"metadata":{"default":{"a":1,"b":2},"debug":{"a":1}}}`
	for _, tc := range []struct {
		name    string
		process func(rs ptrace.ResourceSpans, s ptrace.Span)
		want    string // members that change; null takes one away
	}{
		{"changes a URL", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().PutStr("url.full", "http://h/") }, `{"http":{"request":{"method":"GET","url":"http://h/"}}}`},
		{"deletes it", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().Remove("url.full") }, `{"http":{"request":{"method":"GET"}}}`},
		{"renames", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.SetName("other") }, `{"name":"other"}`},
		{"changes the instance", func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.Resource().Attributes().PutStr("host.id", "j") }, `{"aws":{"account_id":"1","ec2":{"instance_id":"j"},"made_up":1}}`},
		{"adds a cluster", func(rs ptrace.ResourceSpans, _ ptrace.Span) {
			rs.Resource().Attributes().PutStr("k8s.cluster.name", "c")
		}, `{"aws":{"account_id":"1","ec2":{"instance_id":"i"},"eks":{"cluster_name":"c"},"made_up":1}}`},
		{"deletes an annotation", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().Remove("n") }, `{"annotations":{"m":4}}`},
		{"adds an attribute", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().PutStr("team", "x") }, `{"metadata":{"default":{"team":"x","a":1,"b":2},"debug":{"a":1}}}`},
		{"adds one in the place of another", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Attributes().PutInt("a", 7) }, `{"metadata":{"default":{"a":7,"b":2},"debug":{"a":1}}}`},
		{"adds to the resource", func(rs ptrace.ResourceSpans, _ ptrace.Span) { rs.Resource().Attributes().PutStr("team", "x") }, `{"metadata":{"default":{"otel.resource.team":"x","a":1,"b":2},"debug":{"a":1}}}`},
		{"adds an event", func(_ ptrace.ResourceSpans, s ptrace.Span) {
			ev := s.Events().AppendEmpty()
			ev.SetName("seen")
			ev.SetTimestamp(5)
		}, `{"metadata":{"default":{"a":1,"b":2},"debug":{"a":1},"otlp":{"version":1,"native":true,"events":[{"name":"seen","time":5}]}}}`},
		{"sets a status", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.Status().SetCode(ptrace.StatusCodeOk) }, `{"metadata":{"default":{"a":1,"b":2},"debug":{"a":1},"otlp":{"version":1,"native":true,"message":"","status":"ok"}}}`},
		{"sets the trace state", func(_ ptrace.ResourceSpans, s ptrace.Span) { s.TraceState().FromRaw("a=b"); s.SetFlags(1) }, `{"metadata":{"default":{"a":1,"b":2},"debug":{"a":1},"otlp":{"version":1,"native":true,"trace_state":"a=b","flags":1}}}`},
		{"links", func(_ ptrace.ResourceSpans, s ptrace.Span) {
			l := s.Links().AppendEmpty()
			l.SetTraceID(pcommon.TraceID{1})
			l.SetSpanID(id(1))
		}, `{"links":[{"trace_id":"1-01000000-000000000000000000000000","id":"eee19b7ec3c1b101"}]}`},
		{"fails it", func(_ ptrace.ResourceSpans, s ptrace.Span) {
			s.Attributes().PutBool("aws.xray.fault", true)
			s.Status().SetCode(ptrace.StatusCodeError)
		}, `{"fault":true}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := decode(t, [][]byte{[]byte(doc)})[0]
			td := build(otlp.NewBuilder(otlp.CurrentConventions), s)
			rs := td.ResourceSpans().At(0)
			tc.process(rs, rs.ScopeSpans().At(0).Spans().At(0))
			docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
			want := parse(t, s.AppendDocument(nil))
			maps.Copy(want, parse(t, []byte(tc.want)))
			if diff := cmp.Diff(want, parse(t, docs[0])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			again := build(otlp.NewBuilder(otlp.CurrentConventions), decode(t, docs)...)
			sameJSON(t, docs[0], encode(t, otlp.NewEncoder(otlp.Options{}), again)[0])
		})
	}
}

// TestIndexedAttributesOfSegments checks that the options hold for them too.
func TestIndexedAttributesOfSegments(t *testing.T) {
	s := decode(t, [][]byte{[]byte(document(`"annotations":{"n":3}`))})[0]
	td := build(otlp.NewBuilder(otlp.CurrentConventions), s)
	rs := td.ResourceSpans().At(0)
	rs.Resource().Attributes().PutStr("team", "r")
	rs.ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("team", "x")
	docs := encode(t, otlp.NewEncoder(otlp.Options{IndexedAttributes: []string{"team", "otel.resource.team"}}), td)
	want := map[string]any{"n": 3.0, "team": "x", "otel.resource.team": "r"}
	if diff := cmp.Diff(want, parse(t, docs[0])["annotations"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOldSpans takes what the community's receiver makes of a segment, which has no
// scope of ours.
func TestOldSpans(t *testing.T) {
	td := system(t, span{service: "shop", id: 1, one: one{name: "shop", kind: server, failed: true, attrs: attrs{
		"aws.xray.inprogress": true, "aws.xray.annotations": []any{"n"}, "n": 3.0, "aws.xray.fault": true, "aws.xray.metadata.debug": `{"a": [1]}`, "aws.xray.metadata.default": `{"b":2}`,
		"aws.xray.metadata.broken": `{`, "aws.xray.x_forwarded_for": true, "http.client_ip": "1.2.3.4", "other": "o",
	}, events: []event{{"exception", attrs{"exception.type": "E", "exception.message": "m", "exception.stacktrace": "E: m\n\tat f(a.go: 3)\n", "aws.xray.exception.id": "00000000000000e1", "aws.xray.exception.skipped": 2}}}}})
	docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
	got := parse(t, docs[0])
	sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
	metadata, _ := got["metadata"].(map[string]any)
	delete(metadata, "otlp")
	want := parse(t, []byte(`{"id":"eee19b7ec3c1b101","trace_id":"1-01000000-000000000000000000000001","name":"shop","start_time":1,"in_progress":true,"fault":true,
		"http":{"request":{"client_ip":"1.2.3.4","x_forwarded_for":true}},"annotations":{"n":3},
		"cause":{"exceptions":[{"id":"00000000000000e1","type":"E","message":"m","skipped":2,"stack":[{"path":"a.go","line":3,"label":"f"}]}]},
		"metadata":{"default":{"otel.resource.service.name":"shop","aws.xray.metadata.broken":"{","other":"o","b":2},"debug":{"a":[1]}}}`))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
