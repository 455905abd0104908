package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TargetAllocatorAllocationStrategy says how targets are spread over collectors.
// +kubebuilder:validation:Enum=least-weighted;consistent-hashing;per-node
type TargetAllocatorAllocationStrategy string

const (
	// TargetAllocatorAllocationStrategyLeastWeighted gives a target to the collector with the
	// fewest targets.
	TargetAllocatorAllocationStrategyLeastWeighted TargetAllocatorAllocationStrategy = "least-weighted"
	// TargetAllocatorAllocationStrategyConsistentHashing moves few targets when the number of
	// collectors changes.
	TargetAllocatorAllocationStrategyConsistentHashing TargetAllocatorAllocationStrategy = "consistent-hashing"
	// TargetAllocatorAllocationStrategyPerNode gives a target to the collector of its node.
	TargetAllocatorAllocationStrategyPerNode TargetAllocatorAllocationStrategy = "per-node"
)

// TargetAllocatorFilterStrategy says which targets are left out before they are spread.
// +kubebuilder:validation:Enum="";relabel-config
type TargetAllocatorFilterStrategy string

// TargetAllocatorFilterStrategyRelabelConfig leaves out what the relabel rules drop.
const TargetAllocatorFilterStrategyRelabelConfig TargetAllocatorFilterStrategy = "relabel-config"

// TargetAllocatorEmbedded is the target allocator that belongs to one collector.
type TargetAllocatorEmbedded struct {
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
	// +kubebuilder:default:=consistent-hashing
	// +optional
	AllocationStrategy TargetAllocatorAllocationStrategy `json:"allocationStrategy,omitempty"`
	// FilterStrategy says which targets are left out.
	// +kubebuilder:default:=relabel-config
	// +optional
	FilterStrategy TargetAllocatorFilterStrategy `json:"filterStrategy,omitempty"`
	// ServiceAccount is the name of an existing service account. When it is empty the operator
	// creates one.
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Image of the allocator. When it is empty the operator's default is used.
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
	PrometheusCR TargetAllocatorPrometheusCR `json:"prometheusCR,omitzero"`
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
	PodDisruptionBudget *PodDisruptionBudgetSpec `json:"podDisruptionBudget,omitempty"`
	// AllowInsecureAuthSecrets lets credentials of scrape targets travel without mTLS.
	// +optional
	AllowInsecureAuthSecrets bool `json:"allowInsecureAuthSecrets,omitempty"`
	// CollectorNotReadyGracePeriod is how long the targets of a collector that is not ready stay
	// with it.
	// +kubebuilder:default:="30s"
	// +kubebuilder:validation:Format:=duration
	// +optional
	CollectorNotReadyGracePeriod *metav1.Duration `json:"collectorNotReadyGracePeriod,omitempty"`
	// CollectorTargetReloadInterval is how often a collector asks for its targets.
	// +kubebuilder:default:="30s"
	// +kubebuilder:validation:Format:=duration
	// +optional
	CollectorTargetReloadInterval *metav1.Duration `json:"collectorTargetReloadInterval,omitempty"`
	// Mtls secures the way from the collectors to the allocator.
	// +optional
	Mtls *TargetAllocatorMTLS `json:"mtls,omitempty"`
}

