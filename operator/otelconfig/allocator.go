package otelconfig

import (
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// AllocatedReceiver is the id of the receiver whose targets a target allocator hands out.
const AllocatedReceiver = "prometheus"

// Allocation is how a collector reaches its target allocator.
type Allocation struct {
	// Endpoint is the allocator's URL.
	Endpoint string
	// Interval is how often the collector asks for its targets.
	Interval time.Duration
	// CAFile, CertFile and KeyFile are paths in the collector's container, "" without mTLS.
	CAFile, CertFile, KeyFile string
}

// ForTargetAllocator returns the configuration of a collector whose targets come from an
// allocator: the receiver prometheus loses its scrape_configs, and asks the allocator by the
// name of its pod, which the environment variable POD_NAME has. The input must have the
// receiver.
func ForTargetAllocator(cfg *v1beta1.Config, to Allocation) (*v1beta1.Config, error) {
	out := cfg.DeepCopy()
	settings, err := allocatedReceiver(out)
	if err != nil {
		return nil, err
	}
	if v, _ := lookup(settings, "config"); v != nil {
		if config, ok := v.(map[string]any); ok {
			delete(config, "scrape_configs")
			if len(config) == 0 {
				delete(settings, "config")
			}
		}
	}
	allocator := ensure(settings, "target_allocator")
	if allocator == nil {
		return nil, fmt.Errorf("%s::%s::target_allocator: is no object", receivers, AllocatedReceiver)
	}
	allocator["endpoint"] = to.Endpoint
	allocator["interval"] = to.Interval.String()
	allocator["collector_id"] = "${POD_NAME}"
	if to.CAFile != "" {
		tls := ensure(allocator, "tls")
		if tls == nil {
			return nil, fmt.Errorf("%s::%s::target_allocator::tls: is no object", receivers, AllocatedReceiver)
		}
		tls["ca_file"], tls["cert_file"], tls["key_file"] = to.CAFile, to.CertFile, to.KeyFile
	}
	return out, nil
}

// allocatedReceiver returns the settings of the receiver, which it makes when they are null.
func allocatedReceiver(cfg *v1beta1.Config) (map[string]any, error) {
	v, ok := section(cfg, receivers)[AllocatedReceiver]
	if !ok {
		return nil, errors.New("a target allocator needs a receiver with the id prometheus")
	}
	settings, ok := v.(map[string]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("%s::%s: is no object", receivers, AllocatedReceiver)
	}
	if settings == nil {
		settings = map[string]any{}
		cfg.Receivers.Values[AllocatedReceiver] = settings
	}
	return settings, nil
}

// ScrapeConfig returns the Prometheus configuration in the receiver prometheus, as Prometheus
// itself reads it: a dollar is a dollar there, so "$$" is one. It is nil when there is none.
func ScrapeConfig(cfg *v1beta1.Config) map[string]any {
	v, _ := lookup(section(cfg, receivers), AllocatedReceiver, "config")
	object, _ := v.(map[string]any)
	if object == nil {
		return nil
	}
	copied := (&v1beta1.Object{Values: object}).DeepCopy().Values
	eachText(copied, func(s string) string { return strings.ReplaceAll(s, "$$", "$") })
	return copied
}

// HasScrapeConfigs reports whether the receiver prometheus has targets of its own.
func HasScrapeConfigs(cfg *v1beta1.Config) bool {
	v, _ := lookup(section(cfg, receivers), AllocatedReceiver)
	return len(list(v, "config", "scrape_configs")) > 0
}

// AllocatorSettings is what a target allocator is told.
type AllocatorSettings struct {
	// Collectors selects the pods that get targets.
	Collectors map[string]string
	// Strategy and Filter are "consistent-hashing", "relabel-config" and so on.
	Strategy, Filter string
	// Config is the Prometheus configuration with the static scrape_configs, nil for none;
	// ScrapeConfig has it.
	Config map[string]any
	// NotReadyGrace is how long a collector that is not ready keeps its targets.
	NotReadyGrace time.Duration
	// PrometheusCR is nil when ServiceMonitors and PodMonitors are not looked for.
	PrometheusCR *v1beta1.TargetAllocatorPrometheusCR
	// HTTPS is nil without mTLS.
	HTTPS *AllocatorHTTPS
	// AllowInsecureAuthSecrets hands credentials of targets to collectors without mTLS too.
	AllowInsecureAuthSecrets bool
}

// AllocatorHTTPS is where the allocator's certificates are in its container.
type AllocatorHTTPS struct {
	Listen, CAFile, CertFile, KeyFile string
}

// RenderAllocator writes the allocator's configuration file, the same text for the same
// settings. Selectors have their keys in lower case, as the allocators of OpenTelemetry read
// them: matchlabels and matchexpressions.
func RenderAllocator(s AllocatorSettings) ([]byte, error) {
	labels := map[string]any{}
	for key, value := range s.Collectors {
		labels[key] = value
	}
	tree := map[string]any{
		"allocation_strategy":              s.Strategy,
		"collector_not_ready_grace_period": s.NotReadyGrace.String(),
		"collector_selector":               map[string]any{"matchlabels": labels},
	}
	if s.Filter != "" {
		tree["filter_strategy"] = s.Filter
	}
	if s.Config != nil {
		tree["config"] = s.Config
	}
	if s.PrometheusCR != nil {
		tree["prometheus_cr"] = prometheusCR(s.PrometheusCR)
	}
	if h := s.HTTPS; h != nil {
		tree["https"] = map[string]any{
			"enabled": true, "listen_addr": h.Listen, "ca_file_path": h.CAFile,
			"tls_cert_file_path": h.CertFile, "tls_key_file_path": h.KeyFile,
		}
	}
	if s.AllowInsecureAuthSecrets {
		tree["allow_insecure_auth_secrets"] = true
	}
	return renderTree(tree)
}

// prometheusCR is the part that says which resources of prometheus-operator are looked for.
func prometheusCR(cr *v1beta1.TargetAllocatorPrometheusCR) map[string]any {
	out := map[string]any{
		"enabled":                            true,
		"pod_monitor_selector":               selector(cr.PodMonitorSelector),
		"pod_monitor_namespace_selector":     selector(cr.PodMonitorNamespaceSelector),
		"service_monitor_selector":           selector(cr.ServiceMonitorSelector),
		"service_monitor_namespace_selector": selector(cr.ServiceMonitorNamespaceSelector),
		"scrape_config_selector":             selector(cr.ScrapeConfigSelector),
		"scrape_config_namespace_selector":   selector(cr.ScrapeConfigNamespaceSelector),
		"probe_selector":                     selector(cr.ProbeSelector),
		"probe_namespace_selector":           selector(cr.ProbeNamespaceSelector),
	}
	for key, d := range map[string]*metav1.Duration{"scrape_interval": cr.ScrapeInterval, "evaluation_interval": cr.EvaluationInterval} {
		if d != nil {
			out[key] = d.Duration.String()
		}
	}
	for key, words := range map[string][]string{
		"allow_namespaces": cr.AllowNamespaces, "deny_namespaces": cr.DenyNamespaces,
		"secret_namespaces": cr.SecretNamespaces, "scrape_protocols": cr.ScrapeProtocols,
	} {
		if len(words) > 0 {
			out[key] = anyList(words)
		}
	}
	if cr.DenyFSAccessThroughSMs {
		out["deny_fs_access_through_sms"] = true
	}
	var classes []any
	for _, class := range cr.ScrapeClasses {
		classes = append(classes, class.DeepCopy().Values)
	}
	if classes != nil {
		out["scrape_classes"] = classes
	}
	return out
}

// selector is a LabelSelector as the allocator reads it; nil means everything.
func selector(s *metav1.LabelSelector) any {
	out := map[string]any{}
	if s == nil {
		return out
	}
	if len(s.MatchLabels) > 0 {
		labels := map[string]any{}
		for key, value := range s.MatchLabels {
			labels[key] = value
		}
		out["matchlabels"] = labels
	}
	var expressions []any
	for _, e := range s.MatchExpressions {
		expressions = append(expressions, map[string]any{"key": e.Key, "operator": string(e.Operator), "values": anyList(e.Values)})
	}
	if expressions != nil {
		out["matchexpressions"] = expressions
	}
	return out
}

func anyList(words []string) []any {
	out := make([]any, len(words))
	for i, word := range words {
		out[i] = word
	}
	return out
}
