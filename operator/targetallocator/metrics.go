package targetallocator

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the allocator's own.
type metrics struct {
	targets    *prometheus.GaugeVec
	unassigned prometheus.Gauge
	jobs       prometheus.Gauge
	withheld   prometheus.Gauge
	rejected   prometheus.Gauge
	requests   *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "radiograph", Subsystem: "targetallocator", Name: name, Help: help})
	}
	m := &metrics{
		targets: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "radiograph", Subsystem: "targetallocator", Name: "targets", Help: "Targets that a collector has.",
		}, []string{"collector"}),
		unassigned: gauge("targets_unassigned", "Targets that no collector has."),
		jobs:       gauge("jobs", "Jobs whose targets are looked for."),
		withheld:   gauge("jobs_withheld", "Jobs with credentials, which are served over mTLS only unless insecure credentials are allowed."),
		rejected:   gauge("monitors_rejected", "Objects of the Prometheus operator that are left out, whole or in part."),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "radiograph", Subsystem: "targetallocator", Name: "requests_total", Help: "Requests answered, by path and status.",
		}, []string{"path", "status"}),
	}
	reg.MustRegister(m.targets, m.unassigned, m.jobs, m.withheld, m.rejected, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(v *view) {
	n := make(map[string]int, len(v.collectors))
	for _, name := range v.collectors {
		n[name] = 0
	}
	for _, by := range v.jobs {
		for name, targets := range by {
			n[name] += len(targets)
		}
	}
	m.targets.Reset()
	for name, count := range n {
		m.targets.WithLabelValues(name).Set(float64(count))
	}
	m.unassigned.Set(float64(v.unassigned))
	m.jobs.Set(float64(len(v.jobs)))
	m.withheld.Set(float64(len(v.withheld)))
}
