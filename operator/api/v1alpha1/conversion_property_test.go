package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// generators make the values that reflection would make wrong or without end.
var generators = rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
	reflect.TypeFor[resource.Quantity]():   quantity.AsAny(),
	reflect.TypeFor[intstr.IntOrString]():  rapid.Custom(intOrString).AsAny(),
	reflect.TypeFor[metav1.Duration]():     rapid.Custom(duration).AsAny(),
	reflect.TypeFor[metav1.Time]():         rapid.Just(metav1.Unix(1_700_000_000, 0)).AsAny(),
	reflect.TypeFor[v1beta1.Object]():      rapid.Custom(object).AsAny(),
	reflect.TypeFor[v1beta1.Config]():      rapid.Custom(config).AsAny(),
	reflect.TypeFor[corev1.Container]():    rapid.Custom(container).AsAny(),
	reflect.TypeFor[corev1.VolumeSource](): rapid.Just(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}).AsAny(),
	reflect.TypeFor[corev1.Affinity]():     rapid.Just(corev1.Affinity{PodAffinity: &corev1.PodAffinity{}}).AsAny(),
	reflect.TypeFor[corev1.PersistentVolumeClaim](): rapid.Custom(func(t *rapid.T) corev1.PersistentVolumeClaim {
		return corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: word.Draw(t, "claim")}}
	}).AsAny(),
	reflect.TypeFor[string](): word.AsAny(),
}}

var (
	word     = rapid.StringMatching(`[a-z][a-z0-9]{0,8}`)
	quantity = rapid.Map(rapid.IntRange(1, 4096), func(n int) resource.Quantity {
		q := resource.MustParse(fmt.Sprintf("%dMi", n))
		_ = q.String() // the text is kept in the quantity, so that equal ones are deeply equal
		return q
	})
	text = rapid.OneOf(
		rapid.String(), word,
		rapid.SampledFrom([]string{"", "$$1:$$2", "${env:X}", "yes", "on", "null", "~", "0x10", "1e3", ".5", "2001-01-01", "<<", "a: b", "- x", "# no", "'", "\"", "\n", "a\tb", "é", " x ", "%", "@", "!!int"}),
	)
)

func intOrString(t *rapid.T) intstr.IntOrString {
	if rapid.Bool().Draw(t, "is a number") {
		return intstr.FromInt32(rapid.Int32().Draw(t, "number"))
	}
	return intstr.FromString(word.Draw(t, "text"))
}

func duration(t *rapid.T) metav1.Duration {
	return metav1.Duration{Duration: 1_000_000_000 * (1 + rapid.SampledFrom([]metav1.Duration{{}, {Duration: 29}, {Duration: 3599}}).Draw(t, "seconds").Duration)}
}

func container(t *rapid.T) corev1.Container {
	return corev1.Container{Name: word.Draw(t, "name"), Image: word.Draw(t, "image")}
}

func object(t *rapid.T) v1beta1.Object {
	return v1beta1.Object{Values: rapid.MapOfN(text, value(3), 0, 4).Draw(t, "object")}
}

func value(depth int) *rapid.Generator[any] {
	leaf := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), text.AsAny(),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(strconv.FormatInt(n, 10)) }),
		rapid.Map(rapid.Float64(), func(f float64) any { b, _ := json.Marshal(f); return json.Number(b) }),
		rapid.Map(rapid.SampledFrom([]string{"1e3", "1.0", "-0", "0.10", "8192", "1E+2"}), func(s string) any { return json.Number(s) }),
	}
	if depth == 0 {
		return rapid.OneOf(leaf...)
	}
	return rapid.OneOf(append(leaf,
		rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(text, rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 3), func(v map[string]any) any { return v }),
	)...)
}

