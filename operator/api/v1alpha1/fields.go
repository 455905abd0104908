package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// betaSpec returns what v1beta1 calls the same, but for the configuration. The two share memory.
func betaSpec(in *OpenTelemetryCollectorSpec) v1beta1.OpenTelemetryCollectorSpec {
	return v1beta1.OpenTelemetryCollectorSpec{
		OpenTelemetryCommonFields: v1beta1.OpenTelemetryCommonFields{
			ManagementState:               in.ManagementState,
			Resources:                     in.Resources,
			NodeSelector:                  in.NodeSelector,
			Args:                          in.Args,
			Replicas:                      in.Replicas,
			PodDisruptionBudget:           in.PodDisruptionBudget,
			SecurityContext:               in.SecurityContext,
			PodSecurityContext:            in.PodSecurityContext,
			PodAnnotations:                in.PodAnnotations,
			ServiceAccount:                in.ServiceAccount,
			Image:                         in.Image,
			ImagePullPolicy:               in.ImagePullPolicy,
			VolumeMounts:                  in.VolumeMounts,
			Ports:                         in.Ports,
			Env:                           in.Env,
			EnvFrom:                       in.EnvFrom,
			Tolerations:                   in.Tolerations,
			Volumes:                       in.Volumes,
			Affinity:                      in.Affinity,
			Lifecycle:                     in.Lifecycle,
			TerminationGracePeriodSeconds: in.TerminationGracePeriodSeconds,
			TopologySpreadConstraints:     in.TopologySpreadConstraints,
			HostNetwork:                   in.HostNetwork,
			ShareProcessNamespace:         in.ShareProcessNamespace,
			PriorityClassName:             in.PriorityClassName,
			InitContainers:                in.InitContainers,
			AdditionalContainers:          in.AdditionalContainers,
			TrafficDistribution:           in.TrafficDistribution,
		},
		StatefulSetCommonFields: v1beta1.StatefulSetCommonFields{
			VolumeClaimTemplates: in.VolumeClaimTemplates,
			ServiceName:          in.ServiceName,
		},
		Mode:                     in.Mode,
		UpgradeStrategy:          in.UpgradeStrategy,
		Autoscaler:               betaAutoscaler(in),
		TargetAllocator:          betaAllocator(&in.TargetAllocator),
		Ingress:                  in.Ingress,
		LivenessProbe:            in.LivenessProbe,
		Observability:            betaObservability(in.Observability),
		ConfigMaps:               in.ConfigMaps,
		DaemonSetUpdateStrategy:  in.UpdateStrategy,
		DeploymentUpdateStrategy: in.DeploymentUpdateStrategy,
	}
}

// alphaSpec returns what v1alpha1 calls the same, but for the configuration. The two share memory.
func alphaSpec(in *v1beta1.OpenTelemetryCollectorSpec) OpenTelemetryCollectorSpec {
	return OpenTelemetryCollectorSpec{
		ManagementState:               in.ManagementState,
		Mode:                          in.Mode,
		UpgradeStrategy:               in.UpgradeStrategy,
		Args:                          in.Args,
		Replicas:                      in.Replicas,
		Autoscaler:                    in.Autoscaler,
		TargetAllocator:               alphaAllocator(&in.TargetAllocator),
		Image:                         in.Image,
		ImagePullPolicy:               in.ImagePullPolicy,
		ServiceAccount:                in.ServiceAccount,
		Resources:                     in.Resources,
		NodeSelector:                  in.NodeSelector,
		Tolerations:                   in.Tolerations,
		Affinity:                      in.Affinity,
		TopologySpreadConstraints:     in.TopologySpreadConstraints,
		PriorityClassName:             in.PriorityClassName,
		PodDisruptionBudget:           in.PodDisruptionBudget,
		SecurityContext:               in.SecurityContext,
		PodSecurityContext:            in.PodSecurityContext,
		PodAnnotations:                in.PodAnnotations,
		HostNetwork:                   in.HostNetwork,
		ShareProcessNamespace:         in.ShareProcessNamespace,
		Ports:                         in.Ports,
		Env:                           in.Env,
		EnvFrom:                       in.EnvFrom,
		VolumeMounts:                  in.VolumeMounts,
		Volumes:                       in.Volumes,
		VolumeClaimTemplates:          in.VolumeClaimTemplates,
		ServiceName:                   in.ServiceName,
		Ingress:                       in.Ingress,
		TrafficDistribution:           in.TrafficDistribution,
		Lifecycle:                     in.Lifecycle,
		TerminationGracePeriodSeconds: in.TerminationGracePeriodSeconds,
		LivenessProbe:                 in.LivenessProbe,
		InitContainers:                in.InitContainers,
		AdditionalContainers:          in.AdditionalContainers,
		Observability:                 alphaObservability(in.Observability),
		ConfigMaps:                    in.ConfigMaps,
		UpdateStrategy:                in.DaemonSetUpdateStrategy,
		DeploymentUpdateStrategy:      in.DeploymentUpdateStrategy,
	}
}

