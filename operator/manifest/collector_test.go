package manifest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

// collector is the acceptance manifest after a change.
func collector(t *testing.T, change func(*v1beta1.OpenTelemetryCollectorSpec)) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	cr := load(t, "acceptance")
	change(&cr.Spec)
	return cr
}

func build(t *testing.T, cr *v1beta1.OpenTelemetryCollector, opts manifest.Options) ([]client.Object, []string) {
	t.Helper()
	objects, warnings, err := manifest.Collector(manifest.Params{Options: opts, Collector: cr})
	if err != nil {
		t.Fatal(err)
	}
	return objects, warnings
}

// find returns the only object of a type, nil when there is none.
func find[T client.Object](t *testing.T, objects []client.Object) T {
	t.Helper()
	var out T
	count := 0
	for _, object := range objects {
		if found, ok := object.(T); ok {
			out = found
			count++
		}
	}
	if count > 1 {
		t.Fatalf("%d objects of %T", count, out)
	}
	return out
}

// list writes the kinds and names of objects.
func list(objects []client.Object) []string {
	var out []string
	for _, object := range objects {
		out = append(out, object.GetObjectKind().GroupVersionKind().Kind+" "+object.GetName())
	}
	return out
}

func TestChildrenByMode(t *testing.T) {
	common := []string{"ConfigMap observability-collector-b4b96e81"}
	services := []string{
		"Service observability-collector", "Service observability-collector-headless",
		"Service observability-collector-monitoring", "Service observability-collector-extension",
	}
	for mode, want := range map[v1beta1.Mode][]string{
		"":                      slices.Concat(common, services, []string{"Deployment observability-collector", "PodDisruptionBudget observability-collector"}),
		v1beta1.ModeDeployment:  slices.Concat(common, services, []string{"Deployment observability-collector", "PodDisruptionBudget observability-collector"}),
		v1beta1.ModeStatefulSet: slices.Concat(common, services, []string{"StatefulSet observability-collector", "PodDisruptionBudget observability-collector"}),
		v1beta1.ModeDaemonSet:   slices.Concat(common, services, []string{"DaemonSet observability-collector"}),
		v1beta1.ModeSidecar:     common,
	} {
		objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Mode = mode }), options())
		if diff := cmp.Diff(want, list(objects)); diff != "" {
			t.Errorf("mode %q: %s", mode, diff)
		}
	}
}

func TestConfigChangesNameAndPods(t *testing.T) {
	before, _ := build(t, load(t, "acceptance"), options())
	after, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Config.Exporters.Values["awsxray"] = map[string]any{"region": "eu-west-1"}
	}), options())
	a, b := find[*appsv1.Deployment](t, before), find[*appsv1.Deployment](t, after)
	if find[*corev1.ConfigMap](t, before).Name == find[*corev1.ConfigMap](t, after).Name {
		t.Error("the ConfigMap has the same name")
	}
	if a.Spec.Template.Annotations[manifest.HashAnnotation] == b.Spec.Template.Annotations[manifest.HashAnnotation] {
		t.Error("the pods have the same hash")
	}
	hash, err := manifest.ConfigHash(manifest.Params{Options: options(), Collector: load(t, "acceptance")})
	if err != nil || a.Spec.Template.Annotations[manifest.HashAnnotation] != hash || !strings.HasSuffix(find[*corev1.ConfigMap](t, before).Name, hash[:8]) {
		t.Errorf("hash %s, %v", hash, err)
	}
}

