package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	crreconcile "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/radiograph/radiograph/operator/addon/association"
	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// prune deletes what the add-on consisted of before and does no longer. While it is created that
// is what an attempt has left, but not what an earlier add-on of the name has.
func (r *reconciler) prune(ctx context.Context, in *installation) {
	if in.installed() {
		return
	}
	wanted := map[identity]bool{}
	for _, object := range in.objects {
		wanted[identityOf(refOf(object, object.GroupVersionKind()))] = true
	}
	found, err := r.find(ctx, in.addon.Name, kindsOf(in.objects, true))
	if err != nil {
		in.stop(fmt.Errorf("look for objects that are no longer wanted: %w", err), nil)
		return
	}
	for _, object := range found {
		if wanted[identityOf(object.ref)] || object.Kind == "Namespace" || in.creating && object.meta.CreationTimestamp.Before(&in.addon.CreationTimestamp) {
			continue
		}
		if err := r.delete(ctx, object); err != nil {
			in.stop(err, nil)
		}
	}
}

// identity is an object whatever the version of its kind.
type identity struct {
	schema.GroupKind
	namespace, name string
}

func identityOf(r ref) identity {
	return identity{r.GroupVersionKind.GroupKind(), r.Namespace, r.Name}
}

// found is an object of an add-on in the cluster.
type found struct {
	ref
	meta metav1.PartialObjectMetadata
}

// find looks in every kind for the objects of an add-on, in the order of their removal. The
// label alone is not enough: objects that are made of others take over their labels. Those
// have been written by another manager, or belong to an object. A kind of someone else that
// cannot be listed, since its conversion webhook or its own API server does not answer, must keep
// nobody from deleting an add-on: it is left out unless the add-on is known to have such objects.
func (r *reconciler) find(ctx context.Context, addon string, known map[schema.GroupKind]bool) ([]found, error) {
	groups, lists, err := r.clients.Discovery().ServerGroupsAndResources()
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, fmt.Errorf("ask the API server for its kinds: %w", err)
	}
	preferredFirst(groups, lists)
	seen := map[identity]bool{}
	// A kind is listed in one version, the one that is preferred: another would ask its conversion
	// webhook, which may be among what is removed.
	listed := map[schema.GroupKind]bool{}
	var out []found
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue // no kind of ours is in a group that has no name
		}
		for _, resource := range list.APIResources {
			if !slices.Contains(resource.Verbs, "list") || !slices.Contains(resource.Verbs, "delete") {
				continue
			}
			gvk := gv.WithKind(resource.Kind)
			if listed[gvk.GroupKind()] {
				continue
			}
			listed[gvk.GroupKind()] = true
			objects, err := r.list(ctx, gvk, addon)
			if err != nil {
				if builtin(gvk.Group) || known[gvk.GroupKind()] {
					return nil, err
				}
				r.Log.WarnContext(ctx, "kind cannot be listed and is left out", "addon", addon, "kind", gvk.GroupKind(), "err", err)
				continue
			}
			for _, object := range objects {
				if id := identityOf(object.ref); !seen[id] {
					seen[id] = true
					out = append(out, object)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b found) int {
		return removalRank(a.GroupVersionKind.GroupKind()) - removalRank(b.GroupVersionKind.GroupKind())
	})
	return out, nil
}

// preferredFirst orders lists of kinds as the API server prefers their versions. They come from a
// map when the API server says all of them at once.
func preferredFirst(groups []*metav1.APIGroup, lists []*metav1.APIResourceList) {
	place := map[string]int{}
	for _, group := range groups {
		for _, version := range group.Versions {
			place[version.GroupVersion] = len(place)
		}
	}
	slices.SortFunc(lists, func(a, b *metav1.APIResourceList) int { return place[a.GroupVersion] - place[b.GroupVersion] })
}

