package v1beta1

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ManagementStateType says whether the operator acts on an object.
// +kubebuilder:validation:Enum=managed;unmanaged
type ManagementStateType string

const (
	// ManagementStateManaged is an object whose children the operator keeps as described.
	ManagementStateManaged ManagementStateType = "managed"
	// ManagementStateUnmanaged is an object that the operator leaves alone.
	ManagementStateUnmanaged ManagementStateType = "unmanaged"
)

// UpgradeStrategy says whether the operator rewrites an object for a new version of what it runs.
// +kubebuilder:validation:Enum=automatic;none
type UpgradeStrategy string

const (
	// UpgradeStrategyAutomatic lets the operator upgrade the object.
	UpgradeStrategyAutomatic UpgradeStrategy = "automatic"
	// UpgradeStrategyNone leaves the object as it is.
	UpgradeStrategyNone UpgradeStrategy = "none"
)

// PodDisruptionBudgetSpec limits how many pods a voluntary disruption may take away. Only one
// of its fields may be set.
type PodDisruptionBudgetSpec struct {
	// MinAvailable is how many pods, or which percentage of them, must stay.
	// +optional
	MinAvailable *intstr.IntOrString `json:"minAvailable,omitempty"`
	// MaxUnavailable is how many pods, or which percentage of them, may be gone.
	// +optional
	MaxUnavailable *intstr.IntOrString `json:"maxUnavailable,omitempty"`
}

// PortsSpec is a port of the collector: of its container and of its Services.
type PortsSpec struct {
	// HostPort is the port on the node, when the container's port is to be opened there too.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	// +optional
	HostPort int32 `json:"hostPort,omitempty"`

	corev1.ServicePort `json:",inline"`
}

// OpenTelemetryCommonFields are the fields that every kind which runs pods shares.
type OpenTelemetryCommonFields struct {
	// ManagementState says whether the operator acts on this object.
	// +required
	// +kubebuilder:validation:Required
	// +kubebuilder:default:=managed
	ManagementState ManagementStateType `json:"managementState,omitempty"`
	// Resources of the main container.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
	// NodeSelector restricts the nodes the pods run on.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Args are further arguments of the main container, written --key=value and sorted. The key
	// "config" is the operator's and is not passed on.
	// +optional
	Args map[string]string `json:"args,omitempty"`
	// Replicas is how many pods run. An autoscaler changes it through the scale subresource.
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// PodDisruptionBudget replaces the default budget of at most one unavailable pod.
	// +optional
	PodDisruptionBudget *PodDisruptionBudgetSpec `json:"podDisruptionBudget,omitempty"`
	// SecurityContext of the main container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
	// PodSecurityContext of the pods.
	// +optional
	PodSecurityContext *corev1.PodSecurityContext `json:"podSecurityContext,omitempty"`
	// PodAnnotations are annotations of the pods. They win over those of this object.
	// +optional
	PodAnnotations map[string]string `json:"podAnnotations,omitempty"`
	// ServiceAccount is the name of an existing service account to run as. When it is empty the
	// operator creates one.
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Image of the main container. When it is empty the operator's default is used.
	// +optional
	Image string `json:"image,omitempty"`
	// ImagePullPolicy of the main container's image.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// VolumeMounts of the main container, in addition to the operator's.
	// +optional
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty"`
	// Ports are opened in addition to those that the operator reads from the configuration. A
	// port of the same number and protocol replaces the one read.
	// +optional
	// +listType=atomic
	Ports []PortsSpec `json:"ports,omitempty"`
	// Env of the main container. It wins over variables that the operator sets.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// EnvFrom of the main container.
	// +optional
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`
	// Tolerations of the pods. Not in mode sidecar.
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
	// Volumes of the pods, in addition to the operator's.
	// +optional
	// +listType=atomic
	Volumes []corev1.Volume `json:"volumes,omitempty"`
	// Affinity of the pods. Not in mode sidecar.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`
	// Lifecycle hooks of the main container.
	// +optional
	Lifecycle *corev1.Lifecycle `json:"lifecycle,omitempty"`
	// TerminationGracePeriodSeconds is how long a pod may take to stop, in seconds.
	// +optional
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitempty"`
	// TopologySpreadConstraints of the pods.
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	// HostNetwork runs the pods in the network of their node.
	// +optional
	HostNetwork bool `json:"hostNetwork,omitempty"`
	// DNSPolicy of the pods. When it is not set, it follows from podDnsConfig and hostNetwork.
	// +optional
	DNSPolicy *corev1.DNSPolicy `json:"dnsPolicy,omitempty"`
	// HostPID runs the pods in the process namespace of their node.
	// +optional
	HostPID bool `json:"hostPID,omitempty"`
	// ShareProcessNamespace lets the containers of a pod see each other's processes.
	// +optional
	ShareProcessNamespace bool `json:"shareProcessNamespace,omitempty"`
	// PriorityClassName of the pods. Not in mode sidecar.
	// +optional
	PriorityClassName string `json:"priorityClassName,omitempty"`
	// InitContainers run before the main container.
	// +optional
	InitContainers []corev1.Container `json:"initContainers,omitempty"`
	// AdditionalContainers run beside the main container. Not in mode sidecar. None may be named
	// otc-container, which is the collector's.
	// +optional
	AdditionalContainers []corev1.Container `json:"additionalContainers,omitempty"`
	// PodDNSConfig of the pods.
	// +optional
	PodDNSConfig corev1.PodDNSConfig `json:"podDnsConfig,omitzero"`
	// IpFamilies of the Services.
	// +optional
	// +listType=atomic
	IpFamilies []corev1.IPFamily `json:"ipFamilies,omitempty"` //nolint:staticcheck // the name other programs use
	// IpFamilyPolicy of the Services.
	// +kubebuilder:default:=SingleStack
	// +optional
	IpFamilyPolicy *corev1.IPFamilyPolicy `json:"ipFamilyPolicy,omitempty"` //nolint:staticcheck // the name other programs use
	// TrafficDistribution of the Services.
	// +optional
	TrafficDistribution *string `json:"trafficDistribution,omitempty"`
	// SessionAffinity of the Services.
	// +optional
	SessionAffinity *corev1.ServiceAffinity `json:"sessionAffinity,omitempty"`
	// SessionAffinityConfig of the Services.
	// +optional
	SessionAffinityConfig *corev1.SessionAffinityConfig `json:"sessionAffinityConfig,omitempty"`
	// HostUsers runs the pods in the user namespace of their node. When it is not set, the
	// cluster decides.
	// +optional
	HostUsers *bool `json:"hostUsers,omitempty"`
	// HostAliases are entries of the pods' hosts file.
	// +optional
	// +listType=atomic
	HostAliases []corev1.HostAlias `json:"hostAliases,omitempty"`
}

