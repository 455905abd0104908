package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/webhook"
)

// acceptance is a collector that passes every rule.
func acceptance(t *testing.T) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	c := &v1beta1.OpenTelemetryCollector{}
	read(t, "testdata/acceptance.yaml", c)
	return c
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
}

func configOf(t *testing.T, text string) v1beta1.Config {
	t.Helper()
	cfg, err := v1beta1.ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return *cfg
}

// prometheus is a configuration whose targets can be allocated.
const prometheus = `{receivers: {prometheus: {config: {scrape_configs: [{job_name: a}]}}}, exporters: {debug: {}},
	service: {pipelines: {metrics: {receivers: [prometheus], exporters: [debug]}}}}`

func TestCollectorRules(t *testing.T) {
	allocate := func(c *v1beta1.OpenTelemetryCollector) {
		c.Spec.Mode = v1beta1.ModeStatefulSet
		c.Spec.TargetAllocator = v1beta1.TargetAllocatorEmbedded{Enabled: true, AllocationStrategy: v1beta1.TargetAllocatorAllocationStrategyConsistentHashing}
		c.Spec.Config = configOf(t, prometheus)
	}
	pods := func(target autoscalingv2.MetricTarget) *v1beta1.AutoscalerSpec {
		return &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(3)), Metrics: []v1beta1.MetricSpec{{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{Target: target}}}}
	}
	port := func(name string, number int32) []v1beta1.PortsSpec {
		return []v1beta1.PortsSpec{{ServicePort: corev1.ServicePort{Name: name, Port: number}}}
	}
	for _, c := range []struct {
		name   string
		change func(*v1beta1.OpenTelemetryCollector)
		refuse []string // what the error says; none means that the collector passes
		warn   string
	}{
		{name: "the acceptance manifest", change: func(*v1beta1.OpenTelemetryCollector) {}},
		{name: "2 volume claims in a deployment", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{}}
			c.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{}
		}, refuse: []string{
			"mode is set to deployment, which does not support the attribute 'volumeClaimTemplates'",
			"mode is set to deployment, which does not support the attribute 'persistentVolumeClaimRetentionPolicy'",
		}},
		{name: "2 volume claims in a stateful set", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Mode = v1beta1.ModeStatefulSet
			c.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{}}
		}},
		{name: "3 what a sidecar does not have", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Mode = v1beta1.ModeSidecar
			c.Spec.Tolerations = []corev1.Toleration{{}}
			c.Spec.PriorityClassName = "high"
			c.Spec.Affinity = &corev1.Affinity{}
			c.Spec.AdditionalContainers = []corev1.Container{{Name: "a"}}
		}, refuse: []string{"'tolerations'", "'priorityClassName'", "'affinity'", "'AdditionalContainers'", "mode is set to sidecar"}},
		{
			name: "4 a name that is too long", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("abcdefghijklmnop", 1) },
			refuse: []string{"the OpenTelemetry Spec Ports configuration is incorrect, port name 'abcdefghijklmnop' errors:"},
		},
		{name: "4 a name without a letter", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("123", 1) }, refuse: []string{"port name '123' errors: must contain at least one letter"}},
		{name: "4 a name with a capital", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("Xray", 1) }, refuse: []string{"port name 'Xray' errors:"}},
		{name: "4 a number that is too large", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("xray", 65536) }, refuse: []string{"num '65536' errors: must be between 1 and 65535"}},
		{name: "4 a number that is too small", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("xray", 0) }, refuse: []string{"num '0' errors:"}},
		{name: "4 a good port", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Ports = port("xray", 2000) }},
		{name: "5 an endpoint with a port that is too large", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Receivers.Values["awsxray"] = map[string]any{"endpoint": "0.0.0.0:99999"}
		}, refuse: []string{"the OpenTelemetry config is incorrect.", "99999"}},
		{name: "6 a long name of a receiver", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Receivers.Values["zipkin/of-the-second-team"] = map[string]any{}
			c.Spec.Config.Service.Pipelines["traces"].Receivers = append(c.Spec.Config.Service.Pipelines["traces"].Receivers, "zipkin/of-the-second-team")
		}, warn: "at most 15"},
		{name: "7 a lower limit alone", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MinReplicas: new(int32(1))}
		}, refuse: []string{"spec.maxReplica must be set when spec.minReplica is set"}},
		{name: "8 replicas and lower limit above the upper", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Replicas = new(int32(3))
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MinReplicas: new(int32(4)), MaxReplicas: new(int32(2))}
		}, refuse: []string{"replicas must not be greater than maxReplicas", "minReplicas must not be greater than maxReplicas"}},
		{name: "9 windows that are too long or negative", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(2)), Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{
				ScaleUp:   &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(3601))},
				ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(-1))},
			}}
		}, refuse: []string{"scaleUp.stabilizationWindowSeconds should be >=0 and <=3600", "scaleDown.stabilizationWindowSeconds should be >=0 and <=3600"}},
		{name: "9 the longest window", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(2)), Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{
				ScaleUp: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(3600))},
			}}
		}},
		{name: "10 a metric of another type", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(2)), Metrics: []v1beta1.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType}}}
		}, refuse: []string{"metric type unsupported. Expected metric of source type Pod"}},
		{name: "10 a target of another type", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = pods(autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType})
		}, refuse: []string{"invalid pods target type"}},
		{name: "10 an average of nothing", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = pods(autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: new(resource.MustParse("0"))})
		}, refuse: []string{"average value should be greater than 0"}},
		{name: "10 a value below one", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = pods(autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: new(resource.MustParse("500m"))})
		}, refuse: []string{"value should be greater than 0"}},
		{name: "10 a good metric", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = pods(autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: new(resource.MustParse("5"))})
		}},
		{name: "11 an ingress to a sidecar", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Mode = v1beta1.ModeSidecar
			c.Spec.Ingress.Type = v1beta1.IngressTypeIngress
		}, refuse: []string{"Ingress can only be used in combination with the modes: deployment, daemonset, statefulset"}},
		{name: "12 subdomains of nothing", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Ingress = v1beta1.Ingress{Type: v1beta1.IngressTypeIngress, RuleType: v1beta1.IngressRuleTypeSubdomain}
		}, refuse: []string{"a valid Ingress hostname has to be defined for subdomain ruleType"}},
		{name: "12 subdomains of everything", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Ingress = v1beta1.Ingress{Type: v1beta1.IngressTypeIngress, RuleType: v1beta1.IngressRuleTypeSubdomain, Hostname: "*"}
		}, refuse: []string{"a valid Ingress hostname"}},
		{name: "13 strategies of other modes", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Mode = v1beta1.ModeStatefulSet
			c.Spec.DaemonSetUpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType
			c.Spec.DeploymentUpdateStrategy.Type = appsv1.RecreateDeploymentStrategyType
		}, refuse: []string{"does not support the attribute 'updateStrategy'", "does not support the attribute 'deploymentUpdateStrategy'"}},
		{name: "14 an allocator for a deployment", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.Mode = v1beta1.ModeDeployment
		}, refuse: []string{"mode is set to deployment, which does not support the target allocation deployment"}},
		{name: "14 a daemon set needs per-node", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.Mode = v1beta1.ModeDaemonSet
		}, refuse: []string{"mode is set to daemonset, which must be used with target allocation strategy per-node"}},
		{name: "14 per-node needs a daemon set", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.TargetAllocator.AllocationStrategy = v1beta1.TargetAllocatorAllocationStrategyPerNode
		}, refuse: []string{"target allocation strategy per-node is only supported in OpenTelemetry Collector mode daemonset"}},
		{name: "14 a good allocator", change: allocate},
		{name: "15 no receiver prometheus", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.Config = configOf(t, strings.ReplaceAll(prometheus, "prometheus", "prometheus/second"))
		}, refuse: []string{"the OpenTelemetry Spec Prometheus configuration is incorrect, no receiver is named prometheus"}},
		{name: "15 nothing to scrape", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.Config = configOf(t, strings.ReplaceAll(prometheus, "{job_name: a}", ""))
		}, refuse: []string{"there are no scrape_configs"}},
		{name: "15 nothing to scrape but monitors", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.Config = configOf(t, strings.ReplaceAll(prometheus, "{job_name: a}", ""))
			c.Spec.TargetAllocator.PrometheusCR.Enabled = true
		}},
		{name: "several allocators that do not agree", change: func(c *v1beta1.OpenTelemetryCollector) {
			allocate(c)
			c.Spec.TargetAllocator.Replicas = new(int32(2))
			c.Spec.TargetAllocator.AllocationStrategy = v1beta1.TargetAllocatorAllocationStrategyLeastWeighted
		}, refuse: []string{"more than one needs the strategy consistent-hashing"}},
		{name: "17 null objects", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Config.Exporters.Values["awsxray"] = nil }, warn: "null objects: exporters::awsxray"},
		{name: "18 a component that FIPS does not allow", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Extensions.Values["pprof/second"] = map[string]any{}
		}, refuse: []string{"not FIPS compliant components: extensions pprof/second"}},
		{name: "an undefined component", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Service.Pipelines["traces"].Exporters = []string{"debug"}
			c.Spec.Config.Service.Extensions = []string{"pprof"}
		}, refuse: []string{`references exporter "debug" which is not configured`, `references extension "pprof" which is not configured`}},
		{name: "an unused component", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.Config.Exporters.Values["debug"] = map[string]any{} }},
		{name: "a placeholder in the configuration", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Exporters.Values["awsxray"] = map[string]any{"region": "<REGION>"}
		}, refuse: []string{"exporters::awsxray::region: <REGION> is a placeholder"}},
		{name: "a template in the configuration", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Config.Exporters.Values["awsxray"] = map[string]any{"region": "{{ .Values.region }}"}
		}, refuse: []string{"spec.config.exporters.awsxray.region: {{ .Values.region }} is a placeholder that was not replaced"}},
		{name: "placeholders elsewhere", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Image = "<ACCOUNT>.dkr.ecr/collector"
			c.Spec.ServiceAccount = "<ACCOUNT>"
			c.Spec.Env = []corev1.EnvVar{{Name: "CLUSTER_NAME", Value: "{{cluster_name}}"}}
		}, refuse: []string{"spec.image: <ACCOUNT> is", "spec.serviceAccount: <ACCOUNT>", "spec.env, variable CLUSTER_NAME: {{cluster_name}}"}},
		{name: "a container with the collector's name", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.AdditionalContainers = []corev1.Container{{Name: "otc-container"}}
		}, refuse: []string{"a container cannot be named otc-container"}},
		{name: "a budget with both limits", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.PodDisruptionBudget = &v1beta1.PodDisruptionBudgetSpec{MinAvailable: new(intstr.FromInt32(1)), MaxUnavailable: new(intstr.FromInt32(1))}
		}, refuse: []string{"spec.podDisruptionBudget.minAvailable and spec.podDisruptionBudget.maxUnavailable cannot both be set"}},
		{name: "a route of no gateway", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.HttpRoute.Enabled = true }, refuse: []string{"spec.httpRoute.gateway must be set"}},
		{name: "rules behind an autoscaler are checked", change: func(c *v1beta1.OpenTelemetryCollector) {
			c.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(2))}
			c.Spec.DaemonSetUpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType
		}, refuse: []string{"'updateStrategy'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			object := acceptance(t)
			c.change(object)
			validator := &webhook.CollectorValidator{Options: webhook.Options{FIPSDisabled: map[string][]string{"extensions": {"pprof"}}}}
			warnings, err := validator.ValidateCreate(t.Context(), object)
			for _, want := range c.refuse {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("ValidateCreate = %v, want %q in it", err, want)
				}
			}
			if len(c.refuse) == 0 && err != nil {
				t.Errorf("ValidateCreate = %v, want it to pass", err)
			}
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, c.warn) || (c.warn == "" && len(c.refuse) == 0 && all != "") {
				t.Errorf("warnings are %q, want %q in them", all, c.warn)
			}
		})
	}
}

