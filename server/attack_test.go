package server_test

import (
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// deletion is what the attacks on signatures are after.
const deletion = `{"GroupName":"Red"}`

// altered is a good request of the administrator that somebody changes on the way.
func altered(change func(r *http.Request)) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		r := x.signed("admin", "/DeleteGroup", deletion)
		change(r)
		return r
	}
}

// by is a request of somebody who signs well.
func by(who, path, body string) func(x *target) *http.Request {
	return func(x *target) *http.Request { return x.signed(who, path, body) }
}

// signedFor is a request with another scope or time.
func signedFor(service, region string, age time.Duration) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		return x.sign(x.request("/DeleteGroup", deletion), x.who("admin"), service, region, time.Now().Add(-age))
	}
}

// presigned is a request with its signature in the query, changed on the way.
func presigned(expires string, age time.Duration, change func(r *http.Request)) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		r := x.request("/DeleteGroup?X-Amz-Expires="+expires, deletion)
		signed, headers, err := v4.NewSigner().PresignHTTP(x.Context(), x.who("admin"), r, hashOf(deletion), "xray", "us-east-1", time.Now().Add(-age))
		x.must(err)
		u, err := url.Parse(signed)
		x.must(err)
		r.URL = u
		maps.Copy(r.Header, headers)
		if change != nil {
			change(r)
		}
		return r
	}
}

