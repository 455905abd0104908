package webhook_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/webhook"
)

// check compares what validation says with what is wanted: "" for an object that passes, and
// for no warning.
func check(t *testing.T, warnings []string, err error, refuse, warn string) {
	t.Helper()
	if (err != nil) != (refuse != "") || (err != nil && !strings.Contains(err.Error(), refuse)) {
		t.Errorf("validation = %v, want %q", err, refuse)
	}
	if all := strings.Join(warnings, "\n"); !strings.Contains(all, warn) || (warn == "" && all != "") {
		t.Errorf("warnings are %q, want %q", all, warn)
	}
}

func TestInstrumentationRules(t *testing.T) {
	sampler := func(kind v1alpha1.SamplerType, argument string) v1alpha1.InstrumentationSpec {
		return v1alpha1.InstrumentationSpec{Sampler: v1alpha1.Sampler{Type: kind, Argument: argument}}
	}
	exporter := func(e v1alpha1.Exporter) v1alpha1.InstrumentationSpec {
		spec := sampler(v1alpha1.AlwaysOn, "")
		spec.Exporter = e
		return spec
	}
	for _, c := range []struct {
		name         string
		spec         v1alpha1.InstrumentationSpec
		refuse, warn string
	}{
		{"no sampler", v1alpha1.InstrumentationSpec{}, "", "sampler type not set"},
		{"an unknown sampler", sampler("sometimes", ""), "spec.sampler.type is not valid: sometimes", ""},
		{"a ratio", sampler(v1alpha1.TraceIDRatio, "0.25"), "", ""},
		{"a ratio by default", sampler(v1alpha1.ParentBasedTraceIDRatio, ""), "", ""},
		{"a ratio that is text", sampler(v1alpha1.TraceIDRatio, "half"), "spec.sampler.argument is not a number: half", ""},
		{"a ratio above one", sampler(v1alpha1.ParentBasedTraceIDRatio, "1.1"), "spec.sampler.argument should be in range [0..1]: 1.1", ""},
		{"a ratio below zero", sampler(v1alpha1.TraceIDRatio, "-0.1"), "should be in range [0..1]", ""},
		{"a ratio that is no number at all", sampler(v1alpha1.TraceIDRatio, "NaN"), "should be in range [0..1]", ""},
		{"Jaeger's arguments", sampler(v1alpha1.JaegerRemote, "endpoint=http://a:14250,pollingIntervalMs=5000,initialSamplingRate=0.25"), "", ""},
		{"Jaeger without an endpoint", sampler(v1alpha1.JaegerRemote, "endpoint="), "endpoint cannot be empty", ""},
		{"Jaeger with an interval that is text", sampler(v1alpha1.ParentBasedJaegerRemote, "pollingIntervalMs=x"), "invalid pollingIntervalMs", ""},
		{"Jaeger with a rate that is too large", sampler(v1alpha1.JaegerRemote, "initialSamplingRate=2"), "initialSamplingRate should be in range [0..1]: 2", ""},
		{"Jaeger with no key", sampler(v1alpha1.JaegerRemote, "x"), "the argument should be in the form of key=value", ""},
		{"X-Ray's arguments", sampler(v1alpha1.XRaySampler, "endpoint=http://observability-collector.aws-otel-eks:2000,polling_interval=300"), "", ""},
		{"X-Ray with an unknown key", sampler(v1alpha1.XRaySampler, "interval=300"), "interval is not known", ""},
		{"https without TLS", exporter(v1alpha1.Exporter{Endpoint: "https://a:4317"}), "", "exporter is using https:// but exporter.tls is unset"},
		{"TLS without https", exporter(v1alpha1.Exporter{Endpoint: "http://a:4317", TLS: &v1alpha1.TLS{CA: "ca"}}), "", "exporter.endpoint is not enabling TLS"},
		{"a key without a certificate", exporter(v1alpha1.Exporter{Endpoint: "https://a:4317", TLS: &v1alpha1.TLS{Key: "key"}}), "", "both exporter.tls.key_file and exporter.tls.cert_file"},
		{"an endpoint with a placeholder", exporter(v1alpha1.Exporter{Endpoint: "http://<COLLECTOR>:4317"}), "spec.exporter.endpoint: <COLLECTOR> is a placeholder", ""},
		{"a size", v1alpha1.InstrumentationSpec{Sampler: v1alpha1.Sampler{Type: v1alpha1.AlwaysOn}, NodeJS: v1alpha1.NodeJS{VolumeSizeLimit: new(resource.MustParse("1Gi"))}}, "", "spec.nodejs.volumeLimitSize is deprecated"},
		{"a claim and a size", v1alpha1.InstrumentationSpec{Sampler: v1alpha1.Sampler{Type: v1alpha1.AlwaysOn}, Java: v1alpha1.Java{
			VolumeSizeLimit:     new(resource.MustParse("1Gi")),
			VolumeClaimTemplate: corev1.PersistentVolumeClaimTemplate{Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "a"}},
		}}, "spec.java.volumeClaimTemplate and spec.java.volumeSizeLimit cannot both be defined", "deprecated"},
		{"an image that is not upgraded", v1alpha1.InstrumentationSpec{Sampler: v1alpha1.Sampler{Type: v1alpha1.AlwaysOn}, Python: v1alpha1.Python{Image: "python:1"}}, "", "spec.python.image python:1 cannot be upgraded automatically: it is too old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			validator := &webhook.InstrumentationValidator{UpgradeBlocked: map[string]map[string]string{"python": {"python:1": "it is too old"}}}
			warnings, err := validator.ValidateCreate(t.Context(), &v1alpha1.Instrumentation{Spec: c.spec})
			check(t, warnings, err, c.refuse, c.warn)
		})
	}
}

