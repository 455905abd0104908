package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// The ports of a target allocator's container.
const (
	allocatorHTTP  = 8080
	allocatorHTTPS = 8443
)

// allocatorBuilder has what more than one child of a target allocator depends on.
type allocatorBuilder struct {
	AllocatorParams
	ta       *v1alpha1.TargetAllocator
	image    string
	text     []byte
	certs    *certificateSet // nil without mTLS
	warnings []string
}

// TargetAllocator returns the child objects of a target allocator, and what its user should
// know about them.
func TargetAllocator(p AllocatorParams) ([]client.Object, []string, error) {
	// The children share nothing with the resource, which may be that of a cache.
	p.Allocator = p.Allocator.DeepCopy()
	a := &allocatorBuilder{AllocatorParams: p, ta: p.Allocator, image: p.Allocator.Spec.Image}
	if a.image == "" {
		a.image = p.AllocatorImage
	}
	if a.image == "" {
		return nil, nil, fmt.Errorf("build target allocator %s/%s: there is no image: set spec.image", a.ta.Namespace, a.ta.Name)
	}
	if certs, ok := certificates(p.Options, a.ta); ok {
		a.certs = &certs
	} else if a.ta.Spec.Mtls != nil && a.ta.Spec.Mtls.Enabled {
		a.warn("spec.mtls is enabled, and nobody issues certificates: install cert-manager or name certificates in spec.mtls.tls; targets are served without TLS and without credentials until then")
	}
	var err error
	if a.text, err = otelconfig.RenderAllocator(a.settings()); err != nil {
		return nil, nil, fmt.Errorf("build target allocator %s/%s: %w", a.ta.Namespace, a.ta.Name, err)
	}
	var out []client.Object
	if a.ta.Spec.ServiceAccount == "" {
		out = append(out, &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: a.meta(a.name())})
	}
	out = append(out, a.configMap())
	out = append(out, a.issuers()...)
	out = append(out, a.service(), a.deployment(), budget(a.meta(a.name()), a.selector(), a.ta.Spec.PodDisruptionBudget))
	if enabled := a.ta.Spec.NetworkPolicy.Enabled; enabled != nil && *enabled {
		out = append(out, admit(a.meta(a.name()), a.selector(), a.ports()))
	}
	out = append(out, a.serviceMonitor()...)
	return out, a.warnings, nil
}

func (a *allocatorBuilder) warn(message string) { a.warnings = append(a.warnings, message) }

func (a *allocatorBuilder) name() string { return AllocatorName(a.ta.Name) }

func (a *allocatorBuilder) selector() map[string]string {
	return SelectorLabels(a.ta.Namespace, a.ta.Name, AllocatorComponent)
}

func (a *allocatorBuilder) meta(name string) metav1.ObjectMeta {
	annotations := passing(a.ta.Annotations, a.AnnotationsFilter)
	if len(annotations) == 0 {
		annotations = nil
	}
	return metav1.ObjectMeta{
		Name: name, Namespace: a.ta.Namespace,
		Labels:      childLabels(a.ta, a.LabelsFilter, AllocatorComponent, name, a.image),
		Annotations: annotations,
	}
}

