package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// Finalizer is on collectors with objects that have no namespace, which no garbage collector
// takes away.
const Finalizer = "opentelemetrycollector.opentelemetry.io/finalizer"

// Pauses before the next look at an object that no event will bring.
const (
	// againCache is for a cache that has not seen what was written last.
	againCache = 50 * time.Millisecond
	// againSoon is for objects that are being deleted to be created anew.
	againSoon = time.Second
	// againReferences is for what pods refer to, and for sidecars: neither is watched.
	againReferences = time.Minute
)

// CollectorReconciler keeps the children of OpenTelemetryCollectors.
type CollectorReconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads past the cache, what is not in it.
	Live client.Reader
	// Applier writes the children.
	Applier *apply.Applier
	// Manifest is what package manifest must know of the operator. Available is filled in from
	// Kinds. CreateRBAC is set when the operator may write ClusterRoles.
	Manifest manifest.Options
	// Checker checks configurations; nil means that nobody does.
	Checker ConfigChecker
	// Kinds are the optional kinds there are.
	Kinds *Kinds
	// Version is the release of the collector that objects are upgraded to.
	Version string
	// Events receives what a user should know.
	Events events.EventRecorder
	// Log is for what no user of the cluster needs.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time

	upgrades, warned told
	written          versions
}

// Reconcile brings the children and the status of one collector up to date.
func (r *CollectorReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var cr v1beta1.OpenTelemetryCollector
	if err := r.Client.Get(ctx, req.NamespacedName, &cr); err != nil {
		if apierrors.IsNotFound(err) {
			r.Applier.Forget("OpenTelemetryCollector", req.NamespacedName)
			r.written.forget(req.NamespacedName)
			r.upgrades.forget(req.NamespacedName)
			r.warned.forget(req.NamespacedName)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("read collector %s: %w", req.NamespacedName, err)
	}
	if r.written.ahead(&cr) {
		return ctrl.Result{RequeueAfter: againCache}, nil
	}
	if cr.DeletionTimestamp != nil {
		return ctrl.Result{}, r.finalize(ctx, &cr)
	}
	if cr.Spec.ManagementState == v1beta1.ManagementStateUnmanaged {
		return ctrl.Result{}, nil
	}
	if upgraded, err := r.upgrade(ctx, &cr); err != nil {
		return ctrl.Result{}, err
	} else if upgraded {
		return ctrl.Result{RequeueAfter: againCache}, nil // the status alone makes no event
	}
	children, result, err := r.act(ctx, &cr)
	if err != nil && !lasting(err) {
		return ctrl.Result{}, err
	}
	again, statusErr := r.report(ctx, &cr, children, err)
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return ctrl.Result{}, nil // the garbage collector takes it from here
	}
	if err := errors.Join(err, statusErr); err != nil {
		return ctrl.Result{}, err
	}
	if len(result.Recreate) > 0 {
		again = againSoon
	}
	return ctrl.Result{RequeueAfter: again}, nil
}

