package cloudwatchlogstest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awslogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogstest"
)

func newClient(t *testing.T, s *cloudwatchlogstest.Server) *awslogs.Client {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return awslogs.New(awslogs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

// made returns a client of a server that has the stream s in the group g.
func made(t *testing.T) (*cloudwatchlogstest.Server, *awslogs.Client) {
	t.Helper()
	s := cloudwatchlogstest.New()
	c := newClient(t, s)
	_, err := c.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateLogStream(t.Context(), &awslogs.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func put(t *testing.T, c *awslogs.Client, events ...types.InputLogEvent) (*awslogs.PutLogEventsOutput, error) {
	t.Helper()
	return c.PutLogEvents(t.Context(), &awslogs.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), LogEvents: events})
}

func event(after time.Duration, message string) types.InputLogEvent {
	return types.InputLogEvent{Timestamp: aws.Int64(time.Now().Add(after).UnixMilli()), Message: &message}
}

func repeat(n int, message string) []types.InputLogEvent {
	all := make([]types.InputLogEvent, n)
	for i := range all {
		all[i] = event(0, message)
	}
	return all
}

// code fails the test unless err is one of the service's with a code, and a message
// that contains a text.
func code(t *testing.T, err error, want, text string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != want || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("got %v, want %s: …%s…", err, want, text)
	}
}

func TestErrorsAreOfTheSDKsTypes(t *testing.T) {
	s, c := made(t)
	_, err := c.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("g")})
	if _, ok := errors.AsType[*types.ResourceAlreadyExistsException](err); !ok {
		t.Errorf("got %v", err)
	}
	_, err = c.CreateLogStream(t.Context(), &awslogs.CreateLogStreamInput{LogGroupName: aws.String("none"), LogStreamName: aws.String("s")})
	if e, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok || aws.ToString(e.Message) != "The specified log group does not exist." {
		t.Errorf("got %v", err)
	}
	s.Fail("PutLogEvents", 1, cloudwatchlogstest.Throttled())
	_, err = put(t, c, event(0, "x"))
	if _, ok := errors.AsType[*types.ThrottlingException](err); !ok {
		t.Errorf("got %v", err)
	}
	s.Fail("PutLogEvents", 1, cloudwatchlogstest.Unavailable())
	_, err = put(t, c, event(0, "x"))
	if _, ok := errors.AsType[*types.ServiceUnavailableException](err); !ok {
		t.Errorf("got %v", err)
	}
	if got := s.Requests("PutLogEvents"); len(got) != 2 || got[0].Error != "ThrottlingException" {
		t.Errorf("requests are %+v", got)
	}
}

func TestBatchesMustKeepTheLimits(t *testing.T) {
	_, c := made(t)
	for _, tc := range []struct {
		name   string
		events []types.InputLogEvent
		text   string // of the error; "" for none
	}{
		{"most events", repeat(10_000, "x"), ""},
		{"too many events", repeat(10_001, "x"), "between 1 and 10000"},
		{"no event", []types.InputLogEvent{}, "between 1 and 10000"},
		{"largest event", repeat(1, strings.Repeat("x", 256<<10-26)), ""},
		{"too large an event", repeat(1, strings.Repeat("x", 256<<10-25)), "Log event too large"},
		{"largest batch", repeat(8, strings.Repeat("x", 128<<10-26)), ""},
		{"too large a batch", append(repeat(8, strings.Repeat("x", 128<<10-26)), event(0, "x")), "Upload too large"},
		{"not in order", []types.InputLogEvent{event(0, "x"), event(-time.Minute, "y")}, "chronological order"},
		{"longest span", []types.InputLogEvent{event(-22*time.Hour, "x"), event(time.Hour, "y")}, ""},
		{"too long a span", []types.InputLogEvent{event(-24*time.Hour, "x"), event(time.Hour, "y")}, "more than 24 hours"},
		{"empty message", repeat(1, ""), "not be null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := put(t, c, tc.events...)
			switch {
			case tc.text == "" && err != nil:
				t.Error(err)
			case tc.text != "":
				code(t, err, "InvalidParameterException", tc.text)
			}
		})
	}
}