// StatefulSetCommonFields are the fields that only matter in mode statefulset.
type StatefulSetCommonFields struct {
	// VolumeClaimTemplates of the stateful set.
	// +optional
	// +listType=atomic
	VolumeClaimTemplates []corev1.PersistentVolumeClaim `json:"volumeClaimTemplates,omitempty"`
	// PersistentVolumeClaimRetentionPolicy says what becomes of the claims.
	// +optional
	PersistentVolumeClaimRetentionPolicy *appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy `json:"persistentVolumeClaimRetentionPolicy,omitempty"`
	// ServiceName is the governing Service of the stateful set: the headless Service when empty.
	// +optional
	ServiceName string `json:"serviceName,omitempty"`
	// PodManagementPolicy says whether pods start one after the other. The default is Parallel.
	// +kubebuilder:validation:Enum=OrderedReady;Parallel
	// +optional
	PodManagementPolicy appsv1.PodManagementPolicyType `json:"podManagementPolicy,omitempty"`
}

// Probe is the timing of a probe. What is asked follows from the health_check extension.
type Probe struct {
	// InitialDelaySeconds is the time from the container's start to the first probe.
	// +kubebuilder:validation:Minimum=0
	// +optional
	InitialDelaySeconds *int32 `json:"initialDelaySeconds,omitempty"`
	// TimeoutSeconds is how long an answer may take.
	// +kubebuilder:validation:Minimum=1
	// +optional
	TimeoutSeconds *int32 `json:"timeoutSeconds,omitempty"`
	// PeriodSeconds is the time between two probes.
	// +kubebuilder:validation:Minimum=1
	// +optional
	PeriodSeconds *int32 `json:"periodSeconds,omitempty"`
	// SuccessThreshold is how many successes in a row count after a failure.
	// +kubebuilder:validation:Minimum=1
	// +optional
	SuccessThreshold *int32 `json:"successThreshold,omitempty"`
	// FailureThreshold is how many failures in a row count after a success.
	// +kubebuilder:validation:Minimum=1
	// +optional
	FailureThreshold *int32 `json:"failureThreshold,omitempty"`
	// TerminationGracePeriodSeconds is how long the container may take to stop after a failure.
	// +kubebuilder:validation:Minimum=1
	// +optional
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitempty"`
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
	// ExtraLabels are added to those monitors.
	// +optional
	ExtraLabels map[string]string `json:"extraLabels,omitempty"`
	// DisablePrometheusAnnotations leaves the prometheus.io annotations off the pods.
	// +optional
	DisablePrometheusAnnotations bool `json:"disablePrometheusAnnotations,omitempty"`
}

// ConfigMapsSpec is an existing ConfigMap that is mounted into the main container.
type ConfigMapsSpec struct {
	// Name of the ConfigMap.
	Name string `json:"name"`
	// MountPath is the directory below /var/conf; the ConfigMap is in configmap-<name> in it.
	MountPath string `json:"mountpath"`
}

// NetworkPolicy says whether a network policy is created for the pods.
type NetworkPolicy struct {
	// Enabled creates a NetworkPolicy that admits traffic to the pods' ports only.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
}
