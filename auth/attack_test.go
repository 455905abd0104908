package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
)

const (
	body      = `{"TraceSegmentDocuments":["{}"]}`
	bodyStart = `{"TraceSegmentDocuments":`
)

// replaced changes a request on the way; what it replaces must be there.
func replaced(t *testing.T, old, text string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%q is not in the request:\n%s", old, s)
		}
		return strings.Replace(s, old, text, 1)
	}
}

func TestAttacks(t *testing.T) {
	for _, tc := range []struct {
		name    string
		url     string
		signing signing
		headers [][2]string // before signing
		old, by string      // on the way
		kind    auth.Kind
		says    string
	}{
		{name: "the header is removed", old: "Authorization:", by: "X-Authorization:", kind: auth.Missing, says: "Missing Authentication Token"},
		{name: "another body", old: bodyStart, by: `{"TraceSegmentDocumentz":`, kind: auth.BadSignature},
		{name: "a longer body", old: "Content-Length: 32", by: "Content-Length: 31", kind: auth.BadSignature},
		{name: "another path", old: "/TraceSegments", by: "/DeleteGroup", kind: auth.BadSignature},
		{name: "another method", old: "POST", by: "PUT", kind: auth.BadSignature},
		{name: "a parameter more", old: "/TraceSegments", by: "/TraceSegments?a=b", kind: auth.BadSignature},
		{name: "an empty value for none is the same, another value is not", url: "http://xray.test/TraceSegments?a", old: "?a", by: "?a=1", kind: auth.BadSignature},
		{name: "a plus for its code", url: "http://xray.test/TraceSegments?a=1%2B1", old: "1%2B1", by: "1+1", kind: auth.BadSignature},
		{name: "encoded twice", url: "http://xray.test/a%2Fb", old: "a%2Fb", by: "a%252Fb", kind: auth.BadSignature},
		{name: "a slash for its code", url: "http://xray.test/a%2Fb", old: "a%2Fb", by: "a/b", kind: auth.BadSignature},
		{name: "two slashes", old: " /TraceSegments", by: " //TraceSegments", kind: auth.BadSignature, says: "normal form"},
		{name: "two slashes signed", url: "http://xray.test/a//b", kind: auth.BadSignature, says: "normal form"},
		{name: "up and down", url: "http://xray.test/a/../TraceSegments", kind: auth.BadSignature, says: "normal form"},
		{name: "up and down encoded", url: "http://xray.test/a/%2e%2E/TraceSegments", kind: auth.BadSignature, says: "normal form"},
		{name: "here", url: "http://xray.test/./TraceSegments", kind: auth.BadSignature, says: "normal form"},
		{name: "another case of the path", old: "/TraceSegments", by: "/tracesegments", kind: auth.BadSignature},
		{name: "another host", old: "Host: xray.test", by: "Host: other.test", kind: auth.BadSignature},
		{name: "another letter of a composed one", url: "http://xray.test/caf%C3%A9", old: "caf%C3%A9", by: "cafe%CC%81", kind: auth.BadSignature},
		{name: "malformed query", old: "/TraceSegments", by: "/TraceSegments?a=%zz", kind: auth.Incomplete, says: "query string"},
		{name: "semicolon in the query", old: "/TraceSegments", by: "/TraceSegments?a=1;b=2", kind: auth.Incomplete, says: "query string"},

		{name: "an unsigned header of AWS", old: "Authorization:", by: "X-Amz-Target: DeleteGroup\r\nAuthorization:", kind: auth.BadSignature, says: "not signed: x-amz-target"},
		{name: "a token for a key that has none", old: "Authorization:", by: "X-Amz-Security-Token: " + token + "\r\nAuthorization:", kind: auth.BadSignature, says: "not signed"},
		{name: "a second date", old: "X-Amz-Date:", by: "X-Amz-Date: 20260304T050607Z\r\nX-Amz-Date:", kind: auth.Incomplete, says: "more than once"},
		{name: "a second Authorization", old: "Authorization:", by: "Authorization: Bearer x\r\nAuthorization:", kind: auth.Incomplete, says: "more than once"},
		{name: "a signed header twice", headers: [][2]string{{"X-Role", "reader"}}, old: "X-Role:", by: "X-Role: admin\r\nX-Role:", kind: auth.BadSignature},
		{name: "a signed header is removed", headers: [][2]string{{"X-Role", "reader"}}, old: "X-Role:", by: "X-Rolf:", kind: auth.BadSignature, says: "'x-role' is not in the request"},
		{name: "Date for X-Amz-Date", old: "X-Amz-Date: 20260304T050607Z", by: "Date: Wed, 04 Mar 2026 05:06:07 GMT", kind: auth.BadSignature},
		{name: "no date", old: "X-Amz-Date:", by: "X-Amz-Datum:", kind: auth.Incomplete, says: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=" + keyID},
		{name: "another form of the date", old: "X-Amz-Date: 20260304T050607Z", by: "X-Amz-Date: 2026-03-04T05:06:07Z", kind: auth.Incomplete, says: "Date must be in ISO-8601 'basic format'. Got '2026-03-04T05:06:07Z'"},
		{name: "signed both ways", old: "/TraceSegments", by: "/TraceSegments?X-Amz-Signature=x", kind: auth.Incomplete, says: "both in the Authorization header and in the query"},

		{name: "replay after the skew", signing: signing{at: now.Add(-6 * time.Minute)}, kind: auth.Stale, says: "Signature expired: "},
		{name: "replay with a new date", signing: signing{at: now.Add(-6 * time.Minute)}, old: "X-Amz-Date: 20260304T050007Z", by: "X-Amz-Date: 20260304T050607Z", kind: auth.BadSignature},
		{name: "for another service", signing: signing{service: "sts"}, kind: auth.WrongScope, says: "Credential should be scoped to correct service: 'xray'."},
		{name: "for another region", signing: signing{region: "us-east-1"}, kind: auth.WrongScope, says: "Credential should be scoped to a valid region, not 'us-east-1'."},
		{name: "the scope is renamed", signing: signing{service: "sts"}, old: "/sts/", by: "/xray/", kind: auth.BadSignature},
		{name: "another day", old: "/20260304/", by: "/20260303/", kind: auth.WrongScope, says: "'20260303' != '20260304', from '20260304T050607Z'."},
		{name: "another terminator", old: "/aws4_request", by: "/aws5_request", kind: auth.WrongScope, says: "valid terminator: 'aws4_request', not 'aws5_request'."},
		{name: "four parts", old: "/xray/aws4_request", by: "/aws4_request", kind: auth.Incomplete, says: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + keyID + "/20260304/eu-west-1/aws4_request'"},
		{name: "six parts", old: "/aws4_request", by: "/x/aws4_request", kind: auth.Incomplete, says: "exactly 5"},
		{name: "another algorithm", old: "AWS4-HMAC-SHA256", by: "AWS4-HMAC-SHA1", kind: auth.Incomplete, says: "'AWS4-HMAC-SHA1'"},
		{name: "no algorithm", old: "AWS4-HMAC-SHA256 ", by: "none ", kind: auth.Incomplete, says: "'none'"},
		{name: "the case of the scheme", old: "AWS4-HMAC-SHA256", by: "aws4-hmac-sha256", kind: auth.Incomplete},
		{name: "the case of header names", old: "SignedHeaders=content-length;", by: "SignedHeaders=Content-Length;", kind: auth.Incomplete, says: "lower-case"},
		{name: "the order of header names", old: "host;x-amz-date", by: "x-amz-date;host", kind: auth.Incomplete, says: "ascending"},
		{name: "a header name twice", old: "host;", by: "host;host;", kind: auth.Incomplete, says: "each once"},
		{name: "the host is not signed", old: "host;", by: "", kind: auth.BadSignature, says: "'Host' or ':authority' must be a 'SignedHeader'"},
		{name: "the date is not signed", old: ";x-amz-date", by: "", kind: auth.BadSignature, says: "not signed"},
		{name: "the case of the signature", old: "Signature=", by: "Signature=A", kind: auth.BadSignature},
		{name: "a short signature", old: "Signature=", by: "Signature=00, Other=", kind: auth.BadSignature},
		{name: "two signatures", old: "Signature=", by: "Signature=00, Signature=", kind: auth.Incomplete, says: "more than once"},
		{name: "no pair", old: "Signature=", by: "nothing, Signature=", kind: auth.Incomplete, says: "'nothing' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential="},
		{name: "a huge header", old: "Credential=", by: "Extra=" + strings.Repeat("x", 1<<20) + ", Credential=", kind: auth.Incomplete, says: "longer than"},

		{name: "unknown key", signing: signing{key: "AKIANOBODYNOBODYNOBO"}, kind: auth.UnknownKey, says: "The security token included in the request is invalid."},
		{name: "no key at all", old: "Credential=" + keyID, by: "Credential=", kind: auth.UnknownKey},
		{name: "a path for a key", old: "Credential=" + keyID, by: "Credential=..%2f", kind: auth.UnknownKey},
		{name: "another secret", signing: signing{secret: "wrong"}, kind: auth.BadSignature, says: "The request signature we calculated does not match"},
		{name: "a session without its token", signing: signing{key: oldKeyID}, kind: auth.UnknownKey},
		{name: "a foreign token", signing: signing{key: oldKeyID, token: "foreign"}, kind: auth.UnknownKey},
		{name: "a session that has ended", signing: signing{key: oldKeyID, token: "old"}, kind: auth.SessionExpired, says: "The security token included in the request is expired"},
		{name: "keys cannot be read", signing: signing{key: "AKIABROKENBROKENBROK"}, kind: auth.Failure, says: "could not be authenticated"},

		{name: "unsigned payload in the clear", signing: signing{payload: "UNSIGNED-PAYLOAD"}, headers: [][2]string{{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}}, kind: auth.BadSignature, says: "TLS"},
		{name: "the hash of another body", signing: signing{payload: hash("x")}, headers: [][2]string{{"X-Amz-Content-Sha256", hash("x")}}, kind: auth.BadSignature, says: "does not match what was computed"},
		{name: "no hash", signing: signing{payload: "x"}, headers: [][2]string{{"X-Amz-Content-Sha256", "x"}}, kind: auth.BadSignature, says: "does not match what was computed"},
		{name: "chunks with a trailer", headers: [][2]string{{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}}, kind: auth.BadSignature, says: "not supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRequest(t, http.MethodPost, or(tc.url, "http://xray.test/TraceSegments"), body)
			for _, h := range tc.headers {
				r.Header.Add(h[0], h[1])
			}
			change := replaced(t, tc.old, tc.by)
			e := refusal(t, newVerifier(), received(t, signed(t, r, body, tc.signing), change))
			if e.Kind != tc.kind || !strings.Contains(e.Message, tc.says) {
				t.Errorf("got kind %d: %s\nwant kind %d: %s", e.Kind, e.Message, tc.kind, tc.says)
			}
			if len(e.Message) > 2000 {
				t.Errorf("the message has %d bytes", len(e.Message))
			}
		})
	}
}

