package auth

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeLayout = "20060102T150405Z"
	dayLayout  = "20060102"

	// Bounds of what is looked at before anybody is known.
	maxAuthorization = 8 << 10
	maxSignedHeaders = 128
	maxExpires       = 7 * 24 * 60 * 60 // seconds

	headerDate    = "X-Amz-Date"
	headerToken   = "X-Amz-Security-Token" //nolint:gosec // a header's name
	headerPayload = "X-Amz-Content-Sha256"
)

// claim is what a request says about its signature.
type claim struct {
	accessKeyID, day, region, service, terminator string

	headers   []string // signed, lower case and sorted
	signature [32]byte
	timestamp string // as signed, in timeLayout
	at        time.Time
	token     string

	presigned bool
	expires   time.Duration
}

// scope returns the credential scope.
func (c *claim) scope() string {
	return c.day + "/" + c.region + "/" + c.service + "/" + c.terminator
}

// once are headers that decide who signs what: they may come once only, so that
// whoever stands before the service cannot have read another one.
var once = []string{"Authorization", headerDate, headerToken, headerPayload}

// readClaim reads the Authorization header, or the query of a presigned request.
func readClaim(r *http.Request) (*claim, error) {
	for _, name := range once {
		if len(r.Header[name]) > 1 {
			return nil, incomplete("Header '%s' must not occur more than once.", name)
		}
	}
	authorization := r.Header.Get("Authorization")
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, incomplete("The query string is malformed.")
	}
	presigned := query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") || query.Has("X-Amz-Credential")
	switch {
	case presigned && authorization != "":
		return nil, incomplete("A request must not be signed both in the Authorization header and in the query string.")
	case presigned:
		return readPresigned(r, query)
	case authorization == "":
		return nil, &Error{Kind: Missing, Message: "Missing Authentication Token"}
	}
	return readHeader(r, authorization)
}

// readHeader reads an Authorization header.
func readHeader(r *http.Request, authorization string) (*claim, error) {
	if len(authorization) > maxAuthorization {
		return nil, incomplete("Authorization header is longer than %d bytes.", maxAuthorization)
	}
	scheme, rest, _ := strings.Cut(authorization, " ")
	if scheme != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%s'. The Authorization header must begin with '%s'.", printable(scheme), algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, incomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", printable(part), withoutSignature(authorization))
		}
		if _, twice := fields[name]; twice {
			return nil, incomplete("'%s' occurs more than once in Authorization header: '%s'.", printable(name), withoutSignature(authorization))
		}
		fields[name] = value
	}
	c := &claim{token: r.Header.Get(headerToken)}
	missing := c.readFields(fields["Credential"], fields["SignedHeaders"], fields["Signature"], func(name string) string {
		return "Authorization header requires '" + name + "' parameter."
	})
	date, dated := requestDate(r.Header)
	if !dated {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return nil, incomplete("%s Authorization=%s", strings.Join(missing, " "), withoutSignature(authorization))
	}
	return c, c.parse(fields["Credential"], fields["SignedHeaders"], fields["Signature"], date)
}

// readFields returns what to say about each part that is missing.
func (c *claim) readFields(credential, headers, signature string, say func(string) string) (missing []string) {
	for _, f := range []struct{ name, value string }{{"Credential", credential}, {"Signature", signature}, {"SignedHeaders", headers}} {
		if f.value == "" {
			missing = append(missing, say(f.name))
		}
	}
	return missing
}

// requestDate returns X-Amz-Date, or Date in its form.
func requestDate(h http.Header) (string, bool) {
	if date := h.Get(headerDate); date != "" {
		return date, true
	}
	date := h.Get("Date")
	if date == "" || len(h["Date"]) > 1 {
		return "", false
	}
	if t, err := http.ParseTime(date); err == nil {
		return t.UTC().Format(timeLayout), true
	}
	return date, true
}

