package segment_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/segment"
)

func TestResource(t *testing.T) {
	for _, tc := range []struct{ name, sub, wantName, wantType string }{
		{"table", `"name":"dynamodb","namespace":"aws","aws":{"operation":"GetItem","table_name":"carts"}`, "carts", "AWS::DynamoDB::Table"},
		{"bucket", `"name":"Amazon S3","namespace":"aws","aws":{"operation":"PutObject","bucket_name":"b","key":"k"}`, "b", "AWS::S3::Bucket"},
		{"queue", `"name":"AmazonSQS","namespace":"aws","aws":{"operation":"SendMessage","queue_url":"https://sqs/1/q"}`, "https://sqs/1/q", "AWS::SQS::Queue"},
		{"topic", `"name":"sns","namespace":"aws","aws":{"operation":"Publish","topic_arn":"arn:aws:sns:x"}`, "arn:aws:sns:x", "AWS::SNS"},
		{"function", `"name":"AWSLambda","namespace":"aws","aws":{"operation":"Invoke","function_name":"f"}`, "f", "AWS::Lambda"},
		{"resource without operation", `"name":"dynamodb","namespace":"aws","aws":{"table_name":"carts"}`, "DynamoDB", "AWS::DynamoDB"},
		{"operation without resource", `"name":"sqs","namespace":"aws","aws":{"operation":"ListQueues"}`, "SQS", "AWS::SQS"},
		{"resource of another service", `"name":"s3","namespace":"aws","aws":{"operation":"GetItem","table_name":"carts"}`, "S3", "AWS::S3"},
		{"AWS call without details", `"name":"events","namespace":"aws"`, "Events", "AWS::Events"},
		{"unknown service", `"name":"Madeup Service","namespace":"aws","aws":{"operation":"x"}`, "Madeup Service", "AWS::Madeup Service"},
		{"database", `"name":"shop@db","namespace":"remote","sql":{}`, "shop@db", "Database::SQL"},
		{"host", `"name":"example.com","namespace":"remote","http":{}`, "example.com", "remote"},
		{"remote call with the name of a service", `"name":"s3","namespace":"remote","aws":{"operation":"x","bucket_name":"b"}`, "s3", "remote"},
		{"local work", `"name":"render"`, "", ""},
		{"local work by name", `"name":"render","namespace":"local"`, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sub := decode(t, with(`{"id":"`+id2+`","start_time":1,"end_time":2,`+tc.sub+`}`)).Subsegments[0]
			name, typ := sub.Resource()
			if name != tc.wantName || typ != tc.wantType {
				t.Errorf("Resource of %s = %q, %q, want %q, %q", tc.sub, name, typ, tc.wantName, tc.wantType)
			}
			if got, want := sub.IsCall(), tc.wantType != ""; got != want {
				t.Errorf("IsCall of %s = %v, want %v", tc.sub, got, want)
			}
		})
	}
}

func TestResourceOfSegments(t *testing.T) {
	s := decode(t, root(`"aws":{"operation":"GetItem","table_name":"carts"},"namespace":"aws","name":"dynamodb","origin":"AWS::ECS::Container"`))
	if name, typ := s.Resource(); name != "" || typ != "" || s.IsCall() {
		t.Errorf("Resource of a reported segment = %q, %q, want none", name, typ)
	}
	call := decode(t, with(`{"id":"`+id2+`","name":"DynamoDB","namespace":"aws","start_time":1,"end_time":2,"aws":{"operation":"GetItem","table_name":"carts"}}`)).Subsegments[0]
	inferred := &segment.Segment{
		TraceID: call.TraceID, ID: call.ID, ParentID: call.ID, Name: call.Name, StartTime: 1e9, EndTime: 2e9,
		Inferred: true, AWS: call.AWS, Origin: "AWS::DynamoDB::Table",
	}
	if name, typ := inferred.Resource(); name != "carts" || typ != "AWS::DynamoDB::Table" {
		t.Errorf("Resource of an inferred segment = %q, %q", name, typ)
	}
	want := `{"id":"` + id2 + `","name":"DynamoDB","start_time":1,"trace_id":"` + trace + `","end_time":2,"parent_id":"` + id2 + `","inferred":true,` +
		`"aws":{"operation":"GetItem","table_name":"carts","resource_names":["carts"]},"origin":"AWS::DynamoDB::Table"}`
	if got := string(inferred.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	host := &segment.Segment{Name: "example.com", Inferred: true}
	if name, typ := host.Resource(); name != "example.com" || typ != "" {
		t.Errorf("Resource of an inferred host = %q, %q", name, typ)
	}
}

func TestAWSWithoutRaw(t *testing.T) {
	s := decode(t, root(""))
	s.AWS = &segment.AWS{
		Operation: "Invoke", AccountID: "1", Region: "eu-1", RequestID: "r", TableName: "t", BucketName: "b",
		QueueURL: "q", TopicARN: "a", FunctionName: "f", InstanceID: "i-1", AvailabilityZone: "eu-1a",
	}
	const want = `"aws":{"operation":"Invoke","account_id":"1","region":"eu-1","request_id":"r","table_name":"t","bucket_name":"b",` +
		`"queue_url":"q","topic_arn":"a","function_name":"f","ec2":{"instance_id":"i-1","availability_zone":"eu-1a"}}}`
	got := string(s.AppendJSON(nil))
	if !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want … %s", got, want)
	}
	s.AWS = &segment.AWS{}
	if got := string(s.AppendJSON(nil)); !strings.HasSuffix(got, `"aws":{}}`) {
		t.Errorf("got %s, want an empty aws", got)
	}
}

