package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AddonFinalizer holds an Addon until what it installed is gone, or forgotten.
const AddonFinalizer = "addons.radiograph.dev/installed"

// MaxHistory is how many requests a spec keeps, and how many updates a status.
const MaxHistory = 50

// Addon is a component that is installed in this cluster and kept as it is described: its
// version, its configuration and the roles of its service accounts. Its name is the add-on's, so
// there is one of each.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=addons
// +kubebuilder:printcolumn:name="Version",type="string",JSONPath=".status.version",description="Version that is installed"
// +kubebuilder:printcolumn:name="Status",type="string",JSONPath=".status.phase"
// +kubebuilder:printcolumn:name="Issue",type="string",JSONPath=".status.health.issues[0].code",description="First of what is wrong"
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="Wanted",type="string",JSONPath=".spec.version",priority=1
// +kubebuilder:printcolumn:name="Message",type="string",JSONPath=".status.health.issues[0].message",priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name == self.spec.addonName",message="an Addon is named as its spec.addonName"
type Addon struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what is wanted.
	// +required
	Spec AddonSpec `json:"spec"`
	// Status is what was done about it.
	// +optional
	Status AddonStatus `json:"status,omitzero"`
}

// AddonList is a list of add-ons.
//
// +kubebuilder:object:root=true
type AddonList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the add-ons.
	Items []Addon `json:"items"`
}

// ResolveConflicts says what becomes of fields that someone else has set already.
// +kubebuilder:validation:Enum=NONE;OVERWRITE;PRESERVE
type ResolveConflicts string

// The ways to resolve conflicts, named as the EKS API names them.
const (
	// ResolveNone leaves such a field as it is; the installation or update may fail.
	ResolveNone ResolveConflicts = "NONE"
	// ResolveOverwrite sets it to the add-on's value.
	ResolveOverwrite ResolveConflicts = "OVERWRITE"
	// ResolvePreserve keeps it, when an add-on is updated. When one is created it is as
	// ResolveNone.
	ResolvePreserve ResolveConflicts = "PRESERVE"
)

// AddonSpec is what is wanted of an add-on.
//
// +kubebuilder:validation:XValidation:rule="has(self.namespaceConfig) == has(oldSelf.namespaceConfig) && (!has(self.namespaceConfig) || self.namespaceConfig.__namespace__ == oldSelf.namespaceConfig.__namespace__)",message="namespaceConfig cannot be changed: delete the add-on and create it again"
type AddonSpec struct {
	// AddonName is the name of the add-on in the catalogue, such as adot.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +required
	AddonName string `json:"addonName"`
	// Version to install, such as v0.151.0-eksbuild.1. When it is not set, the default version of
	// the cluster's Kubernetes version is installed, and kept.
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^(v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?)?$`
	// +optional
	Version string `json:"version,omitempty"`
	// ConfigurationValues are values of the add-on's schema, as JSON or YAML text.
	// +kubebuilder:validation:MaxLength=262144
	// +optional
	ConfigurationValues string `json:"configurationValues,omitempty"`
	// ResolveConflicts says what becomes of fields that someone else has set already.
	// +kubebuilder:default:=NONE
	// +optional
	ResolveConflicts ResolveConflicts `json:"resolveConflicts,omitempty"`
	// ServiceAccountRoleARN is the IAM role of the add-on's service account.
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:Pattern=`^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$`
	// +optional
	ServiceAccountRoleARN string `json:"serviceAccountRoleArn,omitempty"`
	// PodIdentityAssociations are the IAM roles of service accounts of the add-on. Each becomes a
	// PodIdentityAssociation that the add-on owns.
	// +listType=map
	// +listMapKey=serviceAccount
	// +kubebuilder:validation:MaxItems=50
	// +optional
	PodIdentityAssociations []AddonPodIdentity `json:"podIdentityAssociations,omitempty"`
	// NamespaceConfig says where the add-on is installed; by default in the namespace its
	// package names.
	// +optional
	NamespaceConfig *NamespaceConfig `json:"namespaceConfig,omitempty"`
	// Tags of the add-on, for its owner's use.
	// +kubebuilder:validation:MaxProperties=50
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128 && size(self[k]) <= 256)",message="a tag has a key of 1 to 128 characters and a value of at most 256"
	// +optional
	Tags map[string]string `json:"tags,omitempty"`
	// PreserveOnDelete leaves everything that was installed when the Addon is deleted.
	// +optional
	PreserveOnDelete bool `json:"preserveOnDelete,omitempty"`
	// Requests are those of the EKS API that changed this spec, the newest last. Nobody else
	// writes them.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +optional
	Requests []Request `json:"requests,omitempty"`
}

// AddonPodIdentity is the IAM role of one service account of an add-on.
type AddonPodIdentity struct {
	// ServiceAccount is its name, in the add-on's namespace.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	ServiceAccount string `json:"serviceAccount"`
	// RoleARN is the role.
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$`
	// +required
	RoleARN string `json:"roleArn"`
}

// NamespaceConfig says where an add-on is installed.
type NamespaceConfig struct {
	// Namespace is the namespace's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +required
	Namespace string `json:"namespace"`
}

// RequestOperation is what a request of the EKS API did.
// +kubebuilder:validation:Enum=Create;Update
type RequestOperation string

// The operations.
const (
	// OperationCreate made the object.
	OperationCreate RequestOperation = "Create"
	// OperationUpdate changed it.
	OperationUpdate RequestOperation = "Update"
)

// Request is a request of the EKS API that was accepted. It is written together with what it
// changed, so that it is carried out once however often it is sent.
type Request struct {
	// ID of the request; of an update it is the update's id.
	// +required
	ID string `json:"id"`
	// Operation is what it did.
	// +required
	Operation RequestOperation `json:"operation"`
	// Token is the caller's clientRequestToken, if there was one.
	// +optional
	Token string `json:"token,omitempty"`
	// Digest is the SHA-256 of its parameters in hexadecimal.
	// +optional
	Digest string `json:"digest,omitempty"`
	// Params are what an update changed.
	// +listType=atomic
	// +optional
	Params []UpdateParam `json:"params,omitempty"`
	// CallerARN is who asked.
	// +optional
	CallerARN string `json:"callerArn,omitempty"`
	// At is when it was accepted.
	// +required
	At metav1.MicroTime `json:"at"`
}

// UpdateParam is something that an update changed.
type UpdateParam struct {
	// Type is AddonVersion, ServiceAccountRoleArn, ResolveConflicts, ConfigurationValues or
	// PodIdentityAssociations.
	// +required
	Type string `json:"type"`
	// Value is what it was changed to.
	// +optional
	Value string `json:"value,omitempty"`
}
