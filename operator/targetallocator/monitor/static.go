package monitor

import (
	"context"
	"maps"
	"reflect"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	promconfig "github.com/prometheus/prometheus/config"
)

// Probe returns the job of a Probe, or why there is none. Its targets are static: those of
// ingresses are refused.
func (t *Translator) Probe(ctx context.Context, m *monitoringv1.Probe) (*promconfig.ScrapeConfig, error) {
	spec := &m.Spec
	j := t.newJob(ctx, m.Namespace, "probe/"+m.Namespace+"/"+m.Name)
	class := j.class(spec.ScrapeClassName)
	path := spec.ProberSpec.Path
	if path == "" {
		path = "/probe"
	}
	params := map[string][]string{}
	for _, p := range spec.Params {
		params[p.Name] = p.Values
	}
	if spec.Module != "" {
		params["module"] = []string{spec.Module}
	}
	j.scrape(scrape{path: path, scheme: spec.ProberSpec.Scheme, params: params, interval: spec.Interval, timeout: spec.ScrapeTimeout, honorLabels: true})
	authorization := spec.Authorization
	if authorization == nil {
		authorization = spec.HTTPConfig.Authorization
	}
	j.access(j.out, access{
		tls: spec.TLSConfig, authorization: authorization, basic: spec.BasicAuth, oauth2: spec.OAuth2, bearer: spec.BearerTokenSecret, //nolint:staticcheck // deprecated, and still in the API
		proxy: &spec.ProberSpec.ProxyConfig, redirects: spec.FollowRedirects, http2: spec.EnableHTTP2,
	})
	j.withClass(class)
	j.limit(limits{
		samples: spec.SampleLimit, targets: spec.TargetLimit, labels: spec.LabelLimit, nameLength: spec.LabelNameLengthLimit,
		valueLength: spec.LabelValueLengthLimit, dropped: spec.KeepDroppedTargets, protocols: spec.ScrapeProtocols,
		fallback: spec.FallbackScrapeProtocol, histograms: &spec.NativeHistogramConfig, class: class,
	})
	if spec.ProberSpec.URL == "" {
		j.refuse("prober.url is empty")
	}
	if spec.Targets.Ingress != nil {
		j.refuse("targets.ingress is not supported, targets.staticConfig is")
	}
	static := spec.Targets.StaticConfig
	if static == nil || len(static.Targets) == 0 {
		j.refuse("targets.staticConfig has no targets")
		return j.build()
	}
	labels := map[string]string{"namespace": m.Namespace}
	maps.Copy(labels, static.Labels)
	j.out["static_configs"] = []any{tree{"targets": static.Targets, "labels": labels}}
	// What is probed becomes a parameter, and the prober the target.
	j.label("__param_target", "__address__")
	j.label("instance", "__param_target")
	j.rule(tree{"target_label": "__address__", "replacement": spec.ProberSpec.URL})
	if spec.JobName != "" {
		j.rule(tree{"target_label": "job", "replacement": spec.JobName})
	}
	j.userRules(class, static.RelabelConfigs, spec.MetricRelabelConfigs)
	return j.build()
}

