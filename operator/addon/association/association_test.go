package association_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/radiograph/radiograph/operator/addon/association"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

func newClient(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).Build(), interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.CreateOption) error {
			object.SetUID(types.UID(uuid.NewString()))
			return c.Create(ctx, object, opts...)
		},
	})
}

func TestSync(t *testing.T) {
	c, ctx := newClient(t), t.Context()
	addon := &v1alpha1.Addon{}
	addon.Name, addon.UID = "adot", "one"
	for _, step := range []struct {
		wanted  map[string]string
		uid     types.UID
		changed bool
	}{
		{map[string]string{"a": "r1", "b": "r1"}, "one", true},
		{map[string]string{"a": "r1", "b": "r1"}, "one", false},
		{map[string]string{"a": "r2"}, "one", true},
		{map[string]string{"a": "r2"}, "two", true}, // a new add-on takes over what the old one left
		{nil, "two", true},
	} {
		addon.UID, addon.Spec.PodIdentityAssociations = step.uid, nil
		for account, role := range step.wanted {
			addon.Spec.PodIdentityAssociations = append(addon.Spec.PodIdentityAssociations, v1alpha1.AddonPodIdentity{ServiceAccount: account, RoleARN: role})
		}
		changed, err := association.Sync(ctx, c, addon, "n")
		if err != nil || changed != step.changed {
			t.Fatalf("%v: changed %v, %v; want %v", step.wanted, changed, err, step.changed)
		}
		owned, err := association.Owned(ctx, c, addon)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, a := range owned {
			got[a.Spec.ServiceAccount] = a.Spec.RoleARN
			if a.Name != "n."+a.Spec.ServiceAccount || a.Spec.Owner.UID != step.uid {
				t.Errorf("%v: %+v", step.wanted, a)
			}
		}
		if step.wanted == nil {
			step.wanted = map[string]string{}
		}
		if diff := cmp.Diff(step.wanted, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestConflict(t *testing.T) {
	c, ctx := newClient(t), t.Context()
	other := &v1alpha1.PodIdentityAssociation{Spec: v1alpha1.PodIdentityAssociationSpec{Namespace: "n", ServiceAccount: "a", RoleARN: "r"}}
	other.Name = "n.a"
	if err := c.Create(ctx, other); err != nil {
		t.Fatal(err)
	}
	addon := &v1alpha1.Addon{Spec: v1alpha1.AddonSpec{PodIdentityAssociations: []v1alpha1.AddonPodIdentity{{ServiceAccount: "a", RoleARN: "x"}}}}
	addon.Name = "adot"
	_, err := association.Sync(ctx, c, addon, "n")
	for _, err := range []error{err, association.Check(ctx, c, addon, "n")} {
		if conflict, ok := errors.AsType[*association.ConflictError](err); !ok || conflict.ID != other.ID() {
			t.Errorf("got %v, want a conflict with %s", err, other.ID())
		}
	}
	if err := association.Remove(ctx, c, addon); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(ctx, client.ObjectKeyFromObject(other), other); err != nil || other.Spec.RoleARN != "r" {
		t.Errorf("the association of someone else is %+v, %v", other.Spec, err)
	}
}
