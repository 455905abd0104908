package auth

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// checkRequest refuses what a signature would not cover, or what the service could
// read otherwise than the signer.
func checkRequest(r *http.Request, c *claim) error {
	for name := range r.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") {
			if _, signed := slices.BinarySearch(c.headers, lower); !signed {
				return &Error{Kind: BadSignature, Message: "There were headers present in the request which were not signed: " + printable(lower)}
			}
		}
	}
	for _, name := range c.headers {
		if _, ok := headerValue(r, name, r.Host); !ok {
			return &Error{Kind: BadSignature, Message: "Signed header '" + printable(name) + "' is not in the request."}
		}
	}
	return CheckPath(r.URL)
}

// CheckPath refuses a path that does not mean the same to everybody: signers, proxies
// and servers disagree on whether // and .. are resolved. The error is an *[Error].
func CheckPath(u *url.URL) error {
	if !isNormal(u) {
		return &Error{Kind: BadSignature, Message: "The path must be in normal form: without empty segments, '.' and '..'."}
	}
	return nil
}

func isNormal(u *url.URL) bool {
	path := u.Path
	if path == "" || path == "/" {
		return true
	}
	if path[0] != '/' {
		return false
	}
	path = strings.TrimSuffix(path[1:], "/")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// canonicals holds buffers for canonical requests.
var canonicals = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// sign returns the signature that r should have.
func sign(key []byte, r *http.Request, c *claim, host, query, payload string) []byte {
	b := canonicals.Get().(*bytes.Buffer)
	defer canonicals.Put(b)
	b.Reset()
	writeCanonical(b, r, c, host, query, payload)
	sum := sha256.Sum256(b.Bytes())

	b.Reset()
	b.WriteString(algorithm + "\n" + c.timestamp + "\n" + c.scope() + "\n")
	b.WriteString(hex.EncodeToString(sum[:]))
	return mac(key, b.Bytes())
}

// writeCanonical writes the canonical request.
func writeCanonical(b *bytes.Buffer, r *http.Request, c *claim, host, query, payload string) {
	b.WriteString(r.Method)
	b.WriteByte('\n')
	writeCanonicalPath(b, r.URL.EscapedPath())
	b.WriteByte('\n')
	b.WriteString(query)
	b.WriteByte('\n')
	for _, name := range c.headers {
		value, _ := headerValue(r, name, host)
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(value)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for i, name := range c.headers {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
	}
	b.WriteByte('\n')
	b.WriteString(payload)
}

// headerValue returns the canonical value of a signed header. net/http keeps some
// headers elsewhere.
func headerValue(r *http.Request, name, host string) (string, bool) {
	if name == "host" {
		return collapse(host), true
	}
	values, ok := r.Header[http.CanonicalHeaderKey(name)]
	switch {
	case ok && len(values) == 1:
		return collapse(values[0]), true
	case ok:
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = collapse(v)
		}
		return strings.Join(parts, ","), true
	case name == "content-length" && r.ContentLength >= 0:
		return strconv.FormatInt(r.ContentLength, 10), true
	case name == "transfer-encoding" && len(r.TransferEncoding) > 0:
		return strings.Join(r.TransferEncoding, ","), true
	}
	return "", false
}

// collapse trims a header's value and makes one space of several.
func collapse(s string) string {
	s = strings.Trim(s, " \t")
	if !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] != ' ' || s[i-1] != ' ' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

// unreserved are the bytes that RFC 3986 leaves alone.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// writeCanonicalPath encodes a path that is encoded already once more.
func writeCanonicalPath(b *bytes.Buffer, escaped string) {
	if escaped == "" {
		escaped = "/"
	}
	for i := range len(escaped) {
		if c := escaped[i]; unreserved(c) || c == '/' {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
}

// encode encodes a parameter's name or value by RFC 3986.
func encode(s string) string {
	for i := range len(s) {
		if !unreserved(s[i]) {
			var b bytes.Buffer
			for i := range len(s) {
				if c := s[i]; unreserved(c) {
					b.WriteByte(c)
				} else {
					b.WriteByte('%')
					b.WriteByte(hexDigits[c>>4])
					b.WriteByte(hexDigits[c&15])
				}
			}
			return b.String()
		}
	}
	return s
}

// parameter is one of a query, decoded.
type parameter struct{ name, value string }

// canonicalQueries returns the canonical query: sorted as the specification says, by
// encoded name and value, and sorted by what they encode if that differs, as some of
// AWS's SDKs do. The raw query has been parsed before: it is well-formed.
func canonicalQueries(raw string, presigned bool) []string {
	if raw == "" {
		return []string{""}
	}
	var plain []parameter
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		p := parameter{unescape(name), unescape(value)}
		if presigned && p.name == "X-Amz-Signature" {
			continue
		}
		plain = append(plain, p)
	}
	byText := slices.SortedFunc(slices.Values(plain), compareParameters)
	encoded := make([]parameter, len(byText))
	for i, p := range byText {
		encoded[i] = parameter{encode(p.name), encode(p.value)}
	}
	queries := []string{joinQuery(encoded)}
	if !slices.IsSortedFunc(encoded, compareParameters) {
		slices.SortFunc(encoded, compareParameters)
		queries = append(queries, joinQuery(encoded))
	}
	return queries
}

func compareParameters(a, b parameter) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
}

func unescape(s string) string {
	u, err := url.QueryUnescape(s)
	if err != nil {
		return s // excluded by url.ParseQuery
	}
	return u
}

func joinQuery(parameters []parameter) string {
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}

// signingKey derives the key of a scope from a secret.
func signingKey(secret string, c *claim) []byte {
	key := mac([]byte("AWS4"+secret), []byte(c.day))
	key = mac(key, []byte(c.region))
	key = mac(key, []byte(c.service))
	return mac(key, []byte(terminator))
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