func TestEventsOutsideOfTheWindowAreRejected(t *testing.T) {
	s, c := made(t)
	day := 24 * time.Hour
	if _, err := c.PutRetentionPolicy(t.Context(), &awslogs.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(3)}); err != nil {
		t.Fatal(err)
	}
	out, err := put(t, c, event(-15*day, "old"), event(-15*day, "old"), event(-4*day, "expired"), event(-time.Hour, "good"), event(0, "good"), event(3*time.Hour, "new"))
	if err != nil {
		t.Fatal(err)
	}
	info := out.RejectedLogEventsInfo
	if info == nil || aws.ToInt32(info.TooOldLogEventEndIndex) != 2 || aws.ToInt32(info.ExpiredLogEventEndIndex) != 3 || aws.ToInt32(info.TooNewLogEventStartIndex) != 5 {
		t.Errorf("%+v", info)
	}
	if got := s.Events("g", "s"); len(got) != 2 || got[0].Message != "good" {
		t.Errorf("kept %+v", got)
	}
	if out, err := put(t, c, event(-15*day, "old"), event(3*time.Hour, "new")); err != nil || aws.ToInt32(out.RejectedLogEventsInfo.TooNewLogEventStartIndex) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestGroupsAndStreamsAreDescribed(t *testing.T) {
	s, c := made(t)
	const arn = "arn:aws:logs:us-east-1:111122223333:log-group:g"
	if _, err := c.TagResource(t.Context(), &awslogs.TagResourceInput{ResourceArn: aws.String(arn), Tags: map[string]string{"c": "d"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TagLogGroup(t.Context(), &awslogs.TagLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"e": "f"}}); err != nil { //nolint:staticcheck // deprecated, and still called by older clients
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &awslogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "b", "c": "d", "e": "f"}, tags.Tags); diff != "" {
		t.Error(diff)
	}
	if _, err := c.PutRetentionPolicy(t.Context(), &awslogs.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(7)}); err != nil {
		t.Fatal(err)
	}
	groups, err := c.DescribeLogGroups(t.Context(), &awslogs.DescribeLogGroupsInput{})
	if err != nil || len(groups.LogGroups) != 1 || aws.ToInt32(groups.LogGroups[0].RetentionInDays) != 7 || aws.ToString(groups.LogGroups[0].Arn) != arn+":*" {
		t.Errorf("%+v, %v", groups, err)
	}
	if _, err := put(t, c, event(0, "x")); err != nil {
		t.Fatal(err)
	}
	streams, err := c.DescribeLogStreams(t.Context(), &awslogs.DescribeLogStreamsInput{LogGroupName: aws.String("g"), LogStreamNamePrefix: aws.String("s")})
	if err != nil || len(streams.LogStreams) != 1 || streams.LogStreams[0].LastEventTimestamp == nil {
		t.Errorf("%+v, %v", streams, err)
	}
	if _, err := c.DeleteLogGroup(t.Context(), &awslogs.DeleteLogGroupInput{LogGroupName: aws.String("g")}); err != nil || len(s.Groups()) != 0 {
		t.Errorf("%v, left %v", err, s.Groups())
	}
}

func TestEventsAreRead(t *testing.T) {
	_, c := made(t)
	var events []types.InputLogEvent
	for i := range 25 {
		events = append(events, event(0, fmt.Sprint(i)))
	}
	if _, err := put(t, c, events...); err != nil {
		t.Fatal(err)
	}
	var got []string
	in := &awslogs.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), Limit: aws.Int32(10), StartFromHead: aws.Bool(true)}
	for pages := awslogs.NewGetLogEventsPaginator(c, in, func(o *awslogs.GetLogEventsPaginatorOptions) { o.StopOnDuplicateToken = true }); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			got = append(got, aws.ToString(e.Message))
		}
	}
	if len(got) != 25 || got[24] != "24" {
		t.Errorf("read %v", got)
	}
	in.StartFromHead = nil
	last, err := c.GetLogEvents(t.Context(), in)
	if err != nil || len(last.Events) != 10 || aws.ToString(last.Events[0].Message) != "15" {
		t.Errorf("the last page is %+v, %v", last, err)
	}
	in.NextToken = last.NextBackwardToken
	if before, err := c.GetLogEvents(t.Context(), in); err != nil || len(before.Events) != 10 || aws.ToString(before.Events[0].Message) != "5" {
		t.Errorf("the page before is %+v, %v", before, err)
	}
	in.NextToken = aws.String("x/1")
	_, err = c.GetLogEvents(t.Context(), in)
	code(t, err, "InvalidParameterException", "nextToken")
}