func TestModeIsFixed(t *testing.T) {
	before, after := acceptance(t), acceptance(t)
	after.Spec.Mode = v1beta1.ModeDaemonSet
	_, err := (&webhook.CollectorValidator{}).ValidateUpdate(t.Context(), before, after)
	if want := "the OpenTelemetry Collector mode is set to deployment, which does not support modification"; err == nil || err.Error() != want {
		t.Errorf("ValidateUpdate = %v, want %q", err, want)
	}
}

// TestInvalidObjectsCanBeReleased: an object that was stored when nobody looked must not keep
// its finalizer for ever.
func TestInvalidObjectsCanBeReleased(t *testing.T) {
	before := acceptance(t)
	before.Spec.Config.Service.Pipelines["traces"].Exporters = []string{"gone"}
	after := before.DeepCopy()
	after.Labels = map[string]string{"a": "b"}
	validator := &webhook.CollectorValidator{}
	if _, err := validator.ValidateUpdate(t.Context(), before, after); err != nil {
		t.Errorf("a new label is refused: %v", err)
	}
	after.Spec.Replicas = new(int32(2))
	if _, err := validator.ValidateUpdate(t.Context(), before, after); err == nil {
		t.Error("a new spec passes that is not valid")
	}
	after.DeletionTimestamp = new(metav1.Now())
	if _, err := validator.ValidateUpdate(t.Context(), before, after); err != nil {
		t.Errorf("an object that is being deleted is refused: %v", err)
	}
	if _, err := validator.ValidateDelete(t.Context(), after); err != nil {
		t.Errorf("a deletion is refused: %v", err)
	}
}

