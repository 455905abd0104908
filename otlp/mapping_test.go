package otlp_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/otlp"
)

// attrs are attributes as pcommon.Map.FromRaw takes them.
type attrs = map[string]any

// one is a span as tests write it down. Its parent is another process's unless root
// says that there is none.
type one struct {
	name     string
	kind     ptrace.SpanKind
	root     bool
	attrs    attrs
	resource attrs
	failed   bool
	message  string
	events   []event
}

type event struct {
	name  string
	attrs attrs
}

const (
	server   = ptrace.SpanKindServer
	client   = ptrace.SpanKindClient
	producer = ptrace.SpanKindProducer
	consumer = ptrace.SpanKindConsumer
	internal = ptrace.SpanKindInternal
)

// traces returns a batch with the span alone.
func (o one) traces(t failer) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	fill(t, rs.Resource().Attributes(), o.resource)
	s.SetTraceID(pcommon.TraceID{1, 15: 1})
	s.SetSpanID(id(1))
	if !o.root {
		s.SetParentSpanID(id(9))
	}
	s.SetName(o.name)
	s.SetKind(o.kind)
	s.SetStartTimestamp(1e9)
	s.SetEndTimestamp(2e9)
	fill(t, s.Attributes(), o.attrs)
	if o.failed {
		s.Status().SetCode(ptrace.StatusCodeError)
		s.Status().SetMessage(o.message)
	}
	for _, ev := range o.events {
		to := s.Events().AppendEmpty()
		to.SetName(ev.name)
		to.SetTimestamp(1500000000)
		fill(t, to.Attributes(), ev.attrs)
	}
	return td
}

func fill(t failer, to pcommon.Map, from attrs) {
	t.Helper()
	if err := to.FromRaw(from); err != nil {
		t.Fatalf("%v: %v", from, err)
	}
}

// native returns the one document of td without what every document has and
// without metadata.
func native(t *testing.T, opts otlp.Options, td ptrace.Traces) map[string]any {
	t.Helper()
	docs := encode(t, otlp.NewEncoder(opts), td)
	if len(docs) != 1 {
		t.Fatalf("%d documents, want one: %s", len(docs), docs)
	}
	sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
	v := parse(t, docs[0])
	for _, k := range []string{"id", "trace_id", "parent_id", "start_time", "end_time", "metadata"} {
		delete(v, k)
	}
	return v
}