// TestMissingPartsAreListed has the text of AWS's IncompleteSignature.
func TestMissingPartsAreListed(t *testing.T) {
	for header, want := range map[string]string{
		"AWS4-HMAC-SHA256": "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
			"Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
		"AWS4-HMAC-SHA256 Signature=0123abcd, Credential=a": "Authorization header requires 'SignedHeaders' parameter. " +
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256  Credential=a",
	} {
		r := newRequest(t, http.MethodPost, "http://xray.test/Traces", "")
		r.Header.Set("Authorization", header)
		if e := refusal(t, newVerifier(), r); e.Kind != auth.Incomplete || e.Message != want {
			t.Errorf("%s:\ngot  %s\nwant %s", header, e.Message, want)
		}
	}
}

func TestTheSignatureIsNotEchoed(t *testing.T) {
	r := newRequest(t, http.MethodPost, "http://xray.test/Traces", "")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, signature=secretsecret, Signature=secretsecret, SignedHeaders=host, x")
	if e := refusal(t, newVerifier(), r); strings.Contains(e.Message, "secretsecret") {
		t.Errorf("got %s", e.Message)
	}
}

func TestLargeBodiesAreRefusedBeforeTheyAreKept(t *testing.T) {
	v := newVerifier()
	v.MaxBodyBytes = 16
	long := strings.Repeat("x", 17)
	r := signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", long), long, signing{})
	if e := refusal(t, v, received(t, r, nil)); e.Kind != auth.BodyTooLarge {
		t.Errorf("got %v", e)
	}
	chunked := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", long), long, signing{}), nil)
	chunked.ContentLength = -1 // as with chunked transfer
	if e := refusal(t, v, chunked); e.Kind != auth.BodyTooLarge {
		t.Errorf("got %v", e)
	}
	v.MaxBodyBytes = 17
	if _, err := v.Verify(received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", long), long, signing{}), nil)); err != nil {
		t.Error(err)
	}
}