// checker is a collector that knows what is told to it.
type checker struct {
	image, config string
	err           error
}

func (c *checker) Check(_ context.Context, image string, config []byte) ([]string, error) {
	c.image, c.config = image, string(config)
	return []string{"the collector warns"}, c.err
}

func TestCollectorsOwnValidation(t *testing.T) {
	const refusal = "unknown type: awsxray"
	for _, c := range []struct {
		name, image string
		err         error
		refuse      bool
	}{
		{"a good configuration", "", nil, false},
		{"the default image refuses", "", errors.New(refusal), true},
		{"the default image, named", "default:1", errors.New(refusal), true},
		{"another image", "other:1", errors.New(refusal), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := &checker{err: c.err}
			object := acceptance(t)
			object.Spec.Image = c.image
			warnings, err := (&webhook.CollectorValidator{Options: webhook.Options{Checker: collector, CollectorImage: "default:1"}}).ValidateCreate(t.Context(), object)
			if (err != nil) != c.refuse {
				t.Errorf("ValidateCreate = %v, want refused: %v", err, c.refuse)
			}
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, "the collector warns") || strings.Contains(all, refusal) != (c.err != nil && !c.refuse) {
				t.Errorf("warnings are %q", all)
			}
			if !strings.Contains(collector.config, "endpoint: 0.0.0.0:2000") {
				t.Errorf("the collector is asked about\n%s\nwant the configuration with its defaults", collector.config)
			}
		})
	}
}

