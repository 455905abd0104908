package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-xray-sdk-go/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/aws/aws-xray-sdk-go/xraylog"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/demo"
)

// Options configure a [Shop].
type Options struct {
	// Daemon is where the SDK sends documents and asks for sampling rules, as in
	// AWS_XRAY_DAEMON_ADDRESS: "host:port", or "tcp:host:port udp:host:port".
	Daemon string
	Rate   float64      // requests a second; 0 means 10
	Logger *slog.Logger // slog.DiscardHandler when nil
}

// Shop is the shop with its sockets open.
type Shop struct {
	opts     Options
	backends *backends
	network  *network
	servers  []*http.Server
	sockets  []net.Listener
}

func init() {
	// The SDK's logger belongs to the process and may be set only here. What it says
	// (a datagram was not sent) shows in radiograph's counters.
	xray.SetLogger(xraylog.NullLogger)
}

// Open starts the sockets and the database of a shop, but nothing else.
func Open(ctx context.Context, opts Options) (_ *Shop, err error) {
	if opts.Rate <= 0 {
		opts.Rate = 10
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	// The SDK would send to the address in this variable whatever it is told.
	if err := os.Unsetenv("AWS_XRAY_DAEMON_ADDRESS"); err != nil {
		return nil, err
	}
	s := &Shop{opts: opts, network: newNetwork()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.backends, err = openBackends(ctx, s.network); err != nil {
		return nil, err
	}
	services := map[string]func(*service) http.Handler{
		demo.Entry: storefront,
		"catalog":  catalog,
		"cart":     cart,
		"orders":   orders,
		"payments": payments,
		"shipping": shipping,
	}
	for name, routes := range services {
		if err := s.open(ctx, name, routes); err != nil {
			return nil, fmt.Errorf("open service %s: %w", name, err)
		}
	}
	for host, h := range map[string]http.Handler{bankHost: bank(), objectHost: newObjects(), tableHost: newTables()} {
		if err := s.listen(ctx, host, h); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// open adds an instrumented service.
func (s *Shop) open(ctx context.Context, name string, routes func(*service) http.Handler) error {
	recorder, err := s.recorder(ctx, name)
	if err != nil {
		return err
	}
	svc := &service{
		backends: s.backends,
		client:   xray.Client(&http.Client{Transport: s.network.transport(), Timeout: 10 * time.Second}),
	}
	h := xray.HandlerWithContext(recorder, xray.NewFixedSegmentNamer(name), withOrigin(routes(svc)))
	return s.listen(ctx, host(name), h)
}

// recorder returns a context with an SDK configuration of its own for a service.
func (s *Shop) recorder(ctx context.Context, name string) (context.Context, error) {
	emitter, err := xray.NewDefaultEmitter(nil)
	if err != nil {
		return nil, err
	}
	cfg := xray.Config{DaemonAddr: s.opts.Daemon, Emitter: emitter, ServiceVersion: "1.4.2"}
	if name == demo.Entry {
		// The others follow its decisions.
		cfg.SamplingStrategy, err = sampling.NewCentralizedStrategy()
	} else {
		// Without a decision of the caller: everything.
		cfg.SamplingStrategy, err = sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version":2,"default":{"fixed_target":1,"rate":1},"rules":[]}`))
	}
	if err != nil {
		return nil, err
	}
	return xray.ContextWithConfig(ctx, cfg)
}

// listen serves h on a free port under the name of host.
func (s *Shop) listen(ctx context.Context, host string, h http.Handler) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.network.add(host, l.Addr().String())
	s.sockets = append(s.sockets, l)
	s.servers = append(s.servers, &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug)})
	return nil
}

// Run opens the shop until ctx ends, then lets the customers who are in finish.
func (s *Shop) Run(ctx context.Context) error {
	var g errgroup.Group
	for i, server := range s.servers {
		g.Go(func() error {
			if err := server.Serve(s.sockets[i]); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	g.Go(func() error {
		s.customers(ctx)
		return s.stop(ctx)
	})
	return errors.Join(g.Wait(), s.close())
}

func (s *Shop) stop(ctx context.Context) error {
	// ctx has ended: that is why the shop closes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func (s *Shop) close() error {
	for _, l := range s.sockets {
		_ = l.Close() // served ones are closed already
	}
	s.network.close()
	if s.backends == nil {
		return nil
	}
	return s.backends.close()
}