func TestInstrumentationDefaults(t *testing.T) {
	object := &v1alpha1.Instrumentation{}
	object.Spec.Python.Image = "mine:1"
	object.Spec.Go.Resources.Limits = corev1.ResourceList{}
	images := map[string]string{"java": "java:2", "python": "python:2", "apache-httpd": "apache:2"}
	if err := (&webhook.InstrumentationDefaulter{Images: images}).Default(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	annotations := map[string]string{
		"instrumentation.opentelemetry.io/default-auto-instrumentation-java-image":         "java:2",
		"instrumentation.opentelemetry.io/default-auto-instrumentation-apache-httpd-image": "apache:2",
	}
	if diff := cmp.Diff(annotations, object.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if got := []string{object.Spec.Java.Image, object.Spec.Python.Image, object.Spec.NodeJS.Image}; !cmp.Equal(got, []string{"java:2", "mine:1", ""}) {
		t.Errorf("images are %q", got)
	}
	for name, c := range map[string]struct {
		got  corev1.ResourceRequirements
		want string
	}{
		"java":   {object.Spec.Java.Resources, "50m 64Mi 500m 256Mi"},
		"nodejs": {object.Spec.NodeJS.Resources, "50m 128Mi 500m 256Mi"},
		"apache": {object.Spec.ApacheHttpd.Resources, "1m 128Mi 500m 128Mi"},
		"go":     {object.Spec.Go.Resources, "50m 64Mi 0 0"},
	} {
		got := strings.Join([]string{c.got.Requests.Cpu().String(), c.got.Requests.Memory().String(), c.got.Limits.Cpu().String(), c.got.Limits.Memory().String()}, " ")
		if got != c.want {
			t.Errorf("resources of %s are %s, want %s", name, got, c.want)
		}
	}
	if object.Spec.ApacheHttpd.Version != "2.4" || object.Spec.ApacheHttpd.ConfigPath != "/usr/local/apache2/conf" || object.Spec.Nginx.ConfigFile != "/etc/nginx/nginx.conf" {
		t.Errorf("web servers are %+v, %+v", object.Spec.ApacheHttpd, object.Spec.Nginx)
	}
}

func TestOpAMPBridgeRules(t *testing.T) {
	good := v1alpha1.OpAMPBridgeSpec{
		Endpoint:     "wss://opamp.example:4320/v1/opamp",
		Capabilities: map[v1alpha1.OpAMPBridgeCapability]bool{v1alpha1.OpAMPBridgeCapabilityReportsHealth: true},
	}
	for _, c := range []struct {
		name   string
		change func(*v1alpha1.OpAMPBridgeSpec)
		refuse string
	}{
		{"a good bridge", func(*v1alpha1.OpAMPBridgeSpec) {}, ""},
		{"no endpoint", func(s *v1alpha1.OpAMPBridgeSpec) { s.Endpoint = "" }, "the OpAMP server endpoint is not specified"},
		{"an endpoint that is no URL", func(s *v1alpha1.OpAMPBridgeSpec) { s.Endpoint = "opamp:4320" }, "must be a URL that begins with ws"},
		{"two ways of no security", func(s *v1alpha1.OpAMPBridgeSpec) {
			s.TLS = &v1alpha1.OpAMPBridgeTLSConfig{Insecure: true, InsecureSkipVerify: true}
		}, "tls.insecure and tls.insecure_skip_verify cannot both be true"},
		{"no capabilities", func(s *v1alpha1.OpAMPBridgeSpec) { s.Capabilities = nil }, "the capabilities supported by OpAMP Bridge are not specified"},
		{"a port without a name", func(s *v1alpha1.OpAMPBridgeSpec) { s.Ports = []corev1.ServicePort{{Port: 80}} }, "the OpAMPBridge Spec Ports configuration is incorrect"},
		{"two replicas", func(s *v1alpha1.OpAMPBridgeSpec) { s.Replicas = new(int32(2)) }, "replica count must not be greater than 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			object := &v1alpha1.OpAMPBridge{Spec: *good.DeepCopy()}
			c.change(&object.Spec)
			warnings, err := webhook.OpAMPBridgeValidator{}.ValidateCreate(t.Context(), object)
			check(t, warnings, err, c.refuse, "does not run them")
			object.DeletionTimestamp = new(metav1.Now())
			if _, err := (webhook.OpAMPBridgeValidator{}).ValidateUpdate(t.Context(), object, object); err != nil {
				t.Errorf("a bridge that is being deleted is refused: %v", err)
			}
		})
	}
	object := &v1alpha1.OpAMPBridge{Spec: *good.DeepCopy()}
	if err := (webhook.OpAMPBridgeDefaulter{}).Default(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if *object.Spec.Replicas != 1 || object.Spec.UpgradeStrategy != v1beta1.UpgradeStrategyAutomatic || !object.Spec.Capabilities[v1alpha1.OpAMPBridgeCapabilityReportsStatus] {
		t.Errorf("defaults of a bridge are %+v", object.Spec)
	}
}

func TestTargetAllocatorRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*v1alpha1.TargetAllocatorSpec)
		refuse string
	}{
		{"a good allocator", func(*v1alpha1.TargetAllocatorSpec) {}, ""},
		{"several with consistent hashing", func(s *v1alpha1.TargetAllocatorSpec) { s.Replicas = new(int32(2)) }, ""},
		{"several that do not agree", func(s *v1alpha1.TargetAllocatorSpec) {
			s.Replicas, s.AllocationStrategy = new(int32(2)), v1beta1.TargetAllocatorAllocationStrategyPerNode
		}, "spec.replicas is 2, but more than one needs the strategy consistent-hashing"},
		{"namespaces allowed and denied", func(s *v1alpha1.TargetAllocatorSpec) {
			s.PrometheusCR.AllowNamespaces, s.PrometheusCR.DenyNamespaces = []string{"a"}, []string{"b"}
		}, "allowNamespaces and denyNamespaces are mutually exclusive"},
		{"a port that is too large", func(s *v1alpha1.TargetAllocatorSpec) {
			s.Ports = []v1beta1.PortsSpec{{ServicePort: corev1.ServicePort{Name: "a", Port: 70000}}}
		}, "the TargetAllocator Spec Ports configuration is incorrect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			object := &v1alpha1.TargetAllocator{}
			c.change(&object.Spec)
			if err := (&webhook.TargetAllocatorDefaulter{NetworkPolicies: true}).Default(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			if object.Spec.ManagementState != v1beta1.ManagementStateManaged || object.Spec.AllocationStrategy == "" || object.Spec.FilterStrategy != v1beta1.TargetAllocatorFilterStrategyRelabelConfig || !*object.Spec.NetworkPolicy.Enabled {
				t.Errorf("defaults of an allocator are %+v", object.Spec)
			}
			warnings, err := (&webhook.TargetAllocatorValidator{}).ValidateCreate(t.Context(), object)
			check(t, warnings, err, c.refuse, "")
		})
	}
}
