package monitor

import (
	"context"
	"errors"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	promconfig "github.com/prometheus/prometheus/config"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ServiceMonitor returns the jobs of a ServiceMonitor, one per endpoint, and why others are
// left out.
func (t *Translator) ServiceMonitor(ctx context.Context, m *monitoringv1.ServiceMonitor) ([]*promconfig.ScrapeConfig, error) {
	var out []*promconfig.ScrapeConfig
	var errs []error
	for i := range m.Spec.Endpoints {
		cfg, err := t.serviceEndpoint(ctx, m, i)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, cfg)
	}
	return out, errors.Join(errs...)
}

// sliceRole is how endpoints are discovered unless a monitor wants otherwise: Kubernetes has
// deprecated the Endpoints API in 1.33.
const sliceRole = "endpointslice"

func (t *Translator) serviceEndpoint(ctx context.Context, m *monitoringv1.ServiceMonitor, index int) (*promconfig.ScrapeConfig, error) {
	spec, e := &m.Spec, &m.Spec.Endpoints[index]
	j := t.newJob(ctx, m.Namespace, jobName("serviceMonitor", m.Namespace, m.Name, index))
	class := j.class(spec.ScrapeClassName)
	attach := spec.AttachMetadata
	if attach == nil && class != nil {
		attach = class.AttachMetadata
	}
	role, port, target := sliceRole, "endpointslice_port_name", "endpointslice_address_target"
	if r := spec.ServiceDiscoveryRole; r != nil && *r == monitoringv1.EndpointsRole {
		role, port, target = "endpoints", "endpoint_port_name", "endpoint_address_target"
	}
	sd := j.kubernetes(role, spec.NamespaceSelector, attach)
	j.out["kubernetes_sd_configs"] = []any{sd}
	j.scrape(scrape{
		path: e.Path, scheme: e.Scheme, params: e.Params, interval: e.Interval, timeout: e.ScrapeTimeout,
		honorLabels: e.HonorLabels, honorTimestamps: e.HonorTimestamps, staleness: e.TrackTimestampsStaleness,
	})
	a := access{
		authorization: e.Authorization, basic: e.BasicAuth, oauth2: e.OAuth2, bearer: e.BearerTokenSecret, bearerFile: e.BearerTokenFile, //nolint:staticcheck // deprecated, and still in the API
		proxy: &e.ProxyConfig, redirects: e.FollowRedirects, http2: e.EnableHTTP2,
	}
	if e.TLSConfig != nil {
		a.tls, a.files = &e.TLSConfig.SafeTLSConfig, &e.TLSConfig.TLSFilesConfig
	}
	j.access(j.out, a)
	j.withClass(class)
	j.limit(limits{
		samples: spec.SampleLimit, targets: spec.TargetLimit, labels: spec.LabelLimit, nameLength: spec.LabelNameLengthLimit,
		valueLength: spec.LabelValueLengthLimit, dropped: spec.KeepDroppedTargets, body: spec.BodySizeLimit, protocols: spec.ScrapeProtocols,
		fallback: spec.FallbackScrapeProtocol, histograms: &spec.NativeHistogramConfig, class: class,
	})

	j.selected(sd, "service", role, spec.SelectorMechanism, &spec.Selector)
	if e.Port != "" {
		j.keep(meta+port, e.Port)
	} else {
		j.containerPort(e.TargetPort)
	}
	j.running(e.FilterRunning)
	for _, kind := range []string{"Node", "Pod"} {
		j.rule(tree{
			"source_labels": []string{meta + target + "_kind", meta + target + "_name"}, "separator": ";",
			"regex": kind + ";(.*)", "replacement": "${1}", "target_label": strings.ToLower(kind),
		})
	}
	j.label("namespace", meta+"namespace")
	j.label("service", meta+"service_name")
	j.label("pod", meta+"pod_name")
	j.label("container", meta+"pod_container_name")
	j.copyLabels("service", spec.TargetLabels)
	j.copyLabels("pod", spec.PodTargetLabels)
	j.label("job", meta+"service_name")
	j.jobLabel("service", spec.JobLabel)
	j.endpointLabel(e.Port, e.TargetPort)
	j.userRules(class, e.RelabelConfigs, e.MetricRelabelConfigs)
	return j.build()
}

// PodMonitor returns the jobs of a PodMonitor, one per endpoint, and why others are left out.
func (t *Translator) PodMonitor(ctx context.Context, m *monitoringv1.PodMonitor) ([]*promconfig.ScrapeConfig, error) {
	var out []*promconfig.ScrapeConfig
	var errs []error
	for i := range m.Spec.PodMetricsEndpoints {
		cfg, err := t.podEndpoint(ctx, m, i)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, cfg)
	}
	return out, errors.Join(errs...)
}

