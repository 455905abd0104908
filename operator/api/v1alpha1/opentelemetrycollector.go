package v1alpha1

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// OpenTelemetryCollector is a collector that the operator runs, as version v1alpha1 writes it.
//
// +kubebuilder:object:root=true
// +kubebuilder:deprecatedversion:warning="OpenTelemetryCollector v1alpha1 is deprecated. Migrate to v1beta1."
// +kubebuilder:resource:shortName=otelcol;otelcols
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

// OpenTelemetryCollectorSpec is what the user wants of a collector. Fields without a comment of
// their own mean what they mean in v1beta1.
type OpenTelemetryCollectorSpec struct {
	// ManagementState says whether the operator acts on this object.
	// +required
	// +kubebuilder:validation:Required
	// +kubebuilder:default:=managed
	ManagementState v1beta1.ManagementStateType `json:"managementState,omitempty"`
	// Mode is the kind of workload. The default is deployment. It cannot be changed.
	// +optional
	Mode v1beta1.Mode `json:"mode,omitempty"`
	// UpgradeStrategy says whether the operator upgrades this object. The default is automatic.
	// +optional
	UpgradeStrategy v1beta1.UpgradeStrategy `json:"upgradeStrategy,omitempty"`
	// Config is the collector's configuration: the text of its YAML file.
	// +optional
	Config string `json:"config,omitempty"`
	// Args are further arguments of the collector, written --key=value.
	// +optional
	Args map[string]string `json:"args,omitempty"`
	// Replicas is how many pods run.
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// MinReplicas is the lower limit of the autoscaler.
	//
	// Deprecated: autoscaler.minReplicas, which wins over it.
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// MaxReplicas is the upper limit of the autoscaler.
	//
	// Deprecated: autoscaler.maxReplicas, which wins over it.
	// +optional
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
	// Autoscaler changes the number of pods with their load.
	// +optional
	Autoscaler *v1beta1.AutoscalerSpec `json:"autoscaler,omitempty"`
	// TargetAllocator spreads Prometheus targets over the pods.
	// +optional
	TargetAllocator OpenTelemetryTargetAllocator `json:"targetAllocator,omitzero"`
	// Image of the collector. When it is empty the operator's default is used.
	// +optional
	Image string `json:"image,omitempty"`
	// ImagePullPolicy of the collector's image.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// ServiceAccount is the name of an existing service account to run as.
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Resources of the collector's container.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
	// NodeSelector restricts the nodes the pods run on.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Tolerations of the pods.
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
	// Affinity of the pods.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`
	// TopologySpreadConstraints of the pods.
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	// PriorityClassName of the pods.
	// +optional
	PriorityClassName string `json:"priorityClassName,omitempty"`
	// PodDisruptionBudget replaces the default budget.
	// +optional
	PodDisruptionBudget *v1beta1.PodDisruptionBudgetSpec `json:"podDisruptionBudget,omitempty"`
	// SecurityContext of the collector's container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
	// PodSecurityContext of the pods.
	// +optional
	PodSecurityContext *corev1.PodSecurityContext `json:"podSecurityContext,omitempty"`
	// PodAnnotations are annotations of the pods.
	// +optional
	PodAnnotations map[string]string `json:"podAnnotations,omitempty"`
	// HostNetwork runs the pods in the network of their node.
	// +optional
	HostNetwork bool `json:"hostNetwork,omitempty"`
	// ShareProcessNamespace lets the containers of a pod see each other's processes.
	// +optional
	ShareProcessNamespace bool `json:"shareProcessNamespace,omitempty"`
	// Ports are opened in addition to those that the operator reads from the configuration.
	// +optional
	// +listType=atomic
	Ports []v1beta1.PortsSpec `json:"ports,omitempty"`
	// Env of the collector's container.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// EnvFrom of the collector's container.
	// +optional
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`
	// VolumeMounts of the collector's container.
	// +optional
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty"`
	// Volumes of the pods.
	// +optional
	// +listType=atomic
	Volumes []corev1.Volume `json:"volumes,omitempty"`
	// VolumeClaimTemplates of the stateful set.
	// +optional
	// +listType=atomic
	VolumeClaimTemplates []corev1.PersistentVolumeClaim `json:"volumeClaimTemplates,omitempty"`
	// ServiceName is the governing Service of the stateful set.
	// +optional
	ServiceName string `json:"serviceName,omitempty"`
	// Ingress lets traffic in from outside the cluster.
	// +optional
	Ingress v1beta1.Ingress `json:"ingress,omitzero"`
	// TrafficDistribution of the Services.
	// +optional
	TrafficDistribution *string `json:"trafficDistribution,omitempty"`
	// Lifecycle hooks of the collector's container.
	// +optional
	Lifecycle *corev1.Lifecycle `json:"lifecycle,omitempty"`
	// TerminationGracePeriodSeconds is how long a pod may take to stop, in seconds.
	// +optional
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitempty"`
	// LivenessProbe is the timing of the collector's liveness probe.
	// +optional
	LivenessProbe *v1beta1.Probe `json:"livenessProbe,omitempty"`
	// InitContainers run before the collector.
	// +optional
	InitContainers []corev1.Container `json:"initContainers,omitempty"`
	// AdditionalContainers run beside the collector.
	// +optional
	AdditionalContainers []corev1.Container `json:"additionalContainers,omitempty"`
	// Observability of the collector itself.
	// +optional
	Observability ObservabilitySpec `json:"observability,omitzero"`
	// ConfigMaps are existing ConfigMaps that are mounted into the collector.
	// +optional
	// +listType=atomic
	ConfigMaps []v1beta1.ConfigMapsSpec `json:"configmaps,omitempty"`
	// UpdateStrategy is that of the daemon set, for the mode daemonset only.
	// +optional
	UpdateStrategy appsv1.DaemonSetUpdateStrategy `json:"updateStrategy,omitzero"`
	// DeploymentUpdateStrategy is for the mode deployment only.
	// +optional
	DeploymentUpdateStrategy appsv1.DeploymentStrategy `json:"deploymentUpdateStrategy,omitzero"`
}

