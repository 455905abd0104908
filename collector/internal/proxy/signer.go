package proxy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/collector/internal/session"
)

// signer signs requests and sends them.
type signer struct {
	next    *http.Transport
	sign    *v4.Signer
	from    aws.CredentialsProvider // nil when nothing is signed
	service string
	region  string
	foreign bool // a server that may take requests without signature
}

// unsignedError says that a request could not be signed.
type unsignedError struct{ err error }

// Error says why.
func (e *unsignedError) Error() string { return e.err.Error() }

// Unwrap returns why.
func (e *unsignedError) Unwrap() error { return e.err }

// credentials returns what requests are signed with; ok is false when they go
// unsigned.
func (s *signer) credentials(ctx context.Context) (c aws.Credentials, ok bool, err error) {
	if s.from == nil {
		return c, false, nil
	}
	c, err = s.from.Retrieve(ctx)
	switch {
	case err == nil:
		return c, true, nil
	case s.foreign && errors.Is(err, session.ErrNoCredentials):
		return c, false, nil
	}
	return c, false, &unsignedError{err}
}

// RoundTrip sends the request with a signature.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	creds, ok, err := s.credentials(r.Context())
	if err != nil {
		return nil, err
	}
	if !ok {
		return s.next.RoundTrip(r)
	}
	hash, err := bodyHash(r)
	if err != nil {
		return nil, err
	}
	signed := r.Clone(r.Context())
	if err := s.sign.SignHTTP(r.Context(), creds, signed, hash, s.service, s.region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign request to %s: %w", s.service, err)
	}
	return s.next.RoundTrip(signed)
}

// bodyHash returns the SHA-256 of the body in hexadecimal digits.
func bodyHash(r *http.Request) (string, error) {
	h := sha256.New()
	if r.Body != nil && r.Body != http.NoBody {
		body, err := r.GetBody()
		if err != nil {
			return "", fmt.Errorf("read body again: %w", err)
		}
		if _, err := io.Copy(h, body); err != nil {
			return "", fmt.Errorf("read body again: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
