package v1beta1

import autoscalingv2 "k8s.io/api/autoscaling/v2"

// AutoscalerSpec describes the HorizontalPodAutoscaler of a collector.
type AutoscalerSpec struct {
	// MinReplicas is the lower limit. It needs MaxReplicas.
	// +kubebuilder:validation:Minimum=1
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// MaxReplicas is the upper limit. Setting it creates the autoscaler.
	// +kubebuilder:validation:Minimum=1
	// +optional
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
	// Behavior says how fast the number of pods changes.
	// +optional
	Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior,omitempty"`
	// Metrics are further metrics to scale by, of type Pods.
	// +optional
	// +listType=atomic
	Metrics []MetricSpec `json:"metrics,omitempty"`
	// TargetCPUUtilization is the average use of the requested CPU to keep, in percent. It is 90
	// when neither it nor TargetMemoryUtilization is set.
	// +kubebuilder:validation:Minimum=1
	// +optional
	TargetCPUUtilization *int32 `json:"targetCPUUtilization,omitempty"`
	// TargetMemoryUtilization is the average use of the requested memory to keep, in percent.
	// +kubebuilder:validation:Minimum=1
	// +optional
	TargetMemoryUtilization *int32 `json:"targetMemoryUtilization,omitempty"`
}

// MetricSpec is a metric to scale by.
type MetricSpec struct {
	// Type must be Pods.
	Type autoscalingv2.MetricSourceType `json:"type"`
	// Pods is the metric and its target.
	// +optional
	Pods *autoscalingv2.PodsMetricSource `json:"pods,omitempty"`
}
