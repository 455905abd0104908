package eks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Bounds of what goes to the add-on manager and comes from it.
const (
	maxAnswerBytes = 4 << 20
	headerTimeout  = 20 * time.Second
	timeout        = 30 * time.Second
)

// MaxBodyBytes bounds the body of a request of the EKS API, whose largest part is the
// configuration of an add-on.
const MaxBodyBytes = 1 << 20

// Headers that tell the add-on manager who asks. Nobody else can set them: those that a client
// sends are dropped.
const (
	HeaderCaller  = "X-Radiograph-Caller-Arn"
	HeaderAccount = "X-Radiograph-Account"
)

// Upstream is the add-on manager's API. It is safe for concurrent use.
type Upstream struct {
	base      *url.URL
	tokenFile string
	caFile    string
	account   string

	mu        sync.Mutex // guards the rest
	authority []byte     // what transport trusts
	transport *http.Transport
}

// NewUpstream returns the API at an address. tokenFile has the bearer token that the manager
// knows this service by, "" for none; caFile the certificates in PEM that it is verified by, ""
// for those of the system. Both are read again when they are needed, so they may be renewed.
func NewUpstream(address, tokenFile, caFile, account string) (*Upstream, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.Path != "" && base.Path != "/" {
		return nil, fmt.Errorf("address of the add-on manager %q: want https://host:port", address)
	}
	if ip := net.ParseIP(base.Hostname()); base.Scheme == "http" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("address of the add-on manager %q: the token must not leave this machine without TLS: want https", address)
	}
	return &Upstream{base: base, tokenFile: tokenFile, caFile: caFile, account: account}, nil
}

// RoundTrip sends a request to the manager over TLS that trusts the file as it is now. The
// request must have the manager's address; see direct.
func (u *Upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	t, err := u.current()
	if err != nil {
		return nil, err
	}
	return t.RoundTrip(r)
}

// current returns the transport, a new one when the certificates have changed.
func (u *Upstream) current() (*http.Transport, error) {
	var pem []byte
	if u.caFile != "" {
		var err error
		if pem, err = os.ReadFile(u.caFile); err != nil {
			return nil, fmt.Errorf("read certificates of the add-on manager: %w", err)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.transport != nil && bytes.Equal(u.authority, pem) {
		return u.transport, nil
	}
	var roots *x509.CertPool
	if u.caFile != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificates", u.caFile)
		}
	}
	if u.transport != nil {
		defer u.transport.CloseIdleConnections()
	}
	u.authority = pem
	u.transport = &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout:  headerTimeout,
		TLSHandshakeTimeout:    headerTimeout,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // what comes is handed on as it is
	}
	return u.transport, nil
}

// direct points a request at the manager and says for whom it is.
func (u *Upstream) direct(r *http.Request, caller string) error {
	r.URL.Scheme, r.URL.Host, r.Host = u.base.Scheme, u.base.Host, ""
	r.Header.Del("Authorization")
	if u.tokenFile != "" {
		token, err := os.ReadFile(u.tokenFile)
		if err != nil {
			return fmt.Errorf("read token for the add-on manager: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	r.Header.Set(HeaderAccount, u.account)
	r.Header.Set(HeaderCaller, caller)
	return nil
}

// root is who this service asks as, on nobody's behalf.
func (u *Upstream) root() string { return "arn:aws:iam::" + u.account + ":root" }

// errAbsent says that the manager does not know what was asked for.
var errAbsent = errors.New("not there")

// get asks the manager on behalf of this service itself.
func (u *Upstream) get(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.base.String(), http.NoBody)
	if err != nil {
		return err
	}
	r.URL.Path, r.URL.RawQuery = path, query.Encode()
	if err := u.direct(r, u.root()); err != nil {
		return err
	}
	resp, err := u.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("ask the add-on manager: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	switch {
	case err != nil:
		return fmt.Errorf("ask the add-on manager: %w", err)
	case resp.StatusCode == http.StatusNotFound:
		return errAbsent
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the add-on manager answers %s to GET %s", resp.Status, path)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the add-on manager's answer to GET %s: %w", path, err)
	}
	return nil
}
