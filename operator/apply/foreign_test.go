package apply

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// TestForeign: what has no namespace is written only by its owner, or when that is gone.
func TestForeign(t *testing.T) {
	owner := func(namespace, name, uid string) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(uid)}}
	}
	role := func(labels, annotations map[string]string) *rbacv1.ClusterRole {
		return &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "a-b-c-cluster-role", Labels: labels, Annotations: annotations},
			Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"secrets"}}},
		}
	}
	of := func(key, uid string) *rbacv1.ClusterRole {
		return role(map[string]string{OwnerLabel: uid}, map[string]string{OwnerAnnotation: key})
	}
	mine, other := owner("b-c", "a", "1"), owner("c", "a-b", "2")
	labels := map[string]string{"app.kubernetes.io/instance": "b-c.a"}
	for _, tc := range []struct {
		name    string
		have    []client.Object
		foreign bool
	}{
		{"nothing is there", nil, false},
		{"its own", []client.Object{of("b-c/a", "1")}, false},
		{"of another", []client.Object{of("c/a-b", "2"), other}, true},
		{"of another that is gone", []client.Object{of("c/a-b", "2")}, false},
		{"of an earlier one of the other's name", []client.Object{of("c/a-b", "0"), other}, false},
		{"of nobody", []client.Object{role(nil, nil)}, true},
		{"of another operator, for the same owner", []client.Object{role(labels, nil)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(tc.have...).Build()
			a := New(Options{Client: c, Cache: c})
			wanted := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "a-b-c-cluster-role", Labels: labels}}
			_, err := a.Apply(t.Context(), Set{Owner: mine, Objects: []client.Object{wanted}, Labels: labels})
			if errors.Is(err, ErrForeign) != tc.foreign || err != nil && !tc.foreign {
				t.Fatalf("Apply(): %v", err)
			}
			var got rbacv1.ClusterRole
			if err := c.Get(t.Context(), client.ObjectKeyFromObject(wanted), &got); err != nil {
				t.Fatal(err)
			}
			if taken := got.Labels[OwnerLabel] == "1"; taken == tc.foreign {
				t.Errorf("it is written %v: %+v", taken, got.ObjectMeta)
			}
		})
	}
}

// TestUsedIsKept: what pods run with stays beside the youngest.
func TestUsedIsKept(t *testing.T) {
	owner := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a", UID: "1"}}
	labels := map[string]string{"app": "a"}
	gvk := corev1.SchemeGroupVersion.WithKind("ConfigMap")
	var have []client.Object
	for i, name := range []string{"first", "second", "third"} {
		controller := true
		have = append(have, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Namespace: "ns", Name: name, Labels: labels, CreationTimestamp: metav1.Unix(int64(i), 0),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "a", UID: "1", Controller: &controller}},
		}})
	}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	mapper.Add(gvk, meta.RESTScopeNamespace)
	c := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithRESTMapper(mapper).WithObjects(have...).Build()
	_, err := New(Options{Client: c, Cache: c}).Apply(t.Context(), Set{
		Owner: owner, Labels: labels, Kinds: []schema.GroupVersionKind{gvk}, Keep: map[schema.GroupVersionKind]int{gvk: 1},
		Used: map[Ref]bool{{GroupVersionKind: gvk, NamespacedName: types.NamespacedName{Namespace: "ns", Name: "first"}}: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	var left corev1.ConfigMapList
	if err := c.List(t.Context(), &left); err != nil {
		t.Fatal(err)
	}
	if len(left.Items) != 2 || left.Items[0].Name != "first" || left.Items[1].Name != "third" {
		t.Errorf("%d are left: %+v", len(left.Items), left.Items)
	}
}
