package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Propagator is a format in which the context of a trace travels between services.
// +kubebuilder:validation:Enum=tracecontext;baggage;b3;b3multi;jaeger;xray;ottrace;none
type Propagator string

// The propagators, named as OTEL_PROPAGATORS names them.
const (
	// TraceContext is the W3C's traceparent header.
	TraceContext Propagator = "tracecontext"
	// Baggage is the W3C's baggage header.
	Baggage Propagator = "baggage"
	// B3 is Zipkin's single header.
	B3 Propagator = "b3"
	// B3Multi is Zipkin's set of headers.
	B3Multi Propagator = "b3multi"
	// Jaeger is Jaeger's header.
	Jaeger Propagator = "jaeger"
	// XRay is the header X-Amzn-Trace-Id.
	XRay Propagator = "xray"
	// OTTrace is OpenTracing's set of headers.
	OTTrace Propagator = "ottrace"
	// None propagates nothing.
	None Propagator = "none"
)

// SamplerType is what decides which traces are recorded.
// +kubebuilder:validation:Enum=always_on;always_off;traceidratio;parentbased_always_on;parentbased_always_off;parentbased_traceidratio;jaeger_remote;parentbased_jaeger_remote;xray
type SamplerType string

// The samplers, named as OTEL_TRACES_SAMPLER names them.
const (
	// AlwaysOn records every trace.
	AlwaysOn SamplerType = "always_on"
	// AlwaysOff records none.
	AlwaysOff SamplerType = "always_off"
	// TraceIDRatio records a part of them.
	TraceIDRatio SamplerType = "traceidratio"
	// ParentBasedAlwaysOn does as the caller did, and records every trace that begins here.
	ParentBasedAlwaysOn SamplerType = "parentbased_always_on"
	// ParentBasedAlwaysOff does as the caller did, and records no trace that begins here.
	ParentBasedAlwaysOff SamplerType = "parentbased_always_off"
	// ParentBasedTraceIDRatio does as the caller did, and records a part of those that begin here.
	ParentBasedTraceIDRatio SamplerType = "parentbased_traceidratio"
	// JaegerRemote asks a Jaeger collector.
	JaegerRemote SamplerType = "jaeger_remote"
	// ParentBasedJaegerRemote does as the caller did, and asks a Jaeger collector otherwise.
	ParentBasedJaegerRemote SamplerType = "parentbased_jaeger_remote"
	// XRaySampler obeys X-Ray's sampling rules.
	XRaySampler SamplerType = "xray"
)

// Instrumentation says how applications are instrumented that ask for it by annotation.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=otelinst;otelinsts
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Age",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="Endpoint",type="string",JSONPath=".spec.exporter.endpoint"
// +kubebuilder:printcolumn:name="Sampler",type="string",JSONPath=".spec.sampler.type"
// +kubebuilder:printcolumn:name="Sampler Arg",type="string",JSONPath=".spec.sampler.argument"
type Instrumentation struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the user wants.
	// +optional
	Spec InstrumentationSpec `json:"spec,omitempty"`
	// Status is what the operator sees.
	// +optional
	Status InstrumentationStatus `json:"status,omitzero"`
}

// InstrumentationList is a list of instrumentations.
//
// +kubebuilder:object:root=true
type InstrumentationList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	// Items are the instrumentations.
	Items []Instrumentation `json:"items"`
}

// InstrumentationSpec says how an application is instrumented.
type InstrumentationSpec struct {
	// Exporter says where telemetry goes.
	// +optional
	Exporter Exporter `json:"exporter,omitzero"`
	// Resource says what the application is.
	// +optional
	Resource Resource `json:"resource,omitzero"`
	// Propagators in the order in which they are tried.
	// +optional
	Propagators []Propagator `json:"propagators,omitempty"`
	// Sampler decides which traces are recorded.
	// +optional
	Sampler Sampler `json:"sampler,omitzero"`
	// Defaults of what is not said elsewhere.
	// +optional
	Defaults Defaults `json:"defaults,omitzero"`
	// Env of the application, in every language.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Java says how Java is instrumented.
	// +optional
	Java Java `json:"java,omitzero"`
	// NodeJS says how Node.js is instrumented.
	// +optional
	NodeJS NodeJS `json:"nodejs,omitzero"`
	// Python says how Python is instrumented.
	// +optional
	Python Python `json:"python,omitzero"`
	// DotNet says how .NET is instrumented.
	// +optional
	DotNet DotNet `json:"dotnet,omitzero"`
	// Go says how Go is instrumented.
	// +optional
	Go Go `json:"go,omitzero"`
	// ApacheHttpd says how the Apache web server is instrumented.
	// +optional
	ApacheHttpd ApacheHttpd `json:"apacheHttpd,omitzero"`
	// Nginx says how nginx is instrumented.
	// +optional
	Nginx Nginx `json:"nginx,omitzero"`
	// ImagePullPolicy of the images with the instrumentation.
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	// InitContainerSecurityContext of the containers that copy the instrumentation. When it is
	// not set they take that of the application's container.
	// +optional
	InitContainerSecurityContext *corev1.SecurityContext `json:"initContainerSecurityContext,omitempty"`
}