func TestReplicas(t *testing.T) {
	n := func(v int32) *int32 { return &v }
	for _, c := range []struct {
		replicas *int32
		scaler   *v1beta1.AutoscalerSpec
		want     int32
	}{
		{nil, nil, 1},
		{n(0), nil, 0},
		{n(3), nil, 3},
		{nil, &v1beta1.AutoscalerSpec{MinReplicas: n(2), MaxReplicas: n(5)}, 2},
		{n(4), &v1beta1.AutoscalerSpec{MinReplicas: n(2), MaxReplicas: n(5)}, 4},
		{n(7), &v1beta1.AutoscalerSpec{MinReplicas: n(2), MaxReplicas: n(5)}, 5},
		{n(7), &v1beta1.AutoscalerSpec{MaxReplicas: n(5)}, 5},
	} {
		objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Replicas, s.Autoscaler = c.replicas, c.scaler }), options())
		if got := *find[*appsv1.Deployment](t, objects).Spec.Replicas; got != c.want {
			t.Errorf("%v %+v: %d replicas, want %d", c.replicas, c.scaler, got, c.want)
		}
	}
}

func TestAutoscalerWithoutTarget(t *testing.T) {
	n := func(v int32) *int32 { return &v }
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: n(5)}
	}), options())
	hpa := find[*autoscalingv2.HorizontalPodAutoscaler](t, objects)
	if len(hpa.Spec.Metrics) != 1 || *hpa.Spec.Metrics[0].Resource.Target.AverageUtilization != 90 || hpa.Spec.Metrics[0].Resource.Name != corev1.ResourceCPU {
		t.Errorf("%+v", hpa.Spec.Metrics)
	}
	for _, c := range []struct {
		mode   v1beta1.Mode
		scaler v1beta1.AutoscalerSpec
		want   string
	}{
		{v1beta1.ModeDaemonSet, v1beta1.AutoscalerSpec{MaxReplicas: n(5)}, "no effect in mode daemonset"},
		{v1beta1.ModeDeployment, v1beta1.AutoscalerSpec{MinReplicas: n(5)}, "no effect without maxReplicas"},
	} {
		objects, warnings := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Mode, s.Autoscaler = c.mode, &c.scaler }), options())
		if find[*autoscalingv2.HorizontalPodAutoscaler](t, objects) != nil || len(warnings) != 1 || !strings.Contains(warnings[0], c.want) {
			t.Errorf("%s: %q", c.mode, warnings)
		}
	}
}

func TestDNSPolicy(t *testing.T) {
	said := corev1.DNSDefault
	for _, c := range []struct {
		change func(*v1beta1.OpenTelemetryCollectorSpec)
		want   corev1.DNSPolicy
	}{
		{func(*v1beta1.OpenTelemetryCollectorSpec) {}, corev1.DNSClusterFirst},
		{func(s *v1beta1.OpenTelemetryCollectorSpec) { s.HostNetwork = true }, corev1.DNSClusterFirstWithHostNet},
		{func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.HostNetwork, s.PodDNSConfig = true, corev1.PodDNSConfig{Nameservers: []string{"10.0.0.10"}}
		}, corev1.DNSNone},
		{func(s *v1beta1.OpenTelemetryCollectorSpec) { s.HostNetwork, s.DNSPolicy = true, &said }, corev1.DNSDefault},
	} {
		objects, _ := build(t, collector(t, c.change), options())
		if got := find[*appsv1.Deployment](t, objects).Spec.Template.Spec.DNSPolicy; got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestEnv(t *testing.T) {
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}
		s.Env = []corev1.EnvVar{{Name: "NO_PROXY", Value: "mine"}, {Name: "X", Value: "1"}}
	}), options())
	var got []string
	for _, v := range find[*appsv1.Deployment](t, objects).Spec.Template.Spec.Containers[0].Env {
		got = append(got, v.Name+"="+v.Value)
	}
	if diff := cmp.Diff([]string{"NO_PROXY=mine", "X=1", "POD_NAME=", "GOMEMLIMIT=858993440"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestContainerPorts(t *testing.T) {
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		port := func(name string, number, host int32, target intstr.IntOrString) v1beta1.PortsSpec {
			return v1beta1.PortsSpec{HostPort: host, ServicePort: corev1.ServicePort{Name: name, Port: number, TargetPort: target}}
		}
		s.Ports = []v1beta1.PortsSpec{
			port("otlp-grpc", 4444, 0, intstr.IntOrString{}), port("metrics", 8888, 18888, intstr.IntOrString{}),
			port("named", 80, 0, intstr.FromString("otlp-http")), port("alias", 81, 0, intstr.FromInt32(4318)),
		}
	}), options())
	var got []string
	for _, p := range find[*appsv1.Deployment](t, objects).Spec.Template.Spec.Containers[0].Ports {
		got = append(got, p.Name+" "+string(p.Protocol))
		if p.Name == "metrics" && (p.HostPort != 18888 || p.ContainerPort != 8888) {
			t.Errorf("%+v", p)
		}
	}
	want := []string{"alias TCP", "awsxray UDP", "awsxray-proxy TCP", "health-check TCP", "metrics TCP", "otlp-grpc TCP", "port-4317 TCP"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMetricsPortNameTaken(t *testing.T) {
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Ports = []v1beta1.PortsSpec{{ServicePort: corev1.ServicePort{Name: "metrics", Port: 9999}}}
		s.NetworkPolicy.Enabled = new(bool)
		*s.NetworkPolicy.Enabled = true
	}), options())
	var admitted []int32
	for _, p := range find[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress[0].Ports {
		admitted = append(admitted, p.Port.IntVal)
	}
	if !slices.Contains(admitted, 8888) || !slices.Contains(admitted, 9999) {
		t.Errorf("the policy admits %v", admitted)
	}
}

