package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// OpAMPBridgeCapability is something that a bridge offers to its server.
// +kubebuilder:validation:Enum=ReportsStatus;AcceptsRemoteConfig;ReportsEffectiveConfig;ReportsOwnTraces;ReportsOwnMetrics;ReportsOwnLogs;AcceptsOpAMPConnectionSettings;AcceptsOtherConnectionSettings;AcceptsRestartCommand;ReportsHealth;ReportsRemoteConfig
type OpAMPBridgeCapability string

// The capabilities, named as the OpAMP specification names them.
const (
	// OpAMPBridgeCapabilityReportsStatus reports the status of the agent.
	OpAMPBridgeCapabilityReportsStatus OpAMPBridgeCapability = "ReportsStatus"
	// OpAMPBridgeCapabilityAcceptsRemoteConfig applies configurations of the server.
	OpAMPBridgeCapabilityAcceptsRemoteConfig OpAMPBridgeCapability = "AcceptsRemoteConfig"
	// OpAMPBridgeCapabilityReportsEffectiveConfig reports the configurations in effect.
	OpAMPBridgeCapabilityReportsEffectiveConfig OpAMPBridgeCapability = "ReportsEffectiveConfig"
	// OpAMPBridgeCapabilityReportsOwnTraces sends the bridge's own traces.
	OpAMPBridgeCapabilityReportsOwnTraces OpAMPBridgeCapability = "ReportsOwnTraces"
	// OpAMPBridgeCapabilityReportsOwnMetrics sends the bridge's own metrics.
	OpAMPBridgeCapabilityReportsOwnMetrics OpAMPBridgeCapability = "ReportsOwnMetrics"
	// OpAMPBridgeCapabilityReportsOwnLogs sends the bridge's own logs.
	OpAMPBridgeCapabilityReportsOwnLogs OpAMPBridgeCapability = "ReportsOwnLogs"
	// OpAMPBridgeCapabilityAcceptsOpAMPConnectionSettings lets the server change its address.
	OpAMPBridgeCapabilityAcceptsOpAMPConnectionSettings OpAMPBridgeCapability = "AcceptsOpAMPConnectionSettings"
	// OpAMPBridgeCapabilityAcceptsOtherConnectionSettings lets the server change other addresses.
	OpAMPBridgeCapabilityAcceptsOtherConnectionSettings OpAMPBridgeCapability = "AcceptsOtherConnectionSettings"
	// OpAMPBridgeCapabilityAcceptsRestartCommand lets the server restart the agent.
	OpAMPBridgeCapabilityAcceptsRestartCommand OpAMPBridgeCapability = "AcceptsRestartCommand"
	// OpAMPBridgeCapabilityReportsHealth reports the health of the collectors.
	OpAMPBridgeCapabilityReportsHealth OpAMPBridgeCapability = "ReportsHealth"
	// OpAMPBridgeCapabilityReportsRemoteConfig reports what became of the server's configuration.
	OpAMPBridgeCapabilityReportsRemoteConfig OpAMPBridgeCapability = "ReportsRemoteConfig"
)

// OpAMPBridge connects collectors of the cluster to an OpAMP server.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="Version",type="string",JSONPath=".status.version",description="Version of the bridge"
// +kubebuilder:printcolumn:name="Endpoint",type="string",JSONPath=".spec.endpoint"
// +kubebuilder:printcolumn:name="Ready",type="string",JSONPath=".status.conditions[?(@.type==\"Ready\")].status"
// +kubebuilder:printcolumn:name="Reason",type="string",JSONPath=".status.conditions[?(@.type==\"Ready\")].reason",description="Why it is not ready"
type OpAMPBridge struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the user wants.
	// +optional
	Spec OpAMPBridgeSpec `json:"spec,omitempty"`
	// Status is what the operator sees.
	// +optional
	Status OpAMPBridgeStatus `json:"status,omitzero"`
}

// OpAMPBridgeList is a list of bridges.
//
// +kubebuilder:object:root=true
type OpAMPBridgeList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the bridges.
	Items []OpAMPBridge `json:"items"`
}