// settings are what the allocator is told: the targets of the collector's configuration and
// its own, and for which pods they are.
func (a *allocatorBuilder) settings() otelconfig.AllocatorSettings {
	spec := &a.ta.Spec
	out := otelconfig.AllocatorSettings{
		Collectors:    SelectorLabels(a.ta.Namespace, a.ta.Name, CollectorComponent),
		Strategy:      string(spec.AllocationStrategy),
		Filter:        string(spec.FilterStrategy),
		NotReadyGrace: defaultInterval,

		AllowInsecureAuthSecrets: spec.AllowInsecureAuthSecrets,
	}
	if out.Strategy == "" {
		out.Strategy = string(v1beta1.TargetAllocatorAllocationStrategyConsistentHashing)
	}
	if d := spec.CollectorNotReadyGracePeriod; d != nil {
		out.NotReadyGrace = d.Duration
	}
	if a.Collector != nil {
		out.Collectors = SelectorLabels(a.Collector.Namespace, a.Collector.Name, CollectorComponent)
		out.Config = otelconfig.ScrapeConfig(&a.Collector.Spec.Config)
	} else {
		a.warn("no collector names this target allocator: its targets go nowhere")
	}
	out.Config = a.ownTargets(out.Config)
	if spec.PrometheusCR.Enabled {
		out.PrometheusCR = &spec.PrometheusCR
	}
	if a.certs != nil {
		out.HTTPS = &otelconfig.AllocatorHTTPS{
			Listen: ":" + strconv.Itoa(allocatorHTTPS),
			CAFile: tlsFile(caKey), CertFile: tlsFile(corev1.TLSCertKey), KeyFile: tlsFile(corev1.TLSPrivateKeyKey),
		}
	}
	return out
}

// ownTargets adds the allocator's own scrape configurations, and its global settings, which
// win.
func (a *allocatorBuilder) ownTargets(config map[string]any) map[string]any {
	spec := &a.ta.Spec
	if len(spec.GlobalConfig.Values) == 0 && len(spec.ScrapeConfigs) == 0 {
		return config
	}
	if config == nil {
		config = map[string]any{}
	}
	if len(spec.GlobalConfig.Values) > 0 {
		global, _ := config["global"].(map[string]any)
		if global == nil {
			global = map[string]any{}
		}
		maps.Copy(global, spec.GlobalConfig.DeepCopy().Values)
		config["global"] = global
	}
	jobs, _ := config["scrape_configs"].([]any)
	for _, job := range spec.ScrapeConfigs {
		jobs = append(jobs, job.DeepCopy().Values)
	}
	if jobs != nil {
		config["scrape_configs"] = jobs
	}
	return config
}

func (a *allocatorBuilder) configMap() client.Object {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: a.meta(a.name()),
		Data:       map[string]string{AllocatorConfigKey: string(a.text)},
	}
}

func (a *allocatorBuilder) ports() []corev1.ContainerPort {
	out := []corev1.ContainerPort{{Name: "http", ContainerPort: allocatorHTTP, Protocol: corev1.ProtocolTCP}}
	if a.certs != nil {
		out = append(out, corev1.ContainerPort{Name: "https", ContainerPort: allocatorHTTPS, Protocol: corev1.ProtocolTCP})
	}
	return out
}

func (a *allocatorBuilder) service() client.Object {
	spec := &a.ta.Spec
	ports := []corev1.ServicePort{{Name: "targetallocation", Port: 80, TargetPort: intstr.FromString("http"), Protocol: corev1.ProtocolTCP}}
	if a.certs != nil {
		ports = append(ports, corev1.ServicePort{Name: "targetallocation-https", Port: 443, TargetPort: intstr.FromString("https"), Protocol: corev1.ProtocolTCP})
	}
	policy := spec.IpFamilyPolicy
	if policy == nil {
		policy = pointer(corev1.IPFamilyPolicySingleStack)
	}
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: a.meta(a.name()),
		Spec:       corev1.ServiceSpec{Selector: a.selector(), Ports: ports, IPFamilies: spec.IpFamilies, IPFamilyPolicy: policy},
	}
}

func (a *allocatorBuilder) deployment() client.Object {
	spec := &a.ta.Spec
	replicas := int32(1)
	if spec.Replicas != nil {
		replicas = *spec.Replicas
	}
	if replicas > 1 && spec.AllocationStrategy != "" && spec.AllocationStrategy != v1beta1.TargetAllocatorAllocationStrategyConsistentHashing {
		a.warn("more than one replica needs the strategy consistent-hashing, with which all replicas come to the same result")
	}
	meta := a.meta(a.name())
	sum := sha256.Sum256(a.text)
	podAnnotations := with(meta.Annotations, spec.PodAnnotations)
	podAnnotations["opentelemetry-targetallocator-config/hash"] = hex.EncodeToString(sum[:])
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "Deployment"},
		ObjectMeta: meta,
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: a.selector()},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(meta.Labels), Annotations: podAnnotations},
				Spec:       a.podSpec(),
			},
		},
	}
}

