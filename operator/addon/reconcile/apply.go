package reconcile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// Manager is the field manager that applies the objects of add-ons: that of EKS, so that
// tools that look for it find it.
const Manager = "eks"

// madeAnnotation is on namespaces that did not exist before the add-on: they are deleted with
// it, others are not.
const madeAnnotation = "radiograph.dev/made-by-addon"

// ref names an object.
type ref struct {
	schema.GroupVersionKind
	types.NamespacedName
}

func refOf(object client.Object, gvk schema.GroupVersionKind) ref {
	return ref{gvk, client.ObjectKeyFromObject(object)}
}

// digest is a SHA-256.
type digest [sha256.Size]byte

// applied is what is remembered of an object: what was wanted, and the state of our entry in
// its managedFields when it was last made so. While both are as they were nothing is to do.
type applied struct {
	want, fields digest
	uid          types.UID
	// left are the fields in conflict that were left to others.
	left []conflict
}

// holds reports whether the object is as it was when it was last made as it is wanted.
func (a applied) holds(want digest, have client.Object) bool {
	fields, ok := ourFields(have)
	return ok && a.want == want && a.fields == digestOf(fields) && a.uid == have.GetUID()
}

// memory is what was applied, by object. A new process remembers nothing.
type memory struct {
	mu      sync.Mutex
	objects map[ref]applied
}

func (m *memory) get(r ref) (applied, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.objects[r]
	return a, ok
}

func (m *memory) put(r ref, a applied) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[r] = a
}

func (m *memory) drop(r ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, r)
}

// ourFields is our entry in managedFields, and whether there is one.
func ourFields(object client.Object) ([]byte, bool) {
	for _, entry := range object.GetManagedFields() {
		if entry.Manager == Manager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == "" && entry.FieldsV1 != nil {
			return entry.FieldsV1.Raw, true
		}
	}
	return nil, false
}

func digestOf(data []byte) digest { return sha256.Sum256(data) }

// metadata reads an object's metadata; nil if it does not exist.
func (r *reconciler) metadata(ctx context.Context, object ref) (*metav1.PartialObjectMetadata, error) {
	out := &metav1.PartialObjectMetadata{}
	out.SetGroupVersionKind(object.GroupVersionKind)
	err := r.client.Get(ctx, object.NamespacedName, out)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return nil, nil //nolint:nilnil // nil is the answer that there is none
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", object.Name, err)
	}
	return out, nil
}

// place gives an object of a kind that has namespaces the add-on's, unless it has one.
func (r *reconciler) place(object *unstructured.Unstructured, namespace string) error {
	gvk := object.GroupVersionKind()
	mapping, err := r.client.RESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return fmt.Errorf("kind %s: %w", gvk.Kind, err)
	}
	switch {
	case mapping.Scope.Name() != meta.RESTScopeNameNamespace:
		object.SetNamespace("")
	case object.GetNamespace() == "":
		object.SetNamespace(namespace)
	}
	return nil
}

// outcome is what became of one object.
type outcome struct {
	// missing says that it was not there, though it had been installed.
	missing bool
	// conflicts are the fields that others have set; issue says so when they are left.
	conflicts []conflict
	issue     *v1alpha1.AddonIssue
	// restored are the fields of ours that had been removed.
	restored []string
	// wrote says that a write was sent, and fields are ours after it.
	wrote  bool
	fields []byte
}

// ensure makes one object as it is wanted.
func (r *reconciler) ensure(ctx context.Context, in *installation, object *unstructured.Unstructured, how resolution) (outcome, error) {
	var out outcome
	at := refOf(object, object.GroupVersionKind())
	have, err := r.metadata(ctx, at)
	if err != nil {
		return out, err
	}
	if have != nil {
		if othersNamespace(in.addon.Name, have) {
			return out, nil
		}
		other, err := r.othersHave(ctx, in.addon.Name, have)
		if err != nil {
			return out, err
		}
		if other != "" {
			return out, &takenError{other}
		}
	}
	object = r.markMade(object, have)
	data, err := json.Marshal(object.Object)
	if err != nil {
		return out, fmt.Errorf("encode: %w", err)
	}
	want := digestOf(data)
	before, remembered := r.memory.get(at)
	if have == nil {
		out.missing = true
		return out, r.send(ctx, at, object, want, force, &out)
	}
	if have.DeletionTimestamp != nil {
		return out, fmt.Errorf("it is being deleted: %w", errWait)
	}
	held := remembered && before.holds(want, have)
	if held && len(before.left) == 0 {
		return out, nil
	}
	if out.conflicts, err = r.conflicts(ctx, object); err != nil {
		return out, err
	}
	if len(out.conflicts) > 0 && how == fail {
		issue := modified(object, out.conflicts)
		out.issue = &issue
	}
	if held && how != force && slices.Equal(before.left, out.conflicts) {
		return out, nil
	}
	if err := r.send(ctx, at, object, want, how, &out); err != nil {
		return out, err
	}
	if remembered && before.want == want {
		out.restored, err = restored(have, out.fields)
	}
	return out, err
}

