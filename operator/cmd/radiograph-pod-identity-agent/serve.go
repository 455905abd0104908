package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/operator/podidentityagent"
)

// stopFor is how long requests that have begun may take when the agent stops.
const stopFor = 5 * time.Second

// serve binds everything, then serves until the context ends.
func serve(ctx context.Context, o *options, log *slog.Logger) error {
	upstream, err := podidentityagent.NewUpstream(o.endpoint, o.cluster, o.caFile)
	if err != nil {
		return err
	}
	addresses := o.addresses(hasIPv6())
	hosts := o.hosts
	var ips []netip.Addr
	for _, a := range addresses {
		ips = append(ips, a.Addr())
		if o.hosts == nil {
			hosts = append(hosts, a.Addr().String())
		}
	}
	if o.assign {
		if err := podidentityagent.Assign(o.link, ips); err != nil {
			return err
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := podidentityagent.NewMetrics(registry)
	if err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	credentials := podidentityagent.NewCredentials(upstream, metrics, log)
	defer credentials.Wait()

	g, ctx := errgroup.WithContext(ctx)
	var ready atomic.Bool
	servers := map[string]http.Handler{o.healthAddr: health(&ready)}
	if o.metricsAddr != "" {
		servers[o.metricsAddr] = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	}
	handler := podidentityagent.New(credentials, hosts, metrics, log)
	for _, a := range addresses {
		servers[a.String()] = handler
	}
	for address, h := range servers {
		if err := start(ctx, g, address, h); err != nil {
			return err
		}
	}
	ready.Store(true)
	log.InfoContext(ctx, "agent serves", "addresses", addresses, "endpoint", o.endpoint, "cluster", o.cluster)
	context.AfterFunc(ctx, func() { ready.Store(false) })
	return g.Wait()
}

// start binds an address and serves there until the context ends.
func start(ctx context.Context, g *errgroup.Group, address string, h http.Handler) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10,
	}
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", address, err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		// ctx has ended: that is why the agent stops.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopFor)
		defer cancel()
		return s.Shutdown(stopping)
	})
	return nil
}

// health says whether the agent lives, and whether pods can ask it. That radiograph is away is
// no reason to be restarted: sessions that are remembered go on.
func health(ready *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	return mux
}