// TargetAllocatorPrometheusCR says which of the Prometheus operator's objects an allocator reads.
type TargetAllocatorPrometheusCR struct {
	// Enabled reads ServiceMonitors, PodMonitors, ScrapeConfigs and Probes.
	// +optional
	Enabled bool `json:"enabled,omitempty"`
	// AllowNamespaces are the namespaces that are looked at: all when empty.
	// +optional
	// +listType=set
	AllowNamespaces []string `json:"allowNamespaces,omitempty"`
	// DenyNamespaces are namespaces that are not looked at.
	// +optional
	// +listType=set
	DenyNamespaces []string `json:"denyNamespaces,omitempty"`
	// SecretNamespaces are the namespaces whose Secrets may be read for credentials.
	// +optional
	// +listType=set
	SecretNamespaces []string `json:"secretNamespaces,omitempty"`
	// DenyFSAccessThroughSMs refuses monitors that name files of the collector.
	// +optional
	DenyFSAccessThroughSMs bool `json:"denyFSAccessThroughSMs,omitempty"`
	// ScrapeInterval applies to objects that name none.
	// +kubebuilder:default:="30s"
	// +kubebuilder:validation:Format:=duration
	// +optional
	ScrapeInterval *metav1.Duration `json:"scrapeInterval,omitempty"`
	// EvaluationInterval applies to objects that name none.
	// +kubebuilder:default:="30s"
	// +kubebuilder:validation:Format:=duration
	// +optional
	EvaluationInterval *metav1.Duration `json:"evaluationInterval,omitempty"`
	// ScrapeProtocols are the exposition formats asked for, the preferred one first.
	// +optional
	// +listType=atomic
	ScrapeProtocols []string `json:"scrapeProtocols,omitempty"`
	// ScrapeClasses are settings that monitors refer to by name.
	// +optional
	// +listType=atomic
	ScrapeClasses []Object `json:"scrapeClasses,omitempty"`
	// PodMonitorSelector chooses PodMonitors by label: all when empty.
	// +kubebuilder:default:={}
	// +optional
	PodMonitorSelector *metav1.LabelSelector `json:"podMonitorSelector,omitempty"`
	// PodMonitorNamespaceSelector chooses the namespaces of PodMonitors: all when empty.
	// +kubebuilder:default:={}
	// +optional
	PodMonitorNamespaceSelector *metav1.LabelSelector `json:"podMonitorNamespaceSelector,omitempty"`
	// ServiceMonitorSelector chooses ServiceMonitors by label: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ServiceMonitorSelector *metav1.LabelSelector `json:"serviceMonitorSelector,omitempty"`
	// ServiceMonitorNamespaceSelector chooses the namespaces of ServiceMonitors: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ServiceMonitorNamespaceSelector *metav1.LabelSelector `json:"serviceMonitorNamespaceSelector,omitempty"`
	// ScrapeConfigSelector chooses ScrapeConfigs by label: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ScrapeConfigSelector *metav1.LabelSelector `json:"scrapeConfigSelector,omitempty"`
	// ScrapeConfigNamespaceSelector chooses the namespaces of ScrapeConfigs: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ScrapeConfigNamespaceSelector *metav1.LabelSelector `json:"scrapeConfigNamespaceSelector,omitempty"`
	// ProbeSelector chooses Probes by label: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ProbeSelector *metav1.LabelSelector `json:"probeSelector,omitempty"`
	// ProbeNamespaceSelector chooses the namespaces of Probes: all when empty.
	// +kubebuilder:default:={}
	// +optional
	ProbeNamespaceSelector *metav1.LabelSelector `json:"probeNamespaceSelector,omitempty"`
}

// TargetAllocatorMTLS secures the way from the collectors to their target allocator.
type TargetAllocatorMTLS struct {
	// Enabled serves targets with credentials over mTLS only.
	// +optional
	Enabled bool `json:"enabled,omitempty"`
	// UseCertManager lets cert-manager issue the certificates. The default is true.
	// +kubebuilder:default:=true
	// +optional
	UseCertManager *bool `json:"useCertManager,omitempty"`
	// TLS names certificates that exist already.
	// +optional
	TLS *TargetAllocatorTLS `json:"tls,omitempty"`
}

// TargetAllocatorTLS names the certificates of both ends.
type TargetAllocatorTLS struct {
	// CertificateAuthorityCertificate is what both ends check each other against.
	// +optional
	CertificateAuthorityCertificate *CAReference `json:"certificateAuthorityCertificate,omitempty"`
	// ServerCertificate is the allocator's.
	// +optional
	ServerCertificate *CertificateReference `json:"serverCertificate,omitempty"`
	// ClientCertificate is the collectors'.
	// +optional
	ClientCertificate *CertificateReference `json:"clientCertificate,omitempty"`
}

// CAReference names the certificate of an authority, in a Secret or in a ConfigMap.
type CAReference struct {
	// Secret that holds the certificate.
	// +optional
	Secret *SecretKeySelector `json:"secret,omitempty"`
	// ConfigMap that holds the certificate.
	// +optional
	ConfigMap *ConfigMapKeySelector `json:"configMap,omitempty"`
}

// CertificateReference names a certificate and its key.
type CertificateReference struct {
	// CertificateSecret holds the certificate.
	CertificateSecret SecretKeySelector `json:"certificateSecret"`
	// KeySecret holds the private key.
	KeySecret SecretKeySelector `json:"keySecret"`
}

// SecretKeySelector is a key of a Secret.
type SecretKeySelector struct {
	// Name of the Secret.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Key in the Secret.
	// +optional
	Key string `json:"key,omitempty"`
}

// ConfigMapKeySelector is a key of a ConfigMap.
type ConfigMapKeySelector struct {
	// Name of the ConfigMap.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// Key in the ConfigMap.
	// +kubebuilder:default="ca.crt"
	// +optional
	Key string `json:"key,omitempty"`
}
