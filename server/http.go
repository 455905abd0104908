package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"syscall"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/radiograph/radiograph/console"
	"github.com/radiograph/radiograph/console/consoleapi"
	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/web"
)

// listen binds addr and says what to do when that is not possible.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &problem.Error{Kind: problem.Unavailable, Message: addr + " is in use", Err: err, Hint: "is radiograph running already? another address: --http 127.0.0.1:0"}
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

func (s *Server) httpServer(listener string, h http.Handler) *http.Server {
	c := s.config.HTTP
	return &http.Server{
		Handler:           s.strictTransport(h),
		TLSConfig:         s.tlsConfig(listener),
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// routes are all paths of the HTTP address. Everything that is not listed is an
// operation of the X-Ray API or an error that the API words.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.pages(mux)
	mux.Handle(consoleapi.Path, s.guardConsole(s.console))
	for _, path := range []string{login.SessionPath, login.LoginPath, login.CallbackPath} {
		mux.Handle(path, s.login)
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("POST "+BackupPath, s.guard(actionBackup, http.HandlerFunc(s.backup)))
	if s.config.HTTP.Pprof {
		mux.Handle("GET /debug/pprof/", s.guard(actionProfile, http.HandlerFunc(pprof.Index)))
		mux.Handle("GET /debug/pprof/cmdline", s.guard(actionProfile, http.HandlerFunc(pprof.Cmdline)))
		mux.Handle("GET /debug/pprof/profile", s.guard(actionProfile, http.HandlerFunc(pprof.Profile)))
		mux.Handle("GET /debug/pprof/symbol", s.guard(actionProfile, http.HandlerFunc(pprof.Symbol)))
		mux.Handle("GET /debug/pprof/trace", s.guard(actionProfile, http.HandlerFunc(pprof.Trace)))
	}
	for _, path := range otlpapi.Paths {
		mux.Handle(path, s.otlp)
	}
	mux.Handle("/", s.login.Admit(s.api))
	return s.withIdentities(s.guardBrowsers(s.withClusters(s.guardPaths(mux))))
}

// pages adds what people see in a browser: the console, or small pages without it.
func (s *Server) pages(mux *http.ServeMux) {
	c, err := web.New()
	if err == nil {
		c.Register(mux)
		return
	}
	if !errors.Is(err, web.ErrNotBuilt) {
		s.log.Error("console is broken", "err", err)
	}
	page := console.New(console.Options{
		Store: s.store, Started: s.started, Version: s.version, Note: web.HowToBuild,
		Endpoint: s.Endpoint(), Region: s.config.Region, Daemon: s.DaemonAddress(), Logger: s.log,
	})
	mux.Handle("GET /{$}", s.guardConsole(page))
	mux.Handle("GET "+console.TracePath+"{id}", s.guardConsole(http.HandlerFunc(page.Trace)))
}

// ready says no as soon as the server is told to stop, so that load balancers
// send new requests elsewhere.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
