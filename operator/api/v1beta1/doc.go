// Package v1beta1 is the current version of the API opentelemetry.io: the OpenTelemetryCollector
// as it is stored, and the parts that other kinds share with it.
//
// The fields and their JSON names are those of the OpenTelemetry operator's API, so that its
// manifests apply unchanged. Config, in config.go, is the collector's configuration as an object.
//
// +kubebuilder:object:generate=true
// +groupName=opentelemetry.io
package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion names this version of the API.
var GroupVersion = schema.GroupVersion{Group: "opentelemetry.io", Version: "v1beta1"}

var schemeBuilder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &OpenTelemetryCollector{}, &OpenTelemetryCollectorList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})

// AddToScheme registers the kinds of this version.
var AddToScheme = schemeBuilder.AddToScheme
