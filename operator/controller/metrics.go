package controller

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Metrics counts collectors and the components that their pipelines and services use. It reads
// the cache whenever it is scraped.
type Metrics struct {
	// Reader is the cache.
	Reader client.Reader
}

// sections are the parts of a configuration that are counted.
var sections = []string{"receivers", "processors", "exporters", "extensions", "connectors"}

var (
	infoDesc = prometheus.NewDesc("opentelemetry_collector_info", "Collectors by mode.", []string{"collector_name", "namespace", "type"}, nil)
	// componentDescs by section.
	componentDescs = func() map[string]*prometheus.Desc {
		descs := make(map[string]*prometheus.Desc, len(sections))
		for _, s := range sections {
			descs[s] = prometheus.NewDesc("opentelemetry_collector_"+s, "How many "+s+" of a type a collector uses.", []string{"collector_name", "namespace", "type"}, nil)
		}
		return descs
	}()
)

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- infoDesc
	for _, desc := range componentDescs {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var list v1beta1.OpenTelemetryCollectorList
	if err := m.Reader.List(ctx, &list); err != nil {
		out <- prometheus.NewInvalidMetric(infoDesc, fmt.Errorf("list collectors: %w", err))
		return
	}
	for i := range list.Items {
		cr := &list.Items[i]
		out <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, cr.Name, cr.Namespace, string(cmp.Or(cr.Spec.Mode, v1beta1.ModeDeployment)))
		for section, types := range used(&cr.Spec.Config) {
			for kind, n := range types {
				out <- prometheus.MustNewConstMetric(componentDescs[section], prometheus.GaugeValue, float64(n), cr.Name, cr.Namespace, kind)
			}
		}
	}
}

// used counts the components that run, by section and type.
func used(cfg *v1beta1.Config) map[string]map[string]int {
	ids := make(map[string]map[string]bool, len(sections))
	add := func(section string, names []string) {
		for _, id := range names {
			if ids[section] == nil {
				ids[section] = make(map[string]bool)
			}
			ids[section][id] = true
		}
	}
	add("extensions", cfg.Service.Extensions)
	connector := func(id string) bool {
		if cfg.Connectors == nil {
			return false
		}
		_, ok := cfg.Connectors.Values[id]
		return ok
	}
	for _, p := range cfg.Service.Pipelines {
		if p == nil {
			continue
		}
		add("processors", p.Processors)
		for section, names := range map[string][]string{"receivers": p.Receivers, "exporters": p.Exporters} {
			for _, id := range names {
				if connector(id) {
					add("connectors", []string{id})
				} else {
					add(section, []string{id})
				}
			}
		}
	}
	counts := make(map[string]map[string]int, len(ids))
	for section, set := range ids {
		counts[section] = make(map[string]int)
		for id := range set {
			kind, _, _ := strings.Cut(id, "/")
			counts[section][kind]++
		}
	}
	return counts
}
