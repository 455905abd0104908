package proxy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// credentials are what a request should be signed with.
type credentials struct{ id, secret, token string }

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=[0-9a-f]{64}$`)

// checkSignature signs the request that a server got once more, and compares.
func checkSignature(t *testing.T, got *http.Request, body string, c credentials, service, region string) {
	t.Helper()
	header := got.Header.Get("Authorization")
	parts := authorization.FindStringSubmatch(header)
	if parts == nil {
		t.Fatalf("authorization %q", header)
	}
	date, err := time.Parse("20060102T150405Z", got.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(date).Abs() > 5*time.Minute {
		t.Errorf("signed at %v, %v", date, err)
	}
	again, err := http.NewRequestWithContext(t.Context(), got.Method, "http://"+got.Host+got.URL.RequestURI(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(parts[2], ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = got.Header.Values(name)
		}
	}
	for _, name := range []string{"host", "x-amz-date", "content-type"} {
		if name != "content-type" || got.Header.Get(name) != "" {
			if !strings.Contains(";"+parts[2]+";", ";"+name+";") {
				t.Errorf("%s is not signed, only %s", name, parts[2])
			}
		}
	}
	hash := sha256.Sum256([]byte(body))
	creds := sdk.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret, SessionToken: c.token}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, again, hex.EncodeToString(hash[:]), service, region, date); err != nil {
		t.Fatal(err)
	}
	if want := again.Header.Get("Authorization"); want != header {
		t.Errorf("signature\n got %s\nwant %s", header, want)
	}
}
