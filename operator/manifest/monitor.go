package manifest

import (
	"maps"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

// monitored reports whether the user wants the metrics scraped and the cluster has the kind
// that says so.
func (b *builder) monitored(kind string, available bool) bool {
	if !b.cr.Spec.Observability.Metrics.EnableMetrics {
		return false
	}
	if !available {
		b.warn("spec.observability.metrics is enabled, and the cluster has no %ss: they are created when it has", kind)
		return false
	}
	return true
}

// serviceMonitors are one for the collector's own metrics, and one for those that prometheus
// exporters serve, if there are any.
func (b *builder) serviceMonitors() []client.Object {
	if !b.monitored(monitoringv1.ServiceMonitorsKind, b.Available.ServiceMonitors) {
		return nil
	}
	var out []client.Object
	if exported := b.exporterEndpoints(); len(exported) > 0 {
		out = append(out, b.serviceMonitor(b.name(), "base", exported))
	}
	if b.served {
		own := []monitoringv1.Endpoint{{Port: "monitoring"}}
		out = append(out, b.serviceMonitor(Name("%s-monitoring-collector", b.cr.Name), "monitoring", own))
	}
	return out
}

// exporterEndpoints are the exporters' ports, by the names the base Service has for them.
func (b *builder) exporterEndpoints() []monitoringv1.Endpoint {
	ports, _ := otelconfig.ExporterPorts(b.config)
	var out []monitoringv1.Endpoint
	for _, s := range servicePorts(b.base) {
		for _, p := range ports {
			if s.Port == p.Port && s.Protocol == p.Protocol {
				out = append(out, monitoringv1.Endpoint{Port: s.Name})
			}
		}
	}
	return out
}

func (b *builder) serviceMonitor(name, kind string, endpoints []monitoringv1.Endpoint) client.Object {
	meta := b.meta(name)
	maps.Copy(meta.Labels, b.cr.Spec.Observability.Metrics.ExtraLabels)
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: monitoringv1.ServiceMonitorsKind},
		ObjectMeta: meta,
		Spec: monitoringv1.ServiceMonitorSpec{
			Endpoints:         endpoints,
			NamespaceSelector: monitoringv1.NamespaceSelector{MatchNames: []string{b.cr.Namespace}},
			Selector:          metav1.LabelSelector{MatchLabels: with(b.selector(), map[string]string{labelServiceType: kind})},
		},
	}
}

// podMonitor is for sidecars, which no Service leads to.
func (b *builder) podMonitor() []client.Object {
	if !b.monitored(monitoringv1.PodMonitorsKind, b.Available.PodMonitors) {
		return nil
	}
	var endpoints []monitoringv1.PodMetricsEndpoint
	if b.served {
		endpoints = append(endpoints, monitoringv1.PodMetricsEndpoint{Port: pointer("metrics")})
	}
	for _, e := range b.exporterEndpoints() {
		endpoints = append(endpoints, monitoringv1.PodMetricsEndpoint{Port: pointer(e.Port)})
	}
	if len(endpoints) == 0 {
		return nil
	}
	meta := b.meta(b.name())
	maps.Copy(meta.Labels, b.cr.Spec.Observability.Metrics.ExtraLabels)
	return []client.Object{&monitoringv1.PodMonitor{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: monitoringv1.PodMonitorsKind},
		ObjectMeta: meta,
		Spec: monitoringv1.PodMonitorSpec{
			JobLabel:            labelInstance,
			PodMetricsEndpoints: endpoints,
			NamespaceSelector:   monitoringv1.NamespaceSelector{Any: true},
			Selector:            metav1.LabelSelector{MatchLabels: map[string]string{InjectedLabel: InjectedValue(b.cr.Namespace, b.cr.Name)}},
		},
	}}
}
