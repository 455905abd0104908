package irsa

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what the webhook does. A nil Metrics counts nothing.
type Metrics struct {
	missing prometheus.Counter
	pods    *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		missing: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "radiograph_pod_identity_missing_service_accounts_total",
			Help: "Pods whose service account was not found in time; they may lack an identity.",
		}),
		pods: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "radiograph_pod_identity_pods_total",
			Help: "Pods that got an identity, by how they get credentials.",
		}, []string{"by"}),
	}
	for _, c := range []prometheus.Collector{m.missing, m.pods} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) missed() {
	if m != nil {
		m.missing.Inc()
	}
}

func (m *Metrics) mutated(id Identity) {
	if m == nil {
		return
	}
	by := "web-identity"
	if id.Associated {
		by = "association"
	}
	m.pods.WithLabelValues(by).Inc()
}