// act builds the children and applies them, unless the configuration is one that the collector
// would not start with: then what runs is left to run. The configuration's condition is set in
// the status of cr, which is not yet written.
func (r *CollectorReconciler) act(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) (Children, apply.Result, error) {
	if text, ok := cr.Annotations[v1alpha1.UnparsedConfigAnnotation]; ok {
		r.set(cr, metav1.Condition{Type: ConfigValid, Status: metav1.ConditionFalse, Reason: "Unparsable", Message: unparsed(text)})
		return Children{}, apply.Result{}, nil
	}
	allocator, err := r.allocator(ctx, cr)
	if err != nil {
		return Children{}, apply.Result{}, err
	}
	children, err := r.build(cr, allocator)
	if err != nil {
		r.set(cr, metav1.Condition{Type: ConfigValid, Status: metav1.ConditionFalse, Reason: reasonInvalidConfig, Message: short(err.Error())})
		return children, apply.Result{}, nil
	}
	r.warn(cr, children.Warnings)
	valid := r.check(ctx, cr, children)
	r.set(cr, valid)
	if valid.Status == metav1.ConditionFalse {
		return children, apply.Result{}, nil
	}
	if cr.Annotations[RollOnChange] == "true" {
		if err := stampReferences(ctx, r.Live, children.Objects); err != nil {
			return children, apply.Result{}, err
		}
	}
	if err := r.finalizer(ctx, cr, children.Objects); err != nil {
		return children, apply.Result{}, err
	}
	used, err := r.configsInUse(ctx, cr)
	if err != nil {
		return children, apply.Result{}, err
	}
	result, err := r.Applier.Apply(ctx, apply.Set{
		Owner:   cr,
		Objects: children.Objects,
		Labels:  selector(cr),
		Kinds:   r.kinds(),
		Keep:    map[schema.GroupVersionKind]int{configMaps: max(1, cr.Spec.ConfigVersions)},
		Used:    used,
	})
	if len(result.Applied)+len(result.Deleted)+len(result.Recreate) > 0 {
		r.Log.InfoContext(ctx, "collector applied", "collector", client.ObjectKeyFromObject(cr).String(),
			"applied", refs(result.Applied), "deleted", refs(result.Deleted), "recreated", refs(result.Recreate))
	}
	return children, result, err
}

// configsInUse are the ConfigMaps of the collector's pods. Those of a roll-out that does not go
// on may be older than all that are kept, and could not start again without theirs.
func (r *CollectorReconciler) configsInUse(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) (map[apply.Ref]bool, error) {
	var pods corev1.PodList
	if err := r.Client.List(ctx, &pods, client.InNamespace(cr.Namespace), client.MatchingLabels(selector(cr))); err != nil {
		return nil, fmt.Errorf("list the pods of %s: %w", client.ObjectKeyFromObject(cr), err)
	}
	used := make(map[apply.Ref]bool)
	for _, pod := range pods.Items {
		if hash := pod.Annotations[manifest.HashAnnotation]; hash != "" {
			name := types.NamespacedName{Namespace: cr.Namespace, Name: manifest.ConfigMapName(cr.Name, hash)}
			used[apply.Ref{GroupVersionKind: configMaps, NamespacedName: name}] = true
		}
	}
	return used, nil
}

// check asks the collector about the configuration. When it cannot be asked the condition is
// unknown and the configuration is applied: the pods will tell.
func (r *CollectorReconciler) check(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, children Children) metav1.Condition {
	if r.Checker == nil {
		return metav1.Condition{Type: ConfigValid, Status: metav1.ConditionUnknown, Reason: "NotChecked", Message: "this operator has no collector to check it with"}
	}
	verdict, err := r.Checker.Check(ctx, []byte(children.Config), checkEnvironment(children.Env))
	if err != nil {
		r.Log.WarnContext(ctx, "configuration not checked", "collector", client.ObjectKeyFromObject(cr).String(), "err", err)
		return metav1.Condition{Type: ConfigValid, Status: metav1.ConditionUnknown, Reason: "NotChecked", Message: short(err.Error())}
	}
	own := children.Image == r.Manifest.CollectorImage && len(cr.Spec.Command) == 0
	return validity(verdict, own)
}

// warn sends what the user should know as an event, once for each generation.
func (r *CollectorReconciler) warn(cr *v1beta1.OpenTelemetryCollector, warnings []string) {
	if len(warnings) == 0 || !r.warned.first(cr) {
		return
	}
	tell(r.Events, cr, corev1.EventTypeWarning, "Warning", "Build", "%s", strings.Join(warnings, "; "))
}

// unparsed says why a configuration that came as text cannot be read.
func unparsed(text string) string {
	if _, err := v1beta1.ParseConfig([]byte(text)); err != nil {
		return short(err.Error())
	}
	return "the configuration could not be read when it was written; apply it again"
}