func (a *allocatorBuilder) podSpec() corev1.PodSpec {
	spec := &a.ta.Spec
	c := a.container()
	out := commonPodSpec(&spec.OpenTelemetryCommonFields)
	out.ServiceAccountName = spec.ServiceAccount
	if out.ServiceAccountName == "" {
		out.ServiceAccountName = a.name()
	}
	out.Volumes = append([]corev1.Volume{{Name: allocatorVolume, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: a.name()},
			Items:                []corev1.KeyToPath{{Key: AllocatorConfigKey, Path: AllocatorConfigKey}},
		},
	}}}, spec.Volumes...)
	if a.certs != nil {
		volume, mount := tlsVolume(a.name()+"-server", a.certs.authority, a.certs.server)
		out.Volumes = append(out.Volumes, volume)
		c.VolumeMounts = append(c.VolumeMounts, mount)
	}
	out.Containers = append([]corev1.Container{c}, spec.AdditionalContainers...)
	return out
}

func (a *allocatorBuilder) container() corev1.Container {
	spec := &a.ta.Spec
	env := addEnv(slices.Clone(spec.Env), []corev1.EnvVar{fieldEnv("OTELCOL_NAMESPACE", "metadata.namespace")})
	if a.Collector != nil && a.Collector.Namespace != a.ta.Namespace {
		// The allocator looks for its collectors here, and they are elsewhere.
		env = addEnv(slices.Clone(spec.Env), []corev1.EnvVar{{Name: "OTELCOL_NAMESPACE", Value: a.Collector.Namespace}})
	}
	env = addEnv(env, limitsEnv(AllocatorContainer, spec.Resources))
	return corev1.Container{
		Name:            AllocatorContainer,
		Image:           a.image,
		ImagePullPolicy: spec.ImagePullPolicy,
		Args:            flags(spec.Args),
		Env:             addEnv(env, a.Proxy),
		EnvFrom:         spec.EnvFrom,
		Resources:       spec.Resources,
		Ports:           a.ports(),
		VolumeMounts:    append([]corev1.VolumeMount{{Name: allocatorVolume, MountPath: configDir}}, spec.VolumeMounts...),
		LivenessProbe:   allocatorProbe("/livez", spec.LivenessProbe),
		ReadinessProbe:  allocatorProbe("/readyz", spec.ReadinessProbe),
		SecurityContext: spec.SecurityContext,
		Lifecycle:       spec.Lifecycle,

		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

// allocatorProbe asks the allocator, with the user's timing.
func allocatorProbe(path string, said *corev1.Probe) *corev1.Probe {
	out := &corev1.Probe{}
	if said != nil {
		out = said.DeepCopy()
	}
	out.ProbeHandler = corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http"), Scheme: corev1.URISchemeHTTP}}
	return out
}

func (a *allocatorBuilder) serviceMonitor() []client.Object {
	said := a.ta.Spec.Observability.Metrics
	if !said.EnableMetrics {
		return nil
	}
	if !a.Available.ServiceMonitors {
		a.warn("spec.observability.metrics is enabled, and the cluster has no ServiceMonitors: it is created when it has")
		return nil
	}
	meta := a.meta(a.name())
	maps.Copy(meta.Labels, said.ExtraLabels)
	return []client.Object{&monitoringv1.ServiceMonitor{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: monitoringv1.ServiceMonitorsKind},
		ObjectMeta: meta,
		Spec: monitoringv1.ServiceMonitorSpec{
			Endpoints:         []monitoringv1.Endpoint{{Port: "targetallocation"}},
			NamespaceSelector: monitoringv1.NamespaceSelector{MatchNames: []string{a.ta.Namespace}},
			Selector:          metav1.LabelSelector{MatchLabels: a.selector()},
		},
	}}
}
