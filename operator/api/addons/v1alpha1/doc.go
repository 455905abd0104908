// Package v1alpha1 is the API addons.radiograph.dev: the state behind the EKS add-on API. An
// Addon is a managed component of this cluster, a PodIdentityAssociation says which IAM role the
// pods of a service account have. Both are of the whole cluster and may be written by hand: the
// EKS API writes nothing else.
//
// What is wanted is in the spec, what was done about it in the status. The EKS API writes specs
// alone, the reconciler statuses alone, so neither waits for the other; [Addon.Phase] joins both
// to what a caller is told.
//
// +kubebuilder:object:generate=true
// +groupName=addons.radiograph.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion names this version of the API.
var GroupVersion = schema.GroupVersion{Group: "addons.radiograph.dev", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(
		GroupVersion,
		&Addon{}, &AddonList{},
		&PodIdentityAssociation{}, &PodIdentityAssociationList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})

// AddToScheme registers the kinds of this version.
var AddToScheme = schemeBuilder.AddToScheme
