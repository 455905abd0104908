package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"go.yaml.in/yaml/v2"

	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// Values reads what objects refer to. Both return an error when the key is not there.
type Values interface {
	// Secret returns the value of a key of a Secret.
	Secret(ctx context.Context, namespace, name, key string) (string, error)
	// ConfigMap returns the value of a key of a ConfigMap.
	ConfigMap(ctx context.Context, namespace, name, key string) (string, error)
}

// Translator turns monitors into scrape configurations.
type Translator struct {
	// Settings say which namespaces count and what is filled in.
	Settings *settings.PrometheusCR
	// Global are Prometheus's global settings.
	Global promconfig.GlobalConfig
	// Credentials reports whether Secrets may be read: there is a safe way to hand them on, or
	// the user has said that none is needed.
	Credentials bool
	// Values reads Secrets and ConfigMaps.
	Values Values
}

// tree is a piece of configuration, as it is written.
type tree = map[string]any

// job is a scrape configuration that is being built.
type job struct {
	*Translator

	ctx       context.Context // a job lives as long as the call that builds it
	namespace string
	out       tree
	relabel   []any
	metrics   []any
	errs      []error
	trusted   bool // what is read now the allocator's own user wrote
}

func (t *Translator) newJob(ctx context.Context, namespace, name string) *job {
	j := &job{Translator: t, ctx: ctx, namespace: namespace, out: tree{"job_name": name}}
	if t.Settings.ScrapeInterval > 0 {
		j.out["scrape_interval"] = model.Duration(t.Settings.ScrapeInterval.Round(time.Millisecond)).String()
	}
	if len(t.Settings.ScrapeProtocols) > 0 {
		j.out["scrape_protocols"] = t.Settings.ScrapeProtocols
	}
	// The name that Prometheus knows the job by stays at hand for relabelling.
	j.rule(tree{"source_labels": []string{"job"}, "target_label": "__tmp_prometheus_job_name"})
	return j
}

// refuse notes why the job cannot be.
func (j *job) refuse(format string, args ...any) {
	j.errs = append(j.errs, fmt.Errorf(format, args...))
}

func (j *job) rule(r tree) { j.relabel = append(j.relabel, r) }

// build returns the configuration, or why there is none.
func (j *job) build() (*promconfig.ScrapeConfig, error) {
	name, _ := j.out["job_name"].(string)
	j.denyNamespaces()
	j.out["relabel_configs"] = j.relabel
	if len(j.metrics) > 0 {
		j.out["metric_relabel_configs"] = j.metrics
	}
	if len(j.errs) > 0 {
		return nil, fmt.Errorf("job %s is left out: %w", name, errors.Join(j.errs...))
	}
	text, err := yaml.Marshal(j.out)
	if err != nil {
		return nil, fmt.Errorf("job %s is left out: %w", name, err)
	}
	var cfg promconfig.ScrapeConfig
	if err := yaml.UnmarshalStrict(text, &cfg); err != nil {
		return nil, fmt.Errorf("job %s is left out: %w", name, err)
	}
	if err := cfg.Validate(j.Global); err != nil {
		return nil, fmt.Errorf("job %s is left out: %w", name, err)
	}
	return &cfg, nil
}

// denyNamespaces drops the targets of namespaces that nobody may look at.
func (j *job) denyNamespaces() {
	if _, ok := j.out["kubernetes_sd_configs"]; !ok || len(j.Settings.Deny) == 0 {
		return
	}
	j.relabel = slices.Insert(j.relabel, 0, any(tree{
		"source_labels": []string{"__meta_kubernetes_namespace"}, "regex": alternatives(j.Settings.Deny), "action": "drop",
	}))
}

// allowed reports whether a namespace may be looked at.
func (t *Translator) allowed(namespace string) bool {
	if len(t.Settings.Allow) > 0 {
		return slices.Contains(t.Settings.Allow, namespace)
	}
	return !slices.Contains(t.Settings.Deny, namespace)
}

// kubernetes is the discovery of what runs in this cluster.
func (j *job) kubernetes(role string, in monitoringv1.NamespaceSelector, attach *monitoringv1.AttachMetadata) tree {
	sd := tree{"role": role}
	switch {
	case in.Any && len(j.Settings.Allow) == 0:
	case in.Any:
		sd["namespaces"] = tree{"names": j.Settings.Allow}
	default:
		names := in.MatchNames
		if len(names) == 0 {
			names = []string{j.namespace}
		}
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !j.allowed(name) })
		if len(names) == 0 {
			j.refuse("namespaceSelector has no namespace that the target allocator may look at")
		}
		sd["namespaces"] = tree{"names": names}
	}
	if attach != nil && attach.Node != nil {
		sd["attach_metadata"] = tree{"node": *attach.Node}
	}
	return sd
}

// class returns the scrape class that an object names, the default when it names none, nil
// when there is none.
func (j *job) class(name *string) *monitoringv1.ScrapeClass {
	for i := range j.Settings.ScrapeClasses {
		c := &j.Settings.ScrapeClasses[i]
		if name != nil && c.Name == *name || name == nil && c.Default != nil && *c.Default {
			return c
		}
	}
	if name != nil {
		j.refuse("there is no scrape class %s", *name)
	}
	return nil
}

// limits are the fields that all kinds have.
type limits struct {
	samples, targets, labels, nameLength, valueLength, dropped *uint64
	body                                                       *monitoringv1.ByteSize
	protocols                                                  []monitoringv1.ScrapeProtocol
	fallback                                                   *monitoringv1.ScrapeProtocol
	histograms                                                 *monitoringv1.NativeHistogramConfig
	class                                                      *monitoringv1.ScrapeClass
}

func (j *job) limit(l limits) {
	for key, n := range map[string]*uint64{
		"sample_limit": l.samples, "target_limit": l.targets, "label_limit": l.labels, "label_name_length_limit": l.nameLength,
		"label_value_length_limit": l.valueLength, "keep_dropped_targets": l.dropped,
	} {
		put(j.out, key, n)
	}
	put(j.out, "body_size_limit", l.body)
	if len(l.protocols) > 0 {
		j.out["scrape_protocols"] = l.protocols
	}
	if l.fallback == nil && l.class != nil {
		l.fallback = l.class.FallbackScrapeProtocol
	}
	put(j.out, "fallback_scrape_protocol", l.fallback)
	if h := l.histograms; h != nil {
		put(j.out, "scrape_native_histograms", h.ScrapeNativeHistograms)
		put(j.out, "always_scrape_classic_histograms", h.ScrapeClassicHistograms)
		put(j.out, "convert_classic_histograms_to_nhcb", h.ConvertClassicHistogramsToNHCB)
		put(j.out, "native_histogram_bucket_limit", h.NativeHistogramBucketLimit)
		if q := h.NativeHistogramMinBucketFactor; q != nil {
			j.out["native_histogram_min_bucket_factor"] = q.AsApproximateFloat64()
		}
	}
}

// put writes a value that was given.
func put[T any](out tree, key string, value *T) {
	if value != nil {
		out[key] = *value
	}
}

// text writes a text that is not empty.
func text[T ~string](out tree, key string, value T) {
	if value != "" {
		out[key] = string(value)
	}
}
