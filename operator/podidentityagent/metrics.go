package podidentityagent

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what the agent does. A nil Metrics counts nothing.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  prometheus.Histogram
	sources  *prometheus.CounterVec
	renewals *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "radiograph_pod_identity_agent_requests_total", Help: "Requests of pods for credentials, by HTTP status.",
		}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "radiograph_pod_identity_agent_request_seconds", Help: "How long these requests took.",
			Buckets: []float64{.0005, .002, .01, .05, .2, 1, 5, 10},
		}),
		sources: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "radiograph_pod_identity_agent_sessions_total", Help: "Sessions that were asked for, by where they came from: cache or radiograph.",
		}, []string{"source"}),
		renewals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "radiograph_pod_identity_agent_renewals_total", Help: "Renewals of sessions before their end, by result.",
		}, []string{"result"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.sources, m.renewals} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) answered(status int, took time.Duration) {
	if m != nil {
		m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
		m.seconds.Observe(took.Seconds())
	}
}

func (m *Metrics) asked(source string) {
	if m != nil {
		m.sources.WithLabelValues(source).Inc()
	}
}

func (m *Metrics) renewed(ok bool) {
	if m == nil {
		return
	}
	result := "failed"
	if ok {
		result = "renewed"
	}
	m.renewals.WithLabelValues(result).Inc()
}
