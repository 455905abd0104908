package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// TargetAllocator spreads the targets of Prometheus over the pods of a collector, which names it
// with the label opentelemetry.io/target-allocator.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="Image",type="string",JSONPath=".status.image"
// +kubebuilder:printcolumn:name="Management",type="string",JSONPath=".spec.managementState",description="Whether the operator acts on it"
type TargetAllocator struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the user wants.
	// +optional
	Spec TargetAllocatorSpec `json:"spec,omitempty"`
	// Status is what the operator sees.
	// +optional
	Status TargetAllocatorStatus `json:"status,omitzero"`
}

// TargetAllocatorList is a list of target allocators.
//
// +kubebuilder:object:root=true
type TargetAllocatorList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the target allocators.
	Items []TargetAllocator `json:"items"`
}

// TargetAllocatorSpec is what the user wants of a target allocator.
type TargetAllocatorSpec struct {
	v1beta1.OpenTelemetryCommonFields `json:",inline"`

	// AllocationStrategy says how targets are spread over the collector's pods.
	// +kubebuilder:default:=consistent-hashing
	// +optional
	AllocationStrategy v1beta1.TargetAllocatorAllocationStrategy `json:"allocationStrategy,omitempty"`
	// FilterStrategy says which targets are left out.
	// +kubebuilder:default:=relabel-config
	// +optional
	FilterStrategy v1beta1.TargetAllocatorFilterStrategy `json:"filterStrategy,omitempty"`
	// GlobalConfig is Prometheus's block global.
	// +optional
	GlobalConfig v1beta1.Object `json:"global,omitzero"`
	// ScrapeConfigs are Prometheus's scrape configurations, in addition to the collector's.
	// +optional
	// +listType=atomic
	ScrapeConfigs []v1beta1.Object `json:"scrapeConfigs,omitempty"`
	// PrometheusCR says which of the Prometheus operator's objects are read.
	// +optional
	PrometheusCR v1beta1.TargetAllocatorPrometheusCR `json:"prometheusCR,omitzero"`
	// Observability of the allocator itself.
	// +optional
	Observability v1beta1.ObservabilitySpec `json:"observability,omitzero"`
	// NetworkPolicy admits traffic to the allocator's ports only.
	// +optional
	NetworkPolicy v1beta1.NetworkPolicy `json:"networkPolicy,omitzero"`
	// AllowInsecureAuthSecrets lets credentials of scrape targets travel without mTLS.
	// +optional
	AllowInsecureAuthSecrets bool `json:"allowInsecureAuthSecrets,omitempty"`
	// CollectorNotReadyGracePeriod is how long the targets of a collector that is not ready stay
	// with it.
	// +kubebuilder:default:="30s"
	// +kubebuilder:validation:Format:=duration
	// +optional
	CollectorNotReadyGracePeriod *metav1.Duration `json:"collectorNotReadyGracePeriod,omitempty"`
	// Mtls secures the way from the collectors to the allocator.
	// +optional
	Mtls *v1beta1.TargetAllocatorMTLS `json:"mtls,omitempty"`
	// LivenessProbe of the allocator's container.
	// +optional
	LivenessProbe *corev1.Probe `json:"livenessProbe,omitempty"`
	// ReadinessProbe of the allocator's container.
	// +optional
	ReadinessProbe *corev1.Probe `json:"readinessProbe,omitempty"`
}

// TargetAllocatorStatus is what the operator sees of a target allocator.
type TargetAllocatorStatus struct {
	// Version of the allocator.
	// +optional
	Version string `json:"version,omitempty"`
	// Image that the allocator runs.
	// +optional
	Image string `json:"image,omitempty"`
}