// othersNamespace reports whether an object is a namespace that another add-on made, which shares
// it. That add-on need not exist any more: then the namespace was preserved with it. See handOver.
func othersNamespace(addon string, have *metav1.PartialObjectMetadata) bool {
	owner := have.Labels[catalog.Label]
	return have.Kind == "Namespace" && owner != "" && owner != addon
}

// takenError says that an object belongs to another add-on.
type takenError struct{ addon string }

// Error names the add-on.
func (e *takenError) Error() string { return "it belongs to the add-on " + e.addon }

// othersHave names the add-on that an object belongs to, if that is another one and there is one
// of that name. Both are applied by the same field manager, so the API server sees no conflict.
func (r *reconciler) othersHave(ctx context.Context, addon string, have *metav1.PartialObjectMetadata) (string, error) {
	other := have.Labels[catalog.Label]
	if _, ours := ourFields(have); other == "" || other == addon || !ours {
		return "", nil
	}
	err := r.client.Get(ctx, client.ObjectKey{Name: other}, &v1alpha1.Addon{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read add-on %s: %w", other, err)
	}
	return other, nil
}

// restored lists the fields that are ours after an apply and were nobody's before it: they had
// been removed.
func restored(have client.Object, after []byte) ([]string, error) {
	var is fieldpath.Set
	if err := is.FromJSON(bytes.NewReader(after)); err != nil {
		return nil, fmt.Errorf("read managed fields: %w", err)
	}
	left := &is
	for _, entry := range have.GetManagedFields() {
		var was fieldpath.Set
		if entry.FieldsV1 == nil {
			continue
		}
		if err := was.FromJSON(bytes.NewReader(entry.FieldsV1.Raw)); err != nil {
			return nil, fmt.Errorf("read managed fields: %w", err)
		}
		left = left.Difference(&was)
	}
	var out []string
	left.Leaves().Iterate(func(p fieldpath.Path) { out = append(out, p.String()) })
	return out, nil
}

// modified says that fields were changed which the add-on manages.
func modified(object *unstructured.Unstructured, conflicts []conflict) v1alpha1.AddonIssue {
	return v1alpha1.AddonIssue{
		Code: v1alpha1.IssueUnsupportedAddonModification,
		Message: "fields that the add-on manages were changed: " + describe(inConflict{object, conflicts}) +
			". Update the add-on with OVERWRITE to set them back, or with PRESERVE to keep them.",
		ResourceIDs: []string{name(object)},
	}
}

// markMade notes on a namespace that it is the add-on's own.
func (r *reconciler) markMade(object *unstructured.Unstructured, have *metav1.PartialObjectMetadata) *unstructured.Unstructured {
	if object.GetKind() != "Namespace" || have != nil && have.Annotations[madeAnnotation] == "" {
		return object
	}
	out := object.DeepCopy()
	annotations := out.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[madeAnnotation] = "true"
	out.SetAnnotations(annotations)
	return out
}

// conflicts asks the API server which fields an apply would be in conflict about.
func (r *reconciler) conflicts(ctx context.Context, object *unstructured.Unstructured) ([]conflict, error) {
	err := r.patch(ctx, object.DeepCopy(), client.DryRunAll)
	if conflicts, ok := conflictsOf(err); ok {
		return conflicts, nil
	}
	return nil, err
}

// send applies the object and remembers it. Unless fields in conflict are taken they are left
// out: of the others nothing is lost.
func (r *reconciler) send(ctx context.Context, at ref, object *unstructured.Unstructured, want digest, how resolution, out *outcome) error {
	var options []client.PatchOption
	sent := object.DeepCopy()
	var left []conflict
	if how != force && len(out.conflicts) > 0 {
		left = out.conflicts
		var err error
		if sent, err = r.reduce(ctx, object, out.conflicts); err != nil {
			return err
		}
	}
	if how == force {
		options = append(options, client.ForceOwnership)
	}
	out.wrote = true
	if err := r.patch(ctx, sent, options...); err != nil {
		return err
	}
	out.fields, _ = ourFields(sent)
	r.memory.put(at, applied{want: want, fields: digestOf(out.fields), uid: sent.GetUID(), left: left})
	return nil
}

// reduce takes fields from an object until no more are in conflict: the API server reports
// a field of a list's item only once the item itself is not.
func (r *reconciler) reduce(ctx context.Context, object *unstructured.Unstructured, conflicts []conflict) (*unstructured.Unstructured, error) {
	for range 5 {
		reduced, err := without(object, conflicts)
		if err != nil {
			return nil, err
		}
		more, err := r.conflicts(ctx, reduced)
		if err != nil || len(more) == 0 {
			return reduced, err
		}
		object, conflicts = reduced, more
	}
	return nil, fmt.Errorf("fields stay in conflict: %s", describe(inConflict{object, conflicts}))
}

// patch is one server-side apply. The object becomes what the API server answers.
func (r *reconciler) patch(ctx context.Context, object *unstructured.Unstructured, options ...client.PatchOption) error {
	data, err := json.Marshal(object.Object)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	options = append(options, client.FieldOwner(Manager))
	return r.client.Patch(ctx, object, client.RawPatch(types.ApplyPatchType, data), options...)
}