// betaAutoscaler moves the deprecated limits into the autoscaler, which wins over them.
func betaAutoscaler(in *OpenTelemetryCollectorSpec) *v1beta1.AutoscalerSpec {
	if in.Autoscaler == nil && in.MinReplicas == nil && in.MaxReplicas == nil {
		return nil
	}
	out := v1beta1.AutoscalerSpec{}
	if in.Autoscaler != nil {
		out = *in.Autoscaler
	}
	if out.MinReplicas == nil {
		out.MinReplicas = in.MinReplicas
	}
	if out.MaxReplicas == nil {
		out.MaxReplicas = in.MaxReplicas
	}
	return &out
}

func betaAllocator(in *OpenTelemetryTargetAllocator) v1beta1.TargetAllocatorEmbedded {
	return v1beta1.TargetAllocatorEmbedded{
		Replicas:           in.Replicas,
		NodeSelector:       in.NodeSelector,
		Resources:          in.Resources,
		AllocationStrategy: in.AllocationStrategy,
		FilterStrategy:     in.FilterStrategy,
		ServiceAccount:     in.ServiceAccount,
		Image:              in.Image,
		Enabled:            in.Enabled,
		Affinity:           in.Affinity,
		PrometheusCR: v1beta1.TargetAllocatorPrometheusCR{
			Enabled:                in.PrometheusCR.Enabled,
			ScrapeInterval:         in.PrometheusCR.ScrapeInterval,
			ScrapeClasses:          in.PrometheusCR.ScrapeClasses,
			PodMonitorSelector:     selector(in.PrometheusCR.PodMonitorSelector),
			ServiceMonitorSelector: selector(in.PrometheusCR.ServiceMonitorSelector),
			DenyFSAccessThroughSMs: in.PrometheusCR.DenyFSAccessThroughSMs,
		},
		SecurityContext:           in.SecurityContext,
		PodSecurityContext:        in.PodSecurityContext,
		TopologySpreadConstraints: in.TopologySpreadConstraints,
		Tolerations:               in.Tolerations,
		Env:                       in.Env,
		Observability:             betaObservability(in.Observability),
		PodDisruptionBudget:       in.PodDisruptionBudget,
	}
}

func alphaAllocator(in *v1beta1.TargetAllocatorEmbedded) OpenTelemetryTargetAllocator {
	return OpenTelemetryTargetAllocator{
		Replicas:           in.Replicas,
		NodeSelector:       in.NodeSelector,
		Resources:          in.Resources,
		AllocationStrategy: in.AllocationStrategy,
		FilterStrategy:     in.FilterStrategy,
		ServiceAccount:     in.ServiceAccount,
		Image:              in.Image,
		Enabled:            in.Enabled,
		Affinity:           in.Affinity,
		PrometheusCR: OpenTelemetryTargetAllocatorPrometheusCR{
			Enabled:                in.PrometheusCR.Enabled,
			ScrapeInterval:         in.PrometheusCR.ScrapeInterval,
			ScrapeClasses:          in.PrometheusCR.ScrapeClasses,
			PodMonitorSelector:     labels(in.PrometheusCR.PodMonitorSelector),
			ServiceMonitorSelector: labels(in.PrometheusCR.ServiceMonitorSelector),
			DenyFSAccessThroughSMs: in.PrometheusCR.DenyFSAccessThroughSMs,
		},
		SecurityContext:           in.SecurityContext,
		PodSecurityContext:        in.PodSecurityContext,
		TopologySpreadConstraints: in.TopologySpreadConstraints,
		Tolerations:               in.Tolerations,
		Env:                       in.Env,
		Observability:             alphaObservability(in.Observability),
		PodDisruptionBudget:       in.PodDisruptionBudget,
	}
}

func selector(labels map[string]string) *metav1.LabelSelector {
	if len(labels) == 0 {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: labels}
}

func labels(selector *metav1.LabelSelector) map[string]string {
	if selector == nil {
		return nil
	}
	return selector.MatchLabels
}

func betaObservability(in ObservabilitySpec) v1beta1.ObservabilitySpec {
	return v1beta1.ObservabilitySpec{Metrics: v1beta1.MetricsConfigSpec{
		EnableMetrics:                in.Metrics.EnableMetrics,
		DisablePrometheusAnnotations: in.Metrics.DisablePrometheusAnnotations,
	}}
}

func alphaObservability(in v1beta1.ObservabilitySpec) ObservabilitySpec {
	return ObservabilitySpec{Metrics: MetricsConfigSpec{
		EnableMetrics:                in.Metrics.EnableMetrics,
		DisablePrometheusAnnotations: in.Metrics.DisablePrometheusAnnotations,
	}}
}

// betaStatus returns what v1beta1 calls the same. The first operators wrote replicas only.
func betaStatus(in *OpenTelemetryCollectorStatus) v1beta1.OpenTelemetryCollectorStatus {
	out := v1beta1.OpenTelemetryCollectorStatus{Scale: in.Scale, Version: in.Version, Image: in.Image}
	if out.Scale.Replicas == 0 {
		out.Scale.Replicas = in.Replicas
	}
	return out
}

func alphaStatus(in *v1beta1.OpenTelemetryCollectorStatus) OpenTelemetryCollectorStatus {
	return OpenTelemetryCollectorStatus{
		Scale: in.Scale, Version: in.Version, Image: in.Image, Replicas: in.Scale.Replicas,
	}
}