// Resource says what an application is.
type Resource struct {
	// Attributes of the resource, by key.
	// +optional
	Attributes map[string]string `json:"resourceAttributes,omitempty"`
	// AddK8sUIDAttributes adds the UIDs of the pod and of its owners.
	// +optional
	AddK8sUIDAttributes bool `json:"addK8sUIDAttributes,omitempty"`
}

// Exporter says where telemetry goes.
type Exporter struct {
	// Endpoint is the URL of a receiver of OTLP.
	// +optional
	Endpoint string `json:"endpoint,omitempty"`
	// TLS of the connection.
	// +optional
	TLS *TLS `json:"tls,omitempty"`
}

// TLS names the files of a TLS connection.
type TLS struct {
	// SecretName is a Secret that is mounted for the files of the key and its certificate.
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// ConfigMapName is a ConfigMap that is mounted for the certificate of the authority.
	// +optional
	ConfigMapName string `json:"configMapName,omitempty"`
	// CA is the certificate of the authority: a key of the mounted object, or a path.
	// +optional
	CA string `json:"ca_file,omitempty"`
	// Cert is the client's certificate: a key of the mounted Secret, or a path.
	// +optional
	Cert string `json:"cert_file,omitempty"`
	// Key is the client's private key: a key of the mounted Secret, or a path.
	// +optional
	Key string `json:"key_file,omitempty"`
}

// Sampler decides which traces are recorded.
type Sampler struct {
	// Type of the sampler.
	// +optional
	Type SamplerType `json:"type,omitempty"`
	// Argument of the sampler: a ratio from 0 to 1, or what a remote sampler needs.
	// +optional
	Argument string `json:"argument,omitempty"`
}

// Defaults of what is not said elsewhere.
type Defaults struct {
	// UseLabelsForResourceAttributes reads the service's name, version and instance from the
	// labels app.kubernetes.io/….
	// +optional
	UseLabelsForResourceAttributes bool `json:"useLabelsForResourceAttributes,omitempty"`
}

// Java says how Java is instrumented.
type Java struct {
	// Image with the agent.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for the agent, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of Java applications. It wins over that of all languages.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Resources of the container that copies the agent.
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
	// Extensions of the agent.
	// +optional
	// +listType=atomic
	Extensions []Extensions `json:"extensions,omitempty"`
}

// Extensions are extensions of the Java agent that come in an image.
type Extensions struct {
	// Image with the extensions.
	Image string `json:"image"`
	// Dir is their directory in the image.
	Dir string `json:"dir"`
}

// NodeJS says how Node.js is instrumented.
type NodeJS struct {
	// Image with the instrumentation.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of Node.js applications.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Resources of the container that copies the instrumentation.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
}

// Python says how Python is instrumented.
type Python struct {
	// Image with the instrumentation.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of Python applications.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Resources of the container that copies the instrumentation.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
}

// DotNet says how .NET is instrumented.
type DotNet struct {
	// Image with the instrumentation.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of .NET applications.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Resources of the container that copies the instrumentation.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
}

// Go says how Go is instrumented: by a container beside the application.
type Go struct {
	// Image of that container.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is an ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of that container.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Resources of that container.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
	// SecurityContext of that container, in place of a privileged one.
	// +optional
	SecurityContext *corev1.SecurityContext `json:"securityContext,omitempty"`
}

// ApacheHttpd says how the Apache web server is instrumented.
type ApacheHttpd struct {
	// Image with the module.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of the web server.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Attrs are settings of the module.
	// +optional
	Attrs []corev1.EnvVar `json:"attrs,omitempty"`
	// Version of the web server: 2.4 or 2.2. The default is 2.4.
	// +optional
	Version string `json:"version,omitempty"`
	// ConfigPath is the directory of its configuration. The default is /usr/local/apache2/conf.
	// +optional
	ConfigPath string `json:"configPath,omitempty"`
	// Resources of the containers that prepare the module.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
}

// Nginx says how nginx is instrumented.
type Nginx struct {
	// Image with the module.
	// +optional
	Image string `json:"image,omitempty"`
	// VolumeClaimTemplate is the ephemeral volume for it, in place of an emptyDir.
	// +optional
	VolumeClaimTemplate corev1.PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	// VolumeSizeLimit is the size of the emptyDir. The default is 200Mi.
	// +optional
	VolumeSizeLimit *resource.Quantity `json:"volumeLimitSize,omitempty"`
	// Env of nginx.
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
	// Attrs are settings of the module.
	// +optional
	Attrs []corev1.EnvVar `json:"attrs,omitempty"`
	// ConfigFile is its configuration. The default is /etc/nginx/nginx.conf.
	// +optional
	ConfigFile string `json:"configFile,omitempty"`
	// Resources of the containers that prepare the module.
	// +optional
	Resources corev1.ResourceRequirements `json:"resourceRequirements,omitzero"`
}

// InstrumentationStatus is what the operator sees of an instrumentation.
type InstrumentationStatus struct {
	// UpgradeBlockedVersions maps a language to why its image is not moved to the new default.
	// +optional
	UpgradeBlockedVersions map[string]string `json:"upgradeBlockedVersions,omitempty"`
}