// kindsOf are the kinds of objects, and if defined is set those that they define, too.
func kindsOf(objects []*unstructured.Unstructured, defined bool) map[schema.GroupKind]bool {
	out := map[schema.GroupKind]bool{}
	for _, object := range objects {
		out[object.GroupVersionKind().GroupKind()] = true
		if defined && object.GetKind() == "CustomResourceDefinition" {
			group, _, _ := unstructured.NestedString(object.Object, "spec", "group")
			kind, _, _ := unstructured.NestedString(object.Object, "spec", "names", "kind")
			out[schema.GroupKind{Group: group, Kind: kind}] = true
		}
	}
	return out
}

// list returns the objects of a kind that the add-on applied. Kinds that the manager may not
// list hold none of them, since it may apply none.
func (r *reconciler) list(ctx context.Context, gvk schema.GroupVersionKind, addon string) ([]found, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	err := r.client.List(ctx, list, client.MatchingLabels{catalog.Label: addon})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsMethodNotSupported(err) || meta.IsNoMatchError(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", gvk.Kind, err)
	}
	var out []found
	for _, item := range list.Items {
		if _, ours := ourFields(&item); ours && metav1.GetControllerOf(&item) == nil {
			out = append(out, found{ref: ref{gvk, client.ObjectKeyFromObject(&item)}, meta: item})
		}
	}
	return out, nil
}

// delete deletes the very object that was found. That it is gone is no error.
func (r *reconciler) delete(ctx context.Context, object found) error {
	r.memory.drop(object.ref)
	if object.meta.DeletionTimestamp != nil {
		return nil
	}
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(object.GroupVersionKind)
	partial.SetNamespace(object.Namespace)
	partial.SetName(object.Name)
	uid := object.meta.UID
	err := r.client.Delete(ctx, partial, client.PropagationPolicy(metav1.DeletePropagationBackground), client.Preconditions{UID: &uid})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("delete %s %s: %w", object.Kind, object.NamespacedName, err)
	}
	return nil
}

// remove deletes what an add-on consists of, or forgets it, and lets the Addon go.
func (r *reconciler) remove(ctx context.Context, addon *v1alpha1.Addon) (crreconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(addon, v1alpha1.AddonFinalizer) {
		return crreconcile.Result{}, nil
	}
	if addon.Status.Phase != v1alpha1.PhaseDeleting && addon.Status.Phase != v1alpha1.PhaseDeleteFailed {
		r.ready(addon.Name) // the time to be gone begins
	}
	if !addon.Spec.PreserveOnDelete {
		left, err := r.removeObjects(ctx, addon)
		if err != nil && (!transient(err) || r.late(addon.Name)) {
			return crreconcile.Result{RequeueAfter: pauseFailed}, ignoreRace(r.reportRemoval(ctx, addon, v1alpha1.PhaseDeleteFailed, err))
		}
		if err != nil || left != "" {
			if r.late(addon.Name) {
				err := fmt.Errorf("%s is not gone yet; delete the add-on with preserve to leave it", left)
				return crreconcile.Result{RequeueAfter: pauseFailed}, ignoreRace(r.reportRemoval(ctx, addon, v1alpha1.PhaseDeleteFailed, err))
			}
			return crreconcile.Result{RequeueAfter: pauseWaiting}, ignoreRace(r.reportRemoval(ctx, addon, v1alpha1.PhaseDeleting, nil))
		}
	}
	r.ready(addon.Name)
	controllerutil.RemoveFinalizer(addon, v1alpha1.AddonFinalizer)
	if err := r.client.Update(ctx, addon); err != nil {
		return crreconcile.Result{}, ignoreRace(err)
	}
	r.Log.InfoContext(ctx, "add-on deleted", "addon", addon.Name, "preserved", addon.Spec.PreserveOnDelete)
	return crreconcile.Result{}, nil
}

