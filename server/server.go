package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/console/consoleapi"
	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/eks"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/iamapi"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/internal/tlsfile"
	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/relay"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/store/block"
	"github.com/radiograph/radiograph/xrayapi"
)

// Options are what a server needs besides its configuration.
type Options struct {
	Logger  *slog.Logger // slog.DiscardHandler when nil
	Version string       // shown in metrics and on the page

	// Keys are the access keys that sign requests to all APIs but IAM and STS; nil means
	// those of the account's identities.
	Keys auth.Keys
}

// Server is the service of one scope.
type Server struct {
	config  config.Config
	log     *slog.Logger
	version string
	started time.Time

	tls *tlsfile.Files // nil when there is no certificate

	identities *iam.Directory
	iam        *iamapi.API
	clusters   *eks.Handler

	login    *login.API
	gate     *auth.Gate // nil when everybody may do everything
	store    *block.Store
	groups   *group.Registry
	insights *insight.Watcher
	sampling *sampling.Registry
	ingest   *ingest.Ingester
	intakes  []*intake // ways to ingest; complete when New returns
	api      *xrayapi.API
	console  *consoleapi.API
	relay    *relay.Relay // nil when all its addresses are off
	listener net.Listener
	http     *http.Server

	otlp     *otlpapi.API
	otlpGRPC net.Listener // nil when it is off
	grpc     *grpc.Server // serves it
	otlpHTTP net.Listener // nil when it is off
	spans    *http.Server // serves it

	stopping atomic.Bool // readiness says no
}

// New opens the store and binds the addresses. Run must be called afterwards.
func New(ctx context.Context, cfg config.Config, opts Options) (_ *Server, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: cfg, log: opts.Logger, version: opts.Version, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if err := s.openTLS(); err != nil {
		return nil, err
	}
	tokens, err := s.openIdentities()
	if err != nil {
		return nil, err
	}
	if opts.Keys == nil {
		opts.Keys = s.identities
	}
	s.newGate(opts.Keys)
	if err := s.newLogin(opts.Keys); err != nil {
		return nil, err
	}
	if err := s.openClusters(opts.Keys, tokens); err != nil {
		return nil, err
	}
	if err := s.openStore(ctx); err != nil {
		return nil, err
	}
	if s.sampling, err = sampling.New(ctx, s.store, s.samplingOptions()...); err != nil {
		return nil, fmt.Errorf("load sampling rules: %w", err)
	}
	if err := s.openInsights(ctx); err != nil {
		return nil, err
	}
	s.ingest = ingest.New(s.store, s.ingestOptions())
	if s.api, err = xrayapi.New(s.apiOptions()); err != nil {
		return nil, err
	}
	if err := s.bindDaemon(); err != nil { //nolint:contextcheck // the relay stops when Run ends, not when New's context does
		return nil, err
	}
	if err := s.bindOTLP(ctx); err != nil {
		return nil, err
	}
	if s.listener, err = listen(ctx, cfg.HTTP.Listen); err != nil {
		return nil, err
	}
	if err := s.newConsole(); err != nil {
		return nil, err
	}
	s.http = s.httpServer(config.ListenerHTTP, s.routes())
	s.http.RegisterOnShutdown(s.console.Close)
	s.spans = s.httpServer(config.ListenerOTLPHTTP, s.otlp)
	return s, nil
}

// Scope returns the directory of an account and region below the data directory.
func Scope(data, accountID, region string) string {
	return filepath.Join(data, accountID, region)
}

func (s *Server) apiOptions() xrayapi.Options {
	return xrayapi.Options{
		Store:        s.store,
		Ingest:       s.newIntake(protocolAPI),
		Groups:       s.groups,
		Sampling:     s.sampling,
		Insights:     s.insights,
		AccountID:    s.config.AccountID,
		Region:       s.config.Region,
		Strict:       s.config.API.StrictAWSLimits,
		MaxBodyBytes: s.config.HTTP.MaxBody,
		Gate:         s.gate,
		Logger:       s.log,
	}
}

// Endpoint is the URL of the API on this machine.
func (s *Server) Endpoint() string {
	return s.scheme(config.ListenerHTTP) + s.listener.Addr().String()
}

// Run serves until ctx ends or a part fails, then stops everything in order.
func (s *Server) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	s.watchTLS(gctx, g)
	s.runHTTP(gctx, g, s.http, s.listener)
	if s.otlpHTTP != nil {
		s.runHTTP(gctx, g, s.spans, s.otlpHTTP)
	}
	if s.otlpGRPC != nil {
		s.runGRPC(gctx, g)
	}
	if s.relay != nil {
		g.Go(func() error { return s.relay.Serve(gctx) })
	}
	hook := newWebhook(s)
	g.Go(func() error { s.watchInsights(gctx, hook.notify); return nil })
	g.Go(func() error { hook.run(gctx); return nil })
	err := g.Wait()
	s.logLosses(context.WithoutCancel(ctx))
	return errors.Join(err, s.release())
}

// runHTTP serves until ctx ends, then lets requests that have begun finish, up to the
// configured time.
func (s *Server) runHTTP(ctx context.Context, g *errgroup.Group, h *http.Server, l net.Listener) {
	g.Go(func() error {
		serve := h.Serve
		if h.TLSConfig != nil {
			serve = func(l net.Listener) error { return h.ServeTLS(l, "", "") }
		}
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve http: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return s.stopHTTP(ctx, h)
	})
}

func (s *Server) stopHTTP(ctx context.Context, h *http.Server) error {
	s.stopping.Store(true)
	// ctx has ended: that is why the server stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Shutdown)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		s.log.Warn("requests cut off at stop", "err", err)
		return h.Close()
	}
	return nil
}

// release closes what New opened and Run has not.
func (s *Server) release() error {
	var errs []error
	if s.login != nil {
		s.login.Close()
	}
	if s.relay != nil {
		errs = append(errs, s.relay.Close())
	}
	for _, l := range []net.Listener{s.listener, s.otlpHTTP, s.otlpGRPC} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.identities != nil {
		if err := s.identities.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close identities: %w", err))
		}
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close store: %w", err))
		}
	}
	return errors.Join(errs...)
}
