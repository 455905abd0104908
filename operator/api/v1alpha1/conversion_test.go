package v1alpha1_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

func up(t testing.TB, alpha *v1alpha1.OpenTelemetryCollector) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	beta := &v1beta1.OpenTelemetryCollector{}
	if err := alpha.ConvertTo(beta); err != nil {
		t.Fatalf("ConvertTo: %v", err)
	}
	return beta
}

func down(t testing.TB, beta *v1beta1.OpenTelemetryCollector) *v1alpha1.OpenTelemetryCollector {
	t.Helper()
	alpha := &v1alpha1.OpenTelemetryCollector{}
	if err := alpha.ConvertFrom(beta); err != nil {
		t.Fatalf("ConvertFrom: %v", err)
	}
	return alpha
}

func withConfig(text string) *v1alpha1.OpenTelemetryCollector {
	return &v1alpha1.OpenTelemetryCollector{Spec: v1alpha1.OpenTelemetryCollectorSpec{Config: text}}
}

func seed(t *testing.T, name string) *v1alpha1.OpenTelemetryCollector {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	alpha := &v1alpha1.OpenTelemetryCollector{}
	if err := yaml.UnmarshalStrict(text, alpha); err != nil {
		t.Fatal(err)
	}
	return alpha
}

func TestSeedBecomesObject(t *testing.T) {
	beta := up(t, seed(t, "seed-observability.yaml"))
	if beta.Spec.Mode != v1beta1.ModeDeployment || beta.Spec.ServiceAccount != "aws-otel-collector" || beta.Spec.Ports[0].Protocol != corev1.ProtocolUDP {
		t.Errorf("the collector became %+v", beta.Spec.OpenTelemetryCommonFields)
	}
	if settings, ok := beta.Spec.Config.Receivers.Values["awsxray"]; !ok || settings != nil {
		t.Errorf("the receiver awsxray is %v (%v), want a null that is there", settings, ok)
	}
	if got := beta.Spec.Config.Service.Pipelines["metrics"].Processors; !cmp.Equal(got, []string{"batch/metrics"}) {
		t.Errorf("the processors of metrics are %q", got)
	}
}

func TestTextStaysWhileItMeansTheSame(t *testing.T) {
	const text = "# why it is so\nreceivers: {otlp: {protocols: {grpc: }}}\nexporters: {debug: {x: 0x10}}\nservice:\n    pipelines: {traces: {receivers: [otlp], exporters: [debug]}}\n"
	beta := up(t, withConfig(text))
	beta.Spec.Replicas = new(int32(3))
	if got := down(t, beta).Spec.Config; got != text {
		t.Errorf("the text became\n%s\nwant it as it was", got)
	}
	beta.Spec.Config.Exporters.Values["debug"] = map[string]any{"x": "y"}
	alpha := down(t, beta)
	if strings.Contains(alpha.Spec.Config, "# why") || !strings.Contains(alpha.Spec.Config, "x: \"y\"") {
		t.Errorf("the text of a changed configuration is\n%s", alpha.Spec.Config)
	}
	if len(alpha.Annotations) != 0 {
		t.Errorf("v1alpha1 has the annotations %v", alpha.Annotations)
	}
}

// TestNumbersAsAnAPIServerWritesThem: it reads 1e3 and writes 1000, and that is no change.
func TestNumbersAsAnAPIServerWritesThem(t *testing.T) {
	const text = "receivers: {a: {b: 1e3, c: 1.0}}\n"
	beta := up(t, withConfig(text))
	beta.Spec.Config.Receivers = parsed(t, `{"a":{"b":1000,"c":1}}`)
	if got := down(t, beta).Spec.Config; got != text {
		t.Errorf("the text became\n%s\nwant it as it was", got)
	}
}

// TestNumbersBeyond64Bits: an API server writes 2e19 as a whole number.
func TestNumbersBeyond64Bits(t *testing.T) {
	beta := up(t, withConfig(""))
	beta.Spec.Config.Receivers = parsed(t, `{"a":18446744073709552000,"b":-9223372036854775808,"c":-20000000000000000000}`)
	text := down(t, beta).Spec.Config
	if got := up(t, withConfig(text)); !got.Spec.Config.Equal(&beta.Spec.Config) {
		t.Errorf("the configuration changed by way of\n%s", text)
	}
}