func (t *Translator) podEndpoint(ctx context.Context, m *monitoringv1.PodMonitor, index int) (*promconfig.ScrapeConfig, error) {
	spec, e := &m.Spec, &m.Spec.PodMetricsEndpoints[index]
	j := t.newJob(ctx, m.Namespace, jobName("podMonitor", m.Namespace, m.Name, index))
	class := j.class(spec.ScrapeClassName)
	attach := spec.AttachMetadata
	if attach == nil && class != nil {
		attach = class.AttachMetadata
	}
	sd := j.kubernetes("pod", spec.NamespaceSelector, attach)
	j.out["kubernetes_sd_configs"] = []any{sd}
	j.scrape(scrape{
		path: e.Path, scheme: e.Scheme, params: e.Params, interval: e.Interval, timeout: e.ScrapeTimeout,
		honorLabels: e.HonorLabels, honorTimestamps: e.HonorTimestamps, staleness: e.TrackTimestampsStaleness,
	})
	j.access(j.out, access{
		tls: e.TLSConfig, authorization: e.Authorization, basic: e.BasicAuth, oauth2: e.OAuth2, bearer: e.BearerTokenSecret, //nolint:staticcheck // deprecated, and still in the API
		proxy: &e.ProxyConfig, redirects: e.FollowRedirects, http2: e.EnableHTTP2,
	})
	j.withClass(class)
	j.limit(limits{
		samples: spec.SampleLimit, targets: spec.TargetLimit, labels: spec.LabelLimit, nameLength: spec.LabelNameLengthLimit,
		valueLength: spec.LabelValueLengthLimit, dropped: spec.KeepDroppedTargets, body: spec.BodySizeLimit, protocols: spec.ScrapeProtocols,
		fallback: spec.FallbackScrapeProtocol, histograms: &spec.NativeHistogramConfig, class: class,
	})

	j.running(e.FilterRunning)
	j.selected(sd, "pod", "pod", spec.SelectorMechanism, &spec.Selector)
	var name string
	if e.Port != nil {
		name = *e.Port
	}
	var port *intstr.IntOrString
	switch {
	case name != "":
		j.keep(meta+"pod_container_port_name", name)
	case e.PortNumber != nil:
		number := intstr.FromInt32(*e.PortNumber)
		port = &number
	default:
		port = e.TargetPort //nolint:staticcheck // deprecated, and still in the API
	}
	j.containerPort(port)
	j.label("namespace", meta+"namespace")
	j.label("container", meta+"pod_container_name")
	j.label("pod", meta+"pod_name")
	j.copyLabels("pod", spec.PodTargetLabels)
	j.rule(tree{"target_label": "job", "replacement": m.Namespace + "/" + m.Name})
	j.jobLabel("pod", spec.JobLabel)
	j.endpointLabel(name, port)
	j.userRules(class, e.RelabelConfigs, e.MetricRelabelConfigs)
	return j.build()
}

// keep keeps the targets whose label has one value.
func (j *job) keep(label, value string) {
	j.rule(tree{"source_labels": []string{label}, "regex": alternatives([]string{value}), "action": "keep"})
}

// containerPort keeps the targets at a port of a container, given by name or number.
func (j *job) containerPort(port *intstr.IntOrString) {
	switch {
	case port == nil || port.String() == "" || port.String() == "0":
	case port.Type == intstr.String:
		j.keep(meta+"pod_container_port_name", port.StrVal)
	default:
		j.keep(meta+"pod_container_port_number", port.String())
	}
}

func (j *job) endpointLabel(name string, port *intstr.IntOrString) {
	if name == "" && port != nil {
		name = port.String()
	}
	if name != "" {
		j.rule(tree{"target_label": "endpoint", "replacement": name})
	}
}

// scrape is how often and where on a target metrics are fetched.
type scrape struct {
	path                       string
	scheme                     *monitoringv1.Scheme
	params                     map[string][]string
	interval, timeout          monitoringv1.Duration
	honorLabels                bool
	honorTimestamps, staleness *bool
}

func (j *job) scrape(s scrape) {
	text(j.out, "metrics_path", s.path)
	text(j.out, "scrape_interval", s.interval)
	text(j.out, "scrape_timeout", s.timeout)
	if s.scheme != nil {
		text(j.out, "scheme", s.scheme.String())
	}
	if len(s.params) > 0 {
		j.out["params"] = s.params
	}
	j.out["honor_labels"] = s.honorLabels
	put(j.out, "honor_timestamps", s.honorTimestamps)
	put(j.out, "track_timestamps_staleness", s.staleness)
}
