package awsxrayexporter

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFailure(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name      string
		status    int
		header    map[string]string
		body      string
		outcome   outcome
		text      string
		after     time.Duration
		divisible bool
	}{
		{
			name: "throttled by status", status: 429, header: map[string]string{"X-Amzn-ErrorType": "ThrottledException", "Retry-After": "3"}, body: `{"Message":"Rate exceeded"}`,
			outcome: throttled, text: "X-Ray answered 429 ThrottledException: Rate exceeded", after: 3 * time.Second,
		},
		{
			name: "throttled by name", status: 400, header: map[string]string{"X-Amzn-ErrorType": "ThrottlingException:http://internal.amazon.com/"}, body: `{"message":"Rate exceeded"}`,
			outcome: throttled, text: "X-Ray answered 400 ThrottlingException: Rate exceeded",
		},
		{
			name: "internal failure", status: 500, header: map[string]string{"X-Amzn-ErrorType": "InternalFailure"}, body: `{"message":null}`,
			outcome: failed, text: "X-Ray answered 500 InternalFailure",
		},
		{
			name: "a proxy's page", status: 502, body: "<html>Bad Gateway</html>\n", outcome: failed, text: "X-Ray answered 502: <html>Bad Gateway</html>",
		},
		{
			name: "unavailable until a time", status: 503, header: map[string]string{"Retry-After": "Thu, 26 Nov 2026 09:01:00 GMT"},
			outcome: failed, text: "X-Ray answered 503", after: time.Minute,
		},
		{
			name: "malformed", status: 400, header: map[string]string{"X-Amzn-ErrorType": "SerializationException"}, body: `{"Message":"no"}`,
			outcome: refused, text: "X-Ray answered 400 SerializationException: no", divisible: true,
		},
		{name: "too large", status: 413, outcome: refused, text: "X-Ray answered 413", divisible: true},
		{
			name: "denied", status: 403, body: `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized to perform: xray:PutTraceSegments"}`,
			outcome: refused, text: "X-Ray answered 403 AccessDeniedException: not authorized to perform: xray:PutTraceSegments",
		},
		{
			name: "old credentials", status: 403, body: `{"code":"ExpiredTokenException","message":"expired"}`,
			outcome: unsigned, text: "X-Ray answered 403 ExpiredTokenException: expired",
		},
		{name: "wrong address", status: 404, body: "404 page not found", outcome: refused, text: "X-Ray answered 404: 404 page not found"},
		{name: "slow client", status: 408, outcome: failed, text: "X-Ray answered 408"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tc.header {
				h.Set(k, v)
			}
			e := failure(tc.status, h, []byte(tc.body), now)
			if e.outcome != tc.outcome || e.Error() != tc.text || e.retryAfter != tc.after || e.divisible() != tc.divisible {
				t.Errorf("got %s, %q, after %v, divisible %t", e.outcome, e.Error(), e.retryAfter, e.divisible())
			}
			if got, want := e.retryable(), tc.outcome != refused; got != want {
				t.Errorf("retryable: got %t, want %t", got, want)
			}
		})
	}
}

func TestParseAnswer(t *testing.T) {
	id := "70de5b6f19ff9a0a"
	for _, tc := range []struct {
		name, in string
		want     []unprocessed
		err      error
	}{
		{name: "all taken", in: `{"UnprocessedTraceSegments":[]}`},
		{name: "all taken, with a line's end", in: "{\"UnprocessedTraceSegments\":[]}\n"},
		{name: "explicit null", in: `{"UnprocessedTraceSegments":null}`},
		{name: "nothing", in: ``},
		{
			name: "one refused", in: `{"UnprocessedTraceSegments":[{"Id":"70de5b6f19ff9a0a","ErrorCode":"MissingName","Message":"Invalid segment. ErrorCode: MissingName"}]}`,
			want: []unprocessed{{ID: &id, ErrorCode: "MissingName", Message: "Invalid segment. ErrorCode: MissingName"}},
		},
		{
			name: "one without an id", in: `{"UnprocessedTraceSegments":[{"Id":null,"ErrorCode":"ParseError","Message":"Invalid entity. ErrorCode: ParseError"}]}`,
			want: []unprocessed{{ErrorCode: "ParseError", Message: "Invalid entity. ErrorCode: ParseError"}},
		},
		{name: "unknown path of AWS", in: `{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}`, err: errAnswer},
		{name: "somebody's page", in: `<html>Log in</html>`, err: errAnswer},
		{name: "not an object", in: `[]`, err: errAnswer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseAnswer([]byte(tc.in))
			if !errors.Is(err, tc.err) {
				t.Fatalf("got error %v, want %v", err, tc.err)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRetryableDocuments(t *testing.T) {
	for code, want := range map[string]bool{
		"ThrottledException": true, "ThrottlingException": true, "InternalFailure": true, "ServiceUnavailable": true, "429": true, "500": true,
		"ParseError": false, "MissingName": false, "InvalidSegment": false, "400": false, "": false,
	} {
		if got := (&unprocessed{ErrorCode: code}).retryable(); got != want {
			t.Errorf("%q: got %t, want %t", code, got, want)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	var n names
	for range 2 {
		for i := range 2 * maxCodes {
			code := strings.Repeat("x", i+1)
			want := code
			if i >= maxCodes {
				want = "other"
			}
			if got := n.bound(code); got != want {
				t.Fatalf("code %d: got %q, want %q", i, got, want)
			}
		}
	}
	if got := n.bound(""); got != "unknown" {
		t.Errorf("no code: got %q", got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(400, "X:y", "5", []byte(`{"__type":"a#b","Message":"m"}`))
	f.Add(200, "", "", []byte(`{"UnprocessedTraceSegments":[{"Id":null,"ErrorCode":"e","Message":"m"}]}`))
	f.Add(429, "Throttled", "Thu, 26 Nov 2026 09:01:00 GMT", []byte("<html>\xff"))
	f.Fuzz(func(t *testing.T, status int, name, after string, body []byte) {
		h := http.Header{"X-Amzn-Errortype": {name}, "Retry-After": {after}}
		e := failure(status, h, body, time.Unix(0, 0))
		if e.retryAfter < 0 || e.retryAfter > time.Hour || len(e.Error()) > 2*maxMessage {
			t.Errorf("got %v, after %v", e, e.retryAfter)
		}
		list, err := parseAnswer(body)
		if err != nil && list != nil {
			t.Errorf("got %v and %v", list, err)
		}
		for i := range list {
			_, _ = list[i].id(), list[i].retryable()
		}
	})
}
