package webidentity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of what an issuer may answer.
const (
	fetchTimeout     = 5 * time.Second
	maxDocumentBytes = 1 << 20
	maxRedirects     = 3
	maxKeys          = 100
)

// fetch gets the keys of an issuer.
func (v *Verifier) fetch(ctx context.Context, issuer string) (*jose.JSONWebKeySet, error) {
	s, ok := v.opts.Sources[issuer]
	if s.File != "" {
		text, err := os.ReadFile(s.File)
		if err != nil {
			return nil, err
		}
		return parseKeys(text)
	}
	client, err := v.client(s.CAFile)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if !ok {
		if s.JWKS, err = discover(ctx, client, issuer); err != nil {
			return nil, err
		}
	}
	text, err := get(ctx, client, s.JWKS, s.TokenFile)
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

func parseKeys(text []byte) (*jose.JSONWebKeySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("read key set: %w", err)
	}
	if len(raw.Keys) == 0 || len(raw.Keys) > maxKeys {
		return nil, fmt.Errorf("read key set: it has %d keys, not 1 to %d", len(raw.Keys), maxKeys)
	}
	set := &jose.JSONWebKeySet{}
	for _, k := range raw.Keys {
		var key jose.JSONWebKey
		// Keys of kinds that nobody here can use do not spoil the others.
		if err := key.UnmarshalJSON(k); err == nil && key.IsPublic() {
			set.Keys = append(set.Keys, key)
		}
	}
	return set, nil
}

// client returns an HTTP client that trusts the certificates in caFile, or those of
// the system. The file is read each time, so that it may be renewed.
func (v *Verifier) client(caFile string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	roots := v.opts.Roots
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificates", caFile)
		}
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Scheme != "https":
			return fmt.Errorf("redirected to %s, which is not https", r.URL)
		case r.URL.Host != via[0].URL.Host:
			// Who can change where an issuer leads must not lead this service about.
			return fmt.Errorf("redirected to another host, %s", r.URL.Host)
		case len(via) > maxRedirects:
			return errors.New("too many redirects")
		}
		return nil
	}}, nil
}

// discover asks an issuer where its keys are.
func discover(ctx context.Context, client *http.Client, issuer string) (string, error) {
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	text, err := get(ctx, client, address, "")
	if err != nil {
		return "", err
	}
	var doc struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return "", fmt.Errorf("read %s: %w", address, err)
	}
	// OpenID Connect Discovery 1.0, section 4.3: it must be exactly the issuer.
	if doc.Issuer != issuer {
		return "", fmt.Errorf("%s is about the issuer %q", address, doc.Issuer)
	}
	if !strings.HasPrefix(doc.JWKS, "https://") {
		return "", fmt.Errorf("%s names keys at %q, which is not https", address, doc.JWKS)
	}
	return doc.JWKS, nil
}

func get(ctx context.Context, client *http.Client, address, tokenFile string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/jwk-set+json")
	if tokenFile != "" {
		token, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", address, resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDocumentBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	if len(text) > maxDocumentBytes {
		return nil, fmt.Errorf("%s answers more than %d bytes", address, maxDocumentBytes)
	}
	return text, nil
}
