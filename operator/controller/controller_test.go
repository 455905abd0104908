package controller

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/collectorcheck"
)

func TestValidity(t *testing.T) {
	problem := []collectorcheck.Problem{{Message: "too small"}}
	for _, tc := range []struct {
		name    string
		verdict collectorcheck.Verdict
		own     bool
		status  metav1.ConditionStatus
		reason  string
	}{
		{"good", collectorcheck.Verdict{}, true, metav1.ConditionTrue, "Checked"},
		{"good for another image", collectorcheck.Verdict{}, false, metav1.ConditionTrue, "Checked"},
		{"not asked", collectorcheck.Verdict{Inconclusive: "files"}, true, metav1.ConditionUnknown, "NotChecked"},
		{"bad", collectorcheck.Verdict{Problems: problem}, true, metav1.ConditionFalse, "InvalidConfiguration"},
		{"bad for another image", collectorcheck.Verdict{Problems: problem}, false, metav1.ConditionUnknown, "OtherImage"},
		{"perhaps bad", collectorcheck.Verdict{Problems: problem, Inconclusive: "A"}, true, metav1.ConditionUnknown, "Inconclusive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := validity(tc.verdict, tc.own); got.Status != tc.status || got.Reason != tc.reason {
				t.Errorf("validity() is %s, %s", got.Status, got.Reason)
			}
		})
	}
}

func TestStampReferences(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "keys"}, Data: map[string][]byte{"a": []byte("1")}}
	settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "settings"}, Data: map[string]string{"x": "1"}}
	c := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(secret, settings).Build()
	stamp := func() string {
		t.Helper()
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "d"}}
		d.Spec.Template.Spec = corev1.PodSpec{
			Containers: []corev1.Container{{EnvFrom: []corev1.EnvFromSource{
				{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "keys"}}},
				{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "missing"}}},
			}}},
			Volumes: []corev1.Volume{
				{VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}},
				{VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "own"}}}},
			},
		}
		own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "own"}}
		if err := stampReferences(t.Context(), c, []client.Object{own, d}); err != nil {
			t.Fatal(err)
		}
		return d.Spec.Template.Annotations[referencesAnnotation]
	}
	first := stamp()
	if first == "" || stamp() != first {
		t.Error("the digest of the same references is another")
	}
	seen := []string{first}
	for _, change := range []func() error{
		func() error {
			secret.Data["a"] = []byte("2")
			return c.Update(t.Context(), secret)
		},
		func() error {
			settings.Data["x"] = "2"
			return c.Update(t.Context(), settings)
		},
		func() error {
			return c.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "missing"}, Data: map[string]string{"y": ""}})
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if now := stamp(); slices.Contains(seen, now) {
			t.Error("a change of what is referred to does not show")
		} else {
			seen = append(seen, now)
		}
	}
	if err := c.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "own"}, Data: map[string]string{"y": "z"}}); err != nil {
		t.Fatal(err)
	}
	if stamp() != seen[len(seen)-1] {
		t.Error("the collector's own ConfigMap counts as a reference")
	}
}

func TestMoveImages(t *testing.T) {
	in := &v1alpha1.Instrumentation{}
	in.Annotations = map[string]string{
		stampPrefix + "java" + stampSuffix:   "java:1",
		stampPrefix + "nodejs" + stampSuffix: "node:1",
		stampPrefix + "python" + stampSuffix: "python:1",
	}
	in.Spec.Java.Image, in.Spec.NodeJS.Image, in.Spec.Python.Image, in.Spec.DotNet.Image = "java:1", "node:mine", "python:1", "dotnet:1"
	in.Status.UpgradeBlockedVersions = map[string]string{"python": "it crashes"}
	defaults := map[string]string{"java": "java:2", "nodejs": "node:2", "python": "python:2", "dotnet": "dotnet:2"}
	if got := moveImages(in, defaults); len(got) != 1 || in.Spec.Java.Image != "java:2" || in.Annotations[stampPrefix+"java"+stampSuffix] != "java:2" {
		t.Errorf("moved %q to %s", got, in.Spec.Java.Image)
	}
	if in.Spec.NodeJS.Image != "node:mine" || in.Spec.Python.Image != "python:1" || in.Spec.DotNet.Image != "dotnet:1" {
		t.Error("an image that is no default was moved")
	}
	if got := moveImages(in, defaults); got != nil {
		t.Errorf("moved again: %q", got)
	}
}