// readPresigned reads the parameters of a presigned request.
func readPresigned(r *http.Request, query url.Values) (*claim, error) {
	for name, values := range query {
		if len(values) > 1 && strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			return nil, incomplete("Query-string parameter '%s' must not occur more than once.", printable(name))
		}
	}
	if a := query.Get("X-Amz-Algorithm"); a != "" && a != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%s'.", printable(a))
	}
	c := &claim{presigned: true, token: query.Get(headerToken)}
	if c.token != "" && r.Header.Get(headerToken) != "" {
		return nil, incomplete("The security token must not be both in a header and in the query string.")
	}
	if c.token == "" {
		c.token = r.Header.Get(headerToken)
	}
	var missing []string
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", headerDate} {
		if query.Get(name) == "" {
			missing = append(missing, "AWS query-string parameters must include '"+name+"'.")
		}
	}
	if len(missing) > 0 {
		return nil, incomplete("%s Re-examine the query-string parameters.", strings.Join(missing, " "))
	}
	if err := c.readExpires(query); err != nil {
		return nil, err
	}
	return c, c.parse(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature"), query.Get(headerDate))
}

// readExpires reads X-Amz-Expires. Some of AWS's signers leave it out for services
// other than S3, which then apply the usual skew.
func (c *claim) readExpires(query url.Values) error {
	text := query.Get("X-Amz-Expires")
	if text == "" {
		c.expires = DefaultClockSkew
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n < 1 || n > maxExpires {
		return incomplete("X-Amz-Expires must be a number of seconds between 1 and %d.", maxExpires)
	}
	c.expires = time.Duration(n) * time.Second
	return nil
}

// keyIDPattern is what an access key may look like: it goes to the log and to the
// keys' store.
var keyIDPattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,128}$`)

// parse reads the parts of a claim.
func (c *claim) parse(credential, headers, signature, date string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", printable(credential))
	}
	c.accessKeyID, c.day, c.region, c.service, c.terminator = parts[0], parts[1], printable(parts[2]), printable(parts[3]), printable(parts[4])
	if !keyIDPattern.MatchString(c.accessKeyID) {
		return &Error{Kind: UnknownKey, Message: invalidToken}
	}
	at, err := time.Parse(timeLayout, date)
	if err != nil || len(date) != len(timeLayout) {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%s'.", printable(date))
	}
	if len(c.day) != len(dayLayout) || strings.Trim(c.day, "0123456789") != "" {
		return incomplete("Credential must have a date as its second element, got '%s'", printable(credential))
	}
	c.at, c.timestamp = at, date
	if n, err := hex.Decode(c.signature[:], []byte(firstBytes(signature, 64))); err != nil || n != 32 || len(signature) != 64 || strings.ToLower(signature) != signature {
		return &Error{Kind: BadSignature, Message: mismatch}
	}
	return c.parseHeaders(headers)
}

func firstBytes(s string, n int) string { return s[:min(len(s), n)] }

// parseHeaders reads the list of signed headers.
func (c *claim) parseHeaders(list string) error {
	c.headers = strings.Split(list, ";")
	if len(c.headers) > maxSignedHeaders {
		return incomplete("More than %d headers are signed.", maxSignedHeaders)
	}
	for i, name := range c.headers {
		if name == "" || name != strings.ToLower(name) || i > 0 && c.headers[i-1] >= name {
			return incomplete("'SignedHeaders' must be a list of lower-case names in ascending order, each once, got '%s'.", printable(list))
		}
	}
	if !slices.Contains(c.headers, "host") {
		return &Error{Kind: BadSignature, Message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	return nil
}

var signatureField = regexp.MustCompile(`(?i)signature\s*=[^,]*,?`)

// withoutSignature returns a header for a message: it must not give the signature
// away to whoever reads logs.
func withoutSignature(authorization string) string {
	return printable(strings.TrimRight(signatureField.ReplaceAllString(authorization, ""), ", "))
}

// printable returns outside text for a message: bounded and without control
// characters.
func printable(s string) string {
	const most = 512
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
