package awsxrayexporter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/collector/internal/session"
)

const (
	service            = "xray"
	segmentsPath       = "/TraceSegments"
	telemetryPath      = "/TelemetryRecords"
	maxAnswer          = 4 << 20
	minSkew            = 4 * time.Minute // AWS allows five
	maxWait            = 2 * time.Second // between attempts in place
	drainTimeout       = 5 * time.Second // of an attempt while shutting down
	firstWait          = 100 * time.Millisecond
	compressedEncoding = "gzip"
)

// sender signs and sends requests.
type sender struct {
	aws         aws.Config
	client      *http.Client
	credentials aws.CredentialsProvider
	signer      *v4.Signer
	region      string
	url         string
	foreign     bool // not AWS: may want no signature
	userAgent   string
	retries     int
	compress    bool
	workers     chan struct{} // holds one for each request in flight
	metrics     *metrics
	counts      *counts
	log         *zap.Logger

	skew     atomic.Int64  // nanoseconds that the server's clock is ahead
	bare     sync.Once     // says that requests are not signed
	draining chan struct{} // closed when the collector stops
}

func newSender(ctx context.Context, e *pusher) (*sender, error) {
	cfg, err := e.cfg.AWS.Load(ctx)
	if err != nil {
		return nil, err
	}
	s := &sender{
		aws:         cfg,
		client:      session.HTTPClient(cfg),
		credentials: cfg.Credentials,
		signer:      v4.NewSigner(),
		region:      cfg.Region,
		userAgent:   userAgent(e.set.BuildInfo),
		retries:     e.cfg.AWS.MaxRetries,
		compress:    e.cfg.Compression == compressionGzip,
		workers:     make(chan struct{}, e.cfg.AWS.NumWorkers),
		metrics:     e.metrics,
		counts:      &e.counts,
		log:         e.set.Logger,
		draining:    e.draining,
	}
	if s.url, s.foreign, err = session.ServiceURL(ctx, cfg, service); err != nil {
		return nil, err
	}
	return s, nil
}

// userAgent is what X-Ray expects of a collector's exporter.
func userAgent(b component.BuildInfo) string {
	version := word(b.Version)
	return "xray-otel-exporter/" + version + " exec-env/" + word(os.Getenv("AWS_EXECUTION_ENV")) +
		" OS/" + runtime.GOOS + "-" + runtime.GOARCH + " " + word(b.Command) + "/" + version
}

// word returns s without what would break a header into pieces.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '/' {
			return '-'
		}
		return r
	}, s)
	if s == "" {
		return "UNKNOWN"
	}
	return s
}

// call sends a request and returns the answer to it. What may pass soon is
// tried again here; what takes longer is the caller's.
func (s *sender) call(ctx context.Context, path string, b *body) ([]byte, *requestError) {
	hash := sha256.Sum256(b.b)
	for n := 0; ; n++ {
		answer, err := s.attempt(ctx, path, b, hex.EncodeToString(hash[:]))
		if err == nil {
			s.metrics.request(ctx, sent)
			s.metrics.bytes.Add(ctx, int64(len(b.b)), s.metrics.exporter)
			return answer, nil
		}
		s.metrics.request(ctx, err.outcome)
		s.counts.failure(err)
		if n >= s.retries || !s.wait(ctx, err, n) {
			return nil, err
		}
	}
}

// wait tells whether to try again, after having waited for it.
func (s *sender) wait(ctx context.Context, err *requestError, n int) bool {
	if err.skew {
		return true
	}
	if err.outcome == refused || err.outcome == unsigned {
		return false
	}
	// Half of it is by chance, so that workers do not come back all at once.
	d := min(firstWait<<min(n, 8), maxWait)
	d = max(d/2+rand.N(d/2), err.retryAfter)
	if d > maxWait {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.draining:
	}
	return false
}

// attempt sends the request once. Without credentials it is not signed if it is not
// for AWS: radiograph needs no signature unless it is told to.
func (s *sender) attempt(ctx context.Context, path string, b *body, hash string) ([]byte, *requestError) {
	select {
	case s.workers <- struct{}{}:
		defer func() { <-s.workers }()
	case <-ctx.Done():
		return nil, &requestError{outcome: unreachable, err: ctx.Err()}
	}
	if s.isDraining() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, drainTimeout)
		defer cancel()
	}
	creds, missing := s.credentials.Retrieve(ctx)
	bare := errors.Is(missing, session.ErrNoCredentials) && s.foreign
	if missing != nil && !bare {
		return nil, &requestError{outcome: unsigned, err: missing}
	}
	r, err := s.request(ctx, path, b)
	if err != nil {
		return nil, &requestError{outcome: refused, err: err}
	}
	if bare {
		s.bare.Do(func() { s.log.Info("requests are not signed", zap.Error(missing)) })
	} else if err := s.sign(r, creds, hash); err != nil {
		_ = r.Body.Close()
		return nil, &requestError{outcome: unsigned, err: fmt.Errorf("sign the request: %w", err)}
	}
	answer, failure := s.do(r)
	if failure == nil {
		return answer, nil
	}
	if bare && (failure.status == http.StatusForbidden || failure.status == http.StatusUnauthorized) {
		failure.outcome, failure.err = unsigned, fmt.Errorf("%w; %w", errors.New(failure.Error()), missing)
	}
	return nil, failure
}

func (s *sender) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// request returns a request that is not signed yet.
func (s *sender) request(ctx context.Context, path string, b *body) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Body, r.ContentLength = b.reader(), int64(len(b.b))
	r.GetBody = func() (io.ReadCloser, error) { return b.reader(), nil }
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", s.userAgent)
	r.Header.Set("X-Amzn-Xray-Timestamp", timestamp(s.now()))
	if s.compress && path == segmentsPath {
		r.Header.Set("Content-Encoding", compressedEncoding)
	}
	return r, nil
}

func (s *sender) sign(r *http.Request, creds aws.Credentials, hash string) error {
	return s.signer.SignHTTP(r.Context(), creds, r, hash, service, s.region, s.now())
}

// now is X-Ray's time.
func (s *sender) now() time.Time { return time.Now().Add(time.Duration(s.skew.Load())) }

// timestamp writes seconds with nine decimals.
func timestamp(t time.Time) string {
	b := strconv.AppendInt(make([]byte, 0, 24), t.Unix(), 10)
	b = append(b, '.')
	nano := strconv.Itoa(1_000_000_000 + t.Nanosecond())
	return string(append(b, nano[1:]...))
}

func (s *sender) do(r *http.Request) ([]byte, *requestError) {
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, &requestError{outcome: unreachable, err: err}
	}
	defer resp.Body.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return nil, &requestError{outcome: unreachable, err: fmt.Errorf("read X-Ray's answer: %w", err)}
	}
	if resp.StatusCode/100 == 2 {
		return buf.Bytes(), nil
	}
	e := failure(resp.StatusCode, resp.Header, buf.Bytes(), time.Now())
	e.skew = isClock(e.code) && s.correct(resp.Header.Get("Date"))
	if e.skew {
		e.outcome = failed
	}
	return nil, e
}

// correct sets the clock by which requests are signed, and tells whether it was
// wrong.
func (s *sender) correct(date string) bool {
	t, err := http.ParseTime(date)
	if err != nil {
		return false
	}
	skew := time.Until(t)
	if (skew - time.Duration(s.skew.Load())).Abs() < minSkew {
		return false
	}
	s.skew.Store(int64(skew))
	s.log.Warn("this host's clock differs from X-Ray's; requests are signed by the latter", zap.Duration("ahead", skew))
	return true
}