func set(name string, values ...string) func(r *http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

// TestAttacksOnSignatures tries to delete a group without being somebody who may.
func TestAttacksOnSignatures(t *testing.T) {
	const missing, incomplete, invalid, unknown, denied, expired = "MissingAuthenticationTokenException", "IncompleteSignatureException", "InvalidSignatureException",
		"UnrecognizedClientException", "AccessDeniedException", "ExpiredTokenException"
	x := newTarget(t)
	x.run([]attack{
		{"unsigned", func(x *target) *http.Request { return x.request("/DeleteGroup", deletion) }, 403, missing},
		{"an empty Authorization", altered(set("Authorization", "")), 403, missing},
		{"a scheme that is none", altered(set("Authorization", "none")), 403, incomplete},
		{"Basic", altered(set("Authorization", "Basic YWRtaW46YWRtaW4=")), 403, incomplete},
		{"a bearer token on the X-Ray API", func(x *target) *http.Request {
			r := x.request("/DeleteGroup", deletion)
			c := x.who("admin")
			r.Header.Set("Authorization", "Bearer "+c.AccessKeyID+":"+c.SecretAccessKey)
			return r
		}, 403, incomplete},
		{"another service", signedFor("sts", "us-east-1", 0), 403, invalid},
		{"another region", signedFor("xray", "eu-west-1", 0), 403, invalid},
		{"a path for a region", signedFor("xray", "../../../eu-west-1", 0), 403, incomplete},
		{"a path for a service", signedFor("..%2f..", "us-east-1", 0), 403, invalid},
		{"too old", signedFor("xray", "us-east-1", 6*time.Minute), 403, invalid},
		{"from the future", signedFor("xray", "us-east-1", -6*time.Minute), 403, invalid},
		{"too old with a new date", func(x *target) *http.Request {
			r := signedFor("xray", "us-east-1", 6*time.Minute)(x)
			r.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
			return r
		}, 403, invalid},

		{"two dates", altered(func(r *http.Request) { r.Header.Add("X-Amz-Date", r.Header.Get("X-Amz-Date")) }), 403, incomplete},
		{"two signatures", altered(func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }), 403, incomplete},
		{"Date for X-Amz-Date", altered(func(r *http.Request) {
			r.Header.Del("X-Amz-Date")
			r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		}), 403, invalid},
		{"Date beside X-Amz-Date that is too old", func(x *target) *http.Request {
			r := signedFor("xray", "us-east-1", 6*time.Minute)(x)
			r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
			return r
		}, 403, invalid},
		{"a header that is not signed", altered(set("X-Amz-Target", "AWSXray.DeleteGroup")), 403, invalid},
		{"the same in lower case", altered(set("x-amz-target", "AWSXray.DeleteGroup")), 403, invalid},
		{"another host", altered(func(r *http.Request) { r.Host = "xray.us-east-1.amazonaws.com" }), 403, invalid},
		{"a token for lasting keys", func(x *target) *http.Request {
			c := x.who("admin")
			c.SessionToken = x.who("chained").SessionToken
			return x.sign(x.request("/DeleteGroup", deletion), c, "xray", "us-east-1", time.Now())
		}, 403, unknown},

		{"another path", altered(func(r *http.Request) { r.URL.Path = "/DeleteSamplingRule" }), 403, invalid},
		{"two slashes", altered(func(r *http.Request) { r.URL.Path = "//DeleteGroup" }), 401, invalid},
		{"up and down", altered(func(r *http.Request) { r.URL.Path = "/Groups/../DeleteGroup" }), 401, invalid},
		{"up and down, signed", by("reader", "/Groups/../DeleteGroup", deletion), 401, invalid},
		{"two slashes, signed", by("reader", "//DeleteGroup", deletion), 401, invalid},
		{"up and down encoded, signed", by("reader", "/Groups/%2e%2e/DeleteGroup", deletion), 401, invalid},
		{"a slash for its code", altered(func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/DeleteGroup/", "/DeleteGroup%2f" }), 404, "UnknownOperationException"},
		{"a parameter more", altered(func(r *http.Request) { r.URL.RawQuery = "a=b" }), 403, invalid},
		{"a malformed query", altered(func(r *http.Request) { r.URL.RawQuery = "a=%zz" }), 403, incomplete},
		{"semicolons in the query", altered(func(r *http.Request) { r.URL.RawQuery = "a=1;b=2" }), 403, incomplete},
		{"another body", altered(func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }), 403, invalid},
		{"a body that is not signed, without TLS", func(x *target) *http.Request {
			r := x.request("/DeleteGroup", deletion)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			x.must(v4.NewSigner().SignHTTP(x.Context(), x.who("admin"), r, "UNSIGNED-PAYLOAD", "xray", "us-east-1", time.Now()))
			return r
		}, 403, invalid},
		{"the hash of another body", altered(set("X-Amz-Content-Sha256", hashOf("x"))), 403, invalid},

		{"the signature in capitals", altered(func(r *http.Request) {
			head, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", head+"Signature="+strings.ToUpper(signature))
		}), 403, invalid},
		{"a signature with more behind", altered(func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+"00") }), 403, invalid},
		{"half a signature", altered(func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", a[:len(a)-32])
		}), 403, invalid},
		{"a huge Authorization", altered(func(r *http.Request) {
			r.Header.Set("Authorization", r.Header.Get("Authorization")+", X="+strings.Repeat("x", 20<<10))
		}), 403, incomplete},
		{"signed in header and query", func(x *target) *http.Request {
			r := presigned("60", 0, nil)(x)
			r.Header.Set("Authorization", x.signed("admin", "/DeleteGroup", deletion).Header.Get("Authorization"))
			return r
		}, 403, incomplete},

		{"presigned, expired", presigned("60", 2*time.Minute, nil), 403, invalid},
		{"presigned, a longer life", presigned("60", 2*time.Minute, func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Amz-Expires=60", "X-Amz-Expires=600", 1)
		}), 403, invalid},
		{"presigned for more than a week", presigned("604801", 0, nil), 403, incomplete},
		{"presigned for less than no time", presigned("-1", 0, nil), 403, incomplete},
		{"presigned, a parameter more", presigned("60", 0, func(r *http.Request) { r.URL.RawQuery += "&GroupName=Red" }), 403, invalid},
		{"presigned, a parameter twice", presigned("60", 0, func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Expires=600" }), 403, incomplete},
		{"presigned, a header more", presigned("60", 0, set("X-Amz-Target", "x")), 403, invalid},
		{"presigned, a token more", presigned("60", 0, func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Security-Token=x" }), 403, unknown},
		{"presigned, another body", presigned("60", 0, func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }), 403, invalid},

		{"a key that is none", func(x *target) *http.Request {
			return x.sign(x.request("/DeleteGroup", deletion), aws.Credentials{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}, "xray", "us-east-1", time.Now())
		}, 403, unknown},
		{"another secret", func(x *target) *http.Request {
			return x.sign(x.request("/DeleteGroup", deletion), aws.Credentials{AccessKeyID: x.who("admin").AccessKeyID, SecretAccessKey: x.who("reader").SecretAccessKey}, "xray", "us-east-1", time.Now())
		}, 403, invalid},
		{"a session that has ended", by("expired", "/DeleteGroup", deletion), 403, expired},
		{"a session without its token", func(x *target) *http.Request {
			c := x.who("chained")
			c.SessionToken = ""
			return x.sign(x.request("/DeleteGroup", deletion), c, "xray", "us-east-1", time.Now())
		}, 403, unknown},
		{"the token of another session", func(x *target) *http.Request {
			c := x.who("expired")
			c.SessionToken = x.who("chained").SessionToken
			return x.sign(x.request("/DeleteGroup", deletion), c, "xray", "us-east-1", time.Now())
		}, 403, unknown},
		{"a token that was changed", func(x *target) *http.Request {
			c := x.who("chained")
			c.SessionToken = c.SessionToken[:60] + "A" + c.SessionToken[61:]
			if c.SessionToken == x.who("chained").SessionToken {
				c.SessionToken = c.SessionToken[:60] + "B" + c.SessionToken[61:]
			}
			return x.sign(x.request("/DeleteGroup", deletion), c, "xray", "us-east-1", time.Now())
		}, 403, unknown},
		{"a session of another account, sealed with the same key", by("foreign", "/DeleteGroup", deletion), 403, unknown},
		{"a session of a role that was made anew", by("renewed", "/DeleteGroup", deletion), 403, unknown},
		{"a session with a session policy", by("narrow", "/DeleteGroup", deletion), 403, denied},

		{"a reader deletes a group", by("reader", "/DeleteGroup", deletion), 403, denied},
		{"a writer deletes a group", by("writer", "/DeleteGroup", deletion), 403, denied},
		{"a viewer deletes a group", by("viewer", "/DeleteGroup", deletion), 403, denied},
		{"a reader changes the encryption", by("reader", "/PutEncryptionConfig", `{"Type":"NONE"}`), 403, denied},
		{"a reader sends segments", by("reader", "/TraceSegments", `{"TraceSegmentDocuments":["{}"]}`), 403, denied},
		{"a viewer makes a backup", by("viewer", "/radiograph/backup", ""), 403, denied},
		{"a name that is a path", by("reader", "/DeleteGroup", `{"GroupName":"../../../etc/passwd"}`), 403, denied},
		{"an operation that is none", by("reader", "/DeleteEverything", deletion), 404, "UnknownOperationException"},
		{"a bomb of XML", func(x *target) *http.Request {
			return x.request("/DeleteGroup", `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><b>&c;</b>`)
		}, 403, missing},
	})
	x.noSecretsInTheLog()
}

// noSecretsInTheLog looks for whatever must not be in a log, nor on disk, after all that has
// happened.
func (x *target) noSecretsInTheLog() {
	x.Helper()
	x.must(filepath.WalkDir(x.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for name, c := range x.users {
			if strings.Contains(string(text), c.SecretAccessKey) {
				x.Errorf("%s has the secret of %s", path, name)
			}
		}
		return err
	}))
	log := x.log.String()
	for _, all := range []map[string]aws.Credentials{x.users, x.sessions} {
		for name, c := range all {
			if strings.Contains(log, c.SecretAccessKey) || c.SessionToken != "" && strings.Contains(log, c.SessionToken) {
				x.Errorf("the log tells the secret of %s", name)
			}
		}
	}
	for _, text := range []string{"Signature=", "eyJ", managerToken, "X-Amz-Signature=", "radiograph-session="} {
		if strings.Contains(log, text) {
			x.Errorf("the log has %q", text)
		}
	}
}
