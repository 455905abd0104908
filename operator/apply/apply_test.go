package apply

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func TestEncode(t *testing.T) {
	cm := &corev1.ConfigMap{Data: map[string]string{"a": "1"}}
	cm.Name, cm.ResourceVersion, cm.UID, cm.Generation = "cm", "7", "u", 3
	cm.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "x"}}
	data, err := encode(cm, corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), `{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"name":"cm"}}`; got != want {
		t.Errorf("encode() = %s, want %s", got, want)
	}
	data, err = encode(&appsv1.Deployment{}, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	if err != nil || strings.Contains(string(data), "status") || strings.Contains(string(data), "creationTimestamp") {
		t.Errorf("encode() = %s, %v", data, err)
	}
}

func TestOrder(t *testing.T) {
	a := New(Options{Client: fake.NewClientBuilder().WithScheme(scheme.Scheme).Build()})
	got, err := a.order([]client.Object{
		&autoscalingv2.HorizontalPodAutoscaler{}, &appsv1.Deployment{}, &corev1.Service{}, &corev1.ConfigMap{}, &corev1.ServiceAccount{},
	})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, o := range got {
		kinds = append(kinds, o.ref.Kind)
	}
	if want := "ConfigMap ServiceAccount Service Deployment HorizontalPodAutoscaler"; strings.Join(kinds, " ") != want {
		t.Errorf("the order is %v, want %s", kinds, want)
	}
}

func TestIsImmutable(t *testing.T) {
	invalid := func(message string) error {
		return apierrors.NewInvalid(appsv1.SchemeGroupVersion.WithKind("StatefulSet").GroupKind(), "x", field.ErrorList{
			field.Forbidden(field.NewPath("spec"), message),
		})
	}
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"none", nil, false},
		{"a selector", invalid("field is immutable"), true},
		{"a stateful set", invalid("updates to statefulset spec for fields other than 'replicas' are forbidden"), true},
		{"a value that is wrong", invalid("must be positive"), false},
		{"another error", errors.New("field is immutable"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := isImmutable(tc.err); got != tc.want {
				t.Errorf("isImmutable(%v) = %v", tc.err, got)
			}
		})
	}
}

// TestMemory holds what is taken for unchanged: the object that the last apply left, and any
// later version in which the API server says that our fields are still ours.
func TestMemory(t *testing.T) {
	ref := Ref{corev1.SchemeGroupVersion.WithKind("ConfigMap"), types.NamespacedName{Namespace: "ns", Name: "cm"}}
	owner := Ref{ref.GroupVersionKind, types.NamespacedName{Namespace: "ns", Name: "owner"}}
	version := func(uid types.UID, resource, fields string) *corev1.ConfigMap {
		cm := &corev1.ConfigMap{}
		cm.UID, cm.ResourceVersion = uid, resource
		if fields != "" {
			cm.ManagedFields = []metav1.ManagedFieldsEntry{{
				Manager: Manager, Operation: metav1.ManagedFieldsOperationApply, FieldsV1: &metav1.FieldsV1{Raw: json.RawMessage(fields)},
			}}
		}
		return cm
	}
	const ours = `{"f:data":{"f:a":{},"f:b":{}}}`
	m := memory{applied: make(map[Ref]record)}
	m.remember(ref, digest{1}, owner, version("u", "10", ours))
	for _, tc := range []struct {
		name string
		sent digest
		have client.Object
		want bool
	}{
		{"the same version", digest{1}, version("u", "10", ours), true},
		{"a cache that is behind", digest{1}, version("u", "9", ""), true},
		{"a later version with our fields", digest{1}, version("u", "11", ours), true},
		{"a later version in which one of our fields is another's", digest{1}, version("u", "11", `{"f:data":{"f:a":{}}}`), false},
		{"a later version with nothing of ours", digest{1}, version("u", "11", ""), false},
		{"another object", digest{1}, version("v", "11", ours), false},
		{"something else is to be sent", digest{2}, version("u", "10", ours), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := m.holds(ref, tc.sent, tc.have); got != tc.want {
				t.Errorf("holds() = %v, want %v", got, tc.want)
			}
		})
	}
	m.forget("ConfigMap", owner.NamespacedName)
	if m.holds(ref, digest{1}, version("u", "10", ours)) {
		t.Error("what is forgotten is held")
	}
}
