package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// associationAnnotation is on pods whose service account has an association of the add-on: a
// digest of it, so that they start anew when it changes.
const associationAnnotation = "radiograph.dev/pod-identity-association"

// associate makes the associations of the add-on as its spec has them.
func (r *reconciler) associate(ctx context.Context, in *installation) {
	list := &v1alpha1.PodIdentityAssociationList{}
	if err := r.client.List(ctx, list); err != nil {
		in.fail(issueOf(fmt.Errorf("list pod identity associations: %w", err), nil))
		return
	}
	owner := v1alpha1.AssociationOwner{AddonName: in.addon.Name, UID: in.addon.UID}
	have := map[string]*v1alpha1.PodIdentityAssociation{}
	for i := range list.Items {
		have[list.Items[i].Name] = &list.Items[i]
	}
	for _, wanted := range in.addon.Spec.PodIdentityAssociations {
		at := v1alpha1.AssociationName(in.namespace, wanted.ServiceAccount)
		if err := r.associateOne(ctx, have[at], at, in.namespace, wanted, owner); err != nil {
			in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueAddonPermissionFailure, Message: err.Error()})
		}
		delete(have, at)
	}
	for _, left := range have {
		if left.Spec.Owner == nil || left.Spec.Owner.UID != in.addon.UID {
			continue
		}
		if err := r.client.Delete(ctx, left); err != nil && !apierrors.IsNotFound(err) {
			in.fail(v1alpha1.AddonIssue{Code: v1alpha1.IssueAddonPermissionFailure, Message: "delete pod identity association " + left.Name + ": " + err.Error()})
		}
	}
}

// associateOne makes one association. One that an add-on of this name left behind is taken
// over; one of somebody else is not touched.
func (r *reconciler) associateOne(ctx context.Context, have *v1alpha1.PodIdentityAssociation, at, namespace string, wanted v1alpha1.AddonPodIdentity, owner v1alpha1.AssociationOwner) error {
	if have == nil {
		err := r.client.Create(ctx, &v1alpha1.PodIdentityAssociation{
			ObjectMeta: metav1.ObjectMeta{Name: at},
			Spec: v1alpha1.PodIdentityAssociationSpec{
				Namespace: namespace, ServiceAccount: wanted.ServiceAccount, RoleARN: wanted.RoleARN, Owner: &owner,
			},
		})
		if err != nil {
			return fmt.Errorf("create pod identity association %s: %w", at, err)
		}
		return nil
	}
	if have.Spec.Owner == nil || have.Spec.Owner.AddonName != owner.AddonName {
		return fmt.Errorf("service account %s in namespace %s already has a pod identity association that is not the add-on's: %s", wanted.ServiceAccount, namespace, have.ID())
	}
	if have.Spec.RoleARN == wanted.RoleARN && *have.Spec.Owner == owner {
		return nil
	}
	have.Spec.RoleARN, have.Spec.Owner = wanted.RoleARN, &owner
	if err := r.client.Update(ctx, have); err != nil {
		return fmt.Errorf("change pod identity association %s: %w", at, err)
	}
	return nil
}

// dissociate deletes the associations of an add-on that is deleted.
func (r *reconciler) dissociate(ctx context.Context, addon *v1alpha1.Addon) error {
	list := &v1alpha1.PodIdentityAssociationList{}
	if err := r.client.List(ctx, list); err != nil {
		return fmt.Errorf("list pod identity associations: %w", err)
	}
	for i := range list.Items {
		item := &list.Items[i]
		if item.Spec.Owner == nil || item.Spec.Owner.UID != addon.UID {
			continue
		}
		if err := r.client.Delete(ctx, item); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("delete pod identity association %s: %w", item.Name, err)
		}
	}
	return nil
}

// restartOn makes pods start anew when the association of their service account changes.
func restartOn(objects []*unstructured.Unstructured, associations []v1alpha1.AddonPodIdentity) {
	for _, object := range objects {
		account, at := []string{"spec", "template", "spec", "serviceAccountName"}, []string{"spec", "template", "metadata", "annotations"}
		switch gk := object.GroupVersionKind().GroupKind(); {
		case gk.Group == "apps":
		case gk.Group == "opentelemetry.io" && gk.Kind == "OpenTelemetryCollector":
			account, at = []string{"spec", "serviceAccount"}, []string{"spec", "podAnnotations"}
		default:
			continue
		}
		used, _, _ := unstructured.NestedString(object.Object, account...)
		i := slices.IndexFunc(associations, func(a v1alpha1.AddonPodIdentity) bool { return a.ServiceAccount == used })
		if i < 0 {
			continue
		}
		sum := sha256.Sum256([]byte(associations[i].RoleARN))
		annotations, _, _ := unstructured.NestedStringMap(object.Object, at...)
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[associationAnnotation] = hex.EncodeToString(sum[:8])
		// The parents are mappings in every such object that a chart makes; where they are
		// not, the API server refuses the object with a better text.
		_ = unstructured.SetNestedStringMap(object.Object, annotations, at...)
	}
}
