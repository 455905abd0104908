package server_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/internal/tlstest"
)

// farewell is a request that makes the service close the connection, so that the client need
// not: net/http takes a client that closes for one that has gone, and cancels what it does.
const farewell = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// wire sends a text and returns every answer to it.
func (x *target) wire(text string) []*http.Response {
	x.Helper()
	conn, err := new(net.Dialer).DialContext(x.Context(), "tcp", strings.TrimPrefix(x.server.Endpoint(), "http://"))
	x.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, text+farewell)
	x.must(err)
	var all []*http.Response
	for r := bufio.NewReader(conn); ; {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return all // the service has closed the connection
		}
		_, err = io.Copy(io.Discard, resp.Body)
		x.must(err)
		if resp.StatusCode == http.StatusOK && resp.Close && resp.Header.Get("X-Amzn-Requestid") == "" {
			return all
		}
		all = append(all, resp)
	}
}

// written is a request as text.
func (x *target) written(r *http.Request) string {
	x.Helper()
	var b bytes.Buffer
	x.must(r.Write(&b))
	return b.String()
}

// TestSmuggledRequests sends what a proxy before the service and the service itself could
// read differently. No answer is a good one, and nothing is done. What is no HTTP is
// answered by net/http, before there is a request that could have an id.
func TestSmuggledRequests(t *testing.T) {
	x := newTarget(t)
	host := strings.TrimPrefix(x.server.Endpoint(), "http://")
	unsigned := "POST /DeleteGroup HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + strconv.Itoa(len(deletion)) + "\r\n\r\n" + deletion
	admin := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(x.written(x.signed("admin", "/DeleteGroup", deletion)))
	}
	length := "Content-Length: " + strconv.Itoa(len(deletion)) + "\r\n"
	for name, text := range map[string]string{
		"both lengths":                    admin(length, length+"Transfer-Encoding: chunked\r\n", deletion, "0\r\n\r\n"+unsigned),
		"both lengths, the other way":     admin(length, "Transfer-Encoding: chunked\r\n"+length),
		"chunks for a length":             admin(length, "Transfer-Encoding: chunked\r\n", deletion, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(deletion), deletion)),
		"two lengths":                     admin(length, length+"Content-Length: 0\r\n"),
		"a length in a list":              admin(length, "Content-Length: "+strconv.Itoa(len(deletion))+", 0\r\n"),
		"a signed length":                 admin(length, "Content-Length: +"+strconv.Itoa(len(deletion))+"\r\n"),
		"an unknown coding":               admin(length, "Transfer-Encoding: xchunked\r\n"),
		"two codings":                     admin(length, "Transfer-Encoding: chunked, identity\r\n"),
		"a coding with a space":           admin(length, "Transfer-Encoding : chunked\r\n"),
		"a coding with a tab":             admin(length, "Transfer-Encoding:\x0bchunked\r\n"),
		"two hosts":                       admin("Host: "+host, "Host: "+host+"\r\nHost: evil.example"),
		"another host in the address":     admin("POST /DeleteGroup", "POST http://evil.example/DeleteGroup"),
		"a folded header":                 admin("X-Amz-Date: ", "X-Amz-Date: 20200101T000000Z\r\n "),
		"a zero byte":                     admin("X-Amz-Date: ", "X-Amz-Date: \x00"),
		"a date with an underscore too":   admin("X-Amz-Date: ", "X_Amz_Date: "),
		"a second request behind":         x.written(x.signed("reader", "/DeleteGroup", deletion)) + unsigned,
		"a request in a body that is cut": x.written(x.signed("reader", "/DeleteGroup", deletion))[:20] + "\r\n\r\n" + unsigned,
		"a tail that is not read":         admin("HTTP/1.1\r\n", "HTTP/1.0\r\n", "/DeleteGroup", "/DeleteGroup#/Groups"),
		"another protocol":                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + unsigned,
	} {
		t.Run(name, func(t *testing.T) {
			before, logged := x.state(), len(x.log.String())
			answers := x.wire(text)
			withID := 0
			for _, resp := range answers {
				if resp.StatusCode < 400 {
					t.Errorf("answered by %s", resp.Status)
				}
				if resp.Header.Get("X-Amzn-Requestid") != "" && resp.StatusCode != http.StatusNotFound {
					withID++
				}
			}
			if ids := x.refusals(logged); len(answers) == 0 || len(ids) != withID {
				t.Errorf("%d answers, %d with an id, %d in the log", len(answers), withID, len(ids))
			}
			if after := x.state(); after != before {
				t.Errorf("something has changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
	x.noSecretsInTheLog()
}

// inChunks is a request whose body comes in signed chunks, changed on the way.
func inChunks(kind string, change func(text string) string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		r, c, at := x.request("/DeleteGroup", ""), x.who("admin"), time.Now().UTC()
		r.Header.Set("X-Amz-Content-Sha256", kind)
		r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(len(deletion)))
		r.Header.Set("Content-Encoding", "aws-chunked")
		x.must(v4.NewSigner().SignHTTP(x.Context(), c, r, kind, "xray", "us-east-1", at))
		_, previous, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		var b strings.Builder
		for _, data := range []string{deletion[:9], deletion[9:], ""} {
			previous = chunkSignature(c, at, previous, data)
			fmt.Fprintf(&b, "%x;chunk-signature=%s\r\n%s\r\n", len(data), previous, data)
		}
		text := b.String()
		if change != nil {
			text = change(text)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		return r
	}
}

// chunkSignature is that of the Amazon S3 API Reference, "Signature calculations for the
// Authorization header: Transferring payload in multiple chunks".
func chunkSignature(c aws.Credentials, at time.Time, previous, data string) string {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	day := at.Format("20060102")
	key := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range []string{day, "us-east-1", "xray", "aws4_request"} {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256-PAYLOAD\n"+at.Format("20060102T150405Z")+"\n"+day+"/us-east-1/xray/aws4_request\n"+
		previous+"\n"+hashOf("")+"\n"+hashOf(data)))
}

// TestAttacksOnChunks changes bodies that come in chunks.
func TestAttacksOnChunks(t *testing.T) {
	const chunks, invalid, malformed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "InvalidSignatureException", "SerializationException"
	replace := func(old, by string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, by, 1) }
	}
	x := newTarget(t)
	x.run([]attack{
		{"a byte is changed", inChunks(chunks, replace("Red", "Rod")), 403, invalid},
		{"the last chunk is missing", inChunks(chunks, func(s string) string { return s[:strings.LastIndex(s, "0;chunk")] }), 400, malformed},
		{"the second chunk is missing", inChunks(chunks, func(s string) string {
			parts := strings.SplitAfter(s, "\r\n")
			return strings.Join(append(parts[:2:2], parts[4:]...), "")
		}), 403, invalid},
		{"chunks in another order", inChunks(chunks, func(s string) string {
			p := strings.SplitAfter(s, "\r\n")
			return strings.Join([]string{p[2], p[3], p[0], p[1], p[4], p[5]}, "")
		}), 403, invalid},
		{"one chunk of two", inChunks(chunks, func(s string) string { return s[:strings.Index(s, "\r\n")] }), 400, malformed},
		{"garbage behind", inChunks(chunks, func(s string) string { return s + "garbage" }), 400, malformed},
		{"a request behind", inChunks(chunks, func(s string) string { return s + "POST /DeleteGroup HTTP/1.1\r\n\r\n" }), 400, malformed},
		{"a huge size", inChunks(chunks, func(s string) string { return "ffffffffffffffff" + s[1:] }), 400, malformed},
		{"a negative size", inChunks(chunks, func(s string) string { return "-1" + s[1:] }), 400, malformed},
		{"without signatures", inChunks(chunks, replace(";chunk-signature=", ";x=")), 400, malformed},
		{"no chunks", inChunks(chunks, func(string) string { return deletion }), 400, malformed},
		{"with a trailer", inChunks("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", nil), 403, invalid},
		{"unsigned with a trailer", inChunks("STREAMING-UNSIGNED-PAYLOAD-TRAILER", nil), 403, invalid},
		{"for another length", func(x *target) *http.Request {
			r := inChunks(chunks, nil)(x)
			r.Header.Set("X-Amz-Decoded-Content-Length", "1")
			return r
		}, 403, invalid},
	})
	if resp, text := x.do(inChunks(chunks, nil)(x)); resp.StatusCode != http.StatusOK {
		t.Errorf("as it was signed: %d %s", resp.StatusCode, text)
	}
}

