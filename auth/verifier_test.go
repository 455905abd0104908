package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/auth"
)

func TestTheSDKsSignatureIsAccepted(t *testing.T) {
	const body = `{"TraceSegmentDocuments":[]}`
	r := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test:2080/TraceSegments", body), body, signing{}), nil)
	id, err := newVerifier().Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	if id.AccessKeyID != keyID || id.Principal.Name != "alice" || id.Service != "xray" || id.Region != "eu-west-1" || !id.SignedAt.Equal(now) || id.Presigned {
		t.Errorf("got %+v", id)
	}
	if got := readAll(t, r); got != body {
		t.Errorf("the body is %q after it was verified, want %q", got, body)
	}
}

// TestDocumentedExample is the example of "Signature Version 4 signing process".
func TestDocumentedExample(t *testing.T) {
	r := newRequest(t, http.MethodGet, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	v := &auth.Verifier{
		Keys:     keys{"AKIDEXAMPLE": {Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
		Services: []string{"sts", "iam"},
		Now:      func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
	}
	if _, err := v.Verify(received(t, r, nil)); err != nil {
		t.Error(err)
	}
}

// drawRequest draws a request of any path, query, headers and body.
func drawRequest(t *rapid.T) (r *http.Request, body string) {
	text := rapid.StringOf(rapid.OneOf(
		rapid.RuneFrom([]rune("abcXYZ019-_.~")), rapid.RuneFrom([]rune(" +%&=/?#:;@!$'()*,[]{}|\\^`\"<>")), rapid.Rune(),
	))
	u := url.URL{Scheme: "http", Host: rapid.SampledFrom([]string{"xray.test", "xray.test:2080", "[::1]:2080", "10.0.0.1:80"}).Draw(t, "host"), Path: "/"}
	for _, segment := range rapid.SliceOfN(text, 0, 3).Draw(t, "segments") {
		if segment = strings.ReplaceAll(segment, "/", "_"); segment != "" && segment != "." && segment != ".." {
			u.Path = strings.TrimSuffix(u.Path, "/") + "/" + segment
			u.RawPath = strings.TrimSuffix(u.RawPath, "/") + "/" + url.PathEscape(segment)
		}
	}
	query := url.Values{}
	for _, name := range rapid.SliceOfN(text, 0, 4).Draw(t, "names") {
		if !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			query[name] = rapid.SliceOfN(text, 1, 3).Draw(t, "values")
		}
	}
	u.RawQuery = query.Encode()
	body = rapid.StringN(0, 200, -1).Draw(t, "body")
	method := rapid.SampledFrom([]string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}).Draw(t, "method")
	r, err := http.NewRequestWithContext(context.Background(), method, u.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	visible := rapid.StringOf(rapid.RuneFrom([]rune("abc XYZ  ,;=\"'09")))
	for _, name := range rapid.SliceOfN(rapid.StringMatching(`[A-Za-z][A-Za-z0-9-]{0,8}`), 0, 4).Draw(t, "headers") {
		name = "X-" + name
		if strings.HasPrefix(http.CanonicalHeaderKey(name), "X-Amz") {
			continue
		}
		for _, value := range rapid.SliceOfN(visible, 1, 3).Draw(t, "header values") {
			r.Header.Add(name, value)
		}
	}
	if rapid.Bool().Draw(t, "hash in a header") {
		r.Header.Set("X-Amz-Content-Sha256", hash(body))
	}
	return r, body
}

func drawSigning(t *rapid.T) signing {
	s := signing{at: now.Add(time.Duration(rapid.Int64Range(-300, 300).Draw(t, "skew")) * time.Second)}
	if rapid.Bool().Draw(t, "session") {
		s.key, s.token = oldKeyID, token
	}
	return s
}

func TestRandomRequestsSignedByTheSDK(t *testing.T) {
	v := newVerifier()
	rapid.Check(t, func(rt *rapid.T) {
		r, body := drawRequest(rt)
		in := received(t, signed(t, r, body, drawSigning(rt)), nil)
		if _, err := v.Verify(in); err != nil {
			rt.Fatalf("%s %s: %v", in.Method, in.RequestURI, err)
		}
		if got := readAll(t, in); got != body {
			rt.Errorf("the body is %q, want %q", got, body)
		}
	})
}

func TestRandomRequestsPresignedByTheSDK(t *testing.T) {
	v := newVerifier()
	rapid.Check(t, func(rt *rapid.T) {
		r, body := drawRequest(rt)
		s := drawSigning(rt)
		seconds := rapid.IntRange(300, 7*24*3600).Draw(rt, "expires")
		q := r.URL.Query()
		q.Set("X-Amz-Expires", strconv.Itoa(seconds))
		r.URL.RawQuery = q.Encode()
		uri, headers, err := v4.NewSigner().PresignHTTP(t.Context(), s.credentials(), r, hash(body), "xray", "eu-west-1", s.at)
		if err != nil {
			rt.Fatal(err)
		}
		if r.URL, err = url.Parse(uri); err != nil {
			rt.Fatal(err)
		}
		for name, values := range headers {
			if name != "Host" && name != "Content-Length" {
				r.Header[name] = values
			}
		}
		id, err := v.Verify(received(t, r, nil))
		if err != nil {
			rt.Fatalf("%s: %v", uri, err)
		}
		if !id.Presigned {
			rt.Error("not known as presigned")
		}
	})
}

// TestEveryChangeIsNoticed changes one byte of a signed request.
func TestEveryChangeIsNoticed(t *testing.T) {
	v := newVerifier()
	const body = `{"TraceIds":["1-5759e988-bd862e3fe1be46a994272793"]}`
	r := newRequest(t, http.MethodPost, "http://xray.test/Traces?a=b&c=d%2F", body)
	r.Header.Set("X-Extra", "value")
	var text string
	received(t, signed(t, r, body, signing{}), func(s string) string { text = s; return s })
	start := strings.Index(text, "User-Agent") // unsigned by the SDK
	end := start + strings.Index(text[start:], "\n") + 1
	text = text[:start] + text[end:]
	accepted := 0
	for i := range len(text) {
		changed := []byte(text)
		changed[i] ^= 1
		in := parse(string(changed))
		if in == nil {
			continue
		}
		if _, err := v.Verify(in); err == nil {
			accepted++
			t.Logf("accepted: %q for %q", changed[max(0, i-8):min(len(changed), i+8)], text[max(0, i-8):min(len(text), i+8)])
		}
	}
	if accepted > 2 { // the version of HTTP is nobody's secret
		t.Errorf("%d changes were accepted", accepted)
	}
}

func TestClockSkew(t *testing.T) {
	for _, tc := range []struct {
		skew, at time.Duration
		want     string
	}{
		{0, -5 * time.Minute, ""},
		{0, 5 * time.Minute, ""},
		{0, -5*time.Minute - time.Second, "Signature expired: 20260304T050106Z is now earlier than 20260304T050107Z (20260304T050607Z - 5 min.)"},
		{0, 5*time.Minute + time.Second, "Signature not yet current: 20260304T051108Z is still later than 20260304T051107Z (20260304T050607Z + 5 min.)"},
		{15 * time.Minute, -15 * time.Minute, ""},
		{90 * time.Second, -91 * time.Second, "Signature expired: 20260304T050436Z is now earlier than 20260304T050437Z (20260304T050607Z - 1.5 min.)"},
	} {
		v := newVerifier()
		v.ClockSkew = tc.skew
		r := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/Traces", ""), "", signing{at: now.Add(tc.at)}), nil)
		_, err := v.Verify(r)
		if got := fmt.Sprint(err); tc.want == "" && err != nil || tc.want != "" && got != tc.want {
			t.Errorf("%v off with a skew of %v: %v, want %q", tc.at, tc.skew, err, tc.want)
		}
	}
}

func TestPresignedRequestsExpire(t *testing.T) {
	presign := func(expires string, age time.Duration) *http.Request {
		r := newRequest(t, http.MethodGet, "http://xray.test/?Action=GetCallerIdentity&X-Amz-Expires="+expires, "")
		uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), signing{}.credentials(), r, hash(""), "xray", "eu-west-1", now.Add(-age))
		if err != nil {
			t.Fatal(err)
		}
		return received(t, newRequest(t, http.MethodGet, uri, ""), nil)
	}
	if _, err := newVerifier().Verify(presign("60", time.Minute)); err != nil {
		t.Error(err)
	}
	if _, err := newVerifier().Verify(presign("604800", 6*24*time.Hour)); err != nil {
		t.Error(err)
	}
	if e := refusal(t, newVerifier(), presign("60", 61*time.Second)); e.Kind != auth.RequestExpired {
		t.Errorf("got %v", e)
	}
	for _, expires := range []string{"0", "-1", "604801", "1e3", "x"} {
		if e := refusal(t, newVerifier(), presign(expires, 0)); e.Kind != auth.Incomplete {
			t.Errorf("expires %s: got %v", expires, e)
		}
	}
}

func TestHostNamesBehindProxies(t *testing.T) {
	sign := func() *http.Request {
		return received(t, signed(t, newRequest(t, http.MethodPost, "https://traces.example.com/Traces", ""), "", signing{}),
			func(s string) string { return strings.Replace(s, "traces.example.com", "radiograph:2080", 1) })
	}
	v := newVerifier()
	if e := refusal(t, v, sign()); e.Kind != auth.BadSignature {
		t.Errorf("got %v", e)
	}
	v.Hosts = []string{"other.example.com", "traces.example.com"}
	if _, err := v.Verify(sign()); err != nil {
		t.Error(err)
	}
}
