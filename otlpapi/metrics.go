package otlpapi

import (
	"github.com/prometheus/client_golang/prometheus"
)

// protocol is how a request came, as metrics have it.
type protocol string

const (
	protocolGRPC   protocol = "grpc"
	protocolHTTP   protocol = "http"
	protocolZipkin protocol = "zipkin"
)

// The outcomes of a request, as metrics have them.
const (
	resultOK        = "ok"
	resultPartial   = "partial"   // some spans were refused
	resultInvalid   = "invalid"   // the request cannot be read
	resultRefused   = "refused"   // the sender is unknown or may not send spans
	resultThrottled = "throttled" // the store cannot keep up
	resultFailed    = "failed"    // the store failed
	resultCanceled  = "canceled"  // the client did not wait
)

type metrics struct {
	requests *prometheus.CounterVec // by protocol, result
	spans    *prometheus.CounterVec // by protocol
	refused  *prometheus.CounterVec // by protocol, reason
}

func newMetrics() *metrics {
	const namespace, subsystem = "radiograph", "otlpapi"
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "requests_total", Help: "Requests answered, by protocol and result.",
		}, []string{"protocol", "result"}),
		spans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "spans_total", Help: "Spans stored, by protocol.",
		}, []string{"protocol"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem,
			Name: "spans_refused_total", Help: "Spans not stored, by protocol and reason. After throttled and failed the client may have sent them again.",
		}, []string{"protocol", "reason"}),
	}
	for _, p := range []protocol{protocolGRPC, protocolHTTP, protocolZipkin} {
		m.spans.WithLabelValues(string(p)) // so that it is 0 and not absent
		for _, reason := range []string{reasonInvalid, reasonTooLarge, reasonThrottled, reasonFailed, reasonCanceled} {
			m.refused.WithLabelValues(string(p), reason)
		}
	}
	return m
}

// taken counts a request that was stored, all or in part.
func (m *metrics) taken(p protocol, o *outcome) {
	m.spans.WithLabelValues(string(p)).Add(float64(o.spans - o.refused.count()))
	if o.refused.count() > 0 {
		m.refused.WithLabelValues(string(p), reasonInvalid).Add(float64(o.refused.invalid))
		m.refused.WithLabelValues(string(p), reasonTooLarge).Add(float64(o.refused.tooLarge))
	}
}

// failed counts the spans of a request of which nothing was stored.
func (m *metrics) failed(p protocol, spans int, f *fault) {
	reason := reasonFailed
	switch f.result {
	case resultThrottled:
		reason = reasonThrottled
	case resultCanceled:
		reason = reasonCanceled
	}
	m.refused.WithLabelValues(string(p), reason).Add(float64(spans))
}

// answered counts a request.
func (m *metrics) answered(p protocol, result string) {
	m.requests.WithLabelValues(string(p), result).Inc()
}

// Describe implements prometheus.Collector.
func (a *API) Describe(ch chan<- *prometheus.Desc) {
	a.metrics.requests.Describe(ch)
	a.metrics.spans.Describe(ch)
	a.metrics.refused.Describe(ch)
}

// Collect implements prometheus.Collector.
func (a *API) Collect(ch chan<- prometheus.Metric) {
	a.metrics.requests.Collect(ch)
	a.metrics.spans.Collect(ch)
	a.metrics.refused.Collect(ch)
}
