package server

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/store"
)

// metrics is the registry behind /metrics.
func (s *Server) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "radiograph_build_info", Help: "Always 1; the version is a label.",
			ConstLabels: prometheus.Labels{"version": s.version},
		}, func() float64 { return 1 }),
		s.api,
		s.iam,
		s.otlp,
		storeMetrics{s.store.Stats},
		ingestMetrics{s.ingest.Stats},
	)
	if s.relay != nil {
		r.MustRegister(relayMetrics{s.relay.Stats})
	}
	if s.tls != nil {
		r.MustRegister(s.tls)
	}
	return r
}

// metric is one value that is read from a snapshot of type T.
type metric[T any] struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(T) float64
}

func newMetric[T any](name, help string, kind prometheus.ValueType, read func(T) float64) metric[T] {
	return metric[T]{prometheus.NewDesc(name, help, nil, nil), kind, read}
}

func describe[T any](all []metric[T], ch chan<- *prometheus.Desc) {
	for _, m := range all {
		ch <- m.desc
	}
}

func collect[T any](all []metric[T], snapshot T, ch chan<- prometheus.Metric) {
	for _, m := range all {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read(snapshot))
	}
}

// storeMetrics reads the store's statistics once per scrape.
type storeMetrics struct{ stats func() store.Stats }

var storeDescs = []metric[store.Stats]{
	newMetric("radiograph_store_documents", "Stored documents.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.Documents) }),
	newMetric("radiograph_store_traces", "Stored traces.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.Traces) }),
	newMetric("radiograph_store_disk_bytes", "Size of the store on disk.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.DiskBytes) }),
	newMetric("radiograph_store_log_bytes", "Size of the log on disk.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.LogBytes) }),
	newMetric("radiograph_store_head_bytes", "Documents in memory.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.HeadBytes) }),
	newMetric("radiograph_store_head_traces", "Traces in memory.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.HeadTraces) }),
	newMetric("radiograph_store_blocks", "Blocks.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.Blocks) }),
	newMetric("radiograph_store_oldest_received_seconds", "Receipt time of the oldest document, in seconds since the epoch; 0 when empty.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.OldestReceived) / 1e9 }),
	newMetric("radiograph_store_throttled_batches_total", "Batches refused because the store could not keep up.", prometheus.CounterValue, func(s store.Stats) float64 { return float64(s.Throttled) }),
	newMetric("radiograph_store_quarantined_files_total", "Files set aside because they are corrupt.", prometheus.CounterValue, func(s store.Stats) float64 { return float64(s.Quarantined) }),
	newMetric("radiograph_store_log_truncated_bytes", "Bytes of the log's torn tail that were cut at start.", prometheus.GaugeValue, func(s store.Stats) float64 { return float64(s.TruncatedBytes) }),
}

// Describe implements prometheus.Collector.
func (storeMetrics) Describe(ch chan<- *prometheus.Desc) { describe(storeDescs, ch) }

// Collect implements prometheus.Collector.
func (m storeMetrics) Collect(ch chan<- prometheus.Metric) { collect(storeDescs, m.stats(), ch) }

// ingestMetrics reads the counters of admission once per scrape.
type ingestMetrics struct{ stats func() ingest.Stats }

var (
	ingestDescs = []metric[ingest.Stats]{
		newMetric("radiograph_ingest_documents_total", "Documents stored.", prometheus.CounterValue, func(s ingest.Stats) float64 { return float64(s.Documents) }),
		newMetric("radiograph_ingest_bytes_total", "Bytes of the documents stored.", prometheus.CounterValue, func(s ingest.Stats) float64 { return float64(s.Bytes) }),
		newMetric("radiograph_ingest_throttled_documents_total", "Good documents not stored because the store could not keep up.", prometheus.CounterValue, func(s ingest.Stats) float64 { return float64(s.Throttled) }),
		newMetric("radiograph_ingest_failed_documents_total", "Good documents not stored for other reasons.", prometheus.CounterValue, func(s ingest.Stats) float64 { return float64(s.Failed) }),
	}
	ingestRejected = prometheus.NewDesc("radiograph_ingest_rejected_documents_total", "Documents refused, by code.", []string{"code"}, nil)
)

// Describe implements prometheus.Collector.
func (ingestMetrics) Describe(ch chan<- *prometheus.Desc) {
	describe(ingestDescs, ch)
	ch <- ingestRejected
}

// Collect implements prometheus.Collector.
func (m ingestMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.stats()
	collect(ingestDescs, s, ch)
	for code, n := range s.Rejected {
		ch <- prometheus.MustNewConstMetric(ingestRejected, prometheus.CounterValue, float64(n), code)
	}
}