// TestMapping holds every part of the mapping, by the parts of a document.
func TestMapping(t *testing.T) {
	aws := func(more attrs) attrs {
		m := attrs{"rpc.system": "aws-api"}
		maps.Copy(m, more)
		return m
	}
	for _, tc := range []struct {
		name string
		span one
		opts otlp.Options
		want string
	}{
		// Names and namespaces.
		{"a server is its service", one{name: "GET /x", kind: server, resource: attrs{"service.name": "shop"}}, otlp.Options{}, `{"name":"shop"}`},
		{"a consumer is its service", one{name: "orders process", kind: consumer, resource: attrs{"service.name": "shop"}}, otlp.Options{}, `{"name":"shop"}`},
		{"a root is its service", one{name: "job", kind: internal, root: true, resource: attrs{"service.name": "shop"}}, otlp.Options{}, `{"name":"shop"}`},
		{"the local service comes first", one{name: "x", kind: server, attrs: attrs{"aws.local.service": "a"}, resource: attrs{"service.name": "b"}}, otlp.Options{}, `{"name":"a"}`},
		{"local work is called what it is", one{name: "render", kind: internal, attrs: attrs{"server.address": "h"}}, otlp.Options{}, `{"name":"render","type":"subsegment"}`},
		{"a name without good characters", one{name: "!!", kind: internal}, otlp.Options{}, `{"name":"span","type":"subsegment"}`},
		{"a name with some", one{name: "a!<b>\n€ é", kind: internal}, otlp.Options{}, `{"name":"ab é","type":"subsegment"}`},
		{"a call by the peer's service", one{kind: client, attrs: attrs{"peer.service": "p", "server.address": "h"}}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment"}`},
		{"a call by the remote service", one{kind: client, attrs: attrs{"aws.remote.service": "r", "peer.service": "p"}}, otlp.Options{}, `{"name":"r","namespace":"remote","type":"subsegment"}`},
		{"a call by the address, current", one{kind: client, attrs: attrs{"server.address": "h"}}, otlp.Options{}, `{"name":"h","namespace":"remote","type":"subsegment"}`},
		{"a call by the address, old", one{kind: client, attrs: attrs{"net.peer.name": "h"}}, otlp.Options{}, `{"name":"h","namespace":"remote","type":"subsegment"}`},
		{"a call by the network", one{kind: client, attrs: attrs{"network.peer.address": "10.1.2.3"}}, otlp.Options{}, `{"name":"10.1.2.3","namespace":"remote","type":"subsegment"}`},
		{"a call by its URL", one{kind: client, attrs: attrs{"url.full": "https://u:p@h:8443/x"}}, otlp.Options{}, `{"name":"h","namespace":"remote","type":"subsegment","http":{"request":{"url":"https://u:p@h:8443/x"}}}`},
		{"a call by RPC", one{kind: client, attrs: attrs{"rpc.system": "grpc", "rpc.service": "a.B", "server.address": "h"}}, otlp.Options{}, `{"name":"a.B","namespace":"remote","type":"subsegment"}`},
		{"a call by RPC, the method says it all", one{kind: client, attrs: attrs{"rpc.system.name": "grpc", "rpc.method": "a.B/C", "server.address": "h"}}, otlp.Options{}, `{"name":"a.B","namespace":"remote","type":"subsegment"}`},
		{"a name of the wrong type", one{name: "n", kind: client, attrs: attrs{"peer.service": 5, "server.address": true}}, otlp.Options{}, `{"name":"n","namespace":"remote","type":"subsegment"}`},

		// HTTP.
		{"http, current", one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{
			"http.request.method": "GET", "url.scheme": "https", "server.address": "h", "server.port": 8443, "url.path": "/p", "url.query": "a=1",
			"user_agent.original": "ua", "client.address": "1.2.3.4", "network.peer.address": "1.2.3.4", "http.response.status_code": 200, "http.response.body.size": 7,
		}}, otlp.Options{}, `{"name":"s","http":{"request":{"method":"GET","url":"https://h:8443/p?a=1","user_agent":"ua","client_ip":"1.2.3.4"},"response":{"status":200,"content_length":7}}}`},
		{"http, old", one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{
			"http.method": "GET", "http.scheme": "http", "http.host": "h", "net.host.port": 80, "http.target": "/p?a=1", "http.user_agent": "ua", "http.client_ip": "1.2.3.4", "http.status_code": 200,
		}}, otlp.Options{}, `{"name":"s","http":{"request":{"method":"GET","url":"http://h/p?a=1","user_agent":"ua","client_ip":"1.2.3.4","x_forwarded_for":true},"response":{"status":200}}}`},
		{
			"http of a client goes to the server's address",
			one{kind: client, attrs: attrs{"http.request.method": "GET", "server.address": "h", "server.port": 443, "url.scheme": "https", "url.path": "/p"}},
			otlp.Options{},
			`{"name":"h","namespace":"remote","type":"subsegment","http":{"request":{"method":"GET","url":"https://h/p"}}}`,
		},
		{
			"http to an IPv6 address",
			one{kind: client, attrs: attrs{"http.request.method": "GET", "server.address": "::1", "server.port": 8080}},
			otlp.Options{},
			`{"name":"::1","namespace":"remote","type":"subsegment","http":{"request":{"method":"GET","url":"http://[::1]:8080/"}}}`,
		},
		{
			"http with a method of its own",
			one{kind: client, attrs: attrs{"http.request.method": "_OTHER", "http.request.method_original": "PURGE", "peer.service": "p"}},
			otlp.Options{},
			`{"name":"p","namespace":"remote","type":"subsegment","http":{"request":{"method":"PURGE"}}}`,
		},
		{
			"http with a status that is text",
			one{kind: client, attrs: attrs{"http.status_code": "404", "peer.service": "p"}},
			otlp.Options{},
			`{"name":"p","namespace":"remote","type":"subsegment","error":true,"http":{"response":{"status":404}}}`,
		},
		{
			"http with a client that is no address",
			one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{"http.request.method": "GET", "client.address": "unknown"}},
			otlp.Options{},
			`{"name":"s","http":{"request":{"method":"GET"}}}`,
		},
		{
			"http with attributes of wrong types",
			one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{"http.method": 1, "http.url": []any{"x"}, "http.status_code": "many", "http.user_agent": "ua"}},
			otlp.Options{},
			`{"name":"s","http":{"request":{"user_agent":"ua"}}}`,
		},

		// Outcomes.
		{"429 is a throttle", one{kind: client, attrs: attrs{"http.response.status_code": 429, "peer.service": "p"}}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","error":true,"throttle":true,"http":{"response":{"status":429}}}`},
		{"503 is a fault", one{kind: client, attrs: attrs{"http.response.status_code": 503, "peer.service": "p"}}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","fault":true,"http":{"response":{"status":503}}}`},
		{"200 that failed is a fault", one{kind: client, attrs: attrs{"http.response.status_code": 200, "peer.service": "p"}, failed: true}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","fault":true,"http":{"response":{"status":200}}}`},
		{"gRPC NOT_FOUND is an error", one{kind: client, attrs: attrs{"rpc.grpc.status_code": 5, "peer.service": "p"}, failed: true}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","error":true}`},
		{"gRPC RESOURCE_EXHAUSTED is a throttle", one{kind: client, attrs: attrs{"rpc.grpc.status_code": 8, "peer.service": "p"}, failed: true}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","error":true,"throttle":true}`},
		{"gRPC UNAVAILABLE is a fault", one{kind: client, attrs: attrs{"rpc.response.status_code": "UNAVAILABLE", "peer.service": "p"}, failed: true}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","fault":true}`},
		{"gRPC OK is ok", one{kind: client, attrs: attrs{"rpc.grpc.status_code": 0, "peer.service": "p"}}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment"}`},
		{"gRPC with a code that there is not", one{kind: client, attrs: attrs{"rpc.grpc.status_code": 99, "peer.service": "p"}, failed: true}, otlp.Options{}, `{"name":"p","namespace":"remote","type":"subsegment","fault":true}`},
		{
			"AWS asks for patience",
			one{kind: client, attrs: aws(attrs{"rpc.service": "S3", "error.type": "SlowDown", "http.response.status_code": 400}), failed: true},
			otlp.Options{},
			`{"name":"S3","namespace":"aws","type":"subsegment","error":true,"throttle":true,"http":{"response":{"status":400}},"cause":{"exceptions":[{"id":"","type":"SlowDown","remote":true}]}}`,
		},

		// Databases.
		{
			"sql, current",
			one{kind: client, attrs: attrs{"db.system.name": "postgresql", "db.namespace": "shop", "db.query.text": "SELECT 1", "server.address": "db", "server.port": 5432}},
			otlp.Options{},
			`{"name":"shop@db","namespace":"remote","type":"subsegment","sql":{"url":"postgresql://db:5432/shop","database_type":"postgresql","sanitized_query":"SELECT 1"}}`,
		},
		{
			"sql, old",
			one{kind: client, attrs: attrs{"db.system": "mysql", "db.name": "shop", "db.statement": "SELECT 1", "db.user": "u", "db.connection_string": "jdbc:mysql://db:3306"}},
			otlp.Options{},
			`{"name":"shop@db","namespace":"remote","type":"subsegment","sql":{"url":"jdbc:mysql://db:3306/shop","database_type":"mysql","sanitized_query":"SELECT 1","user":"u"}}`,
		},
		{"redis", one{name: "GET", kind: client, attrs: attrs{"db.system.name": "redis", "db.namespace": "0", "db.query.text": "GET k", "server.address": "cache"}}, otlp.Options{}, `{"name":"cache","namespace":"remote","type":"subsegment"}`},
		{"mongodb", one{name: "find", kind: client, attrs: attrs{"db.system": "mongodb", "db.name": "shop", "net.peer.name": "m"}}, otlp.Options{}, `{"name":"shop@m","namespace":"remote","type":"subsegment"}`},
		{"a database without an address", one{name: "x", kind: client, attrs: attrs{"db.system.name": "memcached"}}, otlp.Options{}, `{"name":"memcached","namespace":"remote","type":"subsegment"}`},

		// Messaging.
		{"kafka", one{name: "publish", kind: producer, attrs: attrs{"messaging.system": "kafka", "messaging.destination.name": "orders", "server.address": "k"}}, otlp.Options{}, `{"name":"orders","namespace":"remote","type":"subsegment"}`},
		{"rabbitmq, old", one{name: "publish", kind: producer, attrs: attrs{"messaging.system": "rabbitmq", "messaging.destination": "orders"}}, otlp.Options{}, `{"name":"orders","namespace":"remote","type":"subsegment"}`},
		{"a queue for the moment", one{name: "publish", kind: producer, attrs: attrs{"messaging.system": "rabbitmq", "messaging.destination.name": "amq.gen-1", "messaging.destination.temporary": true, "server.address": "mq"}}, otlp.Options{}, `{"name":"mq","namespace":"remote","type":"subsegment"}`},

		// AWS.
		{
			"S3",
			one{kind: client, attrs: aws(attrs{"rpc.service": "S3", "rpc.method": "GetObject", "aws.s3.bucket": "b", "aws.s3.key": "k", "cloud.region": "r", "aws.request_id": "q", "aws.extended_request_id": "x"})},
			otlp.Options{},
			`{"name":"S3","namespace":"aws","type":"subsegment","aws":{"operation":"GetObject","region":"r","request_id":"q","id_2":"x","bucket_name":"b","key":"k"}}`,
		},
		{"DynamoDB, one table", one{kind: client, attrs: aws(attrs{"rpc.method": "DynamoDB/GetItem", "aws.dynamodb.table_names": []any{"t"}})}, otlp.Options{}, `{"name":"DynamoDB","namespace":"aws","type":"subsegment","aws":{"operation":"GetItem","table_name":"t"}}`},
		{
			"DynamoDB, more tables",
			one{kind: client, attrs: aws(attrs{"rpc.service": "DynamoDB", "rpc.method": "BatchGetItem", "aws.dynamodb.table_names": []any{"t", "u"}})},
			otlp.Options{},
			`{"name":"DynamoDB","namespace":"aws","type":"subsegment","aws":{"operation":"BatchGetItem","table_names":["t","u"]}}`,
		},
		{"DynamoDB as a database", one{kind: client, attrs: attrs{"db.system.name": "aws.dynamodb", "db.operation.name": "Query", "db.collection.name": "t"}}, otlp.Options{}, `{"name":"DynamoDB","namespace":"aws","type":"subsegment","aws":{"operation":"Query","table_name":"t"}}`},
		{"SQS", one{kind: producer, attrs: attrs{"messaging.system": "aws_sqs", "messaging.operation.type": "send", "aws.sqs.queue.url": "https://sqs/1/q"}}, otlp.Options{}, `{"name":"SQS","namespace":"aws","type":"subsegment","aws":{"operation":"SendMessage","queue_url":"https://sqs/1/q"}}`},
		{"SQS, old", one{kind: client, attrs: attrs{"aws.service": "AmazonSQS", "aws.operation": "SendMessage", "aws.queue_url": "u", "aws.requestId": "q"}}, otlp.Options{}, `{"name":"AmazonSQS","namespace":"aws","type":"subsegment","aws":{"operation":"SendMessage","queue_url":"u","request_id":"q"}}`},
		{"SNS", one{kind: producer, attrs: aws(attrs{"rpc.service": "SNS", "rpc.method": "Publish", "messaging.destination.name": "arn:aws:sns:r:1:t"})}, otlp.Options{}, `{"name":"SNS","namespace":"aws","type":"subsegment","aws":{"operation":"Publish","topic_arn":"arn:aws:sns:r:1:t"}}`},
		{"Lambda", one{kind: client, attrs: attrs{"aws.lambda.invoked_arn": "arn:aws:lambda:r:1:function:f:live"}}, otlp.Options{}, `{"name":"Lambda","namespace":"aws","type":"subsegment","aws":{"operation":"Invoke","function_arn":"arn:aws:lambda:r:1:function:f:live","function_name":"f"}}`},
		{"Lambda by its name", one{kind: client, attrs: attrs{"faas.invoked_provider": "aws", "faas.invoked_name": "f", "faas.invoked_region": "r"}}, otlp.Options{}, `{"name":"Lambda","namespace":"aws","type":"subsegment","aws":{"operation":"Invoke","region":"r","function_name":"f"}}`},
		{"the remote service of the AWS SDK", one{kind: client, attrs: aws(attrs{"aws.remote.service": "AWS.SDK.S3"})}, otlp.Options{}, `{"name":"S3","namespace":"aws","type":"subsegment"}`},
		{"retries", one{kind: client, attrs: aws(attrs{"rpc.service": "S3", "aws.xray.retries": 2, "aws.account_id": "1"})}, otlp.Options{}, `{"name":"S3","namespace":"aws","type":"subsegment","aws":{"account_id":"1","retries":2}}`},

		// Processes.
		{
			"EC2",
			one{kind: server, resource: attrs{"service.name": "s", "cloud.provider": "aws", "cloud.platform": "aws_ec2", "cloud.account.id": "1", "host.id": "i-1", "host.type": "m", "host.image.id": "ami", "cloud.availability_zone": "z"}},
			otlp.Options{},
			`{"name":"s","origin":"AWS::EC2::Instance","aws":{"account_id":"1","ec2":{"instance_id":"i-1","availability_zone":"z","instance_size":"m","ami_id":"ami"}}}`,
		},
		{
			"ECS",
			one{kind: server, resource: attrs{"service.name": "s", "cloud.platform": "aws_ecs", "aws.ecs.launchtype": "fargate", "container.name": "c", "container.id": "ci", "aws.ecs.container.arn": "ca", "aws.ecs.cluster.arn": "cl", "aws.ecs.task.arn": "ta", "aws.ecs.task.family": "tf", "cloud.availability_zone": "z"}},
			otlp.Options{},
			`{"name":"s","origin":"AWS::ECS::Fargate","aws":{"ecs":{"container":"c","container_id":"ci","container_arn":"ca","cluster_arn":"cl","task_arn":"ta","task_family":"tf","availability_zone":"z","launch_type":"fargate"}}}`,
		},
		{"EKS", one{kind: server, resource: attrs{"service.name": "s", "cloud.platform": "aws_eks", "k8s.cluster.name": "c", "k8s.pod.name": "p", "container.id": "ci"}}, otlp.Options{}, `{"name":"s","origin":"AWS::EKS::Container","aws":{"eks":{"cluster_name":"c","pod":"p","container_id":"ci"}}}`},
		{
			"Beanstalk",
			one{kind: server, resource: attrs{"service.name": "s", "cloud.platform": "aws_elastic_beanstalk", "service.namespace": "e", "service.instance.id": "23", "service.version": "v"}},
			otlp.Options{},
			`{"name":"s","origin":"AWS::ElasticBeanstalk::Environment","service":{"version":"v"},"aws":{"elastic_beanstalk":{"environment_name":"e","version_label":"v","deployment_id":23}}}`,
		},
		{"App Runner", one{kind: server, resource: attrs{"service.name": "s", "cloud.platform": "aws_app_runner"}}, otlp.Options{}, `{"name":"s","origin":"AWS::AppRunner::Service"}`},
		{"Lambda has nodes of its own", one{kind: server, resource: attrs{"service.name": "s", "cloud.platform": "aws_lambda"}}, otlp.Options{}, `{"name":"s"}`},
		{"another cloud", one{kind: server, resource: attrs{"service.name": "s", "cloud.provider": "gcp", "cloud.platform": "aws_ec2", "cloud.account.id": "1", "host.id": "h", "k8s.cluster.name": "c"}}, otlp.Options{}, `{"name":"s"}`},
		{
			"the SDK",
			one{kind: server, resource: attrs{"service.name": "s", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.language": "go", "telemetry.sdk.version": "1", "telemetry.distro.version": "2"}},
			otlp.Options{},
			`{"name":"s","aws":{"xray":{"sdk":"opentelemetry for go","sdk_version":"1","auto_instrumentation":true}}}`,
		},
		{"the image is the version", one{kind: server, resource: attrs{"service.name": "s", "container.image.tags": []any{"v7", "latest"}}}, otlp.Options{}, `{"name":"s","service":{"version":"v7"}}`},
		{
			"log groups by ARN",
			one{kind: server, resource: attrs{"service.name": "s", "aws.log.group.arns": []any{"arn:aws:logs:r:1:log-group:/g:*"}, "aws.log.group.names": []any{"/n"}}},
			otlp.Options{},
			`{"name":"s","aws":{"cloudwatch_logs":[{"log_group":"/g","arn":"arn:aws:logs:r:1:log-group:/g:*"}]}}`,
		},
		{"log groups by name", one{kind: server, resource: attrs{"service.name": "s", "aws.log.group.names": "/a&/b"}}, otlp.Options{}, `{"name":"s","aws":{"cloudwatch_logs":[{"log_group":"/a"},{"log_group":"/b"}]}}`},
		{"log groups of the options", one{kind: server, resource: attrs{"service.name": "s"}}, otlp.Options{LogGroups: []string{"/c"}}, `{"name":"s","aws":{"cloudwatch_logs":[{"log_group":"/c"}]}}`},

		// Users, annotations, what X-Ray SDKs said.
		{"a user", one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{"enduser.id": "u", "user.id": "v"}}, otlp.Options{}, `{"name":"s","user":"u"}`},
		{"a user, current", one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{"user.id": "v"}}, otlp.Options{}, `{"name":"s","user":"v"}`},
		{
			"indexed attributes",
			one{kind: server, resource: attrs{"service.name": "s", "host.name": "h"}, attrs: attrs{"a b": 1, "c": []any{1}, "d": true, "http.request.method": "GET"}},
			otlp.Options{IndexedAttributes: []string{"a b", "c", "otel.resource.host.name", "http.request.method"}},
			`{"name":"s","http":{"request":{"method":"GET"}},"annotations":{"a_b":1,"http.request.method":"GET","otel.resource.host.name":"h"}}`,
		},
		{
			"all attributes",
			one{kind: internal, name: "n", resource: attrs{"service.name": "s"}, attrs: attrs{"a": 1.5, "c": []any{1}, "d": "x", "f": 7}},
			otlp.Options{IndexAllAttributes: true},
			`{"name":"n","type":"subsegment","annotations":{"a":1.5,"d":"x","f":7}}`,
		},
		{
			"flags as X-Ray had them",
			one{kind: client, failed: true, attrs: attrs{"aws.xray.error": true, "aws.xray.fault": false, "peer.service": "p", "http.response.status_code": 500}},
			otlp.Options{},
			`{"name":"p","namespace":"remote","type":"subsegment","error":true,"fault":false,"http":{"response":{"status":500}}}`,
		},
		{
			"annotations as X-Ray had them",
			one{kind: server, resource: attrs{"service.name": "s"}, attrs: attrs{"aws.xray.annotations": []any{"a", "c", "none"}, "a": "x", "b": "y", "c": 1}},
			otlp.Options{},
			`{"name":"s","annotations":{"a":"x","c":1}}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := native(t, tc.opts, tc.span.traces(t))
			forgetIDs(got)
			var want map[string]any
			if err := json.Unmarshal([]byte(tc.want), &want); err != nil {
				t.Fatal(err)
			}
			forgetIDs(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// forgetIDs removes the ids of exceptions, which are made up, and leaves their
// number to the causes.
func forgetIDs(doc map[string]any) {
	cause, _ := doc["cause"].(map[string]any)
	list, _ := cause["exceptions"].([]any)
	for _, x := range list {
		x := x.(map[string]any)
		delete(x, "id")
		if _, ok := x["cause"]; ok {
			x["cause"] = "another"
		}
	}
}
