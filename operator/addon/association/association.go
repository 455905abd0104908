// Package association keeps the pod identity associations that add-ons own. [Sync] makes them
// what the add-on's spec says; the EKS API calls it as soon as the spec is written, so that the
// caller sees them, and the reconciler calls it until it is so.
package association

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// ConflictError says that a service account of an add-on has an association that is not the
// add-on's. Nothing is done about it: whoever made it must delete it.
type ConflictError struct {
	// Namespace and ServiceAccount name the service account.
	Namespace, ServiceAccount string
	// ID is that of the association that it has.
	ID string
}

// Error names the service account and the association.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("service account %s in namespace %s already has the pod identity association %s", e.ServiceAccount, e.Namespace, e.ID)
}

// Owned returns the associations of an add-on, ordered by name.
func Owned(ctx context.Context, r client.Reader, addon *v1alpha1.Addon) ([]v1alpha1.PodIdentityAssociation, error) {
	var all v1alpha1.PodIdentityAssociationList
	if err := r.List(ctx, &all); err != nil {
		return nil, fmt.Errorf("list pod identity associations: %w", err)
	}
	owned := slices.DeleteFunc(all.Items, func(a v1alpha1.PodIdentityAssociation) bool { return !owns(addon, &a) })
	slices.SortFunc(owned, func(a, b v1alpha1.PodIdentityAssociation) int { return strings.Compare(a.Name, b.Name) })
	return owned, nil
}

// owns reports whether an association is the add-on's. One that an earlier add-on of this name
// left behind is taken over.
func owns(addon *v1alpha1.Addon, a *v1alpha1.PodIdentityAssociation) bool {
	return a.Spec.Owner != nil && a.Spec.Owner.AddonName == addon.Name
}

// Check returns a *[ConflictError] if a service account that the add-on is to have associated
// has an association that is not the add-on's. The namespace is the add-on's.
func Check(ctx context.Context, r client.Reader, addon *v1alpha1.Addon, namespace string) error {
	for _, wanted := range addon.Spec.PodIdentityAssociations {
		var have v1alpha1.PodIdentityAssociation
		err := r.Get(ctx, client.ObjectKey{Name: v1alpha1.AssociationName(namespace, wanted.ServiceAccount)}, &have)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the association of %s/%s: %w", namespace, wanted.ServiceAccount, err)
		}
		if !owns(addon, &have) {
			return &ConflictError{Namespace: namespace, ServiceAccount: wanted.ServiceAccount, ID: have.ID()}
		}
	}
	return nil
}

// Sync makes the associations that an add-on owns those of its spec, in the add-on's namespace,
// and returns whether anything had to be changed. It stops at the first error, which may be a
// *[ConflictError], and may be called again.
func Sync(ctx context.Context, c client.Client, addon *v1alpha1.Addon, namespace string) (changed bool, err error) {
	owned, err := Owned(ctx, c, addon)
	if err != nil {
		return false, err
	}
	kept := map[string]bool{}
	for _, wanted := range addon.Spec.PodIdentityAssociations {
		kept[v1alpha1.AssociationName(namespace, wanted.ServiceAccount)] = true
	}
	for i := range owned {
		if kept[owned[i].Name] {
			continue
		}
		if err := remove(ctx, c, &owned[i]); err != nil {
			return changed, err
		}
		changed = true
	}
	for _, wanted := range addon.Spec.PodIdentityAssociations {
		did, err := ensure(ctx, c, addon, namespace, wanted)
		if err != nil {
			return changed, err
		}
		changed = changed || did
	}
	return changed, nil
}

// Remove deletes the associations of an add-on.
func Remove(ctx context.Context, c client.Client, addon *v1alpha1.Addon) error {
	owned, err := Owned(ctx, c, addon)
	if err != nil {
		return err
	}
	for i := range owned {
		if err := remove(ctx, c, &owned[i]); err != nil {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, c client.Client, a *v1alpha1.PodIdentityAssociation) error {
	if err := c.Delete(ctx, a, client.Preconditions{UID: &a.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete pod identity association %s: %w", a.Name, err)
	}
	return nil
}

// ensure makes one association be as it is wanted.
func ensure(ctx context.Context, c client.Client, addon *v1alpha1.Addon, namespace string, wanted v1alpha1.AddonPodIdentity) (bool, error) {
	name := v1alpha1.AssociationName(namespace, wanted.ServiceAccount)
	owner := &v1alpha1.AssociationOwner{AddonName: addon.Name, UID: addon.UID}
	var have v1alpha1.PodIdentityAssociation
	err := c.Get(ctx, client.ObjectKey{Name: name}, &have)
	if apierrors.IsNotFound(err) {
		have = v1alpha1.PodIdentityAssociation{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: v1alpha1.PodIdentityAssociationSpec{
				Namespace: namespace, ServiceAccount: wanted.ServiceAccount, RoleARN: wanted.RoleARN, Owner: owner,
			},
		}
		if err = c.Create(ctx, &have); err == nil {
			return true, nil
		}
		return false, fmt.Errorf("create pod identity association %s: %w", name, err)
	}
	if err != nil {
		return false, fmt.Errorf("read pod identity association %s: %w", name, err)
	}
	if !owns(addon, &have) {
		return false, &ConflictError{Namespace: namespace, ServiceAccount: wanted.ServiceAccount, ID: have.ID()}
	}
	if have.Spec.RoleARN == wanted.RoleARN && *have.Spec.Owner == *owner {
		return false, nil
	}
	have.Spec.RoleARN, have.Spec.Owner = wanted.RoleARN, owner
	if err := c.Update(ctx, &have); err != nil {
		return false, fmt.Errorf("update pod identity association %s: %w", name, err)
	}
	return true, nil
}
