package xrayapi

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// Ingester admits segment documents; ingest.Ingester is one.
type Ingester interface {
	// Put judges each document alone, stores the good ones and returns a rejection
	// for each other one. The documents may be reused when it has returned.
	Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error)
}

// Options are what an [API] is made of. Store, Ingest, Groups and Sampling belong
// to the same scope.
type Options struct {
	Store    store.Store
	Ingest   Ingester
	Groups   *group.Registry
	Sampling *sampling.Registry
	Insights Insights // of the groups; nil means none

	// AccountID and Region name the scope in ARNs.
	AccountID, Region string

	// Strict brings back AWS's limits that radiograph lifts, see docs/api.md. The
	// size of documents is the ingester's to limit.
	Strict bool

	// MaxBodyBytes bounds a request's body after decompression; 0 means 32 MiB.
	MaxBodyBytes int64

	// PageSize is how many entries of a list an answer has at most; 0 means 500.
	PageSize int

	// Gate demands a signature of every request, unless the context has an auth.Identity
	// already, and asks whether that one may perform the operation; nil lets everybody do
	// everything.
	Gate *auth.Gate

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

const (
	defaultMaxBodyBytes = 32 << 20
	defaultPageSize     = 500
)

// API serves the operations. It is safe for concurrent use, and it is a
// prometheus.Collector of its own metrics.
type API struct {
	opts       Options
	operations map[string]*operation // by path
	metrics    *metrics
	telemetry  telemetry
	retrievals retrievals

	// configuration serialises read-modify-write cycles on the entries of the
	// store's state that this package owns (tags, policies and the like). It is
	// held while the store works: such changes are rare.
	configuration sync.Mutex
}

// New returns an API.
func New(opts Options) (*API, error) {
	switch {
	case opts.Store == nil:
		return nil, errors.New("xrayapi: no store")
	case opts.Ingest == nil:
		return nil, errors.New("xrayapi: no ingester")
	case opts.Groups == nil:
		return nil, errors.New("xrayapi: no groups")
	case opts.Sampling == nil:
		return nil, errors.New("xrayapi: no sampling rules")
	}
	opts.MaxBodyBytes = cmp.Or(opts.MaxBodyBytes, defaultMaxBodyBytes)
	opts.PageSize = cmp.Or(opts.PageSize, defaultPageSize)
	if opts.Insights == nil {
		opts.Insights = noInsights{}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{
		opts:       opts,
		operations: make(map[string]*operation, len(operations)),
		metrics:    newMetrics(),
	}
	for i := range operations {
		a.operations[operations[i].path] = &operations[i]
	}
	return a, nil
}

// ServeHTTP answers one request. Paths that are no operation's are 404, methods
// other than POST 405.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op := a.operations[r.URL.Path]
	a.answer(w, op, func() int {
		switch {
		case op == nil:
			return writeError(w, errUnknownOperation)
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			return writeError(w, errMethodNotAllowed)
		}
		return a.serve(w, r, op)
	})
}

// answer does what all answers have in common.
func (a *API) answer(w http.ResponseWriter, op *operation, serve func() int) {
	started := time.Now()
	header := w.Header()
	header.Set("X-Amzn-Requestid", uuid.NewString())
	header.Set("X-Content-Type-Options", "nosniff")
	status := serve()
	a.metrics.observe(op, status, time.Since(started))
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, op *operation) int {
	if !a.isOpen(r.Context()) && auth.FromContext(r.Context()) == nil {
		signed, err := a.opts.Gate.Identify(r)
		if err != nil {
			return a.fail(w, r, op, err)
		}
		r = signed
	}
	body, err := readBody(w, r, a.opts.MaxBodyBytes)
	if err != nil {
		return a.fail(w, r, op, err)
	}
	defer body.Release()
	out, err := op.serve(a, r.Context(), body.Bytes)
	if err != nil {
		return a.fail(w, r, op, err)
	}
	if err := writeAnswer(w, out); err != nil {
		return a.fail(w, r, op, err)
	}
	return http.StatusOK
}

// fail answers with err, and logs what the caller is not told.
func (a *API) fail(w http.ResponseWriter, r *http.Request, op *operation, err error) int {
	requestID := w.Header().Get("X-Amzn-Requestid")
	if e, ok := errors.AsType[*auth.Error](err); ok {
		a.logRefusal(r, op, requestID, e)
		return writeError(w, refusal(e))
	}
	f := faultOf(err)
	if f.status >= 500 && r.Context().Err() == nil {
		a.opts.Logger.ErrorContext(r.Context(), "request failed", "operation", op.name,
			"request_id", requestID, "err", err)
	}
	return writeError(w, f)
}

// arn returns the ARN of a resource of this scope.
func (a *API) arn(resource string) string {
	return "arn:aws:xray:" + a.opts.Region + ":" + a.opts.AccountID + ":" + resource
}
