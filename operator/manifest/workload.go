package manifest

import (
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// workload is the Deployment, DaemonSet or StatefulSet of the collector.
func (b *builder) workload() client.Object {
	spec := &b.cr.Spec
	meta := b.meta(b.name())
	selector := &metav1.LabelSelector{MatchLabels: b.selector()}
	switch spec.Mode {
	case v1beta1.ModeDaemonSet:
		return &appsv1.DaemonSet{
			TypeMeta:   metav1.TypeMeta{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "DaemonSet"},
			ObjectMeta: meta,
			Spec: appsv1.DaemonSetSpec{
				Selector: selector, Template: b.template(), UpdateStrategy: b.daemonSetStrategy(), MinReadySeconds: b.minReady(),
			},
		}
	case v1beta1.ModeStatefulSet:
		policy := spec.PodManagementPolicy
		if policy == "" {
			policy = appsv1.ParallelPodManagement
		}
		service := spec.ServiceName
		if service == "" {
			service = HeadlessName(b.cr.Name)
		}
		return &appsv1.StatefulSet{
			TypeMeta:   metav1.TypeMeta{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "StatefulSet"},
			ObjectMeta: meta,
			Spec: appsv1.StatefulSetSpec{
				ServiceName: service, Selector: selector, Replicas: b.replicas(), Template: b.template(),
				PodManagementPolicy: policy, VolumeClaimTemplates: spec.VolumeClaimTemplates, MinReadySeconds: b.minReady(),
				PersistentVolumeClaimRetentionPolicy: spec.PersistentVolumeClaimRetentionPolicy,
			},
		}
	default:
		return &appsv1.Deployment{
			TypeMeta:   metav1.TypeMeta{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "Deployment"},
			ObjectMeta: meta,
			Spec: appsv1.DeploymentSpec{
				Selector: selector, Replicas: b.replicas(), Template: b.template(), Strategy: b.deploymentStrategy(), MinReadySeconds: b.minReady(),
			},
		}
	}
}

// replicas are those the resource asks for. The autoscaler writes them into the resource, by
// its scale subresource, and they are kept between the bounds.
func (b *builder) replicas() *int32 {
	replicas := int32(1)
	if b.cr.Spec.Replicas != nil {
		replicas = *b.cr.Spec.Replicas
	}
	if scaler := b.cr.Spec.Autoscaler; scaler != nil {
		if scaler.MinReplicas != nil {
			replicas = max(replicas, *scaler.MinReplicas)
		}
		if scaler.MaxReplicas != nil {
			replicas = min(replicas, *scaler.MaxReplicas)
		}
	}
	return &replicas
}

func (b *builder) template() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      childLabels(b.cr, b.LabelsFilter, CollectorComponent, b.name(), b.image),
			Annotations: b.podAnnotations(),
		},
		Spec: b.podSpec(),
	}
}

func (b *builder) podSpec() corev1.PodSpec {
	spec := &b.cr.Spec
	c := b.container(configDir + "/" + ConfigKey)
	c.Lifecycle = b.lifecycle()
	c.VolumeMounts = slices.Insert(c.VolumeMounts, 0, corev1.VolumeMount{Name: configVolume, MountPath: configDir})
	volumes := []corev1.Volume{{Name: configVolume, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigMapName(b.cr.Name, b.hash)},
			Items:                []corev1.KeyToPath{{Key: ConfigKey, Path: ConfigKey}},
		},
	}}}
	volumes = append(volumes, spec.Volumes...)
	volumes = append(volumes, extraVolumes(spec.ConfigMaps)...)
	if volume, mount, ok := b.allocatorTLS(); ok {
		volumes = append(volumes, volume)
		c.VolumeMounts = append(c.VolumeMounts, mount)
	}
	out := commonPodSpec(&spec.OpenTelemetryCommonFields)
	out.TerminationGracePeriodSeconds = pointer(b.grace())
	out.ServiceAccountName = ServiceAccountName(b.cr)
	out.Containers = append([]corev1.Container{c}, spec.AdditionalContainers...)
	out.Volumes = volumes
	return out
}

// commonPodSpec has what collectors and target allocators take over in the same way.
func commonPodSpec(spec *v1beta1.OpenTelemetryCommonFields) corev1.PodSpec {
	out := corev1.PodSpec{
		InitContainers:                spec.InitContainers,
		NodeSelector:                  spec.NodeSelector,
		Tolerations:                   spec.Tolerations,
		Affinity:                      spec.Affinity,
		TopologySpreadConstraints:     spec.TopologySpreadConstraints,
		PriorityClassName:             spec.PriorityClassName,
		SecurityContext:               spec.PodSecurityContext,
		TerminationGracePeriodSeconds: spec.TerminationGracePeriodSeconds,
		HostNetwork:                   spec.HostNetwork,
		HostPID:                       spec.HostPID,
		HostUsers:                     spec.HostUsers,
		HostAliases:                   spec.HostAliases,
		DNSPolicy:                     dnsPolicy(spec),
	}
	if spec.ShareProcessNamespace {
		out.ShareProcessNamespace = pointer(true)
	}
	if dns := spec.PodDNSConfig; len(dns.Nameservers)+len(dns.Searches)+len(dns.Options) > 0 {
		out.DNSConfig = &dns
	}
	return out
}

// dnsPolicy is what the user says, or what lets the pod find both the cluster's names and its
// own name servers.
func dnsPolicy(spec *v1beta1.OpenTelemetryCommonFields) corev1.DNSPolicy {
	switch {
	case spec.DNSPolicy != nil && *spec.DNSPolicy != "":
		return *spec.DNSPolicy
	case len(spec.PodDNSConfig.Nameservers) > 0:
		return corev1.DNSNone
	case spec.HostNetwork:
		return corev1.DNSClusterFirstWithHostNet
	}
	return corev1.DNSClusterFirst
}

// References lists the ConfigMaps and Secrets in the collector's namespace that its pods read
// when they start, in order: a change of them reaches only new pods.
func References(cr *v1beta1.OpenTelemetryCollector) (configMaps, secrets []string) {
	for _, m := range cr.Spec.ConfigMaps {
		configMaps = append(configMaps, m.Name)
	}
	for _, from := range cr.Spec.EnvFrom {
		if from.ConfigMapRef != nil {
			configMaps = append(configMaps, from.ConfigMapRef.Name)
		}
		if from.SecretRef != nil {
			secrets = append(secrets, from.SecretRef.Name)
		}
	}
	slices.Sort(configMaps)
	slices.Sort(secrets)
	return slices.Compact(configMaps), slices.Compact(secrets)
}

// podAnnotations are the user's for pods, then those of the resource, then those by which
// Prometheus finds the metrics, and the hash of the configuration, which rolls the pods.
func (b *builder) podAnnotations() map[string]string {
	out := with(b.annotations(), b.cr.Spec.PodAnnotations)
	if !b.cr.Spec.Observability.Metrics.DisablePrometheusAnnotations && b.served {
		added := false
		for key, value := range map[string]string{
			"prometheus.io/scrape": "true",
			"prometheus.io/port":   strconv.FormatInt(int64(b.metrics), 10),
			"prometheus.io/path":   "/metrics",
		} {
			if _, set := out[key]; !set {
				out[key] = value
				added = true
			}
		}
		if added {
			out["operator.opentelemetry.io/prometheus-annotations-added"] = "true"
		}
	}
	out[HashAnnotation] = b.hash
	if b.References != "" {
		out[ReferencesAnnotation] = b.References
	}
	return out
}