func TestDisruptionBudget(t *testing.T) {
	half := intstr.FromString("50%")
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.PodDisruptionBudget = &v1beta1.PodDisruptionBudgetSpec{MaxUnavailable: &half}
	}), options())
	if got := find[*policyv1.PodDisruptionBudget](t, objects).Spec; got.MinAvailable != nil || *got.MaxUnavailable != half {
		t.Errorf("%+v", got)
	}
}

func TestIngressBySubdomain(t *testing.T) {
	class := "nginx"
	objects, _ := build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Ingress = v1beta1.Ingress{Type: "ingress", RuleType: "subdomain", Hostname: "example.com", IngressClassName: &class}
		s.Config.Receivers.Values["otlp"] = map[string]any{"protocols": map[string]any{"grpc": map[string]any{}}}
		s.Config.Service.Pipelines["traces"].Receivers = []string{"otlp"}
	}), options())
	ingress := find[*networkingv1.Ingress](t, objects)
	if len(ingress.Spec.Rules) != 1 || ingress.Spec.Rules[0].Host != "otlp-grpc.example.com" || ingress.Spec.Rules[0].HTTP.Paths[0].Path != "/" {
		t.Errorf("%+v", ingress.Spec.Rules)
	}
	if got := ingress.Annotations["nginx.ingress.kubernetes.io/backend-protocol"]; got != "GRPC" {
		t.Errorf("protocol %q", got)
	}
}

func TestWhatTheClusterLacks(t *testing.T) {
	opts := options()
	opts.Available, opts.CreateRBAC = manifest.Available{}, false
	for want, change := range map[string]func(*v1beta1.OpenTelemetryCollectorSpec){
		"no route.openshift.io":         func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Ingress.Type = "route" },
		"no gateway.networking.k8s.io":  func(s *v1beta1.OpenTelemetryCollectorSpec) { s.HttpRoute.Enabled = true },
		"no ServiceMonitors":            func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Observability.Metrics.EnableMetrics = true },
		"may not create ClusterRoles":   func(s *v1beta1.OpenTelemetryCollectorSpec) { useEvents(s) },
		"spec.args.config is left out":  func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Args = map[string]string{"config": "x"} },
		"the default 4317 is assumed":   func(s *v1beta1.OpenTelemetryCollectorSpec) { unknownPort(s) },
		"there is no TCP port":          func(s *v1beta1.OpenTelemetryCollectorSpec) { onlyUDP(s) },
		"no effect without maxReplicas": func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Autoscaler = &v1beta1.AutoscalerSpec{} },
	} {
		_, warnings := build(t, collector(t, change), opts)
		if len(warnings) != 1 || !strings.Contains(warnings[0], want) {
			t.Errorf("warnings %q, want %q", warnings, want)
		}
	}
}

