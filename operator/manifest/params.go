package manifest

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// Options are what the operator knows beside the resources of its users.
type Options struct {
	// CollectorImage and AllocatorImage run when a resource names no image.
	CollectorImage, AllocatorImage string
	// Proxy are the variables of the operator's own environment that say how to get out of
	// the cluster: HTTP_PROXY, HTTPS_PROXY and NO_PROXY in both cases. Containers get them.
	Proxy []corev1.EnvVar
	// LabelsFilter and AnnotationsFilter match the keys that children do not take over.
	LabelsFilter, AnnotationsFilter []*regexp.Regexp
	// Available says which kinds the cluster has beside its own.
	Available Available
	// CreateRBAC is set when the operator may create ClusterRoles and their bindings.
	CreateRBAC bool
	// NativeSidecars is set when the cluster keeps an init container with restartPolicy
	// Always running beside the pod's containers, which it does since 1.29.
	NativeSidecars bool
	// PreStopSleep is set when the cluster can let a container wait before it is told to stop,
	// without a program in its image: lifecycle.preStop.sleep, on by default since 1.30
	// (KEP-3960). An older API server refuses the field.
	PreStopSleep bool
	// IPv6Only is set when pods have no IPv4 address.
	IPv6Only bool
	// TLS is what the servers of collectors speak unless their configuration says otherwise;
	// the zero value says nothing.
	TLS otelconfig.TLSProfile
}

// Available are kinds that other projects bring to a cluster. Objects of a kind that is not
// there are left out, with a warning when the user asked for them.
type Available struct {
	// ServiceMonitors and PodMonitors are those of monitoring.coreos.com.
	ServiceMonitors, PodMonitors bool
	// HTTPRoutes are those of gateway.networking.k8s.io.
	HTTPRoutes bool
	// Routes are those of route.openshift.io.
	Routes bool
	// CertManager is cert-manager.io with Issuer and Certificate.
	CertManager bool
}

// Params are the input of Collector and Sidecar.
type Params struct {
	Options
	// Collector is the resource with its defaults filled in.
	Collector *v1beta1.OpenTelemetryCollector
	// References is a hash of the contents of what References lists, "" to leave the pods
	// alone when they change.
	References string
	// Allocator is the target allocator that the collector names with the label
	// opentelemetry.io/target-allocator, nil when it names none.
	Allocator *v1alpha1.TargetAllocator
}

// AllocatorParams are the input of TargetAllocator.
type AllocatorParams struct {
	Options
	// Allocator is the resource.
	Allocator *v1alpha1.TargetAllocator
	// Collector is the one that gets the targets, nil when there is none yet.
	Collector *v1beta1.OpenTelemetryCollector
}

// Names that pods of collectors and allocators have inside.
const (
	// CollectorContainer is the name of the collector's container.
	CollectorContainer = "otc-container"
	// AllocatorContainer is the name of the allocator's container.
	AllocatorContainer = "ta-container"
	// ConfigKey is the key of the configuration in the collector's ConfigMap.
	ConfigKey = "collector.yaml"
	// AllocatorConfigKey is the key of the configuration in the allocator's ConfigMap.
	AllocatorConfigKey = "targetallocator.yaml"
	// AllocatorLabel is the label by which a collector names its target allocator.
	AllocatorLabel = "opentelemetry.io/target-allocator"
	// HashAnnotation is the annotation of pods that has the hash of their configuration.
	HashAnnotation = "opentelemetry-operator-config/sha256"
	// ReferencesAnnotation is the annotation of pods that has Params.References.
	ReferencesAnnotation = "opentelemetry-operator-references/sha256"

	configVolume    = "otc-internal"
	configDir       = "/conf"
	allocatorVolume = "ta-internal"
	tlsDir          = "/tls"
)
