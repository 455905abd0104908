package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/segment"
)

// Sink takes documents; ingest.Ingester is one.
type Sink interface {
	// Put judges each document alone and keeps the good ones. It returns a rejection
	// for each refused document. An error means that nothing was kept; the relay tries
	// again when its kind is problem.Throttled. Put must not keep docs.
	Put(ctx context.Context, docs [][]byte) ([]*segment.Rejection, error)
}

// Options configure a [Relay]. Zero fields mean the default; an empty address is
// not listened on.
type Options struct {
	UDP      string // host:port of the datagrams
	TCP      string // host:port of HTTP and streams
	Unixgram string // path of a socket for datagrams
	Unix     string // path of a socket for HTTP and streams

	Sink   Sink         // required
	API    http.Handler // answers HTTP; by default everything is 404
	Logger *slog.Logger // by default nothing is logged

	Readers          int           // sockets (SO_REUSEPORT) and goroutines that read UDP; 1
	Workers          int           // concurrent calls of Sink.Put; the number of CPUs
	ReceiveBuffer    int           // bytes asked for each UDP socket; 16 MiB
	QueueBytes       int           // bytes of documents that wait for the sink; 64 MiB
	MaxDocumentBytes int           // of a document in a stream; 16 MiB
	MaxConns         int           // open TCP and Unix connections; 1024
	RetryFor         time.Duration // how long a throttled batch is tried again; 5 s
	DrainFor         time.Duration // how long Serve may take to finish; 10 s
}

func (o Options) withDefaults() Options {
	orDefault(&o.API, http.Handler(http.HandlerFunc(http.NotFound)), o.API == nil)
	orDefault(&o.Logger, slog.New(slog.DiscardHandler), o.Logger == nil)
	orDefault(&o.Readers, 1, o.Readers <= 0)
	orDefault(&o.Workers, runtime.GOMAXPROCS(0), o.Workers <= 0)
	orDefault(&o.ReceiveBuffer, 16<<20, o.ReceiveBuffer <= 0)
	orDefault(&o.QueueBytes, 64<<20, o.QueueBytes <= 0)
	orDefault(&o.MaxDocumentBytes, 16<<20, o.MaxDocumentBytes <= 0)
	orDefault(&o.MaxConns, 1024, o.MaxConns <= 0)
	orDefault(&o.RetryFor, 5*time.Second, o.RetryFor <= 0)
	orDefault(&o.DrainFor, 10*time.Second, o.DrainFor <= 0)
	return o
}

func orDefault[T any](field *T, value T, missing bool) {
	if missing {
		*field = value
	}
}

// Relay receives documents and hands them to its sink.
type Relay struct {
	opts      Options
	queue     *datagram.Queue
	counters  counters
	datagrams []*datagramSocket
	listeners []net.Listener
	conns     connections
	closed    atomic.Bool
}

// Listen opens the sockets that opts names. It starts nothing: see [Relay.Serve].
// A Relay that is not served must be closed.
func Listen(opts Options) (*Relay, error) {
	if opts.Sink == nil {
		return nil, errors.New("listen: no sink")
	}
	opts = opts.withDefaults()
	r := &Relay{opts: opts, queue: datagram.NewQueue(opts.QueueBytes)}
	r.conns.init(opts.MaxConns)
	if err := r.listen(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Relay) listen() error {
	if r.opts.UDP != "" {
		if err := r.listenUDP(); err != nil {
			return err
		}
	}
	if r.opts.Unixgram != "" {
		if err := r.listenUnixgram(r.opts.Unixgram); err != nil {
			return err
		}
	}
	if r.opts.TCP != "" {
		if err := r.listenStream("tcp", r.opts.TCP); err != nil {
			return err
		}
	}
	if r.opts.Unix != "" {
		return r.listenStream("unix", r.opts.Unix)
	}
	return nil
}

func (r *Relay) listenStream(network, address string) error {
	if network == "unix" {
		if err := removeStale(network, address); err != nil {
			return err
		}
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return fmt.Errorf("listen for streams: %w", err)
	}
	r.listeners = append(r.listeners, l)
	return nil
}

// UDPAddr returns the address of the datagrams, or nil.
func (r *Relay) UDPAddr() net.Addr {
	if r.opts.UDP == "" {
		return nil
	}
	return r.datagrams[0].Addr()
}

// TCPAddr returns the address of HTTP and streams, or nil.
func (r *Relay) TCPAddr() net.Addr {
	if r.opts.TCP == "" {
		return nil
	}
	return r.listeners[0].Addr()
}

// Close closes the sockets. Serve does that by itself.
func (r *Relay) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	var errs []error
	for _, s := range r.datagrams {
		errs = append(errs, s.close())
	}
	for _, l := range r.listeners {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Serve receives until ctx is done or a socket fails. Then it stops receiving,
// takes what the kernel holds already, finishes the requests and batches under
// way, and closes the sockets. It may be called once.
func (r *Relay) Serve(ctx context.Context) error {
	// What has been received must reach the sink although ctx is done.
	sinkCtx, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	var workers sync.WaitGroup
	for range r.opts.Workers {
		workers.Go(func() { r.deliver(sinkCtx) })
	}
	stopReports := r.startReports()
	r.logStart()

	readers, readCtx := errgroup.WithContext(ctx)
	for _, s := range r.datagrams {
		readers.Go(func() error { return r.readDatagrams(readCtx, s) })
	}
	web := newWebServer(r.opts.API, r.opts.Logger)
	for _, l := range r.listeners {
		readers.Go(func() error { return r.accept(readCtx, l, web) })
	}

	<-readCtx.Done()
	drain := time.AfterFunc(r.opts.DrainFor, abandon)
	defer drain.Stop()
	r.conns.stop(time.Now().Add(streamGrace))
	web.shutdown(sinkCtx)
	err := readers.Wait()
	r.conns.wait()
	r.queue.Close()
	workers.Wait()
	stopReports()
	err = errors.Join(err, r.Close())
	r.logTotals()
	return err
}