func config(t *rapid.T) v1beta1.Config {
	section := rapid.Ptr(rapid.Custom(object), true)
	ids := rapid.SliceOfN(text, 0, 3)
	cfg := v1beta1.Config{
		Receivers: object(t), Exporters: object(t),
		Processors: section.Draw(t, "processors"), Connectors: section.Draw(t, "connectors"), Extensions: section.Draw(t, "extensions"),
		Service: v1beta1.Service{
			Extensions: ids.Draw(t, "extensions"), Telemetry: section.Draw(t, "telemetry"),
			Pipelines: rapid.MapOfN(text, rapid.Custom(func(t *rapid.T) *v1beta1.Pipeline {
				return &v1beta1.Pipeline{Receivers: ids.Draw(t, "receivers"), Processors: ids.Draw(t, "processors"), Exporters: ids.Draw(t, "exporters")}
			}), 0, 3).Draw(t, "pipelines"),
		},
	}
	cfg.FillRequired()
	return cfg
}

// metadata is small: what conversion does with it is to keep it, but for its own annotations.
func metadata(t *rapid.T) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: word.Draw(t, "name"), Namespace: word.Draw(t, "namespace"), Generation: rapid.Int64().Draw(t, "generation"),
		Labels:      rapid.MapOfN(word, word, 0, 2).Draw(t, "labels"),
		Annotations: rapid.MapOfN(word, text, 0, 2).Draw(t, "annotations"),
	}
}

func TestRoundTripFromV1beta1(t *testing.T) {
	spec, status := rapid.MakeCustom[v1beta1.OpenTelemetryCollectorSpec](generators), rapid.MakeCustom[v1beta1.OpenTelemetryCollectorStatus](generators)
	rapid.Check(t, func(t *rapid.T) {
		before := reread(t, &v1beta1.OpenTelemetryCollector{ObjectMeta: metadata(t), Spec: spec.Draw(t, "spec"), Status: status.Draw(t, "status")})
		alpha, after := &v1alpha1.OpenTelemetryCollector{}, &v1beta1.OpenTelemetryCollector{}
		must(t, alpha.ConvertFrom(before))
		must(t, reread(t, alpha).ConvertTo(after))
		if !before.Spec.Config.Equal(&after.Spec.Config) {
			t.Fatalf("the configuration became\n%s\nby\n%s\nand was\n%s", encode(t, after.Spec.Config), alpha.Spec.Config, encode(t, before.Spec.Config))
		}
		after.Spec.Config = before.Spec.Config
		if diff := cmp.Diff(encode(t, before), encode(t, after)); diff != "" {
			t.Fatalf("v1beta1 changed by way of v1alpha1 (-before +after):\n%s", diff)
		}
	})
}

func TestRoundTripFromV1alpha1(t *testing.T) {
	spec, status := rapid.MakeCustom[v1alpha1.OpenTelemetryCollectorSpec](generators), rapid.MakeCustom[v1alpha1.OpenTelemetryCollectorStatus](generators)
	rapid.Check(t, func(t *rapid.T) {
		before := &v1alpha1.OpenTelemetryCollector{ObjectMeta: metadata(t), Spec: spec.Draw(t, "spec"), Status: status.Draw(t, "status")}
		before.Spec.Config = rapid.OneOf(text, rapid.Custom(configText)).Draw(t, "config")
		before = reread(t, before)
		beta, after := &v1beta1.OpenTelemetryCollector{}, &v1alpha1.OpenTelemetryCollector{}
		must(t, before.ConvertTo(beta))
		must(t, after.ConvertFrom(reread(t, beta)))
		if diff := cmp.Diff(encode(t, before), encode(t, after)); diff != "" {
			t.Fatalf("v1alpha1 changed by way of v1beta1 (-before +after):\n%s", diff)
		}
	})
}

// configText is a configuration with a comment, which an object does not hold.
func configText(t *rapid.T) string {
	cfg := config(t)
	rendered, err := otelconfig.Render(&cfg)
	must(t, err)
	return "# " + word.Draw(t, "comment") + "\n" + string(rendered)
}

// reread returns the object as a client gets it: written and read again.
func reread[T any](t *rapid.T, object *T) *T {
	out := new(T)
	must(t, json.Unmarshal([]byte(encode(t, object)), out))
	return out
}

func encode(t *rapid.T, object any) string {
	data, err := json.MarshalIndent(object, "", " ")
	must(t, err)
	return string(data)
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
