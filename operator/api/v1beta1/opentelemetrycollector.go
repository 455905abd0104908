package v1beta1

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Mode says what kind of workload runs a collector.
// +kubebuilder:validation:Enum=daemonset;deployment;sidecar;statefulset
type Mode string

const (
	// ModeDaemonSet runs a collector on each node.
	ModeDaemonSet Mode = "daemonset"
	// ModeDeployment runs collectors that are all alike.
	ModeDeployment Mode = "deployment"
	// ModeSidecar adds a collector to each pod that asks for one.
	ModeSidecar Mode = "sidecar"
	// ModeStatefulSet runs collectors that keep their names and volumes.
	ModeStatefulSet Mode = "statefulset"
)

// OpenTelemetryCollector is a collector that the operator runs.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=otelcol;otelcols
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.scale.replicas,selectorpath=.status.scale.selector
// +kubebuilder:printcolumn:name="Mode",type="string",JSONPath=".spec.mode",description="Kind of workload"
// +kubebuilder:printcolumn:name="Version",type="string",JSONPath=".status.version",description="Version of the collector"
// +kubebuilder:printcolumn:name="Ready",type="string",JSONPath=".status.scale.statusReplicas"
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="Image",type="string",JSONPath=".status.image"
// +kubebuilder:printcolumn:name="Management",type="string",JSONPath=".spec.managementState",description="Whether the operator acts on it"
type OpenTelemetryCollector struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the user wants.
	// +optional
	Spec OpenTelemetryCollectorSpec `json:"spec,omitempty"`
	// Status is what the operator sees.
	// +optional
	Status OpenTelemetryCollectorStatus `json:"status,omitzero"`
}

// Hub marks this version as the one that all others are converted to and from.
func (*OpenTelemetryCollector) Hub() {}

// OpenTelemetryCollectorList is a list of collectors.
//
// +kubebuilder:object:root=true
type OpenTelemetryCollectorList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the collectors.
	Items []OpenTelemetryCollector `json:"items"`
}

// OpenTelemetryCollectorSpec is what the user wants of a collector.
//
// +kubebuilder:validation:XValidation:rule="!has(self.mode) || self.mode != 'sidecar' || !has(self.tolerations) || size(self.tolerations) == 0",message="the OpenTelemetry Collector mode is set to sidecar, which does not support the attribute 'tolerations'"
// +kubebuilder:validation:XValidation:rule="!has(self.mode) || self.mode != 'sidecar' || !has(self.priorityClassName) || size(self.priorityClassName) == 0",message="the OpenTelemetry Collector mode is set to sidecar, which does not support the attribute 'priorityClassName'"
// +kubebuilder:validation:XValidation:rule="!has(self.mode) || self.mode != 'sidecar' || !has(self.affinity)",message="the OpenTelemetry Collector mode is set to sidecar, which does not support the attribute 'affinity'"
// +kubebuilder:validation:XValidation:rule="!has(self.mode) || self.mode != 'sidecar' || !has(self.additionalContainers) || size(self.additionalContainers) == 0",message="the OpenTelemetry Collector mode is set to sidecar, which does not support the attribute 'additionalContainers'"
type OpenTelemetryCollectorSpec struct {
	OpenTelemetryCommonFields `json:",inline"`
	StatefulSetCommonFields   `json:",inline"`

	// Mode is the kind of workload. The default is deployment. It cannot be changed.
	// +optional
	Mode Mode `json:"mode,omitempty"`
	// UpgradeStrategy says whether the operator upgrades this object. The default is automatic.
	// +optional
	UpgradeStrategy UpgradeStrategy `json:"upgradeStrategy,omitempty"`
	// Config is the collector's configuration.
	// +required
	// +kubebuilder:pruning:PreserveUnknownFields
	Config Config `json:"config"`
	// ConfigVersions is how many ConfigMaps of earlier configurations are kept, so that a
	// rollback finds its own.
	// +kubebuilder:default:=3
	// +kubebuilder:validation:Minimum:=1
	// +optional
	ConfigVersions int `json:"configVersions,omitempty"`
	// Autoscaler changes the number of pods with their load.
	// +optional
	Autoscaler *AutoscalerSpec `json:"autoscaler,omitempty"`
	// TargetAllocator spreads Prometheus targets over the pods. Only in the modes statefulset
	// and daemonset.
	// +optional
	TargetAllocator TargetAllocatorEmbedded `json:"targetAllocator,omitzero"`
	// Ingress lets traffic in from outside the cluster. Not in mode sidecar.
	// +optional
	Ingress Ingress `json:"ingress,omitzero"`
	// HttpRoute lets traffic in through a Gateway.
	// +optional
	HttpRoute HttpRouteConfig `json:"httpRoute,omitzero"` //nolint:staticcheck // the name other programs use
	// NetworkPolicy admits traffic to the collector's ports only.
	// +optional
	NetworkPolicy NetworkPolicy `json:"networkPolicy,omitzero"`
	// LivenessProbe is the timing of the collector's liveness probe.
	// +optional
	LivenessProbe *Probe `json:"livenessProbe,omitempty"`
	// ReadinessProbe is the timing of the collector's readiness probe.
	// +optional
	ReadinessProbe *Probe `json:"readinessProbe,omitempty"`
	// StartupProbe is the timing of the collector's startup probe.
	// +optional
	StartupProbe *Probe `json:"startupProbe,omitempty"`
	// Observability of the collector itself.
	// +optional
	Observability ObservabilitySpec `json:"observability,omitzero"`
	// ConfigMaps are existing ConfigMaps that are mounted into the collector.
	// +optional
	// +listType=atomic
	ConfigMaps []ConfigMapsSpec `json:"configmaps,omitempty"`
	// DaemonSetUpdateStrategy is for the mode daemonset only.
	// +optional
	DaemonSetUpdateStrategy appsv1.DaemonSetUpdateStrategy `json:"daemonSetUpdateStrategy,omitzero"`
	// DeploymentUpdateStrategy is for the mode deployment only.
	// +optional
	DeploymentUpdateStrategy appsv1.DeploymentStrategy `json:"deploymentUpdateStrategy,omitzero"`
	// Command replaces the image's entry point.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	Command []string `json:"command,omitempty"`
}

// OpenTelemetryCollectorStatus is what the operator sees of a collector.
type OpenTelemetryCollectorStatus struct {
	// Scale is read by the scale subresource.
	// +optional
	Scale ScaleSubresourceStatus `json:"scale,omitzero"`
	// Version of the collector this object was last written for.
	// +optional
	Version string `json:"version,omitempty"`
	// Image that the workload runs.
	// +optional
	Image string `json:"image,omitempty"`
	// ObservedGeneration is the generation of this object that the operator acted on last.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Conditions of the collector: Ready, Available, Progressing, Degraded and ConfigValid.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// ScaleSubresourceStatus is the number of pods and how they are found.
type ScaleSubresourceStatus struct {
	// Selector finds the pods by label.
	// +optional
	Selector string `json:"selector,omitempty"`
	// Replicas is how many pods the workload has.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
	// StatusReplicas is the number of ready pods and of all pods, such as 2/3.
	// +optional
	StatusReplicas string `json:"statusReplicas,omitempty"`
}
