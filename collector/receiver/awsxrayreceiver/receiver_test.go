package awsxrayreceiver_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
)

func TestMain(m *testing.M) {
	if target := os.Getenv(senderTarget); target != "" {
		os.Exit(runSender(target))
	}
	goleak.VerifyTestMain(m)
}

const header = `{"format":"json","version":1}` + "\n"

// segmentNamed returns a small segment document.
func segmentNamed(name string, id int) string {
	return fmt.Sprintf(`{"name":%q,"id":"%016x","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00","start_time":1760608929.125,"end_time":1760608929.5}`, name, id+1)
}

// arrival is a batch that reached the pipeline.
type arrival struct {
	traces ptrace.Traces
	client net.Addr
}

// sink is a pipeline that keeps what it is given.
type sink struct {
	fail    func(attempt int, td ptrace.Traces) error // may be nil; it may change td
	mutates bool

	mu       sync.Mutex // guards the fields below
	attempts int
	arrived  []arrival
	added    chan struct{} // gets an element, if there is room, after every arrival
}

func newSink() *sink { return &sink{added: make(chan struct{}, 1)} }

func (s *sink) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: s.mutates}
}

func (s *sink) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	s.mu.Lock()
	s.attempts++
	attempt := s.attempts
	s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(attempt, td); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.arrived = append(s.arrived, arrival{td, client.FromContext(ctx).Addr})
	s.mu.Unlock()
	select {
	case s.added <- struct{}{}:
	default:
	}
	return nil
}

func (s *sink) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrived)
}

// wait waits until so many spans have arrived, and returns their names, sorted.
func (s *sink) wait(t *testing.T, n int) []string {
	t.Helper()
	for {
		var names []string
		for _, a := range s.arrivals() {
			names = append(names, spanNames(a.traces)...)
		}
		if len(names) >= n {
			slices.Sort(names)
			return names
		}
		select {
		case <-s.added:
		case <-t.Context().Done():
			t.Fatalf("%d spans arrived, want %d", len(names), n)
		}
	}
}

func spans(td ptrace.Traces) (all []ptrace.Span) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				all = append(all, s)
			}
		}
	}
	return all
}

func spanNames(td ptrace.Traces) (names []string) {
	for _, s := range spans(td) {
		names = append(names, s.Name())
	}
	return names
}

// rig is a running receiver.
type rig struct {
	t         *testing.T
	receiver  receiver.Traces
	address   string // of datagrams
	telemetry *componenttest.Telemetry
	logs      *observer.ObservedLogs
	stop      func() // ends the receiver; called at the end of the test at the latest
}

// start starts a receiver on a free port.
func start(t *testing.T, next consumer.Traces, change func(*awsxrayreceiver.Config)) *rig {
	t.Helper()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	cfg := defaultConfig()
	cfg.Endpoint = freeUDP(t)
	cfg.ProxyServer.Endpoint = "127.0.0.1:0"
	cfg.Batch.MaxDelay = 5 * time.Millisecond
	if change != nil {
		change(cfg)
	}
	core, logs := observer.New(zap.InfoLevel)
	telemetry := componenttest.NewTelemetry()
	f := awsxrayreceiver.NewFactory()
	set := receivertest.NewNopSettings(f.Type())
	set.ID = component.NewID(f.Type())
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	r, err := f.CreateTraces(t.Context(), set, cfg, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		if err := r.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		if err := telemetry.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return &rig{t: t, receiver: r, address: cfg.Endpoint, telemetry: telemetry, logs: logs, stop: stop}
}

// freeUDP returns an address that nobody listens on.
func freeUDP(t testing.TB) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	return conn.LocalAddr().String()
}

// send sends datagrams from the loopback address with that last number.
func (r *rig) send(last byte, datagrams ...string) {
	r.t.Helper()
	d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, last)}}
	conn, err := d.DialContext(r.t.Context(), "udp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, b := range datagrams {
		if _, err := conn.Write([]byte(b)); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		r.t.Error(err)
	}
}

// counts returns the points of a counter by the value of attribute key.
func (r *rig) counts(name, key string) map[string]int64 {
	r.t.Helper()
	counts := map[string]int64{}
	m, err := r.telemetry.GetMetric(name)
	if err != nil {
		return counts
	}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		v, _ := p.Attributes.Value(attribute.Key(key))
		counts[v.AsString()] += p.Value
		if id, _ := p.Attributes.Value("receiver"); id.AsString() != "awsxray" {
			r.t.Errorf("%s is of receiver %q", name, id.AsString())
		}
	}
	return counts
}

// count returns the sum of a counter.
func (r *rig) count(name string) (n int64) {
	for _, v := range r.counts(name, "") {
		n += v
	}
	return n
}

// expect checks sums of counters, by their names without the common prefix.
func (r *rig) expect(want map[string]int64) {
	r.t.Helper()
	for name, n := range want {
		if got := r.count("otelcol_" + name); got != n {
			r.t.Errorf("%s is %d, want %d", name, got, n)
		}
	}
}

func manySegments(n int, name string) (datagrams []string) {
	for i := range n {
		datagrams = append(datagrams, header+segmentNamed(fmt.Sprintf("%s%05d", name, i), i))
	}
	return datagrams
}

func names(n int, name string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%05d", name, i))
	}
	return all
}

func hasLog(logs *observer.ObservedLogs, message, field string) bool {
	return slices.ContainsFunc(logs.FilterMessage(message).All(), func(e observer.LoggedEntry) bool {
		_, ok := e.ContextMap()[field]
		return ok || field == "" || strings.Contains(e.Message, field)
	})
}
