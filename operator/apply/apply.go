package apply

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// Manager is the field manager under which the operator applies.
const Manager = "radiograph-operator"

// OwnerLabel is set on objects that have no namespace: the uid of their owner, which cannot be
// their controller. Names of owners may be too long for a label, uids are not.
const OwnerLabel = "radiograph.dev/owner-uid"

// OwnerAnnotation is on the same objects: the owner's "namespace/name".
const OwnerAnnotation = "radiograph.dev/owner"

// Options says what an Applier works with.
type Options struct {
	// Client sends the writes. Its scheme must know every kind that is applied.
	Client client.Client
	// Cache answers what the cluster holds. It must keep managedFields.
	Cache client.Reader
	// Live reads past Cache, which need not hold objects without a namespace that are not the
	// operator's. Nil means Cache.
	Live client.Reader
	// Whole are the kinds that Cache holds whole. Of all others only the metadata is read.
	Whole []schema.GroupVersionKind
}

// Applier makes the cluster hold sets of objects. It may be used by several goroutines, for
// different owners.
type Applier struct {
	client client.Client
	live   live
	direct live
	memory memory
}

// New returns an Applier that remembers nothing yet.
func New(o Options) *Applier {
	whole := make(map[schema.GroupVersionKind]bool, len(o.Whole))
	for _, gvk := range o.Whole {
		whole[gvk] = true
	}
	if o.Live == nil {
		o.Live = o.Cache
	}
	return &Applier{
		client: o.Client,
		live:   live{reader: o.Cache, scheme: o.Client.Scheme(), whole: whole},
		direct: live{reader: o.Live, scheme: o.Client.Scheme()},
		memory: memory{applied: make(map[Ref]record)},
	}
}

// Ref names an object.
type Ref struct {
	schema.GroupVersionKind
	types.NamespacedName
}

// String returns the kind and the name, for messages.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.NamespacedName.String()
}

// Result says what was done. All empty means that no write was sent.
type Result struct {
	// Applied are the objects that were sent.
	Applied []Ref
	// Deleted are the objects that are no longer wanted.
	Deleted []Ref
	// Recreate are the objects that were deleted because what was to change cannot be
	// changed. Apply has to be called again.
	Recreate []Ref
}

// Set is what one owner wants.
type Set struct {
	// Owner becomes the controller of all objects in its namespace; those without a
	// namespace cannot have an owner in one, and are found again by [OwnerLabel].
	Owner client.Object
	// Objects are all that is wanted, each kind and name once. They are not changed.
	Objects []client.Object
	// Labels are those that every object of this owner has.
	Labels map[string]string
	// Kinds are the kinds in which objects that are no longer wanted are looked for.
	Kinds []schema.GroupVersionKind
	// Keep is how many objects of a kind are kept though no longer wanted, the youngest.
	Keep map[schema.GroupVersionKind]int
	// Used are objects that are kept beside those, because something still runs with them.
	Used map[Ref]bool
}

// Apply makes the cluster hold the set and deletes what the owner wanted before. The objects
// that others mount or run as come first; a workload is left as it is when one of those could
// not be applied, so that no pod starts without its configuration. Errors of other objects do
// not keep the rest from being applied; all are returned, joined.
func (a *Applier) Apply(ctx context.Context, set Set) (Result, error) {
	var result Result
	var errs []error
	wanted := make(map[Ref]bool, len(set.Objects))
	ordered, err := a.order(set.Objects)
	if err != nil {
		return result, err
	}
	baseFailed := false
	for _, o := range ordered {
		wanted[o.ref] = true
		if o.rank == rankWorkload && baseFailed {
			continue
		}
		if err := a.applyOne(ctx, set, o, &result); err != nil {
			errs = append(errs, fmt.Errorf("apply %s: %w", o.ref, err))
			baseFailed = baseFailed || o.rank == rankBase
		}
	}
	if len(errs) == 0 {
		errs = append(errs, a.prune(ctx, set, wanted, &result))
	}
	return result, errors.Join(errs...)
}

// Forget drops what is remembered of the objects of an owner that is gone.
func (a *Applier) Forget(ownerKind string, owner types.NamespacedName) {
	a.memory.forget(ownerKind, owner)
}

// Ranks order the kinds: what pods need, then pods, then what points at them.
const (
	rankBase = iota
	rankOther
	rankWorkload
	rankLast
)

// rankOf returns the rank of a kind.
func rankOf(gvk schema.GroupVersionKind) int {
	switch gvk.Kind {
	case "ServiceAccount", "ConfigMap", "Secret":
		return rankBase
	case "Deployment", "DaemonSet", "StatefulSet":
		return rankWorkload
	case "HorizontalPodAutoscaler":
		return rankLast
	default:
		return rankOther
	}
}

// desired is an object of a set on its way.
type desired struct {
	client.Object
	ref  Ref
	rank int
}