// TestUnparsedConfig is the way of a v1alpha1 object whose text is no YAML: conversion makes an
// empty configuration, and admission says where the text is wrong.
func TestUnparsedConfig(t *testing.T) {
	alpha := &v1alpha1.OpenTelemetryCollector{Spec: v1alpha1.OpenTelemetryCollectorSpec{Config: "receivers:\n  otlp:\n\tprotocols:\n"}}
	beta := &v1beta1.OpenTelemetryCollector{}
	if err := alpha.ConvertTo(beta); err != nil {
		t.Fatal(err)
	}
	validator := &webhook.CollectorValidator{}
	if _, err := validator.ValidateCreate(t.Context(), beta); err == nil || !strings.Contains(err.Error(), "spec.config cannot be read: line 3: ") {
		t.Errorf("ValidateCreate = %v, want the line", err)
	}
	if _, err := validator.ValidateUpdate(t.Context(), acceptance(t), beta); err == nil || !strings.Contains(err.Error(), "line 3: ") {
		t.Errorf("ValidateUpdate from a good object = %v, want the line", err)
	}
	scaled := beta.DeepCopy()
	scaled.Spec.Replicas = new(int32(2))
	warnings, err := validator.ValidateUpdate(t.Context(), beta, scaled)
	if err != nil || !strings.Contains(strings.Join(warnings, ""), "line 3: ") {
		t.Errorf("ValidateUpdate of an object that was stored so = %q, %v, want a warning", warnings, err)
	}
	fixed := beta.DeepCopy()
	fixed.Spec.Config = acceptance(t).Spec.Config
	if err := (&webhook.CollectorDefaulter{}).Default(t.Context(), fixed); err != nil {
		t.Fatal(err)
	}
	if _, err := validator.ValidateUpdate(t.Context(), beta, fixed); err != nil {
		t.Errorf("ValidateUpdate to a good configuration = %v", err)
	}
	if len(fixed.Annotations) != 0 {
		t.Errorf("annotations are %v after the configuration was mended, want none", fixed.Annotations)
	}
}

