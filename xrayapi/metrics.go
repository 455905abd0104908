package xrayapi

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests. Operations that do not exist are counted as "unknown",
// so that callers cannot make up label values.
type metrics struct {
	requests  *prometheus.CounterVec   // by operation, status
	latency   *prometheus.HistogramVec // by operation
	offered   prometheus.Counter
	rejected  prometheus.Counter
	segments  *prometheus.Desc // clients' telemetry
	backend   *prometheus.Desc
	reporters *prometheus.Desc
}

func newMetrics() *metrics {
	const namespace, subsystem = "radiograph", "xrayapi"
	return &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "requests_total", Help: "Requests answered, by operation and HTTP status.",
		}, []string{"operation", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "request_duration_seconds", Help: "Time to answer a request, by operation.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 12),
		}, []string{"operation"}),
		offered: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "documents_total", Help: "Segment documents received by PutTraceSegments.",
		}),
		rejected: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "documents_unprocessed_total", Help: "Segment documents reported back as unprocessed.",
		}),
		segments: prometheus.NewDesc("radiograph_client_segments_total",
			"Segments as clients (daemons, collectors) counted them, by what became of them.", []string{"outcome"}, nil),
		backend: prometheus.NewDesc("radiograph_client_backend_errors_total",
			"Failed calls as clients (daemons, collectors) counted them, by cause.", []string{"cause"}, nil),
		reporters: prometheus.NewDesc("radiograph_client_reporters",
			"Clients (daemons, collectors) that report telemetry.", nil, nil),
	}
}

func (m *metrics) observe(op *operation, status int, took time.Duration) {
	name := "unknown"
	if op != nil {
		name = op.name
	}
	m.requests.WithLabelValues(name, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(name).Observe(took.Seconds())
}

func (m *metrics) documents(offered, rejected int) {
	m.offered.Add(float64(offered))
	m.rejected.Add(float64(rejected))
}

// Describe implements prometheus.Collector.
func (a *API) Describe(ch chan<- *prometheus.Desc) {
	m := a.metrics
	for _, c := range []prometheus.Collector{m.requests, m.latency, m.offered, m.rejected} {
		c.Describe(ch)
	}
	ch <- m.segments
	ch <- m.backend
	ch <- m.reporters
}

// Collect implements prometheus.Collector.
func (a *API) Collect(ch chan<- prometheus.Metric) {
	m := a.metrics
	for _, c := range []prometheus.Collector{m.requests, m.latency, m.offered, m.rejected} {
		c.Collect(ch)
	}
	t := a.Telemetry()
	counter := func(d *prometheus.Desc, label string, n int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), label)
	}
	counter(m.segments, "received", t.Received)
	counter(m.segments, "sent", t.Sent)
	counter(m.segments, "spillover", t.Spillover)
	counter(m.segments, "rejected", t.Rejected)
	counter(m.backend, "timeout", t.Timeouts)
	counter(m.backend, "connection_refused", t.ConnectionsRefused)
	counter(m.backend, "unknown_host", t.UnknownHosts)
	counter(m.backend, "http_4xx", t.HTTP4XX)
	counter(m.backend, "http_5xx", t.HTTP5XX)
	counter(m.backend, "other", t.Other)
	ch <- prometheus.MustNewConstMetric(m.reporters, prometheus.GaugeValue, float64(len(a.Clients())))
}