// order sorts the objects by rank and, within a rank, leaves their order.
func (a *Applier) order(objects []client.Object) ([]desired, error) {
	out := make([]desired, 0, len(objects))
	for _, obj := range objects {
		gvk, err := apiutil.GVKForObject(obj, a.client.Scheme())
		if err != nil {
			return nil, fmt.Errorf("kind of object %s: %w", obj.GetName(), err)
		}
		out = append(out, desired{Object: obj, ref: Ref{gvk, client.ObjectKeyFromObject(obj)}, rank: rankOf(gvk)})
	}
	slices.SortStableFunc(out, func(a, b desired) int { return a.rank - b.rank })
	return out, nil
}

// applyOne sends the object unless the cluster holds it already.
func (a *Applier) applyOne(ctx context.Context, set Set, o desired, result *Result) error {
	obj, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return errors.New("a copy of the object is no object")
	}
	if err := a.own(set.Owner, obj); err != nil {
		return err
	}
	data, err := encode(obj, o.ref.GroupVersionKind)
	if err != nil {
		return err
	}
	sum := digest(sha256.Sum256(data))
	have, err := a.live.get(ctx, o.ref.GroupVersionKind, o.ref.NamespacedName)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return fmt.Errorf("look it up: %w", err)
	case err == nil && have.GetDeletionTimestamp() != nil:
		result.Recreate = append(result.Recreate, o.ref)
		return nil
	case err == nil && a.memory.holds(o.ref, sum, have):
		return nil
	}
	if err := a.foreign(ctx, set, o.ref, have); err != nil {
		return err
	}
	answer := &metav1.PartialObjectMetadata{}
	answer.SetGroupVersionKind(o.ref.GroupVersionKind)
	answer.SetName(o.ref.Name)
	answer.SetNamespace(o.ref.Namespace)
	err = a.client.Patch(ctx, answer, client.RawPatch(types.ApplyPatchType, data), client.FieldOwner(Manager), client.ForceOwnership)
	if have != nil && isImmutable(err) {
		return a.remove(ctx, o, have, result)
	}
	if err != nil {
		return err
	}
	ownerKind, err := apiutil.GVKForObject(set.Owner, a.client.Scheme())
	if err != nil {
		return err
	}
	a.memory.remember(o.ref, sum, Ref{ownerKind, client.ObjectKeyFromObject(set.Owner)}, answer)
	result.Applied = append(result.Applied, o.ref)
	return nil
}

// own makes the owner the controller of the object, or labels the object with it.
func (a *Applier) own(owner, obj client.Object) error {
	if obj.GetNamespace() != "" {
		return controllerutil.SetControllerReference(owner, obj, a.client.Scheme())
	}
	labels := make(map[string]string, len(obj.GetLabels())+1)
	maps.Copy(labels, obj.GetLabels())
	labels[OwnerLabel] = string(owner.GetUID())
	obj.SetLabels(labels)
	annotations := make(map[string]string, len(obj.GetAnnotations())+1)
	maps.Copy(annotations, obj.GetAnnotations())
	annotations[OwnerAnnotation] = client.ObjectKeyFromObject(owner).String()
	obj.SetAnnotations(annotations)
	return nil
}

// isImmutable reports whether the API server refused a change because the field can only be
// given at creation. There is no reason of its own for that, only words: "field is immutable"
// of apimachinery's validation, the StatefulSet's own "updates to statefulset spec for fields
// other than ... are forbidden", and "cannot change roleRef".
func isImmutable(err error) bool {
	if !apierrors.IsInvalid(err) {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "field is immutable") ||
		strings.Contains(text, "updates to statefulset spec") ||
		strings.Contains(text, "cannot change roleRef")
}

// remove deletes an object that is to be created again. The pods of a StatefulSet stay and are
// adopted by the new one, which then rolls them: its selector never changes.
func (a *Applier) remove(ctx context.Context, o desired, have client.Object, result *Result) error {
	propagation := metav1.DeletePropagationBackground
	if o.ref.Kind == "StatefulSet" {
		propagation = metav1.DeletePropagationOrphan
	}
	if err := a.delete(ctx, o.ref, have, propagation); err != nil {
		return fmt.Errorf("delete it to create it anew: %w", err)
	}
	result.Recreate = append(result.Recreate, o.ref)
	return nil
}

// delete deletes the very object that was seen. That it is gone is no error.
func (a *Applier) delete(ctx context.Context, ref Ref, have client.Object, propagation metav1.DeletionPropagation) error {
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(ref.GroupVersionKind)
	partial.SetName(ref.Name)
	partial.SetNamespace(ref.Namespace)
	uid := have.GetUID()
	err := a.client.Delete(ctx, partial, client.PropagationPolicy(propagation), client.Preconditions{UID: &uid})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		err = nil
	}
	if err == nil {
		a.memory.drop(ref)
	}
	return err
}

// older reports whether the cached object is from before the one that was answered.
func older(cached, answered string) bool {
	order, err := resourceversion.CompareResourceVersion(cached, answered)
	return err == nil && order < 0
}