// TestSeedManifests applies the manifests of the first operators, which have the configuration
// as text and null objects.
func TestSeedManifests(t *testing.T) {
	for _, c := range []struct{ file, refuse, warn string }{
		{"seed-observability.yaml", "", "null objects: receivers::awsxray, exporters::awsxray"},
		{"seed-otlp.yaml", "exporters::awsxray::region: <REGION> is a placeholder", ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			alpha, beta := &v1alpha1.OpenTelemetryCollector{}, &v1beta1.OpenTelemetryCollector{}
			read(t, "../api/v1alpha1/testdata/"+c.file, alpha)
			if err := alpha.ConvertTo(beta); err != nil {
				t.Fatal(err)
			}
			if err := (&webhook.CollectorDefaulter{}).Default(t.Context(), beta); err != nil {
				t.Fatal(err)
			}
			warnings, err := (&webhook.CollectorValidator{}).ValidateCreate(t.Context(), beta)
			if (err != nil) != (c.refuse != "") || (err != nil && !strings.Contains(err.Error(), c.refuse)) {
				t.Errorf("ValidateCreate = %v, want %q", err, c.refuse)
			}
			if !strings.Contains(strings.Join(warnings, "\n"), c.warn) {
				t.Errorf("warnings are %q, want %q", warnings, c.warn)
			}
			back := &v1alpha1.OpenTelemetryCollector{}
			if err := back.ConvertFrom(beta); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(alpha.Spec.Config, back.Spec.Config); diff != "" {
				t.Errorf("the text changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestUnknownKeys(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1beta1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	object := map[string]any{}
	read(t, "testdata/acceptance.yaml", &object)
	object["spec"].(map[string]any)["config"].(map[string]any)["receivrs"] = map[string]any{}
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	response := admission.WithValidator(scheme, &webhook.CollectorValidator{}).Handle(t.Context(), request(raw))
	if response.Allowed || !strings.Contains(response.Result.Message, "spec.config.receivrs is not known") {
		t.Errorf("the answer is %+v, want a refusal", response.Result)
	}
}

func request(raw []byte) admission.Request {
	return admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		UID: "1", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
		Kind:     metav1.GroupVersionKind{Group: "opentelemetry.io", Version: "v1beta1", Kind: "OpenTelemetryCollector"},
		UserInfo: authenticationv1.UserInfo{Username: "user"},
	}}
}

func TestCollectorDefaults(t *testing.T) {
	object := &v1beta1.OpenTelemetryCollector{}
	object.Spec.Config = configOf(t, "receivers: {awsxray: }")
	object.Spec.TargetAllocator.Enabled = true
	object.Spec.Autoscaler = &v1beta1.AutoscalerSpec{MaxReplicas: new(int32(3))}
	object.Spec.Ingress.Type = v1beta1.IngressTypeIngress
	config := object.Spec.Config.DeepCopy()
	if err := (&webhook.CollectorDefaulter{NetworkPolicies: true}).Default(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	want := v1beta1.OpenTelemetryCollectorSpec{
		OpenTelemetryCommonFields: v1beta1.OpenTelemetryCommonFields{ManagementState: v1beta1.ManagementStateManaged, Replicas: new(int32(1))},
		Mode:                      v1beta1.ModeDeployment,
		UpgradeStrategy:           v1beta1.UpgradeStrategyAutomatic,
		TargetAllocator:           v1beta1.TargetAllocatorEmbedded{Enabled: true, Replicas: new(int32(1))},
		Autoscaler:                &v1beta1.AutoscalerSpec{MinReplicas: new(int32(1)), MaxReplicas: new(int32(3)), TargetCPUUtilization: new(int32(90))},
		Ingress:                   v1beta1.Ingress{Type: v1beta1.IngressTypeIngress, RuleType: v1beta1.IngressRuleTypePath},
		NetworkPolicy:             v1beta1.NetworkPolicy{Enabled: new(true)},
		Config:                    *config, // as it was: its defaults are not stored
	}
	if diff := cmp.Diff(want, object.Spec); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	kept := object.DeepCopy()
	kept.Spec.Autoscaler.TargetMemoryUtilization, kept.Spec.Autoscaler.TargetCPUUtilization = new(int32(70)), nil
	kept.Spec.Ingress = v1beta1.Ingress{Type: v1beta1.IngressTypeRoute}
	kept.Spec.NetworkPolicy.Enabled = new(false)
	kept.Spec.Replicas = new(int32(2))
	if err := (&webhook.CollectorDefaulter{NetworkPolicies: true}).Default(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	if kept.Spec.Autoscaler.TargetCPUUtilization != nil || *kept.Spec.NetworkPolicy.Enabled || *kept.Spec.Replicas != 2 {
		t.Errorf("defaults replace what is said: %+v", kept.Spec)
	}
	if got := kept.Spec.Ingress.Route.Termination; got != v1beta1.TLSRouteTerminationTypeEdge {
		t.Errorf("a route ends TLS at %q, want edge", got)
	}
}
