package targetallocator

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// Options say where everything is.
type Options struct {
	// ConfigFile is the configuration.
	ConfigFile string
	// Listen is the address without TLS.
	Listen string
	// Namespace is where the collectors are.
	Namespace string
	// Cluster says how to reach the API server.
	Cluster *rest.Config
	// Kubeconfig is the file that Cluster comes from, "" in a pod. Discovery reads it.
	Kubeconfig string
	// Log receives what happens.
	Log *slog.Logger
	// Reload is how often the configuration is looked at for changes; 0 means 5 seconds.
	Reload time.Duration
	// Listening is called with the addresses that are listened at, when it is not nil; secure is
	// nil without TLS.
	Listening func(plain, secure net.Addr)
}

// Run allocates targets until the context ends, or something does that it cannot be without.
func Run(ctx context.Context, o Options) error {
	if o.Namespace == "" {
		return errors.New("the namespace of the collectors is not known: set OTELCOL_NAMESPACE")
	}
	s, err := settings.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(o.Cluster)
	if err != nil {
		return fmt.Errorf("make a client of Kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(o.Cluster)
	if err != nil {
		return fmt.Errorf("make a client of Kubernetes: %w", err)
	}
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)

	group, ctx := errgroup.WithContext(ctx)
	find, err := newDiscovery(ctx, o.Log, registry)
	if err != nil {
		return err
	}
	k := &keeper{log: o.Log, kubeconfig: o.Kubeconfig, metrics: m, apply: find.ApplyConfig, settings: s}
	if err := serve(ctx, group, o, s, k, registry); err != nil {
		return err
	}
	in := news{
		settings: make(chan *settings.Settings), monitors: make(chan []*promconfig.ScrapeConfig),
		collectors: make(chan []allocation.Collector), groups: find.SyncCh(),
	}
	group.Go(func() error { return ended(ctx, find.Run()) })
	group.Go(func() error { return k.run(ctx, in) })
	group.Go(func() error { return reload(ctx, o, in.settings) })
	group.Go(func() error {
		w := &collectorWatch{client: client, namespace: o.Namespace, selector: s.Collectors, grace: s.NotReadyGrace, log: o.Log}
		return w.run(ctx, in.collectors)
	})
	if s.PrometheusCR != nil {
		group.Go(func() error {
			w := &monitorWatch{client: client, dynamic: dyn, settings: s.PrometheusCR, global: s.Global, credentials: s.Credentials(), log: o.Log, metrics: m}
			return w.run(ctx, in.monitors)
		})
	}
	o.Log.Info("target allocator started", "jobs", len(s.Jobs), "strategy", string(s.Strategy), "monitors", s.PrometheusCR != nil, "mtls", s.HTTPS != nil)
	err = group.Wait()
	o.Log.Info("target allocator stopped", "err", err)
	return err
}

func newDiscovery(ctx context.Context, log *slog.Logger, reg prometheus.Registerer) (*discovery.Manager, error) {
	sd, err := discovery.CreateAndRegisterSDMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of discovery: %w", err)
	}
	out := discovery.NewManager(ctx, log, reg, sd, discovery.Name("targetallocator"))
	if out == nil {
		return nil, errors.New("discovery cannot be set up")
	}
	return out, nil
}

// ended returns nil for an error that says no more than that the context has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// serve listens, and answers in the group's goroutines until the context ends.
func serve(ctx context.Context, group *errgroup.Group, o Options, s *settings.Settings, k *keeper, gather prometheus.Gatherer) error {
	plain, err := listen(ctx, o.Listen)
	if err != nil {
		return err
	}
	handle := func(secure bool) http.Handler {
		return (&handler{view: k.view.Load, secure: secure, metrics: k.metrics, gather: gather}).routes()
	}
	var secure net.Listener
	if h := s.HTTPS; h != nil {
		if secure, err = listenMutual(ctx, h); err != nil {
			return errors.Join(err, plain.Close())
		}
		answerAt(ctx, group, o.Log, secure, handle(true))
	}
	answerAt(ctx, group, o.Log, plain, handle(s.AllowInsecureAuthSecrets))
	if o.Listening != nil {
		var at net.Addr
		if secure != nil {
			at = secure.Addr()
		}
		o.Listening(plain.Addr(), at)
	}
	return nil
}

// listenMutual listens for clients that have certificates.
func listenMutual(ctx context.Context, h *settings.HTTPS) (net.Listener, error) {
	config := mutual(h)
	if _, err := config(nil); err != nil {
		return nil, err
	}
	l, err := listen(ctx, h.Listen)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: config}), nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", address, err)
	}
	return l, nil
}

// answerAt serves until the context ends, and then lets requests finish.
func answerAt(ctx context.Context, group *errgroup.Group, log *slog.Logger, l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), // handshakes that fail, above all
	}
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve at %s: %w", l.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		// Requests that have begun are answered, though the program ends.
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(late)
	})
}

// mutual returns what a handshake needs. The files are read for each, as they are renewed while
// the program runs, and collectors keep their connections.
func mutual(h *settings.HTTPS) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return func(*tls.ClientHelloInfo) (*tls.Config, error) {
		cert, err := tls.LoadX509KeyPair(h.CertFile, h.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the server's certificate: %w", err)
		}
		text, err := os.ReadFile(h.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the authority of clients: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authority of clients: %s holds no certificate", h.CAFile)
		}
		return &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		}, nil
	}
}

// reload reads the configuration when it has changed. One that is wrong is reported, and the
// old one stays. Reading is the surest way to see a change of a mounted ConfigMap, whose files
// are links that are replaced.
func reload(ctx context.Context, o Options, to chan<- *settings.Settings) error {
	every := o.Reload
	if every == 0 {
		every = 5 * time.Second
	}
	last, err := os.ReadFile(o.ConfigFile)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		text, err := os.ReadFile(o.ConfigFile)
		if err != nil || bytes.Equal(text, last) {
			continue // a file that is being replaced is there the next time
		}
		last = text
		s, err := settings.Load(o.ConfigFile)
		if err != nil {
			o.Log.Error("the configuration stays as it was", "err", err)
			continue
		}
		if !send(ctx, to, s) {
			return nil
		}
	}
}