// removeObjects deletes the objects in their order, each rank when the one before is gone, and
// says what is still there.
func (r *reconciler) removeObjects(ctx context.Context, addon *v1alpha1.Addon) (string, error) {
	known := newInstallation(addon)
	if r.choose(ctx, known); known.version != nil {
		r.render(ctx, known)
	}
	objects, err := r.find(ctx, addon.Name, kindsOf(known.objects, false)) // what it defines goes with the definitions
	if err != nil {
		return "", err
	}
	if len(objects) > 0 && objects[0].Kind == "Namespace" { // nothing else is left
		if objects, err = r.handOver(ctx, addon, objects); err != nil {
			return "", err
		}
	}
	if len(objects) > 0 {
		rank := removalRank(objects[0].GroupVersionKind.GroupKind())
		var errs []error
		for _, object := range objects {
			if removalRank(object.GroupVersionKind.GroupKind()) != rank {
				break
			}
			if object.Kind == "CustomResourceDefinition" && object.meta.DeletionTimestamp == nil {
				r.Log.WarnContext(ctx, "definition is deleted with all its objects", "addon", addon.Name, "definition", object.Name)
			}
			errs = append(errs, r.delete(ctx, object))
		}
		return objects[0].Kind + " " + objects[0].Name, errors.Join(errs...)
	}
	if err := association.Remove(ctx, r.client, addon); err != nil {
		return "", err
	}
	return "", r.sleep(ctx)
}

// handOver returns the namespaces that go with an add-on. Those that were there before it stay,
// and those that another add-on is in become the other's.
func (r *reconciler) handOver(ctx context.Context, addon *v1alpha1.Addon, namespaces []found) ([]found, error) {
	var all v1alpha1.AddonList
	if err := r.client.List(ctx, &all); err != nil {
		return nil, fmt.Errorf("list add-ons: %w", err)
	}
	var out []found
	for _, object := range namespaces {
		heir := slices.IndexFunc(all.Items, func(a v1alpha1.Addon) bool { return a.Name != addon.Name && a.Status.Namespace == object.Name })
		switch {
		case object.meta.Annotations[madeAnnotation] == "":
		case heir < 0:
			out = append(out, object)
		default:
			patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:%q}}}`, catalog.Label, all.Items[heir].Name)
			err := r.client.Patch(ctx, &object.meta, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(Manager))
			if client.IgnoreNotFound(err) != nil {
				return nil, fmt.Errorf("hand namespace %s over to add-on %s: %w", object.Name, all.Items[heir].Name, err)
			}
		}
	}
	return out, nil
}

// sleep ends the watches of kinds that are no longer defined.
func (r *reconciler) sleep(ctx context.Context) error {
	r.mu.Lock()
	var kinds []schema.GroupVersionKind
	for gvk := range r.watched {
		if stageOf(gvk.GroupKind()) == stageResources {
			kinds = append(kinds, gvk)
		}
	}
	r.mu.Unlock()
	cluster, err := r.askCluster()
	if err != nil {
		return err
	}
	for _, gvk := range kinds {
		if slices.Contains(cluster.kinds, gvk.GroupVersion().String()+"/"+gvk.Kind) {
			continue
		}
		if err := r.sleepBy(ctx, gvk); err != nil {
			return fmt.Errorf("stop watching kind %s: %w", gvk.Kind, err)
		}
	}
	return nil
}

// reportRemoval writes how far the removal is.
func (r *reconciler) reportRemoval(ctx context.Context, addon *v1alpha1.Addon, phase v1alpha1.AddonPhase, err error) error {
	before := addon.Status.DeepCopy()
	addon.Status.Phase = phase
	addon.Status.Health.Issues = nil
	for i := range addon.Status.Updates {
		if update := &addon.Status.Updates[i]; !update.Done() {
			now := metav1.NewMicroTime(r.Now())
			update.Status, update.FinishedAt = v1alpha1.UpdateCancelled, &now
		}
	}
	text := "the add-on is being deleted"
	if err != nil {
		addon.Status.Health.Issues = []v1alpha1.AddonIssue{issueOf(err, nil)}
		text = err.Error()
	}
	setCondition(addon, ConditionReady, metav1.ConditionFalse, "Deleting", text)
	return r.write(ctx, addon, before)
}
