package auth_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
)

// TestDocumentedChunks is the example of "Transferring payload in multiple chunks" in
// the Amazon S3 API Reference, with the path that signers other than that of S3 use.
func TestDocumentedChunks(t *testing.T) {
	first, second := strings.Repeat("a", 65536), strings.Repeat("a", 1024)
	text := "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + first + "\r\n" +
		"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + second + "\r\n" +
		"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	build := func(text string) *http.Request {
		r := newRequest(t, http.MethodPut, "https://s3.amazonaws.com/examplebucket/chunkObject.txt", text)
		for name, value := range map[string]string{
			"X-Amz-Date": "20130524T000000Z", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY", "Content-Encoding": "aws-chunked", "X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			"X-Amz-Decoded-Content-Length": "66560", "Content-Length": "66824",
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
		} {
			r.Header.Set(name, value)
		}
		r.ContentLength = int64(len(text))
		return r
	}
	v := &auth.Verifier{
		Keys: keys{keyID: {Secret: secret}}, Services: []string{"s3"},
		Now: func() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) },
	}
	r := build(text)
	if _, err := v.Verify(r); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, r); got != first+second || r.Header.Get("Content-Encoding") != "" || r.ContentLength != 66560 {
		t.Errorf("got %d bytes, coding %q, length %d", len(got), r.Header.Get("Content-Encoding"), r.ContentLength)
	}
	for name, change := range map[string]string{
		"a byte":             strings.Replace(text, "aaa", "aba", 1),
		"no last chunk":      text[:strings.LastIndex(text, "0;chunk")],
		"more behind":        text + "x",
		"no chunks":          strings.Repeat("x", len(text)),
		"a huge chunk":       "7fffffff" + text[5:],
		"a negative chunk":   "-1" + text[5:],
		"another signature":  strings.Replace(text, "=ad80", "=ad81", 1),
		"nothing":            "",
		"a line without end": "10000;chunk-signature=" + strings.Repeat("0", 300),
	} {
		r := build(change)
		if e := refusal(t, v, r); e.Kind != auth.BadSignature && e.Kind != auth.BadBody {
			t.Errorf("%s: got %v", name, e)
		}
	}
}

// signChunks signs a request whose body comes in chunks.
func signChunks(t *testing.T, chunks ...string) *http.Request {
	t.Helper()
	const scope = "20260304/eu-west-1/xray/aws4_request"
	r := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", "")
	r.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(len(strings.Join(chunks, ""))))
	r.Header.Set("Content-Encoding", "aws-chunked,gzip")
	signed(t, r, "", signing{payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"})
	_, previous, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	key := []byte("AWS4" + secret)
	sum := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	for part := range strings.SplitSeq(scope, "/") {
		key = sum(key, part)
	}
	var b bytes.Buffer
	for _, c := range append(chunks, "") {
		previous = hex.EncodeToString(sum(key, "AWS4-HMAC-SHA256-PAYLOAD\n20260304T050607Z\n"+scope+"\n"+previous+"\n"+hash("")+"\n"+hash(c)))
		fmt.Fprintf(&b, "%x;chunk-signature=%s\r\n%s\r\n", len(c), previous, c)
	}
	out := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", b.String())
	out.Header = r.Header
	return out
}

func TestSignedChunks(t *testing.T) {
	r := received(t, signChunks(t, "abc", "defg"), nil)
	if _, err := newVerifier().Verify(r); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, r); got != "abcdefg" || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %q, coding %q", got, r.Header.Get("Content-Encoding"))
	}
	changed := received(t, signChunks(t, "abc", "defg"), replaced(t, "defg", "degf"))
	if e := refusal(t, newVerifier(), changed); e.Kind != auth.BadSignature {
		t.Errorf("got %v", e)
	}
}

func TestTheHashIsOverCompressedBytes(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := newRequest(t, http.MethodPost, "http://xray.test/TraceSegments", b.String())
	r.Header.Set("Content-Encoding", "gzip")
	in := received(t, signed(t, r, b.String(), signing{}), nil)
	if _, err := newVerifier().Verify(in); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, in); got != b.String() {
		t.Error("the body is no longer what was sent")
	}
}

func TestUnsignedPayloadOverTLS(t *testing.T) {
	r := newRequest(t, http.MethodPost, "https://xray.test/TraceSegments", body)
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	in := received(t, signed(t, r, body, signing{payload: "UNSIGNED-PAYLOAD"}), nil)
	in.TLS = &tls.ConnectionState{}
	v := newVerifier()
	v.MaxBodyBytes = 1 // the body is not read
	if _, err := v.Verify(in); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, in); got != body {
		t.Errorf("the body is %q", got)
	}
}
