package otlpapi

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/store"
)

// The paths of the HTTP protocols.
const (
	TracesPath  = "/v1/traces"    // OTLP
	MetricsPath = "/v1/metrics"   // OTLP, not taken
	LogsPath    = "/v1/logs"      // OTLP, not taken
	ZipkinPath  = "/api/v2/spans" // Zipkin
)

// Paths are all paths that an [API] serves.
var Paths = []string{TracesPath, MetricsPath, LogsPath, ZipkinPath}

// Ingester stores documents; ingest.Ingester is one.
type Ingester interface {
	// PutEncoded stores documents as one batch. It returns the indexes of those that
	// are too large. The documents may be reused when it has returned.
	PutEncoded(ctx context.Context, docs []store.Document) (tooLarge []int, err error)
}

// Options are what an [API] is made of.
type Options struct {
	Ingest  Ingester
	Encoder otlp.Options

	// MaxBodyBytes bounds a request after decompression; 0 means 32 MiB.
	MaxBodyBytes int64

	// Gate demands a signature or a bearer token of every request, and asks whether its
	// owner may send spans (action xray:PutSpans); nil lets everybody.
	Gate *auth.Gate

	Logger *slog.Logger // nil discards
}

const defaultMaxBodyBytes = 32 << 20

// API takes spans. It is safe for concurrent use, and it is a prometheus.Collector
// of its own metrics.
type API struct {
	ingest       Ingester
	maxBodyBytes int64
	gate         *auth.Gate
	log          *slog.Logger
	metrics      *metrics
	workers      sync.Pool // of *worker
	handlers     map[string]http.HandlerFunc
}

// New returns an API.
func New(opts Options) (*API, error) {
	if opts.Ingest == nil {
		return nil, errors.New("otlpapi: no ingester")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{
		ingest:       opts.Ingest,
		maxBodyBytes: cmp.Or(opts.MaxBodyBytes, defaultMaxBodyBytes),
		gate:         opts.Gate,
		log:          opts.Logger,
		metrics:      newMetrics(),
	}
	a.workers.New = func() any { return &worker{encoder: otlp.NewEncoder(opts.Encoder)} }
	a.handlers = map[string]http.HandlerFunc{
		TracesPath:  a.serveTraces,
		MetricsPath: a.serveNothing,
		LogsPath:    a.serveNothing,
		ZipkinPath:  a.serveZipkin,
	}
	return a, nil
}

// ServeHTTP answers one request. Other paths than [Paths] are 404.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	serve := a.handlers[r.URL.Path]
	if serve == nil {
		serve = a.serveNothing
	}
	if a.gate != nil {
		admitted, err := a.admit(r)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		r = admitted
	}
	serve(w, r)
}
