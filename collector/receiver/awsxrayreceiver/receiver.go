package awsxrayreceiver

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"

	"github.com/radiograph/radiograph/collector/internal/proxy"
	"github.com/radiograph/radiograph/datagram"
)

// drainFor bounds how long a shutdown may wait for the pipeline to take what was
// received.
const drainFor = 10 * time.Second

// xrayReceiver is the receiver. Its goroutines are readers, workers and one that
// publishes counters.
type xrayReceiver struct {
	cfg       *Config
	next      consumer.Traces
	log       *zap.Logger
	telemetry *telemetry
	proxy     *proxy.Server

	queue     *datagram.Queue
	sockets   []*socket
	collector collector

	stop    context.CancelFunc // ends the readers; nil before Start and after Shutdown
	abandon context.CancelFunc // ends waiting for the pipeline
	quiet   chan struct{}      // closed to end the goroutine that publishes
	reading sync.WaitGroup
	working sync.WaitGroup
	publish sync.WaitGroup
}

func newReceiver(cfg *Config, set receiver.Settings, next consumer.Traces) (*xrayReceiver, error) {
	t, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	return &xrayReceiver{
		cfg:       cfg,
		next:      next,
		log:       set.Logger,
		telemetry: t,
		proxy:     proxy.New(cfg.proxyConfig(), set.Logger),
	}, nil
}

// Start opens the sockets and begins to receive.
func (r *xrayReceiver) Start(ctx context.Context, host component.Host) error {
	if err := r.listen(ctx); err != nil {
		return errors.Join(err, r.closeSockets())
	}
	if err := r.proxy.Start(ctx, host); err != nil {
		return errors.Join(err, r.closeSockets())
	}
	if err := r.telemetry.observeQueue(func() int64 { return r.queue.Queued() }); err != nil {
		return errors.Join(err, r.proxy.Shutdown(ctx), r.closeSockets())
	}
	r.logStart()

	lasting := context.WithoutCancel(ctx) // ctx is of the start alone
	readCtx, stop := context.WithCancel(lasting)
	workCtx, abandon := context.WithCancel(lasting)
	r.stop, r.abandon = stop, abandon
	r.quiet = make(chan struct{})
	for _, s := range r.sockets {
		r.reading.Go(func() { r.read(readCtx, s, host) })
	}
	for range workers(r.cfg.Workers) {
		r.working.Go(func() { newWorker(r).run(workCtx) })
	}
	r.publish.Go(func() { r.publishUntil(lasting, r.quiet) })
	return nil
}

func workers(n int) int {
	if n == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

func (r *xrayReceiver) listen(ctx context.Context) error {
	sockets, err := datagram.ListenUDP(ctx, r.cfg.Endpoint, r.cfg.Readers, r.cfg.ReceiveBuffer)
	for _, s := range sockets {
		r.sockets = append(r.sockets, newSocket(s))
	}
	if err != nil {
		return err
	}
	r.queue = datagram.NewQueue(r.cfg.MaxQueue)
	r.collector = newCollector(r.queue, r.cfg.Batch.MaxDelay)
	return nil
}

func (r *xrayReceiver) logStart() {
	for _, s := range r.sockets {
		bytes := s.load().Buffer()
		r.log.Info("receiving segments", zap.Stringer("address", s.load().Addr()), zap.Int("receive_buffer_bytes", bytes))
		if bytes < r.cfg.ReceiveBuffer {
			r.log.Warn("receive buffer is smaller than asked for: raise net.core.rmem_max, or allow CAP_NET_ADMIN",
				zap.Int("bytes", bytes), zap.Int("asked_bytes", r.cfg.ReceiveBuffer))
		}
	}
}

// Shutdown ends receiving, hands what the kernel and the queue hold to the pipeline,
// for as long as ctx and drainFor allow, and closes the sockets.
func (r *xrayReceiver) Shutdown(ctx context.Context) error {
	if r.stop == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drainFor)
	defer cancel()
	defer r.abandon()
	defer context.AfterFunc(ctx, r.abandon)()
	r.stop()
	r.stop = nil
	r.reading.Wait()
	r.queue.Close()
	r.working.Wait()
	err := errors.Join(r.proxy.Shutdown(ctx), r.closeSockets())
	close(r.quiet)
	r.publish.Wait()
	return errors.Join(err, r.telemetry.close())
}

func (r *xrayReceiver) closeSockets() error {
	var errs []error
	for _, s := range r.sockets {
		errs = append(errs, s.load().Close())
	}
	return errors.Join(errs...)
}