// TestAttacksOverHTTP2 is about what HTTP/2 and TLS change.
func TestAttacksOverHTTP2(t *testing.T) {
	const incomplete, invalid = "IncompleteSignatureException", "InvalidSignatureException"
	ca := tlstest.NewCA(t)
	x := newTarget(t, func(c *config.Config) { withTLS(t, c, ca) })
	x.run([]attack{
		{"two dates", altered(func(r *http.Request) { r.Header.Add("X-Amz-Date", r.Header.Get("X-Amz-Date")) }), 403, incomplete},
		{"two signatures", altered(func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }), 403, incomplete},
		{"another authority", altered(func(r *http.Request) { r.Host = "evil.example" }), 403, invalid},
		{"a header that is not signed", altered(set("X-Amz-Target", "x")), 403, invalid},
		{"two slashes", altered(func(r *http.Request) { r.URL.Path = "//DeleteGroup" }), 401, invalid},
		{"a reader deletes a group", by("reader", "/DeleteGroup", deletion), 403, "AccessDeniedException"},
		{"a body that is not signed, and another path", func(x *target) *http.Request {
			r := x.request("/Groups", deletion)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			x.must(v4.NewSigner().SignHTTP(x.Context(), x.who("admin"), r, "UNSIGNED-PAYLOAD", "xray", "us-east-1", time.Now()))
			r.URL.Path = "/DeleteGroup"
			return r
		}, 403, invalid},
	})
	if resp, text := x.do(x.signed("admin", "/DeleteGroup", deletion)); resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		t.Errorf("as it was signed: %d by %s: %s", resp.StatusCode, resp.Proto, text)
	}
}

// TestPagesOfOtherSites is about browsers, where nobody has to sign.
func TestPagesOfOtherSites(t *testing.T) {
	var log buffer
	s, _ := start(t, local(t), &log)
	for _, path := range []string{"/CreateGroup", "/clusters/demo/addons", "/"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint()+path, strings.NewReader(`{"GroupName":"Eve"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "text/plain")
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		status, text, header := do(t, r)
		if id := header.Get("X-Amzn-Requestid"); status != http.StatusForbidden || id == "" || strings.Count(log.String(), id) != 1 {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, text := request(t, http.MethodPost, s.Endpoint()+"/Groups", "{}"); strings.Contains(text, "Eve") {
		t.Errorf("a page has made a group: %s", text)
	}
}