// OpAMPBridgeSpec is what the user wants of a bridge.
type OpAMPBridgeSpec struct {
	// Endpoint is the URL of the OpAMP server.
	// +required
	Endpoint string `json:"endpoint"`
	// TLS of the connection to the server.
	// +optional
	TLS *OpAMPBridgeTLSConfig `json:"tls,omitempty"`
	// Headers of the connection to the server.
	// +optional
	Headers map[string]string `json:"headers,omitempty"`
	// Proxy on the way to the server.
	// +optional
	Proxy *OpAMPBridgeProxyConfig `json:"proxy,omitempty"`
	// Capabilities that the bridge offers.
	// +required
	Capabilities map[OpAMPBridgeCapability]bool `json:"capabilities"`
	// ComponentsAllowed are the components that a configuration of the server may use, by kind:
	// receivers, processors, exporters and so on. All when it is not set.
	// +optional
	ComponentsAllowed map[string][]string `json:"componentsAllowed,omitempty"`
	// Description of the agent for the server.
	// +optional
	Description *AgentDescription `json:"description,omitempty"`
	// Replicas of the bridge: 0 or 1.
	// +kubebuilder:validation:Maximum=1
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// UpgradeStrategy says whether the operator upgrades this object.
	// +optional
	UpgradeStrategy v1beta1.UpgradeStrategy `json:"upgradeStrategy,omitempty"`
	// Image of the bridge.
	// +optional
	Image string `json:"image,omitempty"`
	// ImagePullPolicy of the bridge's image.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// ServiceAccount is the name of an existing service account.
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Resources of the bridge's container.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
	// NodeSelector restricts the nodes the bridge runs on.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Tolerations of the pod.
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
	// Affinity of the pod.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`
	// TopologySpreadConstraints of the pod.
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	// PriorityClassName of the pod.
	// +optional
	PriorityClassName string `json:"priorityClassName,omitempty"`
	// SecurityContext of the bridge's container.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
	// PodSecurityContext of the pod.
	// +optional
	PodSecurityContext *corev1.PodSecurityContext `json:"podSecurityContext,omitempty"`
	// PodAnnotations are annotations of the pod.
	// +optional
	PodAnnotations map[string]string `json:"podAnnotations,omitempty"`
	// Ports of the bridge's Service.
	// +optional
	// +listType=atomic
	Ports []corev1.ServicePort `json:"ports,omitempty"`
	// Env of the bridge's container.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// EnvFrom of the bridge's container.
	// +optional
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`
	// VolumeMounts of the bridge's container.
	// +optional
	// +listType=atomic
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts,omitempty"`
	// Volumes of the pod.
	// +optional
	// +listType=atomic
	Volumes []corev1.Volume `json:"volumes,omitempty"`
	// HostNetwork runs the pod in the network of its node.
	// +optional
	HostNetwork bool `json:"hostNetwork,omitempty"`
	// PodDNSConfig of the pod.
	// +optional
	PodDNSConfig corev1.PodDNSConfig `json:"podDnsConfig,omitzero"`
	// IpFamilies of the Service.
	// +optional
	// +listType=atomic
	IpFamilies []corev1.IPFamily `json:"ipFamilies,omitempty"` //nolint:staticcheck // the name other programs use
	// IpFamilyPolicy of the Service.
	// +kubebuilder:default:=SingleStack
	// +optional
	IpFamilyPolicy *corev1.IPFamilyPolicy `json:"ipFamilyPolicy,omitempty"` //nolint:staticcheck // the name other programs use
}

// OpAMPBridgeTLSConfig is the TLS of a connection to an OpAMP server.
type OpAMPBridgeTLSConfig struct {
	// Insecure connects without TLS.
	// +optional
	Insecure bool `json:"insecure,omitempty"`
	// InsecureSkipVerify does not check the server's certificate.
	// +optional
	InsecureSkipVerify bool `json:"insecure_skip_verify,omitempty"`
}

// OpAMPBridgeProxyConfig is a proxy on the way to an OpAMP server.
type OpAMPBridgeProxyConfig struct {
	// URL of the proxy.
	// +optional
	URL string `json:"url,omitempty"`
	// Headers for the proxy.
	// +optional
	Headers map[string]string `json:"headers,omitempty"`
}

// AgentDescription describes a bridge to its server.
type AgentDescription struct {
	// NonIdentifyingAttributes say where and how the agent runs.
	// +optional
	NonIdentifyingAttributes map[string]string `json:"non_identifying_attributes,omitempty"`
}

// OpAMPBridgeStatus is what the operator sees of a bridge.
type OpAMPBridgeStatus struct {
	// Version of the bridge.
	// +optional
	Version string `json:"version,omitempty"`
	// Conditions of the bridge: Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