func useEvents(s *v1beta1.OpenTelemetryCollectorSpec) {
	s.Config.Receivers.Values["k8s_events"] = nil
	s.Config.Service.Pipelines["logs"] = &v1beta1.Pipeline{Receivers: []string{"k8s_events"}, Exporters: []string{"awsxray"}}
}

func unknownPort(s *v1beta1.OpenTelemetryCollectorSpec) {
	s.Config.Receivers.Values["otlp"] = map[string]any{"protocols": map[string]any{"grpc": map[string]any{"endpoint": "0.0.0.0:${env:PORT}"}}}
}

func onlyUDP(s *v1beta1.OpenTelemetryCollectorSpec) {
	s.Ingress.Type = "ingress"
	s.Config.Receivers.Values["statsd"] = nil
	s.Config.Service.Pipelines = map[string]*v1beta1.Pipeline{"metrics": {Receivers: []string{"statsd"}, Exporters: []string{"awsxray"}}}
}

func TestErrors(t *testing.T) {
	opts := options()
	opts.CollectorImage = ""
	if _, _, err := manifest.Collector(manifest.Params{Options: opts, Collector: load(t, "acceptance")}); err == nil || !strings.Contains(err.Error(), "aws-otel-eks/observability: there is no image") {
		t.Error(err)
	}
	cr := collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) {
		s.Mode = v1beta1.ModeStatefulSet
		s.TargetAllocator.Enabled = true
	})
	if _, _, err := manifest.Collector(manifest.Params{Options: options(), Collector: cr}); err == nil || !strings.Contains(err.Error(), "needs a receiver with the id prometheus") {
		t.Error(err)
	}
	if _, _, err := manifest.Sidecar(manifest.Params{Options: opts, Collector: load(t, "sidecar")}, nil); err == nil {
		t.Error("a sidecar without an image")
	}
	opts.AllocatorImage = ""
	if _, _, err := manifest.TargetAllocator(manifest.AllocatorParams{Options: opts, Allocator: &v1alpha1.TargetAllocator{}}); err == nil {
		t.Error("an allocator without an image")
	}
}

func TestReferences(t *testing.T) {
	configMaps, secrets := manifest.References(load(t, "daemonset"))
	if !slices.Equal(configMaps, []string{"extra"}) || !slices.Equal(secrets, []string{"keys"}) {
		t.Errorf("%v, %v", configMaps, secrets)
	}
	objects, _, err := manifest.Collector(manifest.Params{Options: options(), Collector: load(t, "daemonset"), References: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	if got := find[*appsv1.DaemonSet](t, objects).Spec.Template.Annotations[manifest.ReferencesAnnotation]; got != "abc" {
		t.Error(got)
	}
}

func TestMonitorsNeedTheirKindAlone(t *testing.T) {
	metrics := func(mode v1beta1.Mode) func(*v1beta1.OpenTelemetryCollectorSpec) {
		return func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.Mode, s.Observability.Metrics.EnableMetrics = mode, true
		}
	}
	objects, _ := build(t, collector(t, metrics(v1beta1.ModeDeployment)), manifest.Options{CollectorImage: "example.test/collector:v1", Available: manifest.Available{ServiceMonitors: true}})
	if find[*monitoringv1.ServiceMonitor](t, objects) == nil {
		t.Errorf("no ServiceMonitor where the cluster has only that: %v", list(objects))
	}
	objects, _ = build(t, collector(t, metrics(v1beta1.ModeSidecar)), manifest.Options{CollectorImage: "example.test/collector:v1", Available: manifest.Available{PodMonitors: true}})
	if find[*monitoringv1.PodMonitor](t, objects) == nil {
		t.Errorf("no PodMonitor where the cluster has only that: %v", list(objects))
	}
}
