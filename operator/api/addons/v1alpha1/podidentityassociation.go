package v1alpha1

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PodIdentityAssociation says which IAM role the pods of a service account have. Its name is the
// namespace and the service account with a dot between, so there is one for each service
// account. Neither need exist.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=addons
// +kubebuilder:printcolumn:name="Namespace",type="string",JSONPath=".spec.namespace"
// +kubebuilder:printcolumn:name="Service Account",type="string",JSONPath=".spec.serviceAccount"
// +kubebuilder:printcolumn:name="Role",type="string",JSONPath=".spec.roleArn"
// +kubebuilder:printcolumn:name="Owner",type="string",JSONPath=".spec.owner.addonName"
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:validation:XValidation:rule="self.metadata.name == self.spec.__namespace__ + '.' + self.spec.serviceAccount",message="a PodIdentityAssociation is named as its spec.namespace, a dot and its spec.serviceAccount"
type PodIdentityAssociation struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is the association.
	// +required
	Spec PodIdentityAssociationSpec `json:"spec"`
	// Status is what became of it.
	// +optional
	Status PodIdentityAssociationStatus `json:"status,omitzero"`
}

// PodIdentityAssociationList is a list of associations.
//
// +kubebuilder:object:root=true
type PodIdentityAssociationList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the associations.
	Items []PodIdentityAssociation `json:"items"`
}

// PodIdentityAssociationSpec is an association of a service account with an IAM role.
type PodIdentityAssociationSpec struct {
	// Namespace of the service account.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an association is of one service account"
	// +required
	Namespace string `json:"namespace"`
	// ServiceAccount is the service account's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an association is of one service account"
	// +required
	ServiceAccount string `json:"serviceAccount"`
	// RoleARN is the role that pods of the service account have.
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$`
	// +required
	RoleARN string `json:"roleArn"`
	// TargetRoleARN is a role that is assumed by the first, and whose credentials the pods get.
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+$`
	// +optional
	TargetRoleARN string `json:"targetRoleArn,omitempty"`
	// ExternalID is what the target role's trust policy may ask for as sts:ExternalId.
	// +kubebuilder:validation:MaxLength=1224
	// +optional
	ExternalID string `json:"externalId,omitempty"`
	// Policy is a session policy, as JSON text, that restricts the role further.
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	Policy string `json:"policy,omitempty"`
	// DisableSessionTags leaves out the tags that say which pod of which cluster it is.
	// +optional
	DisableSessionTags bool `json:"disableSessionTags,omitempty"`
	// Tags of the association, for its owner's use.
	// +kubebuilder:validation:MaxProperties=50
	// +optional
	Tags map[string]string `json:"tags,omitempty"`
	// Owner is the add-on that the association was made for; nobody else's when it is not set.
	// +optional
	Owner *AssociationOwner `json:"owner,omitempty"`
	// Requests are those of the EKS API that changed this spec, the newest last. Nobody else
	// writes them.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +optional
	Requests []Request `json:"requests,omitempty"`
}

// AssociationOwner is the add-on that an association was made for. It outlives an add-on that is
// deleted with what it installed preserved.
type AssociationOwner struct {
	// AddonName is the add-on's name.
	// +required
	AddonName string `json:"addonName"`
	// UID is that of the Addon, which the ARN ends in.
	// +required
	UID types.UID `json:"uid"`
}

// PodIdentityAssociationStatus is what became of an association.
type PodIdentityAssociationStatus struct {
	// ObservedGeneration is the generation of the spec that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Conditions of the association.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// AssociationName is the name of the association of a service account. Namespaces have no dots
// in their names, so no two service accounts share one.
func AssociationName(namespace, serviceAccount string) string {
	return namespace + "." + serviceAccount
}

// ID is the association's id, as the EKS API shows it: "a-" and 17 letters and digits. It is
// made of the object's UID, so an association that is deleted and made again has another.
func (a *PodIdentityAssociation) ID() string {
	sum := sha256.Sum256([]byte(a.UID))
	return "a-" + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:17]
}

// CreatedAt is when the association was made.
func (a *PodIdentityAssociation) CreatedAt() time.Time {
	return createdAt(&a.ObjectMeta, a.Spec.Requests)
}

// ModifiedAt is when the association was last changed by the EKS API.
func (a *PodIdentityAssociation) ModifiedAt() time.Time {
	return modifiedAt(&a.ObjectMeta, a.Spec.Requests)
}
