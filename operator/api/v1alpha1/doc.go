// Package v1alpha1 is the first version of the API opentelemetry.io: Instrumentation,
// OpAMPBridge and TargetAllocator, and the OpenTelemetryCollector as manifests wrote it before
// v1beta1, with its configuration as one YAML string.
//
// Collectors are converted to and from v1beta1, in which they are stored. Conversion never fails
// and loses nothing: what one version cannot express stays in annotations.
//
// +kubebuilder:object:generate=true
// +groupName=opentelemetry.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion names this version of the API.
var GroupVersion = schema.GroupVersion{Group: "opentelemetry.io", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(
		GroupVersion,
		&OpenTelemetryCollector{}, &OpenTelemetryCollectorList{},
		&Instrumentation{}, &InstrumentationList{},
		&OpAMPBridge{}, &OpAMPBridgeList{},
		&TargetAllocator{}, &TargetAllocatorList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})

// AddToScheme registers the kinds of this version.
var AddToScheme = schemeBuilder.AddToScheme