// ObservabilitySpec says how the workload itself is watched.
type ObservabilitySpec struct {
	// Metrics of the workload.
	// +optional
	Metrics MetricsConfigSpec `json:"metrics,omitzero"`
}

// MetricsConfigSpec says how the workload's metrics are found.
type MetricsConfigSpec struct {
	// EnableMetrics creates ServiceMonitors, or a PodMonitor in mode sidecar.
	// +optional
	EnableMetrics bool `json:"enableMetrics,omitempty"`
	// DisablePrometheusAnnotations leaves the prometheus.io annotations off the pods. This
	// version spells it with a capital letter.
	// +optional
	DisablePrometheusAnnotations bool `json:"DisablePrometheusAnnotations,omitempty"`
}

// OpenTelemetryTargetAllocator is the target allocator that belongs to one collector.
type OpenTelemetryTargetAllocator struct {
	// Replicas of the allocator. More than one needs consistent-hashing.
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// NodeSelector restricts the nodes the allocator runs on.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Resources of the allocator's container.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
	// AllocationStrategy says how targets are spread over the collector's pods.
	// +optional
	AllocationStrategy v1beta1.TargetAllocatorAllocationStrategy `json:"allocationStrategy,omitempty"`
	// FilterStrategy says which targets are left out.
	// +optional
	FilterStrategy v1beta1.TargetAllocatorFilterStrategy `json:"filterStrategy,omitempty"`
	// ServiceAccount is the name of an existing service account.
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Image of the allocator.
	// +optional
	Image string `json:"image,omitempty"`
	// Enabled runs the allocator.
	// +optional
	Enabled bool `json:"enabled,omitempty"`
	// Affinity of the allocator's pods.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`
	// PrometheusCR says which of the Prometheus operator's objects are read.
	// +optional
	PrometheusCR OpenTelemetryTargetAllocatorPrometheusCR `json:"prometheusCR,omitzero"`
	// SecurityContext of the allocator's container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
	// PodSecurityContext of the allocator's pods.
	// +optional
	PodSecurityContext *corev1.PodSecurityContext `json:"podSecurityContext,omitempty"`
	// TopologySpreadConstraints of the allocator's pods.
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	// Tolerations of the allocator's pods.
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
	// Env of the allocator's container.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Observability of the allocator itself.
	// +optional
	Observability ObservabilitySpec `json:"observability,omitzero"`
	// PodDisruptionBudget of the allocator.
	// +optional
	PodDisruptionBudget *v1beta1.PodDisruptionBudgetSpec `json:"podDisruptionBudget,omitempty"`
}

// OpenTelemetryTargetAllocatorPrometheusCR says which of the Prometheus operator's objects an
// allocator reads. Its selectors are plain labels.
type OpenTelemetryTargetAllocatorPrometheusCR struct {
	// Enabled reads ServiceMonitors and PodMonitors.
	// +optional
	Enabled bool `json:"enabled,omitempty"`
	// ScrapeInterval applies to objects that name none.
	// +kubebuilder:validation:Format:=duration
	// +optional
	ScrapeInterval *metav1.Duration `json:"scrapeInterval,omitempty"`
	// ScrapeClasses are settings that monitors refer to by name.
	// +optional
	// +listType=atomic
	ScrapeClasses []v1beta1.Object `json:"scrapeClasses,omitempty"`
	// PodMonitorSelector are the labels a PodMonitor must have.
	// +optional
	PodMonitorSelector map[string]string `json:"podMonitorSelector,omitempty"`
	// ServiceMonitorSelector are the labels a ServiceMonitor must have.
	// +optional
	ServiceMonitorSelector map[string]string `json:"serviceMonitorSelector,omitempty"`
	// DenyFSAccessThroughSMs refuses monitors that name files of the collector.
	// +optional
	DenyFSAccessThroughSMs bool `json:"denyFSAccessThroughSMs,omitempty"`
}

// OpenTelemetryCollectorStatus is what the operator sees of a collector.
type OpenTelemetryCollectorStatus struct {
	// Scale is read by the scale subresource.
	// +optional
	Scale v1beta1.ScaleSubresourceStatus `json:"scale,omitzero"`
	// Version of the collector this object was last written for.
	// +optional
	Version string `json:"version,omitempty"`
	// Image that the workload runs.
	// +optional
	Image string `json:"image,omitempty"`
	// Messages about actions of the operator.
	//
	// Deprecated: events say it.
	// +optional
	// +listType=atomic
	Messages []string `json:"messages,omitempty"`
	// Replicas is how many pods the workload has.
	//
	// Deprecated: scale.replicas.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
}
