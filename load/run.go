package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/problem"
)

// Options say what to send, where to and how fast.
type Options struct {
	API      string // endpoint of the X-Ray API; the target unless one of the next is set
	UDP      string // address of the daemon: send datagrams
	OTLPGRPC string // address of OTLP over gRPC: send spans
	OTLPHTTP string // endpoint of OTLP over HTTP: send spans

	Connections int           // parallel senders; 0 means 2
	Batch       int           // documents a request (of OTLP: their spans), datagrams a system call; rounded up to whole traces; 0 means 50
	Rate        float64       // spans a second; 0 means as fast as possible
	Duration    time.Duration // 0 means no bound
	Traces      uint64        // 0 means no bound
	Cardinality int
	Seed        uint64

	ServerPID int    // measure this process; 0 measures nothing
	DataDir   string // measure the disk use of this directory; "" measures nothing

	Verify       int          // read back so many acknowledged traces
	Ask          int          // ask each question so many times after the load
	Client       *xray.Client // for Verify
	Acknowledged io.Writer    // gets the id of each acknowledged trace, a line each; may be nil
	Progress     io.Writer    // gets a line every second; may be nil
}

// A target sends traces. It is used by one goroutine.
type target interface {
	// send sends the documents of the traces once. It wraps errThrottled when the
	// server asked to slow down.
	send(ctx context.Context, traces []Trace) (sent, error)
	close() error
}

// sent is what became of one batch.
type sent struct{ documents, rejected int64 }

// errThrottled says that the same batch should be sent again, later.
var errThrottled = errors.New("throttled")

// maxFailures in a row end a run: there is no server.
const maxFailures = 50

type runner struct {
	opts   Options
	gen    *Generator
	start  time.Time
	next   atomic.Uint64 // number of the next trace
	counts counters

	mu      sync.Mutex // guards the fields below
	latency histogram
	sample  sample
	lastErr error
}

// Run sends load until the duration has passed, the traces are sent or ctx ends,
// then measures and verifies as asked. A Result is returned with every error that
// came after the start.
func Run(ctx context.Context, opts Options) (*Result, error) {
	if opts.Duration == 0 && opts.Traces == 0 {
		return nil, problem.New(problem.Invalid, "load: set a duration or a number of traces")
	}
	if opts.Connections <= 0 {
		opts.Connections = 2
	}
	if opts.Batch <= 0 {
		opts.Batch = 50
	}
	r := &runner{opts: opts, gen: NewGenerator(opts.Seed, opts.Cardinality)}
	if opts.OTLPGRPC != "" || opts.OTLPHTTP != "" {
		r.gen = r.gen.WithRandomIDs()
	}
	r.sample.limit = max(opts.Verify, opts.Ask)
	targets, err := r.targets(ctx)
	if err != nil {
		return nil, err
	}
	before, err := readProcess(opts.ServerPID)
	if err != nil {
		return nil, err
	}
	sendErr := r.send(ctx, targets)
	res := r.result(time.Since(r.start))
	if sendErr = errors.Join(sendErr, r.failures()); res.Traces == 0 {
		return res, sendErr
	}
	return res, errors.Join(sendErr, r.measure(ctx, res, before), r.verify(ctx, res), r.ask(ctx, res))
}

