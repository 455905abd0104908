package consoleapi

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Path is where the API is: everything below belongs to it.
const Path = "/console/v1/"

// Reader is what the API needs of a store; every store.Store is one.
type Reader interface {
	Graph(ctx context.Context, q store.GraphQuery) (store.Graph, error)
	Scan(ctx context.Context, q store.Scan) (store.Page, error)
	Traces(ctx context.Context, ids []traceid.ID) iter.Seq2[*trace.Trace, error]
	Values(ctx context.Context, q store.ValuesQuery) ([]string, error)
	Stats() store.Stats
}

// Options are what an [API] is made of. Store, Groups and Sampling belong to the
// same scope and are required.
type Options struct {
	Store    Reader
	Groups   *group.Registry
	Sampling *sampling.Registry

	About   About          // what the server is
	Senders func() Senders // who has sent since the start; nil: nothing is known

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

// API serves the endpoints. It is safe for concurrent use.
type API struct {
	opts    Options
	handler http.Handler
	tails   chan struct{} // has an element for each stream

	closing chan struct{}
	close   func()
}

// maxTails bounds how many streams are open at once.
const maxTails = 32

// New returns an API. It must be closed when the server stops, or streams would
// keep the server from stopping.
func New(opts Options) (*API, error) {
	switch {
	case opts.Store == nil:
		return nil, errors.New("consoleapi: no store")
	case opts.Groups == nil:
		return nil, errors.New("consoleapi: no groups")
	case opts.Sampling == nil:
		return nil, errors.New("consoleapi: no sampling rules")
	}
	if opts.Senders == nil {
		opts.Senders = func() Senders { return Senders{} }
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{opts: opts, tails: make(chan struct{}, maxTails), closing: make(chan struct{})}
	a.close = sync.OnceFunc(func() { close(a.closing) })
	a.handler = a.routes()
	return a, nil
}

// Close ends the streams. Other requests are answered as before.
func (a *API) Close() { a.close() }

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	a.handler.ServeHTTP(w, r)
}

// endpoint is a path and what answers it.
type endpoint struct {
	method, path string
	answer       func(*API, *http.Request) (any, error)
}

var endpoints = []endpoint{
	{http.MethodGet, "me", (*API).me},
	{http.MethodGet, "validate", (*API).validate},
	{http.MethodGet, "complete", (*API).complete},
	{http.MethodPost, "terms", (*API).terms},
	{http.MethodGet, "analyze", (*API).analyze},
	{http.MethodGet, "graph", (*API).graph},
	{http.MethodGet, "graph/compare", (*API).compareGraphs},
	{http.MethodGet, "nodes/operations", (*API).operations},
	{http.MethodGet, "traces/{id}", (*API).trace},
	{http.MethodGet, "traces/{id}/entities/{entity}", (*API).entity},
	{http.MethodPost, "sampling/test", (*API).testSampling},
	{http.MethodPost, "sampling/whatif", (*API).whatIf},
	{http.MethodGet, "sources", (*API).sources},
}

func (a *API) routes() http.Handler {
	mux := http.NewServeMux()
	for _, e := range endpoints {
		mux.Handle(Path+e.path, a.only(e.method, func(w http.ResponseWriter, r *http.Request) {
			out, err := e.answer(a, r)
			if err == nil {
				err = writeAnswer(w, r, out)
			}
			if err != nil {
				a.fail(w, r, err)
			}
		}))
	}
	mux.Handle(Path+"tail", a.only(http.MethodGet, a.tail))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, problem.New(problem.NotFound, "There is no such endpoint"))
	})
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, problem.New(problem.Denied, "Requests from pages of other origins are refused"))
	}))
	return protection.Handler(mux)
}

// only lets requests with that method through; HEAD goes with GET.
func (a *API) only(method string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (r.Method != http.MethodHead || method != http.MethodGet) {
			w.Header().Set("Allow", method)
			a.fail(w, r, errMethod)
			return
		}
		next(w, r)
	})
}