func TestMissing(t *testing.T) {
	type annotations = map[string]string
	for _, tc := range []struct {
		name                   string
		pod, namespace, labels annotations
		want                   string
	}{
		{"nothing asked for", nil, nil, nil, ""},
		{"the pod asks", annotations{sidecarAnnotation: "true"}, nil, nil, sidecarAnnotation},
		{"and got it", annotations{sidecarAnnotation: "ns/cr"}, nil, annotations{injectedLabel: "ns.cr"}, ""},
		{"the namespace asks", nil, annotations{sidecarAnnotation: "cr"}, nil, sidecarAnnotation},
		{"the pod declines", annotations{sidecarAnnotation: "false"}, annotations{sidecarAnnotation: "true"}, nil, ""},
		{"an instrumentation", annotations{instrumentationAsk + "java": "true"}, nil, nil, instrumentationAsk + "java"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := missing(tc.pod, tc.namespace, tc.labels); got != tc.want {
				t.Errorf("missing() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestUsed(t *testing.T) {
	cfg, err := v1beta1.ParseConfig([]byte(`
receivers: {otlp: {}, otlp/two: {}, idle: {}}
exporters: {debug: {}}
processors: {batch: {}}
connectors: {forward: {}}
extensions: {health_check: {}}
service:
  extensions: [health_check]
  pipelines:
    traces: {receivers: [otlp, otlp/two], processors: [batch], exporters: [forward]}
    traces/two: {receivers: [forward], exporters: [debug]}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := used(cfg)
	if got["receivers"]["otlp"] != 2 || got["receivers"]["idle"] != 0 || got["connectors"]["forward"] != 1 || got["exporters"]["debug"] != 1 || got["extensions"]["health_check"] != 1 {
		t.Errorf("used() = %v", got)
	}
}

func TestTrimCached(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"a": "b"}}, Spec: corev1.PodSpec{NodeName: "n"}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c"}}
	pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet"}, {Manager: apply.Manager}}
	if _, err := TrimCached(pod); err != nil {
		t.Fatal(err)
	}
	if pod.Spec.NodeName != "" || pod.ManagedFields != nil || len(pod.Status.ContainerStatuses) != 1 || pod.Labels["a"] != "b" {
		t.Errorf("the pod is %+v", pod)
	}
	cm := &corev1.ConfigMap{}
	cm.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl"}, {Manager: apply.Manager}, {Manager: apply.Manager, Subresource: "status"}}
	if _, err := TrimCached(cm); err != nil || len(cm.ManagedFields) != 1 {
		t.Errorf("kept are %v, %v", cm.ManagedFields, err)
	}
	if got, err := TrimCached("tombstone"); got != "tombstone" || err != nil {
		t.Errorf("what is no object becomes %v, %v", got, err)
	}
}

func TestRemember(t *testing.T) {
	cr := &v1beta1.OpenTelemetryCollector{}
	cr.Name, cr.UID, cr.Generation, cr.ResourceVersion = "a", "1", 1, "99"
	var said told
	if !said.first(cr) || said.first(cr) {
		t.Error("a generation is not spoken of exactly once")
	}
	cr.Generation = 2
	if !said.first(cr) {
		t.Error("the next generation is not spoken of")
	}
	var v versions
	if v.ahead(cr) {
		t.Error("nothing was written, but it is ahead")
	}
	written := cr.DeepCopy()
	written.ResourceVersion = "100"
	v.note(written)
	if !v.ahead(cr) || v.ahead(written) {
		t.Error("the cache is not known to be behind")
	}
	v.forget(client.ObjectKeyFromObject(cr))
	if v.ahead(cr) {
		t.Error("what is forgotten is ahead")
	}
}

func TestCheckEnvironment(t *testing.T) {
	got := checkEnvironment([]corev1.EnvVar{
		{Name: "A", Value: "a"},
		{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
		{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		{Name: "SECRET", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{}}},
	})
	if got["A"] != "a" || strings.Count(got["IP"], ".") != 3 || got["NAME"] == "" {
		t.Errorf("checkEnvironment() = %v", got)
	}
	if _, ok := got["SECRET"]; ok {
		t.Error("a secret is known")
	}
}
