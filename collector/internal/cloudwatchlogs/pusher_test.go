package cloudwatchlogs_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awslogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a pusher with a CloudWatch Logs, and the SDK's client between them.
type rig struct {
	*cloudwatchlogs.Pusher
	server *cloudwatchlogstest.Server
	client *awslogs.Client
}

func newRig(t *testing.T, opts cloudwatchlogs.Options) *rig {
	t.Helper()
	r := &rig{server: cloudwatchlogstest.New()}
	server := httptest.NewServer(r.server)
	http := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		http.CloseIdleConnections()
		server.Close()
	})
	r.client = awslogs.New(awslogs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: http, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	r.Pusher = cloudwatchlogs.New(r.client, opts)
	return r
}

// stream returns a stream of group g with events of now, moved by some durations.
func stream(name string, after ...time.Duration) cloudwatchlogs.Stream {
	s := cloudwatchlogs.Stream{Group: "g", Name: name}
	now := time.Now()
	for i, d := range after {
		s.Events = append(s.Events, cloudwatchlogs.Event{Time: now.Add(d).UnixMilli(), Message: fmt.Sprint(i), Index: i})
	}
	return s
}

func (r *rig) messages(name string) []string {
	var all []string
	for _, e := range r.server.Events("g", name) {
		all = append(all, e.Message)
	}
	return all
}

func (r *rig) operations() []string {
	var all []string
	for _, q := range r.server.Requests("") {
		all = append(all, strings.TrimSuffix(q.Operation+" "+q.Error, " "))
	}
	return all
}

func TestGroupAndStreamAreMade(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{RetentionDays: 3, Tags: map[string]string{"a": "b"}})
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0)}); out.Sent != 1 || out.UnsentErr != nil || out.RefusedErr != nil {
		t.Errorf("%+v", out)
	}
	want := []string{
		"PutLogEvents ResourceNotFoundException", "CreateLogStream ResourceNotFoundException", "CreateLogGroup", "PutRetentionPolicy", "CreateLogStream", "PutLogEvents",
	}
	if diff := cmp.Diff(want, r.operations()); diff != "" {
		t.Error(diff)
	}
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("t", 0)}); out.Sent != 1 {
		t.Errorf("%+v", out)
	}
	if diff := cmp.Diff([]string{"PutLogEvents ResourceNotFoundException", "CreateLogStream", "PutLogEvents"}, r.operations()[len(want):]); diff != "" {
		t.Error(diff)
	}
}

func TestStreamIsMadeOnceForManyBatches(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{Workers: 8})
	var streams []cloudwatchlogs.Stream
	for range 20 {
		streams = append(streams, stream("s", 0))
	}
	out := r.Push(t.Context(), streams)
	for len(out.Unsent) > 0 { // two workers may ask for the group at the same time
		t.Log(out.UnsentErr)
		out = r.Push(t.Context(), []cloudwatchlogs.Stream{{Group: "g", Name: "s", Events: out.Unsent}})
	}
	if got := len(r.messages("s")); got != 20 {
		t.Errorf("%d events arrived", got)
	}
}

func TestSomebodyElsesGroupKeepsItsRetention(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{RetentionDays: 3})
	if _, err := r.client.CreateLogGroup(t.Context(), &awslogs.CreateLogGroupInput{LogGroupName: aws.String("g")}); err != nil {
		t.Fatal(err)
	}
	r.server.Fail("CreateLogStream", 1, &cloudwatchlogstest.Error{Code: "ResourceNotFoundException"}) // it is made just then
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0)}); out.Sent != 1 {
		t.Errorf("%+v", out)
	}
	if g, _ := r.server.Group("g"); g.RetentionDays != 0 {
		t.Errorf("%+v", g)
	}
}