func TestABodyThatEndsEarly(t *testing.T) {
	r := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", body), body, signing{}),
		func(s string) string { return s[:len(s)-1] })
	if e := refusal(t, newVerifier(), r); e.Kind != auth.BadBody {
		t.Errorf("got %v", e)
	}
}

// TestReplayWithinTheSkew is by design of Signature Version 4: see the package's comment.
func TestReplayWithinTheSkew(t *testing.T) {
	v := newVerifier()
	for range 2 {
		r := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", body), body, signing{}), nil)
		if _, err := v.Verify(r); err != nil {
			t.Error(err)
		}
	}
}

func TestErrorNames(t *testing.T) {
	for _, tc := range []struct {
		kind  auth.Kind
		rest  string
		json1 string
		query string
	}{
		{auth.Missing, "MissingAuthenticationTokenException 403", "MissingAuthenticationTokenException 403", "MissingAuthenticationToken 403"},
		{auth.Incomplete, "IncompleteSignatureException 403", "IncompleteSignatureException 400", "IncompleteSignature 400"},
		{auth.BadSignature, "InvalidSignatureException 403", "InvalidSignatureException 400", "SignatureDoesNotMatch 403"},
		{auth.Stale, "InvalidSignatureException 403", "InvalidSignatureException 400", "SignatureDoesNotMatch 403"},
		{auth.RequestExpired, "InvalidSignatureException 403", "InvalidSignatureException 400", "RequestExpired 400"},
		{auth.UnknownKey, "UnrecognizedClientException 403", "UnrecognizedClientException 400", "InvalidClientTokenId 403"},
		{auth.SessionExpired, "ExpiredTokenException 403", "ExpiredTokenException 400", "ExpiredToken 403"},
		{auth.Denied, "AccessDeniedException 403", "AccessDeniedException 400", "AccessDenied 403"},
		{auth.WrongScope, "InvalidSignatureException 403", "InvalidSignatureException 400", "SignatureDoesNotMatch 403"},
		{auth.Failure, "InternalFailure 500", "InternalFailure 500", "InternalFailure 500"},
	} {
		for p, want := range map[auth.Protocol]string{auth.RESTJSON: tc.rest, auth.JSON1: tc.json1, auth.Query: tc.query} {
			name, status := (&auth.Error{Kind: tc.kind}).Code(p)
			if got := name + " " + http.StatusText(status); got != strings.Fields(want)[0]+" "+statusText(strings.Fields(want)[1]) {
				t.Errorf("kind %d in protocol %d is %s %d, want %s", tc.kind, p, name, status, want)
			}
		}
	}
}

func statusText(code string) string {
	return map[string]string{"400": "Bad Request", "403": "Forbidden", "500": "Internal Server Error"}[code]
}
