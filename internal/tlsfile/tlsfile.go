package tlsfile

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say which files there are.
type Options struct {
	Cert, Key string // PEM; Cert has the chain, the leaf first

	// ClientCA is a PEM file with the authorities of client certificates; it goes with
	// every ClientAuth but tls.NoClientCert.
	ClientCA   string
	ClientAuth tls.ClientAuthType

	// Interval is how often Watch looks; 0 means 10 seconds.
	Interval time.Duration

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

const defaultInterval = 10 * time.Second

// protocols are what a client may choose from, the best first.
var protocols = []string{"h2", "http/1.1"}

// Files is a certificate and what belongs to it. It is safe for concurrent use, and
// it is a prometheus.Collector.
type Files struct {
	opts    Options
	current atomic.Pointer[generation]

	seen     [sha256.Size]byte // of what Reload looked at last
	served   [sha256.Size]byte // of what is served
	reloaded atomic.Int64
	failed   atomic.Int64
	stale    atomic.Bool // the files are not what is served
}

// generation is what one state of the files makes.
type generation struct {
	config   *tls.Config
	notAfter time.Time
}

// Open reads the files. They must be good.
func Open(opts Options) (*Files, error) {
	if opts.Interval <= 0 {
		opts.Interval = defaultInterval
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	f := &Files{opts: opts}
	raw, err := f.read()
	if err != nil {
		return nil, err
	}
	g, err := f.build(raw)
	if err != nil {
		return nil, err
	}
	f.seen = raw.sum()
	f.served = f.seen
	f.current.Store(g)
	return f, nil
}

// Server returns a configuration for a listener that always has the newest
// certificate. HTTP/2 is offered, and nothing older than TLS 1.2.
func (f *Files) Server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: protocols,
		// The configuration of a generation is one and the same for all its connections, so
		// that sessions resume, but never under authorities of clients that have changed.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current.Load().config, nil },
	}
}

// NotAfter is when the certificate that is served expires.
func (f *Files) NotAfter() time.Time { return f.current.Load().notAfter }

// Watch reloads the files when they have changed, until ctx ends. It compares what is
// in them, so links that are exchanged, as for mounted secrets of Kubernetes, are seen.
func (f *Files) Watch(ctx context.Context) {
	tick := time.NewTicker(f.opts.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = f.Reload() // logged and counted there
		}
	}
}

// Reload looks at the files now. When they have changed and are good they are served
// from now on; when they are not, the error is logged and counted once for each
// state of the files. It must not be called by several at once.
func (f *Files) Reload() error {
	raw, err := f.read()
	if err != nil {
		// A file that is being replaced may be missing for a moment, and is looked for again.
		if !f.stale.Swap(true) {
			f.fail(err)
		}
		return err
	}
	sum := raw.sum()
	if sum == f.served { // perhaps again
		f.seen = sum
		f.stale.Store(false)
		return nil
	}
	if sum == f.seen {
		return nil
	}
	f.seen = sum
	g, err := f.build(raw)
	if err != nil {
		f.stale.Store(true)
		f.fail(err)
		return err
	}
	f.current.Store(g)
	f.served = sum
	f.stale.Store(false)
	f.reloaded.Add(1)
	f.opts.Logger.Info("certificate reloaded", "file", f.opts.Cert, "not_after", g.notAfter)
	return nil
}

func (f *Files) fail(err error) {
	f.failed.Add(1)
	f.opts.Logger.Error("certificate not reloaded, the old one stays", "err", err, "not_after", f.NotAfter())
}

// contents are the bytes of the files.
type contents struct{ cert, key, ca []byte }

func (c *contents) sum() (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range [][]byte{c.cert, c.key, c.ca} {
		one := sha256.Sum256(part)
		h.Write(one[:])
	}
	h.Sum(sum[:0])
	return sum
}

func (f *Files) read() (*contents, error) {
	var c contents
	var err error
	if c.cert, err = os.ReadFile(f.opts.Cert); err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	if c.key, err = os.ReadFile(f.opts.Key); err != nil {
		return nil, fmt.Errorf("read key of certificate: %w", err)
	}
	if f.opts.ClientAuth == tls.NoClientCert {
		return &c, nil
	}
	if c.ca, err = os.ReadFile(f.opts.ClientCA); err != nil {
		return nil, fmt.Errorf("read authorities of clients: %w", err)
	}
	return &c, nil
}

// build makes a configuration of the files, or says what is wrong with them.
func (f *Files) build(c *contents) (*generation, error) {
	pair, err := tls.X509KeyPair(c.cert, c.key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.opts.Cert, f.opts.Key, err)
	}
	leaf := pair.Leaf
	switch now := f.opts.Now(); {
	case !now.Before(leaf.NotAfter):
		return nil, fmt.Errorf("certificate %s expired at %s", f.opts.Cert, leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("certificate %s is not valid before %s", f.opts.Cert, leaf.NotBefore.Format(time.RFC3339))
	}
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   protocols,
		Certificates: []tls.Certificate{pair},
		ClientAuth:   f.opts.ClientAuth,
	}
	if f.opts.ClientAuth != tls.NoClientCert {
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(c.ca) {
			return nil, errors.New("there is no certificate in " + f.opts.ClientCA)
		}
	}
	return &generation{config, leaf.NotAfter}, nil
}

var (
	reloadsDesc  = prometheus.NewDesc("radiograph_tls_reloads_total", "Changes of the certificate's files, by result: ok, or failed when the old certificate stayed.", []string{"result"}, nil)
	staleDesc    = prometheus.NewDesc("radiograph_tls_files_unusable", "1 while the certificate's files cannot be used and an older certificate is served.", nil, nil)
	notAfterDesc = prometheus.NewDesc("radiograph_tls_certificate_not_after_seconds", "When the certificate that is served expires, in seconds since the epoch.", nil, nil)
)

// Describe implements prometheus.Collector.
func (f *Files) Describe(ch chan<- *prometheus.Desc) {
	ch <- reloadsDesc
	ch <- staleDesc
	ch <- notAfterDesc
}

// Collect implements prometheus.Collector.
func (f *Files) Collect(ch chan<- prometheus.Metric) {
	stale := 0.0
	if f.stale.Load() {
		stale = 1
	}
	ch <- prometheus.MustNewConstMetric(reloadsDesc, prometheus.CounterValue, float64(f.reloaded.Load()), "ok")
	ch <- prometheus.MustNewConstMetric(reloadsDesc, prometheus.CounterValue, float64(f.failed.Load()), "failed")
	ch <- prometheus.MustNewConstMetric(staleDesc, prometheus.GaugeValue, stale)
	ch <- prometheus.MustNewConstMetric(notAfterDesc, prometheus.GaugeValue, float64(f.NotAfter().Unix()))
}
