package proxy

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/collector/internal/session"
)

const (
	answerTimeout = 30 * time.Second // until a server begins to answer
	retryAfter    = 5 * time.Second  // how long a failure to find the target is remembered

	// anyRegion takes the place of the region where nothing is signed.
	anyRegion = "us-east-1"
)

// route finds out where requests go. It keeps what it found, and tries again after
// a failure.
type route struct {
	cfg *Config
	log *zap.Logger

	found   atomic.Pointer[target]
	finding chan struct{} // has room for whoever uses the fields below
	err     error         // of the last attempt
	until   time.Time     // when there may be another
}

func newRoute(cfg *Config, log *zap.Logger) *route {
	return &route{cfg: cfg, log: log, finding: make(chan struct{}, 1)}
}

// find returns the target, or why there is none.
func (r *route) find(ctx context.Context) (*target, error) {
	if t := r.found.Load(); t != nil {
		return t, nil
	}
	select {
	case r.finding <- struct{}{}:
		defer func() { <-r.finding }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if t := r.found.Load(); t != nil {
		return t, nil
	}
	if r.err != nil && time.Now().Before(r.until) {
		return nil, r.err
	}
	t, err := newTarget(ctx, r.cfg, r.log)
	if err == nil {
		r.found.Store(t)
		return t, nil
	}
	if ctx.Err() == nil { // the caller's haste says nothing about the target
		r.err, r.until = err, time.Now().Add(retryAfter)
	}
	return nil, err
}

// announce says where requests will go, or why they cannot.
func (r *route) announce(ctx context.Context, from net.Addr) {
	l := r.log.With(zap.Stringer("from", from))
	t, err := r.find(ctx)
	if err == nil {
		var signed bool
		if _, signed, err = t.signer.credentials(ctx); err == nil {
			l.Info("proxy forwards requests", zap.String("to", t.url.Redacted()), zap.Bool("signed", signed))
			return
		}
	}
	if ctx.Err() == nil {
		l.Warn("proxy answers 503 as long as it has no region or credentials", zap.Error(err))
	}
}

func (r *route) close() {
	if t := r.found.Load(); t != nil {
		t.signer.next.CloseIdleConnections()
	}
}

// target is where requests go.
type target struct {
	url    *url.URL
	signer *signer
	proxy  *httputil.ReverseProxy
}

func newTarget(ctx context.Context, c *Config, log *zap.Logger) (*target, error) {
	s := c.session()
	cfg, err := s.Load(ctx)
	signed := true
	if errors.Is(err, session.ErrNoRegion) && c.AWSEndpoint != "" {
		signed = false
		s.Region = anyRegion
		cfg, err = s.Load(ctx)
	}
	if err != nil {
		return nil, err
	}
	service := cmp.Or(c.ServiceName, DefaultService)
	address, foreign, err := session.ServiceURL(ctx, cfg, service)
	if err != nil {
		return nil, err
	}
	if !signed && !foreign {
		return nil, session.ErrNoRegion
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of %s: %w", service, err)
	}
	transport, err := c.transport(ctx, cfg)
	if err != nil {
		return nil, err
	}
	t := &target{url: u, signer: &signer{
		next: transport, sign: v4.NewSigner(), service: service, region: cfg.Region, foreign: foreign,
	}}
	if signed {
		t.signer.from = cfg.Credentials
	}
	t.proxy = &httputil.ReverseProxy{
		Rewrite:      t.rewrite,
		Transport:    t.signer,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { answerError(w, err, log) },
		ErrorLog:     stdLog(log),
	}
	return t, nil
}

// transport returns what connects to the target.
func (c *Config) transport(ctx context.Context, cfg aws.Config) (*http.Transport, error) {
	t, ok := session.HTTPClient(cfg).Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("the AWS configuration has no HTTP transport")
	}
	settings := c.TLS
	// Here insecure has always meant this; elsewhere it means no TLS.
	settings.InsecureSkipVerify = settings.InsecureSkipVerify || settings.Insecure
	settings.Insecure = false
	loaded, err := settings.LoadTLSConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	loaded.RootCAs = cmp.Or(loaded.RootCAs, rootCAs(t))
	t.TLSClientConfig = loaded
	t.ForceAttemptHTTP2 = true
	t.DisableCompression = true // answers go through as they are
	t.ResponseHeaderTimeout = answerTimeout
	return t, nil
}

// rewrite makes the request that is sent of the one that came in: the same method,
// path, query, body and headers, without signature.
func (t *target) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(t.url)
	for _, h := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "X-Amz-Region-Set"} {
		r.Out.Header.Del(h)
	}
}

// answerError answers a request that was not sent or not answered.
func answerError(w http.ResponseWriter, err error, log *zap.Logger) {
	if _, ok := errors.AsType[*unsignedError](err); ok {
		unavailable(w, err)
		return
	}
	log.Debug("request was not answered", zap.Error(err))
	if errors.Is(err, context.DeadlineExceeded) {
		refuse(w, http.StatusGatewayTimeout, "AWS did not answer in time")
		return
	}
	refuse(w, http.StatusBadGateway, "AWS cannot be reached: "+err.Error())
}

// stdLog returns a log for parts of the standard library, which say little of use.
func stdLog(l *zap.Logger) *log.Logger {
	std, err := zap.NewStdLogAt(l, zap.DebugLevel)
	if err != nil { // only for levels that do not exist
		return nil
	}
	return std
}

// rootCAs returns the certificates that the SDK trusts, of AWS_CA_BUNDLE; nil means
// the system's.
func rootCAs(t *http.Transport) *x509.CertPool {
	if t.TLSClientConfig == nil {
		return nil
	}
	return t.TLSClientConfig.RootCAs
}
