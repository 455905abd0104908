package manifest

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// Collector returns the child objects of a collector, and what its user should know about
// them. An error means that the resource cannot be brought to the cluster as it is.
func Collector(p Params) ([]client.Object, []string, error) {
	b, err := newBuilder(p)
	if err != nil {
		return nil, nil, err
	}
	var out []client.Object
	add := func(objects ...client.Object) { out = append(out, objects...) }
	add(b.serviceAccount()...)
	add(b.clusterRole()...)
	add(b.configMap())
	add(b.allocator()...)
	if b.cr.Spec.Mode == v1beta1.ModeSidecar {
		add(b.podMonitor()...)
		return out, b.warnings, nil
	}
	add(b.services()...)
	add(b.workload())
	add(b.disruptionBudget()...)
	add(b.autoscaler()...)
	add(b.ingresses()...)
	add(b.httpRoutes()...)
	add(b.networkPolicy()...)
	add(b.serviceMonitors()...)
	return out, b.warnings, nil
}

// builder has what more than one child of a collector depends on.
type builder struct {
	Params
	cr       *v1beta1.OpenTelemetryCollector
	config   *v1beta1.Config // what the collector runs with
	text     []byte          // config as YAML
	hash     string          // of config, full
	image    string
	base     []corev1.ServicePort // what the receivers and exporters open, and the user's own
	metrics  int32                // port of the collector's own metrics
	warnings []string

	// served is false when the configuration turns the collector's own metrics off.
	served bool
}

func newBuilder(p Params) (*builder, error) {
	// The children share nothing with the resource, which may be that of a cache.
	p.Collector = p.Collector.DeepCopy()
	b := &builder{Params: p, cr: p.Collector}
	b.image = b.cr.Spec.Image
	if b.image == "" {
		b.image = p.CollectorImage
	}
	if b.image == "" {
		return nil, fmt.Errorf("build collector %s/%s: there is no image: set spec.image", b.cr.Namespace, b.cr.Name)
	}
	config, err := Effective(p)
	if err != nil {
		return nil, err
	}
	b.config = config
	if b.text, err = otelconfig.Render(config); err != nil {
		return nil, fmt.Errorf("build collector %s/%s: %w", b.cr.Namespace, b.cr.Name, err)
	}
	if b.hash, err = otelconfig.Hash(config); err != nil {
		return nil, fmt.Errorf("build collector %s/%s: %w", b.cr.Namespace, b.cr.Name, err)
	}
	inferred, warnings := otelconfig.Ports(config)
	for _, w := range warnings {
		b.warnings = append(b.warnings, w.String())
	}
	b.base = otelconfig.Merge(b.userPorts(), inferred)
	b.metrics, b.served = otelconfig.MetricsPort(config)
	if name := ServiceName(b.cr.Name); len(validation.IsDNS1035Label(name)) > 0 {
		b.warn("the Service %s cannot be created, because names of Services begin with a letter: rename the collector", name)
	}
	if _, ok := b.cr.Spec.Args["config"]; ok {
		b.warn("spec.args.config is left out: the configuration is spec.config")
	}
	return b, nil
}

// Effective returns the configuration that the collector runs with: the user's, with the
// defaults of a pod, and with its targets from the target allocator if it has one.
func Effective(p Params) (*v1beta1.Config, error) {
	cr := p.Collector
	config := otelconfig.Defaults(&cr.Spec.Config, otelconfig.Options{
		IPv6Only: p.IPv6Only || slices.Equal(cr.Spec.IpFamilies, []corev1.IPFamily{corev1.IPv6Protocol}),
		TLS:      p.TLS,
	})
	allocation, ok := allocationFor(p)
	if !ok {
		return config, nil
	}
	config, err := otelconfig.ForTargetAllocator(config, allocation)
	if err != nil {
		return nil, fmt.Errorf("build collector %s/%s: %w", cr.Namespace, cr.Name, err)
	}
	return config, nil
}

// ConfigHash returns the hash of the effective configuration, which pods have as an
// annotation, and whose first 8 digits the ConfigMap's name has.
func ConfigHash(p Params) (string, error) {
	config, err := Effective(p)
	if err != nil {
		return "", err
	}
	return otelconfig.Hash(config)
}

func (b *builder) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

func (b *builder) name() string { return CollectorName(b.cr.Name) }

// meta is the metadata of a child in the collector's namespace.
func (b *builder) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:        name,
		Namespace:   b.cr.Namespace,
		Labels:      childLabels(b.cr, b.LabelsFilter, CollectorComponent, name, b.image),
		Annotations: b.annotations(),
	}
}

// annotations are those of the resource that children take over, nil for none.
func (b *builder) annotations() map[string]string {
	out := passing(b.cr.Annotations, b.AnnotationsFilter)
	if len(out) == 0 {
		return nil
	}
	return out
}

func (b *builder) selector() map[string]string {
	return SelectorLabels(b.cr.Namespace, b.cr.Name, CollectorComponent)
}

func (b *builder) userPorts() []corev1.ServicePort {
	var out []corev1.ServicePort
	for _, p := range b.cr.Spec.Ports {
		out = append(out, *p.ServicePort.DeepCopy())
	}
	return out
}

func (b *builder) configMap() client.Object {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: b.meta(ConfigMapName(b.cr.Name, b.hash)),
		Data:       map[string]string{ConfigKey: string(b.text)},
	}
}

// with returns a copy of a map with more entries.
func with(base map[string]string, more map[string]string) map[string]string {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, more)
	return out
}

// pointer returns a pointer to a copy of the value.
func pointer[T any](v T) *T { return &v }
