package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// AllocatorReconciler keeps the children of TargetAllocators.
type AllocatorReconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Applier writes the children.
	Applier *apply.Applier
	// Manifest is what package manifest must know of the operator.
	Manifest manifest.Options
	// Kinds are the optional kinds there are.
	Kinds *Kinds
	// Version is what the status says.
	Version string
	// Events receives what a user should know.
	Events events.EventRecorder
	// Log is for what no user of the cluster needs.
	Log *slog.Logger

	warned  told
	written versions
}

// Reconcile brings the children and the status of one target allocator up to date.
func (r *AllocatorReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var ta v1alpha1.TargetAllocator
	if err := r.Client.Get(ctx, req.NamespacedName, &ta); err != nil {
		if apierrors.IsNotFound(err) {
			r.Applier.Forget(allocators.Kind, req.NamespacedName)
			r.written.forget(req.NamespacedName)
			r.warned.forget(req.NamespacedName)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("read target allocator %s: %w", req.NamespacedName, err)
	}
	if ta.DeletionTimestamp != nil || ta.Spec.ManagementState == v1beta1.ManagementStateUnmanaged {
		return ctrl.Result{}, nil
	}
	if r.written.ahead(&ta) {
		return ctrl.Result{RequeueAfter: againCache}, nil
	}
	collector, err := r.collector(ctx, &ta)
	if err != nil {
		return ctrl.Result{}, err
	}
	objects, ok := r.build(&ta, collector)
	if !ok {
		return ctrl.Result{}, nil // only a change of the resource can help
	}
	result, err := r.Applier.Apply(ctx, apply.Set{
		Owner:   &ta,
		Objects: objects,
		Labels:  manifest.SelectorLabels(ta.Namespace, ta.Name, manifest.AllocatorComponent),
		Kinds:   r.kinds(),
	})
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return ctrl.Result{}, nil
	}
	if err := errors.Join(err, r.report(ctx, &ta, objects)); err != nil {
		return ctrl.Result{}, err
	}
	if len(result.Recreate) > 0 {
		return ctrl.Result{RequeueAfter: againSoon}, nil
	}
	return ctrl.Result{}, nil
}

// build returns the children, and false when there can be none of what the user wrote. What
// the user should know is told, once for each generation.
func (r *AllocatorReconciler) build(ta *v1alpha1.TargetAllocator, collector *v1beta1.OpenTelemetryCollector) ([]client.Object, bool) {
	objects, warnings, err := manifest.TargetAllocator(manifest.AllocatorParams{
		Options: withKinds(r.Manifest, r.Kinds), Allocator: ta, Collector: collector,
	})
	if err != nil {
		warnings = append(warnings, err.Error())
	}
	if len(warnings) > 0 && r.warned.first(ta) {
		tell(r.Events, ta, corev1.EventTypeWarning, "Warning", "Build", "%s", strings.Join(warnings, "; "))
	}
	return objects, err == nil
}

// collector returns the collector that gets the allocator's targets: the one that owns the
// allocator, or the first that names it. It is nil when there is none.
func (r *AllocatorReconciler) collector(ctx context.Context, ta *v1alpha1.TargetAllocator) (*v1beta1.OpenTelemetryCollector, error) {
	if ref := metav1.GetControllerOfNoCopy(ta); ref != nil && ref.Kind == "OpenTelemetryCollector" {
		var cr v1beta1.OpenTelemetryCollector
		err := r.Client.Get(ctx, types.NamespacedName{Namespace: ta.Namespace, Name: ref.Name}, &cr)
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the collector of %s: %w", client.ObjectKeyFromObject(ta), err)
		}
		return &cr, nil
	}
	var list v1beta1.OpenTelemetryCollectorList
	if err := r.Client.List(ctx, &list, client.InNamespace(ta.Namespace), client.MatchingLabels{manifest.AllocatorLabel: ta.Name}); err != nil {
		return nil, fmt.Errorf("find the collector of %s: %w", client.ObjectKeyFromObject(ta), err)
	}
	var found *v1beta1.OpenTelemetryCollector
	for i, cr := range list.Items {
		if found == nil || cr.Name < found.Name {
			found = &list.Items[i]
		}
	}
	return found, nil
}

// kinds returns the kinds in which children that are no longer wanted may be.
func (r *AllocatorReconciler) kinds() []schema.GroupVersionKind {
	kinds := append([]schema.GroupVersionKind{workloads[0]}, plain...)
	for _, gvk := range r.Kinds.List() {
		if gvk != httpRoute && gvk != route {
			kinds = append(kinds, gvk)
		}
	}
	return kinds
}

// report writes the status if it has changed.
func (r *AllocatorReconciler) report(ctx context.Context, ta *v1alpha1.TargetAllocator, objects []client.Object) error {
	written := ta.DeepCopy()
	written.Status.Version = r.Version
	for _, obj := range objects {
		if template := podTemplate(obj); template != nil {
			written.Status.Image = firstImage(*template)
		}
	}
	if equality.Semantic.DeepEqual(ta.Status, written.Status) {
		return nil
	}
	if err := r.Client.Status().Patch(ctx, written, client.MergeFrom(ta), client.FieldOwner(apply.Manager)); err != nil {
		return client.IgnoreNotFound(fmt.Errorf("write the status of %s: %w", client.ObjectKeyFromObject(ta), err))
	}
	r.written.note(written)
	return nil
}

// Setup registers the reconciler with a manager. Optional kinds are looked for by the
// collectors' controller, which shares Kinds.
func (r *AllocatorReconciler) Setup(mgr manager.Manager, workers int) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("targetallocator").
		For(&v1alpha1.TargetAllocator{}, builder.WithPredicates(changed())).
		Owns(&appsv1.Deployment{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1beta1.OpenTelemetryCollector{}, handler.EnqueueRequestsFromMapFunc(allocatorOf), builder.WithPredicates(changed())).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers})
	for _, obj := range []client.Object{
		&corev1.ConfigMap{}, &corev1.Service{}, &corev1.ServiceAccount{}, &autoscalingv2.HorizontalPodAutoscaler{},
		&networkingv1.Ingress{}, &networkingv1.NetworkPolicy{}, &policyv1.PodDisruptionBudget{},
	} {
		b = b.Owns(obj, builder.OnlyMetadata)
	}
	c, err := b.Build(r)
	if err != nil {
		return fmt.Errorf("set up the target allocators' controller: %w", err)
	}
	r.Kinds.follow(follower{controller: c, owner: &v1alpha1.TargetAllocator{}, leave: []schema.GroupVersionKind{httpRoute, route, podMonitor}, all: r.all})
	return nil
}

// all returns all target allocators.
func (r *AllocatorReconciler) all(ctx context.Context) ([]reconcile.Request, error) {
	var list v1alpha1.TargetAllocatorList
	if err := r.Client.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list the target allocators: %w", err)
	}
	out := make([]reconcile.Request, len(list.Items))
	for i := range list.Items {
		out[i].NamespacedName = client.ObjectKeyFromObject(&list.Items[i])
	}
	return out, nil
}

// allocatorOf returns the target allocators that a collector may be of: its own, which has its
// name, and the one that it names.
func allocatorOf(_ context.Context, cr client.Object) []reconcile.Request {
	out := []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(cr)}}
	if name := cr.GetLabels()[manifest.AllocatorLabel]; name != "" {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: cr.GetNamespace(), Name: name}})
	}
	return out
}