func TestNamesTagsAndRetentionsAreChecked(t *testing.T) {
	_, c := made(t)
	_, err := c.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("a b")})
	code(t, err, "InvalidParameterException", "logGroupName")
	_, err = c.CreateLogStream(t.Context(), &awslogs.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a:b")})
	code(t, err, "InvalidParameterException", "logStreamName")
	_, err = c.CreateLogStream(t.Context(), &awslogs.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})
	code(t, err, "ResourceAlreadyExistsException", "log stream already exists")
	_, err = c.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("h"), Tags: map[string]string{"!": "x"}})
	code(t, err, "InvalidParameterException", "tag")
	many := make(map[string]string)
	for i := range 51 {
		many[fmt.Sprint(i)] = "x"
	}
	_, err = c.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("h"), Tags: many})
	code(t, err, "TooManyTagsException", "50")
	_, err = c.PutRetentionPolicy(t.Context(), &awslogs.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(2)})
	code(t, err, "InvalidParameterException", "retention")
}

func call(s http.Handler, target, authorization, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const signed = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0"

func TestTheWire(t *testing.T) {
	for _, tc := range []struct{ name, target, authorization, body, want string }{
		{"success without a body", "Logs_20140328.CreateLogGroup", signed, `{"logGroupName":"g"}`, ``},
		{"unsigned", "Logs_20140328.CreateLogGroup", "", `{"logGroupName":"g"}`, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"signed for another service", "Logs_20140328.CreateLogGroup", strings.ReplaceAll(signed, "logs", "xray"), `{"logGroupName":"g"}`, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"unknown operation", "Logs_20140328.Nothing", signed, `{}`, `{"__type":"UnknownOperationException"}`},
		{"not json", "Logs_20140328.CreateLogGroup", signed, `x`, `{"__type":"SerializationException","message":"Start of structure or map found where not expected"}`},
		{"no stream", "Logs_20140328.PutLogEvents", signed, `{"logGroupName":"g","logStreamName":"s"}`, `{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := call(cloudwatchlogstest.New(), tc.target, tc.authorization, tc.body)
			if got := strings.TrimSpace(w.Body.String()); got != tc.want || (w.Code == http.StatusOK) != (tc.want == "") {
				t.Errorf("%d %s\nwant %s", w.Code, got, tc.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/x-amz-json-1.1" || w.Header().Get("X-Amzn-Requestid") == "" {
				t.Errorf("headers are %v", w.Header())
			}
		})
	}
}

// FuzzServeHTTP sends anything as the body of every operation.
func FuzzServeHTTP(f *testing.F) {
	for _, body := range []string{
		``, `null`, `[]`, `{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"x"},{"timestamp":9e15,"message":"x"}]}`,
		`{"logGroupName":"g","logStreamName":"s","limit":-1,"nextToken":"f/99999999999999999999"}`, `{"resourceArn":"arn:aws:logs:us-east-1:111122223333:log-group:g","tags":{"":""}}`,
		`{"logGroupName":"g","retentionInDays":-9223372036854775808}`,
	} {
		f.Add([]byte(body))
	}
	operations := []string{
		"CreateLogGroup", "CreateLogStream", "PutRetentionPolicy", "TagResource", "TagLogGroup", "ListTagsForResource",
		"PutLogEvents", "DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "DeleteLogGroup", "",
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := cloudwatchlogstest.New()
		call(s, "Logs_20140328.CreateLogGroup", signed, `{"logGroupName":"g"}`)
		call(s, "Logs_20140328.CreateLogStream", signed, `{"logGroupName":"g","logStreamName":"s"}`)
		for _, op := range operations {
			w := call(s, "Logs_20140328."+op, signed, string(body))
			if w.Code >= http.StatusInternalServerError || w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", op, w.Code, w.Body)
			}
		}
	})
}