func (r *runner) targets(ctx context.Context) ([]target, error) {
	var all []target
	for range r.opts.Connections {
		var t target
		var err error
		switch {
		case r.opts.UDP != "":
			t, err = dialUDP(ctx, r.gen, r.opts.UDP)
		case r.opts.OTLPGRPC != "":
			t, err = dialOTLP(r.gen, r.opts.OTLPGRPC)
		case r.opts.OTLPHTTP != "":
			t = newOTLPHTTP(r.gen, r.opts.OTLPHTTP)
		default:
			t = newAPI(r.gen, r.opts.API)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// send runs one worker per target until the end of the load.
func (r *runner) send(ctx context.Context, targets []target) error {
	r.start = time.Now()
	limited := ctx
	if r.opts.Duration > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, r.opts.Duration)
		defer cancel()
	}
	done := make(chan struct{})
	var reporter sync.WaitGroup
	reporter.Go(func() { r.report(done) })
	g, gctx := errgroup.WithContext(limited)
	for _, t := range targets {
		g.Go(func() error {
			r.work(gctx, t)
			return t.close()
		})
	}
	err := g.Wait()
	close(done)
	reporter.Wait()
	return err
}

// work sends batches until ctx ends or the traces are used up.
func (r *runner) work(ctx context.Context, t target) {
	perBatch := uint64((r.opts.Batch + DocumentsPerTrace - 1) / DocumentsPerTrace)
	traces := make([]Trace, 0, perBatch)
	failures := 0
	for ctx.Err() == nil {
		first := r.next.Add(perBatch) - perBatch
		last := first + perBatch
		if r.opts.Traces > 0 {
			last = min(last, r.opts.Traces)
		}
		if first >= last {
			return
		}
		due := r.wait(ctx, first)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		traces = traces[:0]
		for n := first; n < last; n++ {
			traces = append(traces, r.gen.Trace(n, now))
		}
		err := r.deliver(ctx, t, traces, due)
		switch {
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
			return
		default:
			r.failed(err)
			if failures++; failures == maxFailures {
				return // see failures
			}
			pause(ctx, 50*time.Millisecond)
		}
	}
}

func (r *runner) failed(err error) {
	r.counts.errors.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastErr = err
}

// failures is an error when requests failed, nil otherwise.
func (r *runner) failures() error {
	n := r.counts.errors.Load()
	if n == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return &problem.Error{Kind: problem.Unavailable, Message: fmt.Sprintf("load: %d requests failed, the last", n), Err: r.lastErr}
}

// wait pauses until trace number n is due and returns when that was. Without a
// rate it is due at once.
func (r *runner) wait(ctx context.Context, n uint64) time.Time {
	if r.opts.Rate <= 0 {
		return time.Now()
	}
	due := r.start.Add(time.Duration(float64(n) * SpansPerTrace / r.opts.Rate * float64(time.Second)))
	pause(ctx, time.Until(due))
	return due
}

// deliver sends a batch and repeats it as long as the server asks to slow down.
// Latency counts from when the batch was due, so that waiting is not hidden.
func (r *runner) deliver(ctx context.Context, t target, traces []Trace, due time.Time) error {
	for backoff := 5 * time.Millisecond; ; backoff = min(2*backoff, time.Second) {
		s, err := t.send(ctx, traces)
		if errors.Is(err, errThrottled) {
			r.counts.throttled.Add(1)
			pause(ctx, backoff)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		if err != nil {
			return err
		}
		return r.record(traces, s, time.Since(due))
	}
}

func (r *runner) record(traces []Trace, s sent, took time.Duration) error {
	r.counts.documents.Add(s.documents)
	r.counts.rejected.Add(s.rejected)
	r.counts.traces.Add(int64(len(traces)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latency.add(took)
	for _, t := range traces {
		r.sample.add(t)
	}
	if r.opts.Acknowledged == nil {
		return nil
	}
	var lines []byte
	for _, t := range traces {
		lines = append(t.ID.AppendText(lines), '\n')
	}
	_, err := r.opts.Acknowledged.Write(lines)
	return err
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// report writes a line every second until done is closed.
func (r *runner) report(done <-chan struct{}) {
	if r.opts.Progress == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var before int64
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			traces := r.counts.traces.Load()
			_, _ = fmt.Fprintf(r.opts.Progress, "%4.0fs  %9d spans/s  %12d spans  %d throttled  %d errors\n",
				time.Since(r.start).Seconds(), (traces-before)*SpansPerTrace, traces*SpansPerTrace, r.counts.throttled.Load(), r.counts.errors.Load())
			before = traces
		}
	}
}