// ScrapeConfig returns the job of a ScrapeConfig, or why there is none. Targets are static or
// found by file, HTTP, DNS or Kubernetes: the other discoveries are refused.
func (t *Translator) ScrapeConfig(ctx context.Context, m *monitoringv1alpha1.ScrapeConfig) (*promconfig.ScrapeConfig, error) {
	spec := &m.Spec
	j := t.newJob(ctx, m.Namespace, "scrapeConfig/"+m.Namespace+"/"+m.Name)
	class := j.class(spec.ScrapeClassName)
	s := scrape{scheme: spec.Scheme, params: spec.Params, honorTimestamps: spec.HonorTimestamps, staleness: spec.TrackTimestampsStaleness}
	s.path, s.interval, s.timeout, s.honorLabels = value(spec.MetricsPath), value(spec.ScrapeInterval), value(spec.ScrapeTimeout), value(spec.HonorLabels)
	j.scrape(s)
	put(j.out, "enable_compression", spec.EnableCompression)
	if v := spec.NameValidationScheme; v != nil {
		j.out["metric_name_validation_scheme"] = strings.ToLower(string(*v))
	}
	if spec.NameEscapingScheme != nil {
		j.refuse("nameEscapingScheme is not supported")
	}
	j.access(j.out, access{
		tls: spec.TLSConfig, authorization: spec.Authorization, basic: spec.BasicAuth, oauth2: spec.OAuth2, proxy: &spec.ProxyConfig, http2: spec.EnableHTTP2,
	})
	j.withClass(class)
	j.limit(limits{
		samples: spec.SampleLimit, targets: spec.TargetLimit, labels: spec.LabelLimit, nameLength: spec.LabelNameLengthLimit,
		valueLength: spec.LabelValueLengthLimit, dropped: spec.KeepDroppedTargets, body: spec.BodySizeLimit, protocols: spec.ScrapeProtocols,
		fallback: spec.FallbackScrapeProtocol, histograms: &spec.NativeHistogramConfig, class: class,
	})
	j.discoveries(spec)
	if spec.JobName != nil {
		j.rule(tree{"target_label": "job", "replacement": *spec.JobName})
	}
	j.userRules(class, spec.RelabelConfigs, spec.MetricRelabelConfigs)
	return j.build()
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// discoveries writes the discoveries that there are here, and refuses the others.
func (j *job) discoveries(spec *monitoringv1alpha1.ScrapeConfigSpec) {
	fields := reflect.ValueOf(spec).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		switch name {
		case "FileSDConfigs", "HTTPSDConfigs", "DNSSDConfigs", "KubernetesSDConfigs":
			continue
		}
		if strings.HasSuffix(name, "SDConfigs") && fields.Field(i).Len() > 0 {
			j.refuse("%s is not supported: static, file, HTTP, DNS and Kubernetes discovery are", name)
		}
	}
	add := func(key string, sd tree) {
		list, _ := j.out[key].([]any)
		j.out[key] = append(list, sd)
	}
	for _, c := range spec.StaticConfigs {
		add("static_configs", tree{"targets": c.Targets, "labels": c.Labels})
	}
	for _, c := range spec.FileSDConfigs {
		j.file("fileSDConfigs")
		sd := tree{"files": c.Files}
		put(sd, "refresh_interval", c.RefreshInterval)
		add("file_sd_configs", sd)
	}
	for _, c := range spec.DNSSDConfigs {
		sd := tree{"names": c.Names}
		put(sd, "refresh_interval", c.RefreshInterval)
		put(sd, "type", c.Type)
		put(sd, "port", c.Port)
		add("dns_sd_configs", sd)
	}
	for _, c := range spec.HTTPSDConfigs {
		sd := tree{"url": c.URL}
		put(sd, "refresh_interval", c.RefreshInterval)
		j.access(sd, access{tls: c.TLSConfig, authorization: c.Authorization, basic: c.BasicAuth, oauth2: c.OAuth2, proxy: &c.ProxyConfig, redirects: c.FollowRedirects, http2: c.EnableHTTP2})
		add("http_sd_configs", sd)
	}
	for i := range spec.KubernetesSDConfigs {
		add("kubernetes_sd_configs", j.ownKubernetes(&spec.KubernetesSDConfigs[i]))
	}
}

// ownKubernetes is a discovery that the object spells out. Another cluster would be searched with this
// one's credentials, or with none, and is refused.
func (j *job) ownKubernetes(c *monitoringv1alpha1.KubernetesSDConfig) tree {
	if c.APIServer != nil {
		j.refuse("kubernetesSDConfigs: another cluster (apiServer) is not supported")
	}
	in := monitoringv1.NamespaceSelector{Any: true}
	if n := c.Namespaces; n != nil {
		in = monitoringv1.NamespaceSelector{MatchNames: n.Names}
		if value(n.IncludeOwnNamespace) && len(n.Names) > 0 {
			in.MatchNames = append([]string{j.namespace}, n.Names...)
		}
		if !value(n.IncludeOwnNamespace) && len(n.Names) == 0 {
			in.Any = true
		}
	}
	var attach *monitoringv1.AttachMetadata
	if c.AttachMetadata != nil {
		attach = &monitoringv1.AttachMetadata{Node: c.AttachMetadata.Node}
	}
	sd := j.kubernetes(strings.ToLower(string(c.Role)), in, attach)
	var selectors []any
	for _, s := range c.Selectors {
		selector := tree{"role": strings.ToLower(string(s.Role))}
		put(selector, "label", s.Label)
		put(selector, "field", s.Field)
		selectors = append(selectors, selector)
	}
	if selectors != nil {
		sd["selectors"] = selectors
	}
	return sd
}