func parsed(t *testing.T, text string) v1beta1.Object {
	t.Helper()
	var o v1beta1.Object
	if err := o.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestUnparsedTextIsKept(t *testing.T) {
	for _, text := range []string{"receivers: [", "\t", "a: b: c", "receivrs: {}", "receivers: {a: 18446744073709551615}", "\x00", "\xff"} {
		beta := up(t, withConfig(text))
		cfg := &beta.Spec.Config
		if !cfg.IsEmpty() || cfg.Receivers.Values == nil || cfg.Exporters.Values == nil || cfg.Service.Pipelines == nil {
			t.Errorf("%q became %+v, want the empty configuration with what is required", text, cfg)
		}
		if got := beta.Annotations[v1alpha1.UnparsedConfigAnnotation]; got != text {
			t.Errorf("the annotation has %q, want %q", got, text)
		}
		if got := down(t, beta); got.Spec.Config != text || len(got.Annotations) != 0 {
			t.Errorf("%q came back as %q with %v", text, got.Spec.Config, got.Annotations)
		}
	}
	beta := up(t, withConfig("receivers: ["))
	beta.Spec.Config.Receivers = parsed(t, `{"otlp":{}}`)
	if got := down(t, beta).Spec.Config; !strings.Contains(got, "otlp: {}") {
		t.Errorf("a configuration that was mended in v1beta1 is %q in v1alpha1", got)
	}
}

func TestFieldsOfOneVersionSurviveEditsInTheOther(t *testing.T) {
	beta := &v1beta1.OpenTelemetryCollector{}
	beta.Spec.Command = []string{"/collector"}
	beta.Spec.NetworkPolicy.Enabled = new(false)
	beta.Spec.TargetAllocator.PrometheusCR.PodMonitorSelector = &metav1.LabelSelector{
		MatchLabels:      map[string]string{"team": "a"},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "x", Operator: metav1.LabelSelectorOpExists}},
	}
	alpha := down(t, beta)
	alpha.Spec.Image = "other:1"
	alpha.Spec.TargetAllocator.PrometheusCR.PodMonitorSelector["team"] = "b"
	got := up(t, alpha)
	if got.Spec.Image != "other:1" || !cmp.Equal(got.Spec.Command, beta.Spec.Command) || *got.Spec.NetworkPolicy.Enabled {
		t.Errorf("after an edit in v1alpha1 the collector is %+v", got.Spec)
	}
	if s := got.Spec.TargetAllocator.PrometheusCR.PodMonitorSelector; s.MatchLabels["team"] != "b" || len(s.MatchExpressions) != 1 {
		t.Errorf("after an edit in v1alpha1 the selector is %v", s)
	}
}

func TestDeprecatedLimits(t *testing.T) {
	alpha := withConfig("")
	alpha.Spec.MinReplicas, alpha.Spec.MaxReplicas = new(int32(2)), new(int32(5))
	beta := up(t, alpha)
	if a := beta.Spec.Autoscaler; a == nil || *a.MinReplicas != 2 || *a.MaxReplicas != 5 {
		t.Fatalf("the autoscaler is %+v, want 2 to 5", a)
	}
	if back := down(t, beta); back.Spec.Autoscaler != nil || *back.Spec.MaxReplicas != 5 {
		t.Errorf("v1alpha1 came back with %+v", back.Spec)
	}
	beta.Spec.Autoscaler.MaxReplicas = new(int32(7))
	back := down(t, beta)
	if back.Spec.MaxReplicas != nil || back.Spec.Autoscaler == nil || *back.Spec.Autoscaler.MaxReplicas != 7 {
		t.Errorf("a limit that was changed in v1beta1 is %v and %+v in v1alpha1, want 7 in the autoscaler alone", back.Spec.MaxReplicas, back.Spec.Autoscaler)
	}
}

func TestStatusOfTheFirstOperators(t *testing.T) {
	alpha := withConfig("")
	alpha.Status = v1alpha1.OpenTelemetryCollectorStatus{Replicas: 2, Version: "0.45.0", Messages: []string{"created"}}
	beta := up(t, alpha)
	if beta.Status.Scale.Replicas != 2 || beta.Status.Version != "0.45.0" {
		t.Errorf("the status became %+v", beta.Status)
	}
	if diff := cmp.Diff(alpha.Status, down(t, beta).Status); diff != "" {
		t.Errorf("the status changed (-before +after):\n%s", diff)
	}
}

// TestForeignAnnotations: whatever is in our annotations, conversion goes on.
func TestForeignAnnotations(t *testing.T) {
	for _, value := range []string{"", "{", "[]", "null", `{"spec":5}`, `{"spec":{"replicas":"x"}}`, `{"spec":null}`} {
		alpha := withConfig("receivers: {otlp: }")
		alpha.Annotations = map[string]string{v1alpha1.BetaFieldsAnnotation: value, v1alpha1.UnparsedConfigAnnotation: value, "mine": "kept"}
		beta := up(t, alpha)
		if _, ok := beta.Spec.Config.Receivers.Values["otlp"]; !ok || beta.Annotations["mine"] != "kept" || beta.Annotations[v1alpha1.UnparsedConfigAnnotation] != "" {
			t.Errorf("with the note %q, the collector became %+v", value, beta)
		}
		beta.Annotations = map[string]string{v1alpha1.AlphaFieldsAnnotation: value, v1alpha1.ConfigTextAnnotation: value}
		if got := down(t, beta); !strings.Contains(got.Spec.Config, "otlp:") {
			t.Errorf("with the note %q, the text became %q", value, got.Spec.Config)
		}
	}
}

// TestLongTextGivesWayToTheLimit: a text is not kept for its comments when the annotations would
// grow too large for the API server.
func TestLongTextGivesWayToTheLimit(t *testing.T) {
	beta := up(t, withConfig("receivers: {otlp: }\n# "+strings.Repeat("x", 200<<10)))
	if len(beta.Annotations) != 0 || beta.Spec.Config.IsEmpty() {
		t.Errorf("annotations have %d bytes", len(beta.Annotations[v1alpha1.ConfigTextAnnotation]))
	}
}

func FuzzConvertTo(f *testing.F) {
	for _, text := range []string{"", "receivers: {otlp: }", "receivers: [", "a: &a [*a]", "service: {pipelines: {traces: }}", "# c\nexporters: {a: {b: $$1, c: .5, d: 1e999}}"} {
		f.Add(text, "")
	}
	f.Add("receivers: {}", `{"spec":{"command":["a"],"targetAllocator":{"mtls":{}}}}`)
	f.Fuzz(func(t *testing.T, text, note string) {
		alpha := withConfig(text)
		alpha.Annotations = map[string]string{v1alpha1.BetaFieldsAnnotation: note}
		beta := up(t, alpha)
		if got := down(t, beta).Spec.Config; got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}
