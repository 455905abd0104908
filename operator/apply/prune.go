package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// prune deletes what the owner has and does not want, but for those that are to be kept.
func (a *Applier) prune(ctx context.Context, set Set, wanted map[Ref]bool, result *Result) error {
	var errs []error
	for _, gvk := range set.Kinds {
		namespaced, err := a.client.RESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version)
		if meta.IsNoMatchError(err) {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("look up kind %s: %w", gvk.Kind, err))
			continue
		}
		unwanted, err := a.unwanted(ctx, set, gvk, namespaced.Scope.Name() == meta.RESTScopeNameNamespace, wanted)
		if err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", gvk.Kind, err))
			continue
		}
		for _, obj := range unwanted {
			ref := Ref{gvk, client.ObjectKeyFromObject(obj)}
			if err := a.delete(ctx, ref, obj, metav1.DeletePropagationBackground); err != nil {
				errs = append(errs, fmt.Errorf("delete %s: %w", ref, err))
				continue
			}
			result.Deleted = append(result.Deleted, ref)
		}
	}
	return errors.Join(errs...)
}

// Remove deletes the owner's objects that have no namespace: no garbage collector does, for
// their owner has one. Objects in the owner's namespace are left to the garbage collector.
func (a *Applier) Remove(ctx context.Context, owner client.Object, kinds []schema.GroupVersionKind) error {
	var result Result
	return a.prune(ctx, Set{Owner: owner, Kinds: kinds}, nil, &result)
}

// unwanted returns the objects of a kind that are to be deleted, the oldest first.
func (a *Applier) unwanted(ctx context.Context, set Set, gvk schema.GroupVersionKind, namespaced bool, wanted map[Ref]bool) ([]client.Object, error) {
	namespace, labels := set.Owner.GetNamespace(), set.Labels
	if !namespaced {
		namespace, labels = "", map[string]string{OwnerLabel: string(set.Owner.GetUID())}
	}
	have, err := a.live.list(ctx, gvk, namespace, labels)
	if err != nil {
		return nil, err
	}
	have = slices.DeleteFunc(have, func(obj client.Object) bool {
		ref := Ref{gvk, client.ObjectKeyFromObject(obj)}
		return obj.GetDeletionTimestamp() != nil ||
			namespaced && !controlledBy(obj, set.Owner.GetUID()) ||
			wanted[ref] || set.Used[ref]
	})
	slices.SortFunc(have, func(a, b client.Object) int {
		aTime, bTime := a.GetCreationTimestamp(), b.GetCreationTimestamp()
		return cmp.Or(aTime.Compare(bTime.Time), cmp.Compare(a.GetName(), b.GetName()))
	})
	return have[:max(0, len(have)-set.Keep[gvk])], nil
}

// controlledBy reports whether the object's controller is the owner.
func controlledBy(obj client.Object, owner types.UID) bool {
	ref := metav1.GetControllerOfNoCopy(obj)
	return ref != nil && ref.UID == owner
}