func TestMissingRetentionIsLogged(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	r := newRig(t, cloudwatchlogs.Options{RetentionDays: 3, Logger: zap.New(core)})
	r.server.Fail("PutRetentionPolicy", 1, cloudwatchlogstest.Denied("PutRetentionPolicy"))
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0)}); out.Sent != 1 || logs.FilterField(zap.String("group", "g")).Len() != 1 {
		t.Errorf("%+v, logged %v", out, logs.All())
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	for _, tc := range []struct {
		name      string
		operation string
		err       *cloudwatchlogstest.Error
		again     bool
	}{
		{"throttled", "PutLogEvents", cloudwatchlogstest.Throttled(), true},
		{"out of order", "PutLogEvents", cloudwatchlogstest.Unavailable(), true},
		{"an answer of a proxy", "PutLogEvents", &cloudwatchlogstest.Error{Status: 502, Code: "BadGateway"}, true},
		{"too many requests", "PutLogEvents", &cloudwatchlogstest.Error{Status: 429, Code: "Slow"}, true},
		{"expired credentials", "PutLogEvents", &cloudwatchlogstest.Error{Code: "ExpiredTokenException"}, true},
		{"group changed by two", "CreateLogGroup", &cloudwatchlogstest.Error{Code: "OperationAbortedException"}, true},
		{"throttled while it makes the stream", "CreateLogStream", cloudwatchlogstest.Throttled(), true},
		{"denied", "PutLogEvents", cloudwatchlogstest.Denied("PutLogEvents"), false},
		{"denied to make the group", "CreateLogGroup", cloudwatchlogstest.Denied("CreateLogGroup"), false},
		{"unknown key", "PutLogEvents", &cloudwatchlogstest.Error{Code: "UnrecognizedClientException"}, false},
		{"invalid", "PutLogEvents", &cloudwatchlogstest.Error{Code: "InvalidParameterException"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, cloudwatchlogs.Options{})
			r.server.Fail(tc.operation, 1, tc.err)
			out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0, 0)})
			if tc.again && (len(out.Unsent) != 2 || out.UnsentErr == nil || out.RefusedErr != nil || out.Dropped != nil) {
				t.Errorf("%+v, want it unsent", out)
			}
			if !tc.again && (out.Dropped[cloudwatchlogs.Refused] != 2 || out.RefusedErr == nil || out.Unsent != nil || out.UnsentErr != nil) {
				t.Errorf("%+v, want it refused", out)
			}
			if err := errors.Join(out.UnsentErr, out.RefusedErr); err == nil || !strings.Contains(err.Error(), tc.err.Code) {
				t.Errorf("the error %v does not name %s", err, tc.err.Code)
			}
		})
	}
}

func TestNamesThatCannotBeAreRefused(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{})
	s := stream("s", 0)
	s.Group = ""
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{s}); out.Dropped[cloudwatchlogs.Refused] != 1 {
		t.Errorf("%+v", out)
	}
}

func TestOneStreamDoesNotHoldUpAnother(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{Workers: 1})
	r.server.Fail("PutLogEvents", 1, cloudwatchlogstest.Denied("PutLogEvents"))
	r.server.Fail("PutLogEvents", 1, cloudwatchlogstest.Throttled())
	out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("denied", 0), stream("throttled", 0), stream("fine", 0)})
	if out.Sent != 1 || out.Dropped[cloudwatchlogs.Refused] != 1 || len(out.Unsent) != 1 || out.UnsentErr == nil || out.RefusedErr == nil {
		t.Errorf("%+v", out)
	}
}

func TestEventsOutOfTheServicesRange(t *testing.T) {
	day := 24 * time.Hour
	r := newRig(t, cloudwatchlogs.Options{RetentionDays: 3})
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0)}); out.Sent != 1 {
		t.Fatalf("%+v", out)
	}
	out := r.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 3*time.Hour, -20*day, -4*day, -4*day, 119*time.Minute, -2*day, -time.Hour)})
	want := map[cloudwatchlogs.Reason]int{cloudwatchlogs.TooNew: 1, cloudwatchlogs.TooOld: 1, cloudwatchlogs.Expired: 2}
	if diff := cmp.Diff(want, out.Dropped); diff != "" || out.Sent != 3 {
		t.Errorf("sent %d, dropped %s", out.Sent, diff)
	}
	if diff := cmp.Diff([]string{"5", "6", "0", "4"}, r.messages("s")); diff != "" {
		t.Error(diff)
	}
}

