package podidentityagent

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Session is what a pod gets, in the form that SDKs read from a container's credentials
// endpoint (SDK Reference, "Container credential provider").
type Session struct {
	AccessKeyID     string    `json:"AccessKeyId"`
	SecretAccessKey string    `json:"SecretAccessKey"`
	Token           string    `json:"Token"`
	AccountID       string    `json:"AccountId"`
	Expiration      time.Time `json:"Expiration"`
}

// Refusal is an answer of radiograph that is no session.
type Refusal struct {
	Status  int
	Code    string // such as ResourceNotFoundException
	Message string
}

// Error returns what radiograph said.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s (%d)", r.Code, r.Message, r.Status) }

// final reports whether the same question would have the same answer.
func (r *Refusal) final() bool {
	return r.Status >= 400 && r.Status < 500 && r.Status != http.StatusTooManyRequests
}

// Bounds of an answer of radiograph.
const (
	answerTimeout  = 10 * time.Second
	maxAnswerBytes = 64 << 10
)

// Upstream is the EKS Auth API for one cluster. It is safe for concurrent use.
type Upstream struct {
	url    string
	caFile string

	mu     sync.Mutex // guards the rest
	pem    []byte     // what client trusts
	client *http.Client
}

// NewUpstream returns the API at radiograph's address for a cluster. caFile has certificates in
// PEM that it is verified by, and is read again when it changes; "" for those of the system.
func NewUpstream(endpoint, cluster, caFile string) (*Upstream, error) {
	base, err := url.Parse(endpoint)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("address of radiograph %q: want https://host:port", endpoint)
	}
	if cluster == "" {
		return nil, fmt.Errorf("the name of the cluster is not known")
	}
	path := base.JoinPath("clusters", url.PathEscape(cluster), "assume-role-for-pod-identity")
	u := &Upstream{url: path.String(), caFile: caFile}
	_, err = u.current()
	return u, err
}

// current returns a client that trusts the file as it is now.
func (u *Upstream) current() (*http.Client, error) {
	var pem []byte
	var roots *x509.CertPool
	if u.caFile != "" {
		var err error
		if pem, err = os.ReadFile(u.caFile); err != nil {
			return nil, fmt.Errorf("read certificates of radiograph: %w", err)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.client != nil && bytes.Equal(pem, u.pem) {
		return u.client, nil
	}
	if u.caFile != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificates", u.caFile)
		}
	}
	if u.client != nil {
		u.client.CloseIdleConnections()
	}
	u.pem = pem
	u.client = &http.Client{
		Timeout: answerTimeout,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			IdleConnTimeout: time.Minute,
		},
		// A token goes to whom it is meant for, not to whom that one names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return u.client, nil
}

// answer is the shape of AssumeRoleForPodIdentity (EKS Auth API Reference), with the members
// of errors.
type answer struct {
	AssumedRoleUser struct{ ARN string }
	Credentials     struct {
		AccessKeyID, SecretAccessKey, SessionToken string
		Expiration                                 json.Number
	}
	Message string
}

// Assume asks for a session for a pod's token. What radiograph refuses is a *[Refusal].
func (u *Upstream) Assume(ctx context.Context, token string) (Session, error) {
	client, err := u.current()
	if err != nil {
		return Session{}, err
	}
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		return Session{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url, bytes.NewReader(body))
	if err != nil {
		return Session{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return Session{}, fmt.Errorf("ask radiograph for credentials: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return Session{}, fmt.Errorf("ask radiograph for credentials: %w", err)
	}
	return read(resp, text)
}

// read reads an answer.
func read(resp *http.Response, text []byte) (Session, error) {
	var out answer
	err := json.Unmarshal(text, &out)
	if resp.StatusCode != http.StatusOK {
		// Some services add a URI after a colon.
		code, _, _ := strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
		if code == "" {
			code = "InternalServerException"
		}
		if out.Message == "" {
			out.Message = "radiograph answers " + resp.Status
		}
		return Session{}, &Refusal{Status: resp.StatusCode, Code: code, Message: out.Message}
	}
	if err != nil {
		return Session{}, fmt.Errorf("read credentials: %w", err)
	}
	c := &out.Credentials
	seconds, err := c.Expiration.Float64()
	if err != nil || c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "" || seconds <= 0 || seconds > 1e11 {
		return Session{}, fmt.Errorf("read credentials: the answer lacks some")
	}
	s := Session{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, Token: c.SessionToken, Expiration: time.Unix(int64(seconds), 0).UTC()}
	// arn:aws:sts::<account>:assumed-role/…
	if parts := strings.SplitN(out.AssumedRoleUser.ARN, ":", 6); len(parts) == 6 {
		s.AccountID = parts[4]
	}
	return s, nil
}
