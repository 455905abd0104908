package otlp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// TestComplaints holds what users of the community's components asked for, by the
// repository and the number of the issue. contrib is
// open-telemetry/opentelemetry-collector-contrib, aoc is
// aws-observability/aws-otel-collector.
func TestComplaints(t *testing.T) {
	web := span{service: "web", id: 1, one: one{name: "GET /", kind: server}}
	encodeOne := func(t *testing.T, opts otlp.Options, spans ...span) []*segment.Segment {
		t.Helper()
		td := system(t, spans...)
		docs := encode(t, otlp.NewEncoder(opts), td)
		sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
		return decode(t, docs)
	}
	metadataOf := func(t *testing.T, s *segment.Segment, ns string) map[string]any {
		t.Helper()
		m, _ := parse(t, s.Metadata)[ns].(map[string]any)
		return m
	}

	for _, name := range []string{"contrib#482 a root span is a segment", "contrib#1708 a trace is not of subsegments alone", "aoc#2323 a call without a parent is kept"} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []ptrace.SpanKind{internal, client, producer, server, consumer, ptrace.SpanKindUnspecified} {
				s := encodeOne(t, otlp.Options{}, span{service: "job", id: 1, one: one{name: "run", kind: kind}})
				if len(s) != 1 || s[0].Kind != segment.KindSegment || s[0].Name != "job" || !s[0].ParentID.IsZero() {
					t.Errorf("%v: %s", kind, documents(s))
				}
			}
		})
	}
	t.Run("contrib#807 attributes are metadata unless they are indexed", func(t *testing.T) {
		x := web
		x.attrs = attrs{}
		for i := range 60 {
			x.attrs["k"+strings.Repeat("x", i)] = i
		}
		s := encodeOne(t, otlp.Options{}, x)[0]
		if n := len(s.Annotations); n != 0 {
			t.Errorf("%d annotations", n)
		}
		if n := len(metadataOf(t, s, "default")); n != 61 { // and service.name
			t.Errorf("%d members of metadata", n)
		}
		if n := len(encodeOne(t, otlp.Options{IndexAllAttributes: true}, x)[0].Annotations); n != 61 {
			t.Errorf("%d annotations when all are indexed", n)
		}
	})
	for _, name := range []string{"contrib#1255 trace ids stay as they are", "contrib#26041 W3C ids are accepted", "contrib#48737 W3C ids are accepted", "aoc#261 W3C ids are accepted", "aoc#492 W3C ids are accepted"} {
		t.Run(name, func(t *testing.T) {
			for _, id := range []pcommon.TraceID{{0xff, 0xff, 0xff, 0xff, 15: 1}, {15: 1}, {1}} {
				td := web.traces(t)
				td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetTraceID(id)
				if s := decode(t, encode(t, otlp.NewEncoder(otlp.Options{}), td))[0]; s.TraceID != [16]byte(id) {
					t.Errorf("%s became %s", id, s.TraceID.W3C())
				}
			}
		})
	}
	t.Run("contrib#5266 nested values are kept", func(t *testing.T) {
		x := web
		x.attrs = attrs{"m": map[string]any{"a": map[string]any{"b": []any{1, "x"}}}}
		for _, all := range []bool{false, true} {
			s := encodeOne(t, otlp.Options{IndexAllAttributes: all}, x)[0]
			if diff := cmp.Diff(map[string]any{"a": map[string]any{"b": []any{1.0, "x"}}}, metadataOf(t, s, "default")["m"]); diff != "" {
				t.Errorf("all indexed: %t (-want +got):\n%s", all, diff)
			}
		}
	})
	t.Run("contrib#6808 a bad span does not spoil the others", func(t *testing.T) {
		td := system(t, web, work(2, 1, "a"), work(3, 1, "b"))
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).SetTraceID(pcommon.TraceID{})
		docs, refusals := otlp.NewEncoder(otlp.Options{}).Encode(td)
		if len(docs) != 1 || len(refusals) != 1 || len(docs[0].Spans) != 2 {
			t.Errorf("%d documents, refusals %v", len(docs), refusals)
		}
	})
	t.Run("contrib#7781 the message of the status is the cause", func(t *testing.T) {
		if got := causeOf(t, one{name: "n", kind: internal, failed: true, message: "boom"}); got != ": boom\n" {
			t.Errorf("cause %q", got)
		}
	})
	t.Run("contrib#8271 frames without label and path", func(t *testing.T) {
		survives(t, `"fault":true,"cause":{"exceptions":[{"id":"00000000000000e1","stack":[{},{"line":3},{"path":"p"},{"label":"l"}]},{"message":"no id"}]}`)
	})
	for _, name := range []string{"contrib#17550 annotations survive", "contrib#34182 annotations survive"} {
		t.Run(name, func(t *testing.T) {
			survives(t, `"annotations":{"b":1,"a":"x","http.method":"mine","aws.xray.annotations":true,"c":false}`)
		})
	}
	for _, name := range []string{
		"contrib#20267 producers and consumers are nodes", "contrib#24807 producers and consumers are nodes", "contrib#25177 producers and consumers are nodes",
		"contrib#40995 producers and consumers are nodes", "aoc#1773 producers and consumers are nodes", "contrib#43432 a consumer is called like its service",
	} {
		t.Run(name, func(t *testing.T) {
			td := system(t, web,
				span{id: 2, parent: 1, one: one{name: "publish", kind: producer, attrs: attrs{"messaging.system": "kafka", "messaging.destination.name": "orders", "aws.operation": "publish"}}},
				span{service: "mail", id: 3, parent: 2, one: one{name: "process", kind: consumer, attrs: attrs{"aws.operation": "process", "aws.remote.service": "kafka"}}})
			if got := graphOf(t, encode(t, otlp.NewEncoder(otlp.Options{}), td)); got != "mail/ ok=1\nweb/ ok=1\nweb/ → mail/ ok=1" {
				t.Errorf("%s", got)
			}
		})
	}
	for _, name := range []string{"contrib#36128 an sql.url that is no URL", "contrib#47361 an sql.url without a host", "aws/aws-xray-sdk-node#667 an sql.url without a scheme"} {
		t.Run(name, func(t *testing.T) {
			for _, url := range []string{"SELECT shop.items", "/shop", "db:3306/shop", "jdbc:postgresql://db:5432/shop?ssl=true", "host/?x", "//", "?"} {
				survives(t, `"sql":{"url":"`+url+`","database_type":"MySQL"}`)
			}
		})
	}
	t.Run("open-telemetry/opentelemetry-collector#14414 stacks of JavaScript", func(t *testing.T) {
		got := causeOf(t, thrown("nodejs", "E", "m", "E: m\n    at async f (a.js:1:2)\n    at Object.<anonymous> [as g] (b.js:3:4)\n    at file:///c.mjs:5:6\n    at <anonymous>\nf@d.js:7:8"))
		if want := "E: m\n  a.js|1|f\n  b.js|3|Object.<anonymous> [as g]\n  file:///c.mjs|5|\n  |0|<anonymous>\n  d.js|7|f\n"; got != want {
			t.Errorf("%s", got)
		}
	})
	for _, name := range []string{"aoc#666 events are kept", "aoc#821 events are kept"} {
		t.Run(name, func(t *testing.T) {
			x := web
			x.events = []event{{"cache miss", attrs{"key": "k"}}}
			list, _ := metadataOf(t, encodeOne(t, otlp.Options{}, x)[0], "otlp")["events"].([]any)
			want := []any{map[string]any{"name": "cache miss", "time": 1.5e9, "attributes": map[string]any{"key": "k"}}}
			if diff := cmp.Diff(want, list); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("aoc#960 the parent that is missing is named", func(t *testing.T) {
		s := encodeOne(t, otlp.Options{}, span{service: "cart", id: 2, parent: 7, one: one{name: "GET", kind: server}})
		if s[0].ParentID != [8]byte(id(7)) {
			t.Errorf("parent %s", s[0].ParentID)
		}
	})
	t.Run("openzipkin/zipkin-aws#88 shared ids are split", func(t *testing.T) {
		s := encodeOne(t, otlp.Options{}, web, call(2, 1, "cart"), span{service: "cart", id: 2, parent: 1, one: one{name: "get", kind: server}})
		if len(s) != 2 || s[1].ID == s[0].Subsegments[0].ID || s[1].ParentID != s[0].Subsegments[0].ID {
			t.Errorf("%s", documents(s))
		}
	})
	t.Run("aws/aws-app-mesh-roadmap#354 a call is not called like its caller", func(t *testing.T) {
		s := encodeOne(t, otlp.Options{}, web, span{id: 2, parent: 1, one: one{name: "web", kind: client, attrs: attrs{"server.address": "cart.svc"}}})
		if got := documents(s); got != "web[cart.svc:remote]" {
			t.Errorf("%s", got)
		}
	})
	t.Run("aws/aws-xray-sdk-python#18 keys of annotations are made good", func(t *testing.T) {
		x := web
		x.attrs = attrs{"in stock!": true}
		s := encodeOne(t, otlp.Options{IndexedAttributes: []string{"in stock!"}}, x)[0]
		if len(s.Annotations) != 1 || s.Annotations[0].Key != "in_stock_" {
			t.Errorf("annotations %v", s.Annotations)
		}
	})
}

// TestDefects holds what the community's receiver lost or got wrong.
func TestDefects(t *testing.T) {
	for _, tc := range []struct{ name, members string }{
		{"flags", `"fault":true,"error":false,"throttle":true`},
		{"origin", `"origin":"AWS::ECS::Fargate"`},
		{"origin that is not known", `"origin":"AWS::Made::Up"`},
		{"links", `"links":[{"trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","id":"00000000000000b1","attributes":{"a":1,"b":[true,null,{"$bytes":"x"}],"c":1.5}}]`},
		{"precursors", `"precursor_ids":["00000000000000b1","00000000000000b2"]`},
		{"service", `"service":{"version":"1","runtime":"go1.26","runtime_version":"x","compiler":"gc","name":"n","other":[1]}`},
		{"sampling rule", `"aws":{"xray":{"sdk":"X-Ray for Go","sdk_version":"1","sampling_rule_name":"Default"}}`},
		{"cause with directory and paths", `"cause":{"working_directory":"/srv","paths":["a","b"],"exceptions":[]}`},
		{"cause elsewhere", `"cause":"00000000000000e1"`},
		{"cause elsewhere as an object", `"cause":{"id":"00000000000000e1"}`},
		{"an empty cause", `"cause":{}`},
		{"members of aws", `"aws":{"operation":"o","resource_names":["x"],"bucket_name":"b","topic_arn":"t","function_name":"f","table_names":["a","b"],"made_up":{"x":[1,2.50,"y"]},"region":5,"retries":1.5}`},
		{"ecs", `"aws":{"account_id":"1","ecs":{"container":"c","container_id":"i","container_arn":"a","task_arn":"t","cluster_arn":"l","task_family":"f","availability_zone":"z","launch_type":"FARGATE","x":1}}`},
		{"ecs and ec2", `"aws":{"ecs":{"container":"c"},"ec2":{"instance_id":"i","availability_zone":"z"}}`},
		{"beanstalk", `"aws":{"elastic_beanstalk":{"environment_name":"e","version_label":"v","deployment_id":23}},"service":{"version":"w"}`},
		{"beanstalk without a version", `"aws":{"elastic_beanstalk":{"environment_name":"e","deployment_id":"x"}}`},
		{"log groups", `"aws":{"cloudwatch_logs":[{"log_group":"/a","arn":"arn:aws:logs:r:1:log-group:/a"},{"log_group":"/b"}]}`},
		{"sql", `"sql":{"connection_string":"c","url":"postgresql://h:1/d?x=1","sanitized_query":"q","database_type":"PostgreSQL","database_version":"16","driver_version":"2","user":"u","preparation":"call"}`},
		{"traced", `"traced":true,"http":{"request":{"method":"GET"}}`},
		{"http that is empty", `"http":{"request":{},"response":{}}`},
		{"a status of 399", `"http":{"response":{"status":399,"content_length":-1}}`},
		{"x_forwarded_for", `"http":{"request":{"client_ip":"1.2.3.4","x_forwarded_for":false}}`},
		{"in progress", `"in_progress":true,"end_time":null`},
		{"before 1970", `"start_time":-1.5,"end_time":-0.5`},
		{"nanoseconds", `"start_time":1760608929.125361201,"end_time":1760608929.125361202`},
		{"a namespace of its own", `"namespace":"local"`},
		{"another namespace", `"namespace":"made up"`},
		{"metadata called otlp", `"metadata":{"otlp":{"a":1},"default":{"http.method":"x"},"":{"b":null}}`},
		{"user and resource", `"user":"u","resource_arn":"arn:x"`},
	} {
		t.Run(tc.name, func(t *testing.T) { survives(t, tc.members) })
	}
	t.Run("exceptions without an id do not matter", func(t *testing.T) {
		survives(t, `"cause":{"exceptions":[{"message":"m","type":"T","remote":true,"truncated":3,"skipped":1,"cause":"00000000000000e1","stack":[{"path":"a (b)","line":1,"label":"f(x)"},{"path":"c\n","line":-2,"label":"g\th"}]}]}`)
	})
	t.Run("a subsegment on its own is not its service", func(t *testing.T) {
		s, err := segment.Decode([]byte(document(`"type":"subsegment","parent_id":"00000000000000a9"`)))
		if err != nil {
			t.Fatal(err)
		}
		td := build(otlp.NewBuilder(otlp.OldConventions), s)
		if v, ok := td.ResourceSpans().At(0).Resource().Attributes().Get("service.name"); ok {
			t.Errorf("service.name is %s", v.Str())
		}
	})
}

// document returns a document with more members, which replace those before.
func document(members string) string {
	return `{"name":"x","id":"00000000000000a1","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","start_time":1,"end_time":2,` + members + `}`
}

// survives takes segments and subsegments, calls and others, with the members
// through spans and back.
func survives(t *testing.T, members string) {
	t.Helper()
	in := `"name":"x","id":"00000000000000a2","start_time":1,"end_time":2,`
	if strings.Contains(members, "in_progress") {
		in = `"name":"x","id":"00000000000000a2","start_time":1,`
		members = `"in_progress":true`
	}
	docs := []string{
		`{` + strings.Replace(in, "a2", "a1", 1) + `"trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09",` + members + `}`,
		`{` + in + `"trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","type":"subsegment","parent_id":"00000000000000a9",` + members + `}`,
		document(`"subsegments":[{` + in + `"namespace":"remote",` + members + `}]`),
		document(`"subsegments":[{` + in + `"namespace":"aws",` + members + `}]`),
	}
	for _, doc := range docs {
		s, err := segment.Decode([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		for _, c := range []otlp.Conventions{otlp.CurrentConventions, otlp.OldConventions} {
			td := build(otlp.NewBuilder(c), s)
			got := encode(t, otlp.NewEncoder(otlp.Options{}), td)
			if len(got) != 1 {
				t.Fatalf("%s became %s", doc, got)
			}
			sameJSON(t, s.AppendDocument(nil), got[0])
		}
	}
}