func TestServiceNames(t *testing.T) {
	for want, spellings := range map[string][]string{
		"S3":                      {"s3", "S3", "Amazon S3", "AmazonS3", "Simple Storage Service"},
		"DynamoDB":                {"dynamodb", "DynamoDB", "DynamoDb", "AmazonDynamoDBv2", "AmazonDynamoDB", "Amazon DynamoDB", "DYNAMODB"},
		"SQS":                     {"sqs", "Sqs", "SQS", "AmazonSQS", "Amazon SQS"},
		"SNS":                     {"sns", "Sns", "AmazonSNS"},
		"Lambda":                  {"lambda", "Lambda", "AWSLambda", "AWS Lambda"},
		"KMS":                     {"kms", "AWSKMS"},
		"STS":                     {"sts", "AWSSecurityTokenService"},
		"SecretsManager":          {"secretsmanager", "Secrets Manager", "AWSSecretsManager"},
		"Events":                  {"events", "AmazonCloudWatchEvents", "EventBridge"},
		"Amazon":                  {"Amazon"},
		"my-service":              {"my-service"},
		"AWS":                     {"AWS"},
		"v2":                      {"v2"},
		strings.Repeat("s3", 100): {strings.Repeat("s3", 100)},
	} {
		for _, in := range spellings {
			s := decode(t, with(`{"id":"`+id2+`","name":"`+in+`","start_time":1,"end_time":2,"namespace":"aws"}`))
			if got := s.Subsegments[0].Name; got != want {
				t.Errorf("service %q is named %q, want %q", in, got, want)
			}
		}
	}
}

func TestOutcome(t *testing.T) {
	for _, tc := range []struct {
		members string
		flags   segment.Flags
		outcome segment.Outcome
	}{
		{``, 0, segment.OK},
		{`"error":false,"fault":false,"throttle":false`, 0, segment.OK},
		{`"error":true`, segment.FlagError, segment.Error},
		{`"fault":true`, segment.FlagFault, segment.Fault},
		{`"throttle":true`, segment.FlagThrottle, segment.Throttle},
		{`"error":true,"fault":true`, segment.FlagError | segment.FlagFault, segment.Fault},
		{`"error":true,"throttle":true,"fault":true`, segment.FlagThrottle | segment.FlagFault, segment.Throttle},
		{`"http":{"response":{"status":302}}`, 0, segment.OK},
		{`"http":{"response":{"status":404}}`, segment.FlagError, segment.Error},
		{`"http":{"response":{"status":429}},"error":true`, segment.FlagThrottle, segment.Throttle},
		{`"http":{"response":{"status":503}},"error":false`, segment.FlagFault, segment.Fault},
		{`"http":{"response":{"status":600}}`, 0, segment.OK},
	} {
		f := decode(t, root(tc.members)).Flags()
		if f != tc.flags || f.Outcome() != tc.outcome {
			t.Errorf("with %s: flags %b, outcome %d, want %b, %d", tc.members, f, f.Outcome(), tc.flags, tc.outcome)
		}
	}
}