func TestRejectionsOfTheServiceAreCounted(t *testing.T) {
	for _, tc := range []struct {
		info    string
		sent    int
		dropped map[cloudwatchlogs.Reason]int
	}{
		{`{}`, 4, nil},
		{`{"tooOldLogEventEndIndex":1}`, 3, map[cloudwatchlogs.Reason]int{cloudwatchlogs.TooOld: 1}},
		{`{"tooOldLogEventEndIndex":1,"expiredLogEventEndIndex":2,"tooNewLogEventStartIndex":3}`, 1, map[cloudwatchlogs.Reason]int{cloudwatchlogs.TooOld: 1, cloudwatchlogs.Expired: 1, cloudwatchlogs.TooNew: 1}},
		{`{"tooNewLogEventStartIndex":0}`, 0, map[cloudwatchlogs.Reason]int{cloudwatchlogs.TooNew: 4}},
		{`{"tooOldLogEventEndIndex":99,"tooNewLogEventStartIndex":-5}`, 0, map[cloudwatchlogs.Reason]int{cloudwatchlogs.TooOld: 4}},
	} {
		t.Run(tc.info, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				fmt.Fprintf(w, `{"rejectedLogEventsInfo":%s}`, tc.info)
			}))
			defer server.Close()
			http := &http.Client{Transport: &http.Transport{}}
			defer http.CloseIdleConnections()
			p := cloudwatchlogs.New(awslogs.New(awslogs.Options{
				Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: http, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
			}), cloudwatchlogs.Options{})
			out := p.Push(t.Context(), []cloudwatchlogs.Stream{stream("s", 0, 0, 0, 0)})
			if diff := cmp.Diff(tc.dropped, out.Dropped); diff != "" || out.Sent != tc.sent {
				t.Errorf("sent %d, dropped %s", out.Sent, diff)
			}
		})
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	r := newRig(t, cloudwatchlogs.Options{})
	s := stream("s", 0)
	s.Events[0].Message = strings.Repeat("é", 200_000)
	if out := r.Push(t.Context(), []cloudwatchlogs.Stream{s}); out.Sent != 1 {
		t.Fatalf("%+v", out)
	}
	got := r.messages("s")[0]
	if len(got) > cloudwatchlogs.MaxMessageBytes || len(got) < cloudwatchlogs.MaxMessageBytes-2 || !strings.HasSuffix(got, "é[Truncated...]") {
		t.Errorf("%d bytes, ending with %q", len(got), got[len(got)-20:])
	}
}

// TestAnyEventsArrive generates events of all sizes and times. The service, which
// refuses a batch that breaks a limit, must get each of them once.
func TestAnyEventsArrive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, cloudwatchlogs.Options{Workers: 2})
		s := cloudwatchlogs.Stream{Group: "g", Name: "s"}
		now := time.Now()
		n := rapid.SampledFrom([]int{1, 2, 50, 10_000, 10_001, 20_500}).Draw(rt, "events")
		size := rapid.SampledFrom([]int{1, 100, 50_000, cloudwatchlogs.MaxMessageBytes}).Draw(rt, "size")
		n = min(n, 1+4<<20/size)
		span := rapid.Int64Range(0, (13*24*time.Hour).Milliseconds()).Draw(rt, "span")
		seed := rapid.Int64Range(0, 1<<30).Draw(rt, "seed")
		want := make(map[string]int)
		for i := range n {
			text := strings.Repeat("x", max(0, size-8)) + fmt.Sprintf("%08d", i)
			at := int64(0)
			if span > 0 {
				at = (seed + int64(i)*7919*104729) % span
			}
			s.Events = append(s.Events, cloudwatchlogs.Event{Time: now.UnixMilli() - at, Message: text, Index: i})
			want[text]++
		}
		out := r.Push(t.Context(), []cloudwatchlogs.Stream{s})
		if out.Sent != n || out.Dropped != nil || out.RefusedErr != nil || out.UnsentErr != nil {
			rt.Fatalf("sent %d of %d, dropped %v: %v %v", out.Sent, n, out.Dropped, out.RefusedErr, out.UnsentErr)
		}
		got := make(map[string]int)
		events := r.server.Events("g", "s")
		for _, e := range events {
			got[e.Message]++
		}
		if !maps.Equal(want, got) {
			rt.Fatalf("%d events are not %d", len(events), n)
		}
		if !slices.IsSortedFunc(events, func(a, b cloudwatchlogstest.Event) int { return int(a.Timestamp - b.Timestamp) }) {
			rt.Fatal("not in order")
		}
	})
}