// selector returns the labels of a collector's pods, and of those of no other.
func selector(cr *v1beta1.OpenTelemetryCollector) map[string]string {
	return manifest.SelectorLabels(cr.Namespace, cr.Name, manifest.CollectorComponent)
}

// kinds returns the kinds in which children that are no longer wanted may be.
func (r *CollectorReconciler) kinds() []schema.GroupVersionKind {
	kinds := append([]schema.GroupVersionKind{allocators}, workloads...)
	kinds = append(kinds, plain...)
	if r.Manifest.CreateRBAC {
		kinds = append(kinds, clusterKinds...)
	}
	for _, gvk := range r.Kinds.List() {
		if gvk != certificate && gvk != issuer {
			kinds = append(kinds, gvk)
		}
	}
	return kinds
}

// finalizer sees to it that the collector has the finalizer before it gets children that
// nobody but the operator would delete.
func (r *CollectorReconciler) finalizer(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, objects []client.Object) error {
	wanted := false
	for _, obj := range objects {
		wanted = wanted || obj.GetNamespace() == ""
	}
	if !wanted || controllerutil.ContainsFinalizer(cr, Finalizer) {
		return nil
	}
	return r.patchFinalizers(ctx, cr, func(obj client.Object) { controllerutil.AddFinalizer(obj, Finalizer) })
}

// finalize deletes what the garbage collector cannot, then lets the collector go.
func (r *CollectorReconciler) finalize(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) error {
	if !controllerutil.ContainsFinalizer(cr, Finalizer) {
		return nil
	}
	if err := r.Applier.Remove(ctx, cr, clusterKinds); err != nil {
		return fmt.Errorf("delete the cluster-wide children of %s: %w", client.ObjectKeyFromObject(cr), err)
	}
	return r.patchFinalizers(ctx, cr, func(obj client.Object) { controllerutil.RemoveFinalizer(obj, Finalizer) })
}

// patchFinalizers changes the finalizers alone, by the object's metadata.
func (r *CollectorReconciler) patchFinalizers(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, edit func(client.Object)) error {
	old := &metav1.PartialObjectMetadata{ObjectMeta: *cr.ObjectMeta.DeepCopy()}
	old.SetGroupVersionKind(v1beta1.GroupVersion.WithKind("OpenTelemetryCollector"))
	changed := old.DeepCopy()
	edit(changed)
	err := r.Client.Patch(ctx, changed, client.MergeFromWithOptions(old, client.MergeFromWithOptimisticLock{}), client.FieldOwner(apply.Manager))
	if err != nil {
		return client.IgnoreNotFound(fmt.Errorf("change the finalizers of %s: %w", client.ObjectKeyFromObject(cr), err))
	}
	cr.ObjectMeta = changed.ObjectMeta
	r.written.note(cr)
	return nil
}

// set sets a condition of the status that is not yet written.
func (r *CollectorReconciler) set(cr *v1beta1.OpenTelemetryCollector, c metav1.Condition) {
	c.ObservedGeneration = cr.Generation
	c.LastTransitionTime = metav1.NewTime(r.Now())
	meta.SetStatusCondition(&cr.Status.Conditions, c)
}

// lasting reports whether an error will be the same at the next attempt, so that it belongs
// into the status: the API server understood the request and refused it.
func lasting(err error) bool {
	switch apierrors.ReasonForError(err) {
	case metav1.StatusReasonInvalid, metav1.StatusReasonForbidden, metav1.StatusReasonBadRequest,
		metav1.StatusReasonMethodNotAllowed, metav1.StatusReasonRequestEntityTooLarge:
		return true
	default:
		return errors.Is(err, apply.ErrForeign)
	}
}

// refs returns names for the log.
func refs(list []apply.Ref) []string {
	out := make([]string, len(list))
	for i, ref := range list {
		out[i] = ref.String()
	}
	return out
}
