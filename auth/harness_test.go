package auth_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/auth"
)

const (
	account  = "111122223333"
	keyID    = "AKIAIOSFODNN7EXAMPLE"
	secret   = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	oldKeyID = "ASIAIOSFODNN7EXAMPLE"
	token    = "session/token+with=signs"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// keys are access keys in memory.
type keys map[string]auth.Credential

func (k keys) Lookup(_ context.Context, id, session string) (auth.Credential, error) {
	c, ok := k[id]
	switch {
	case id == oldKeyID && session == "old":
		return auth.Credential{}, auth.ErrExpired
	case id == "AKIABROKENBROKENBROK":
		return auth.Credential{}, errors.New("the store is closed")
	case !ok, strings.HasPrefix(id, "ASIA") && session != token, !strings.HasPrefix(id, "ASIA") && session != "":
		return auth.Credential{}, auth.ErrUnknownKey
	}
	return c, nil
}

func alice() auth.Principal {
	return auth.Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/alice", UserID: "AIDAALICE", Name: "alice"}
}

// newVerifier accepts signatures for X-Ray in one region.
func newVerifier() *auth.Verifier {
	return &auth.Verifier{
		Keys: keys{
			keyID:    {Secret: secret, Principal: alice()},
			oldKeyID: {Secret: secret, Principal: alice()},
		},
		Services: []string{"xray"}, Regions: []string{"eu-west-1"},
		Now: func() time.Time { return now },
	}
}

func hash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// signing is what a request is signed with; its zero members mean what is right.
type signing struct {
	key, secret, token, service, region string
	at                                  time.Time
	payload                             string
}

func (s signing) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: or(s.key, keyID), SecretAccessKey: or(s.secret, secret), SessionToken: s.token}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// newRequest returns a request as a client has it.
func newRequest(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signed signs r with the SDK's own signer.
func signed(t testing.TB, r *http.Request, body string, s signing) *http.Request {
	t.Helper()
	if s.at.IsZero() {
		s.at = now
	}
	err := v4.NewSigner().SignHTTP(t.Context(), s.credentials(), r, or(s.payload, hash(body)), or(s.service, "xray"), or(s.region, "eu-west-1"), s.at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// received returns a request as a server has it: written and read again. change may
// change its text on the way.
func received(t testing.TB, r *http.Request, change func(text string) string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if change != nil {
		text = change(text)
	}
	out, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out.WithContext(t.Context())
}

func readAll(t testing.TB, r *http.Request) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refusal returns the error of a request, which must be refused.
func refusal(t testing.TB, v *auth.Verifier, r *http.Request) *auth.Error {
	t.Helper()
	id, err := v.Verify(r)
	if err == nil {
		t.Fatalf("accepted as %+v", id)
	}
	e, ok := errors.AsType[*auth.Error](err)
	if !ok {
		t.Fatalf("%T is no *auth.Error: %v", err, err)
	}
	return e
}

// parse returns the request that text is, nil when it is none.
func parse(text string) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return nil
	}
	return r
}
