package auth_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/auth"
)

// FuzzAuthorization reads headers that others wrote. Nobody knows the secret, so
// nothing may be accepted, and every answer must be one that can be sent.
func FuzzAuthorization(f *testing.F) {
	r := signed(f, newRequest(f, http.MethodPost, "http://xray.test/Traces", body), body, signing{})
	f.Add(r.Header.Get("Authorization"), "20260304T050607Z", "")
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260304/eu-west-1/xray/aws4_request,SignedHeaders=host,Signature=", "", token)
	f.Add("Bearer a:b", "Wed, 04 Mar 2026 05:06:07 GMT", "")
	f.Add("AWS4-HMAC-SHA256 =,=;=/", "99999999T999999Z", "")
	v := newVerifier()
	f.Fuzz(func(t *testing.T, authorization, date, session string) {
		r := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", "another body")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		if session != "" {
			r.Header.Set("X-Amz-Security-Token", session)
		}
		_, err := v.Verify(r)
		e, ok := errors.AsType[*auth.Error](err)
		if !ok {
			t.Fatalf("accepted, or refused with %v", err)
		}
		if e.Kind == auth.Failure {
			t.Errorf("%v is not the caller's fault", e)
		}
		if name, status := e.Code(auth.RESTJSON); name == "" || status < 400 || strings.ContainsAny(e.Message, "\r\n\x00") {
			t.Errorf("%s %d %q cannot be sent", name, status, e.Message)
		}
	})
}

// FuzzCanonical signs whatever path and query with the SDK's signer.
func FuzzCanonical(f *testing.F) {
	f.Add("/Traces", "a=b", "v  w")
	f.Add("/a%2Fb/%E2%98%83", "x=1&x=0&y", " , ")
	f.Add("/a b", "a=+&%7B=1&a!=%C3%A9", "")
	v := newVerifier()
	f.Fuzz(func(t *testing.T, path, query, header string) {
		u, err := url.Parse("http://xray.test" + path)
		if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for name := range values {
			if strings.HasPrefix(strings.ToLower(name), "x-amz-") {
				return
			}
		}
		u.RawQuery = values.Encode()
		r := newRequest(t, http.MethodPost, "http://xray.test/", body)
		r.URL = u
		if header != "" {
			r.Header.Set("X-Extra", strings.Map(func(c rune) rune {
				if c < ' ' || c == 127 {
					return -1
				}
				return c
			}, header))
		}
		in := received(t, signed(t, r, body, signing{}), nil)
		_, err = v.Verify(in)
		if e, ok := errors.AsType[*auth.Error](err); ok && !strings.Contains(e.Message, "normal form") {
			t.Errorf("%s: %v", in.RequestURI, err)
		}
	})
}

// FuzzChunks reads bodies in chunks. An attacker has a signed request and may send
// another body with it.
func FuzzChunks(f *testing.F) {
	f.Add("3;chunk-signature=00\r\nabc\r\n0;chunk-signature=00\r\n\r\n")
	f.Add("ffffffffffffffff;chunk-signature=\r\n")
	f.Add(";chunk-signature=\r\n\r\n")
	v := newVerifier()
	f.Fuzz(func(t *testing.T, body string) {
		r := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", "")
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
		r.Header.Set("X-Amz-Decoded-Content-Length", "3")
		signed(t, r, "", signing{payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"})
		out := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", body)
		out.Header = r.Header
		e := refusal(t, v, out)
		if e.Kind != auth.BadBody && e.Kind != auth.BadSignature {
			t.Errorf("got %v", e)
		}
	})
}

// FuzzPresigned reads queries that others wrote. Nobody knows the secret, so nothing may be
// accepted.
func FuzzPresigned(f *testing.F) {
	const good = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + keyID + "%2F20260304%2Feu-west-1%2Fxray%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature="
	f.Add(good+strings.Repeat("0", 64), "")
	f.Add(good+strings.Repeat("0", 64)+"&X-Amz-Security-Token=x&X-Amz-Expires=61", "")
	f.Add("X%2DAmz-Signature=0&x-amz-expires=-1&X-Amz-Date=&;", "AWS4-HMAC-SHA256 Credential=a")
	v := newVerifier()
	f.Fuzz(func(t *testing.T, query, authorization string) {
		r := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", "another body")
		r.URL.RawQuery = query
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		_, err := v.Verify(r)
		e, ok := errors.AsType[*auth.Error](err)
		if !ok {
			t.Fatalf("accepted, or refused with %v", err)
		}
		if e.Kind == auth.Failure || strings.ContainsAny(e.Message, "\r\n\x00") {
			t.Errorf("%q cannot be sent, or is not the caller's fault", e.Message)
		}
	})
}
