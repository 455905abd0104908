package awsxrayexporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// outcome says how a request ended. Its names are values of metrics.
type outcome string

const (
	sent        outcome = "ok"
	throttled   outcome = "throttled"   // later, and slower
	failed      outcome = "failed"      // the server could not; again
	unreachable outcome = "unreachable" // no answer; again
	unsigned    outcome = "no_credentials"
	refused     outcome = "refused" // never
)

// requestError is why a request was not carried out.
type requestError struct {
	outcome    outcome
	status     int           // 0 without an answer
	code       string        // AWS's name of the error, may be empty
	message    string        // in the server's words
	retryAfter time.Duration // what the server asks for; 0 if it does not
	skew       bool          // the signature was made by a wrong clock, which is corrected now
	err        error         // without an answer
}

func (e *requestError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	s := "X-Ray answered " + strconv.Itoa(e.status)
	if e.code != "" {
		s += " " + e.code
	}
	if e.message != "" {
		s += ": " + e.message
	}
	return s
}

func (e *requestError) Unwrap() error { return e.err }

// retryable tells whether the same request can succeed later.
func (e *requestError) retryable() bool { return e.outcome != refused }

// divisible tells whether a part of the request can succeed: it is too large, or
// something in it is malformed, which X-Ray says of the request as a whole.
func (e *requestError) divisible() bool {
	return e.outcome == refused && (e.status == http.StatusRequestEntityTooLarge || e.status == http.StatusBadRequest)
}

// maxMessage bounds the server's words in errors and logs.
const maxMessage = 512

// failure reads an answer that is not a success.
func failure(status int, h http.Header, content []byte, now time.Time) *requestError {
	e := &requestError{status: status, outcome: refused, retryAfter: retryAfter(h.Get("Retry-After"), now)}
	e.code, e.message = describe(h, content)
	switch {
	case status == http.StatusTooManyRequests || isThrottle(e.code):
		e.outcome = throttled
	case status >= 500 || status == http.StatusRequestTimeout || isTransient(e.code):
		e.outcome = failed
	case isExpired(e.code):
		e.outcome = unsigned
	}
	return e
}

// describe returns the name and the text of an error, of the header first, as SDKs
// do: "Name:http://…" in the header, "namespace#Name" in the body.
func describe(h http.Header, content []byte) (code, message string) {
	var b struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // or Message: names are matched in any case
	}
	if json.Unmarshal(content, &b) != nil {
		// The words of some proxy in between.
		b.Message = string(bytes.ToValidUTF8(content, nil))
	}
	code = firstOf(h.Get("X-Amzn-ErrorType"), b.Code, b.Type)
	code, _, _ = strings.Cut(code, ":")
	if _, name, ok := strings.Cut(code, "#"); ok {
		code = name
	}
	return shorten(code, maxCode), shorten(strings.TrimSpace(b.Message), maxMessage)
}

func firstOf(s ...string) string {
	for _, s := range s {
		if s != "" {
			return s
		}
	}
	return ""
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// retryAfter reads the header Retry-After: seconds, or a time.
func retryAfter(s string, now time.Time) time.Duration {
	const most = time.Hour
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, most)
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), 0), most)
	}
	return 0
}

func isThrottle(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok || code == "429"
}

// isTransient knows the names of errors that pass.
func isTransient(code string) bool {
	switch code {
	case "InternalFailure", "InternalError", "InternalServerError", "InternalServiceError", "InternalServiceException",
		"ServiceFailure", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException",
		"500", "502", "503", "504":
		return true
	}
	return false
}

// isExpired knows the names of errors that pass with new credentials.
func isExpired(code string) bool {
	return code == "ExpiredToken" || code == "ExpiredTokenException"
}

// isClock knows the names of errors that a wrong clock may be the cause of.
func isClock(code string) bool {
	switch code {
	case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure":
		return true
	}
	return false
}

// unprocessed is a document that was not taken.
type unprocessed struct {
	ID        *string `json:"Id"`
	ErrorCode string
	Message   string
}

func (u *unprocessed) retryable() bool { return isThrottle(u.ErrorCode) || isTransient(u.ErrorCode) }

func (u *unprocessed) id() string {
	if u.ID == nil {
		return ""
	}
	return *u.ID
}

var errAnswer = errors.New("answer is not X-Ray's")

// allTaken is the usual answer.
var allTaken = []byte(`{"UnprocessedTraceSegments":[]}`)

// parseAnswer reads the answer to PutTraceSegments. Nothing at all stands for an
// answer without unprocessed documents; what is not of X-Ray is an error, because
// then nothing was taken.
func parseAnswer(b []byte) ([]unprocessed, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || bytes.Equal(b, allTaken) {
		return nil, nil
	}
	var a struct {
		UnprocessedTraceSegments []unprocessed
		Output                   json.RawMessage // AWS's answer with status 200 to unknown paths
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	if a.Output != nil {
		return nil, fmt.Errorf("%w: %s", errAnswer, shorten(string(a.Output), maxMessage))
	}
	for i := range a.UnprocessedTraceSegments {
		u := &a.UnprocessedTraceSegments[i]
		u.ErrorCode, u.Message = shorten(u.ErrorCode, maxCode), shorten(u.Message, maxMessage)
	}
	return a.UnprocessedTraceSegments, nil
}
