package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/relay"
)

// bindDaemon opens the sockets that X-Ray SDKs send to.
func (s *Server) bindDaemon() (err error) {
	c := s.config.Daemon
	if c.UDP == "" && c.TCP == "" && c.Unix == "" {
		return nil
	}
	// SDKs do not sign what they send to a daemon. While others must, only what SDKs ask
	// for is answered there.
	var api http.Handler = s.api
	if s.gate != nil {
		api = s.api.Sampling()
	}
	s.relay, err = relay.Listen(relay.Options{
		UDP: c.UDP, TCP: c.TCP, Unix: c.Unix,
		Sink: s.newIntake(protocolDaemon), API: api, Logger: s.log,
		MaxDocumentBytes: int(s.config.Ingest.MaxDocument),
		DrainFor:         s.config.Shutdown,
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return &problem.Error{Kind: problem.Unavailable, Message: "an address of the daemon is in use", Err: err, Hint: "is an X-Ray daemon running? another address: up --daemon 127.0.0.1:2001"}
	}
	if err != nil {
		return fmt.Errorf("listen for X-Ray SDKs: %w", err)
	}
	return nil
}

// DaemonAddress is what AWS_XRAY_DAEMON_ADDRESS should be on this machine, or ""
// when SDKs cannot reach the daemon by UDP and TCP.
func (s *Server) DaemonAddress() string {
	if s.relay == nil || s.relay.UDPAddr() == nil {
		return ""
	}
	udp := s.relay.UDPAddr().String()
	if s.relay.TCPAddr() == nil {
		return udp
	}
	if tcp := s.relay.TCPAddr().String(); tcp != udp {
		return "tcp:" + tcp + " udp:" + udp
	}
	return udp
}

// logLosses says what was lost since the start, if anything was.
func (s *Server) logLosses(ctx context.Context) {
	in := s.ingest.Stats()
	var losses []slog.Attr
	note := func(reason string, n int64) {
		if n > 0 {
			losses = append(losses, slog.Int64(reason, n))
		}
	}
	note("throttled", in.Throttled)
	note("failed", in.Failed)
	for code, n := range in.Rejected {
		note("rejected_"+code, n)
	}
	if s.relay != nil {
		for _, d := range dropReasons {
			note("dropped_"+d.reason, d.read(s.relay.Stats().Dropped))
		}
	}
	level := slog.LevelInfo
	if len(losses) > 0 {
		level = slog.LevelWarn
	}
	losses = append([]slog.Attr{slog.Int64("documents", in.Documents)}, losses...)
	s.log.LogAttrs(ctx, level, "stopped receiving", losses...)
}

var dropReasons = []struct {
	reason string
	read   func(relay.Drops) int64
}{
	{"bad_header", func(d relay.Drops) int64 { return d.BadHeader }},
	{"bad_frame", func(d relay.Drops) int64 { return d.BadFrame }},
	{"too_large", func(d relay.Drops) int64 { return d.TooLarge }},
	{"queue_full", func(d relay.Drops) int64 { return d.QueueFull }},
	{"throttled", func(d relay.Drops) int64 { return d.Throttled }},
	{"failed", func(d relay.Drops) int64 { return d.Failed }},
	{"kernel", func(d relay.Drops) int64 { return d.Kernel }},
}

// relayMetrics reads the relay's counters once per scrape.
type relayMetrics struct{ stats func() relay.Stats }

var (
	relayDescs = []metric[relay.Stats]{
		newMetric("radiograph_relay_datagrams_total", "Datagrams received, good or not.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.Datagrams) }),
		newMetric("radiograph_relay_datagram_bytes_total", "Bytes of the datagrams received.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.DatagramBytes) }),
		newMetric("radiograph_relay_streams_total", "Streams of documents begun.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.Streams) }),
		newMetric("radiograph_relay_stream_documents_total", "Documents received in streams.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.StreamDocuments) }),
		newMetric("radiograph_relay_documents_total", "Documents stored.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.Documents) }),
		newMetric("radiograph_relay_retries_total", "Batches tried again because the store could not keep up.", prometheus.CounterValue, func(s relay.Stats) float64 { return float64(s.Retries) }),
		newMetric("radiograph_relay_open_streams", "Streams open now.", prometheus.GaugeValue, func(s relay.Stats) float64 { return float64(s.OpenStreams) }),
		newMetric("radiograph_relay_queued_bytes", "Documents that wait for the store.", prometheus.GaugeValue, func(s relay.Stats) float64 { return float64(s.QueuedBytes) }),
		newMetric("radiograph_relay_receive_buffer_bytes", "Size of a UDP socket's receive buffer; 0 when unknown.", prometheus.GaugeValue, func(s relay.Stats) float64 { return float64(s.ReceiveBuffer) }),
	}
	relayDropped  = prometheus.NewDesc("radiograph_relay_dropped_total", "Documents and datagrams lost, by reason.", []string{"reason"}, nil)
	relayRejected = prometheus.NewDesc("radiograph_relay_rejected_documents_total", "Documents refused, by code.", []string{"code"}, nil)
)

// Describe implements prometheus.Collector.
func (relayMetrics) Describe(ch chan<- *prometheus.Desc) {
	describe(relayDescs, ch)
	ch <- relayDropped
	ch <- relayRejected
}

// Collect implements prometheus.Collector.
func (m relayMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.stats()
	collect(relayDescs, s, ch)
	for _, d := range dropReasons {
		ch <- prometheus.MustNewConstMetric(relayDropped, prometheus.CounterValue, float64(d.read(s.Dropped)), d.reason)
	}
	for code, n := range s.Rejected {
		ch <- prometheus.MustNewConstMetric(relayRejected, prometheus.CounterValue, float64(n), code)
	}
}
