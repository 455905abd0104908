package controller

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// Setup registers the reconciler with a manager: it is told of every change of a collector, of
// its children and of its pods. Optional kinds are looked for every period, for target
// allocators as well.
func (r *CollectorReconciler) Setup(mgr manager.Manager, workers int, period time.Duration) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("opentelemetrycollector").
		For(&v1beta1.OpenTelemetryCollector{}, builder.WithPredicates(changed())).
		Owns(&appsv1.Deployment{}).
		Owns(&appsv1.DaemonSet{}).
		Owns(&appsv1.StatefulSet{}).
		Owns(&v1alpha1.TargetAllocator{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.TargetAllocator{}, handler.EnqueueRequestsFromMapFunc(r.namers), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(r.collectorOf), builder.WithPredicates(r.podChanged())).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers})
	for _, obj := range []client.Object{
		&corev1.ConfigMap{}, &corev1.Service{}, &corev1.ServiceAccount{}, &autoscalingv2.HorizontalPodAutoscaler{},
		&networkingv1.Ingress{}, &networkingv1.NetworkPolicy{}, &policyv1.PodDisruptionBudget{},
	} {
		b = b.Owns(obj, builder.OnlyMetadata)
	}
	if r.Manifest.CreateRBAC {
		b = b.WatchesMetadata(&rbacv1.ClusterRole{}, handler.EnqueueRequestsFromMapFunc(owner)).
			WatchesMetadata(&rbacv1.ClusterRoleBinding{}, handler.EnqueueRequestsFromMapFunc(owner))
	}
	c, err := b.Build(r)
	if err != nil {
		return fmt.Errorf("set up the collectors' controller: %w", err)
	}
	r.Kinds.follow(follower{controller: c, owner: &v1beta1.OpenTelemetryCollector{}, leave: []schema.GroupVersionKind{certificate, issuer}, all: r.all})
	return mgr.Add(&optionalWatches{kinds: r.Kinds, manager: mgr, log: r.Log, period: period})
}

// changed passes what the reconciler has to act on: not the status, which it writes itself.
func changed() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// owner returns the owner of an object without a namespace.
func owner(_ context.Context, obj client.Object) []reconcile.Request {
	namespace, name, ok := strings.Cut(obj.GetAnnotations()[apply.OwnerAnnotation], "/")
	if !ok {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}}
}

// namers returns the collectors that name a target allocator with their label.
func (r *CollectorReconciler) namers(ctx context.Context, obj client.Object) []reconcile.Request {
	var list v1beta1.OpenTelemetryCollectorList
	err := r.Client.List(ctx, &list, client.InNamespace(obj.GetNamespace()), client.MatchingLabels{manifest.AllocatorLabel: obj.GetName()})
	if err != nil {
		r.Log.WarnContext(ctx, "collectors of a target allocator not found", "allocator", client.ObjectKeyFromObject(obj).String(), "err", err)
	}
	return requests(list.Items)
}

// all returns all collectors.
func (r *CollectorReconciler) all(ctx context.Context) ([]reconcile.Request, error) {
	var list v1beta1.OpenTelemetryCollectorList
	if err := r.Client.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list the collectors: %w", err)
	}
	return requests(list.Items), nil
}

func requests(items []v1beta1.OpenTelemetryCollector) []reconcile.Request {
	out := make([]reconcile.Request, len(items))
	for i := range items {
		out[i].NamespacedName = client.ObjectKeyFromObject(&items[i])
	}
	return out
}

// collectorOf returns the collector that a pod belongs to, by the pod's labels.
func (r *CollectorReconciler) collectorOf(ctx context.Context, pod client.Object) []reconcile.Request {
	instance := pod.GetLabels()["app.kubernetes.io/instance"]
	if pod.GetLabels()["app.kubernetes.io/component"] != manifest.CollectorComponent || instance == "" {
		return nil
	}
	if name, ok := strings.CutPrefix(instance, pod.GetNamespace()+"."); ok && selectedBy(pod.GetNamespace(), name, instance) {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: pod.GetNamespace(), Name: name}}}
	}
	var list v1beta1.OpenTelemetryCollectorList // the name was shortened
	if err := r.Client.List(ctx, &list, client.InNamespace(pod.GetNamespace())); err != nil {
		r.Log.WarnContext(ctx, "collector of a pod not found", "pod", client.ObjectKeyFromObject(pod).String(), "err", err)
	}
	for _, cr := range list.Items {
		if selectedBy(cr.Namespace, cr.Name, instance) {
			return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(&cr)}}
		}
	}
	return nil
}

// selectedBy reports whether a collector's pods have the label.
func selectedBy(namespace, name, instance string) bool {
	return manifest.SelectorLabels(namespace, name, manifest.CollectorComponent)["app.kubernetes.io/instance"] == instance
}

// podChanged passes changes of what keeps a pod from working, and the end of a pod: nothing may
// need its ConfigMap any more. Everything else that a collector's status says of pods comes
// from the workload.
func (r *CollectorReconciler) podChanged() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return r.troubleOf(e.Object) != "" },
		UpdateFunc: func(e event.UpdateEvent) bool { return r.troubleOf(e.ObjectOld) != r.troubleOf(e.ObjectNew) },
	}
}

func (r *CollectorReconciler) troubleOf(obj client.Object) string {
	pod, ok := obj.(*corev1.Pod)
	if !ok {
		return ""
	}
	reason, message, _ := trouble(*pod, r.Now())
	return reason + message
}

// follower is a controller some of whose children are of optional kinds.
type follower struct {
	controller controller.Controller
	// owner is an object of the kind that the controller is for.
	owner client.Object
	// leave are the optional kinds that its children never are of.
	leave []schema.GroupVersionKind
	// all lists what is to be looked at again when a kind comes.
	all func(context.Context) ([]reconcile.Request, error)
}

// optionalWatches watches the optional kinds for as long as they exist, and has everything
// looked at again that may have children of a kind that comes.
type optionalWatches struct {
	kinds   *Kinds
	manager manager.Manager
	log     *slog.Logger
	period  time.Duration
}

// Start runs until the context ends. It is called by the manager, on the leader.
func (w *optionalWatches) Start(ctx context.Context) error {
	hint := make(chan struct{}, 1)
	crds := &metav1.PartialObjectMetadata{}
	crds.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	informer, err := w.manager.GetCache().GetInformer(ctx, crds)
	if err != nil {
		return fmt.Errorf("watch custom resource definitions: %w", err)
	}
	if _, err := informer.AddEventHandler(hinting(hint)); err != nil {
		return fmt.Errorf("watch custom resource definitions: %w", err)
	}
	w.come(ctx, w.kinds.List())
	w.kinds.run(ctx, w.log, w.period, hint, func(come, gone []schema.GroupVersionKind) {
		for _, gvk := range gone {
			if err := w.manager.GetCache().RemoveInformer(ctx, partial(gvk)); err != nil {
				w.log.WarnContext(ctx, "optional kind still watched", "kind", gvk.String(), "err", err)
			}
		}
		w.come(ctx, come)
	})
	return nil
}

// come lets the followers watch kinds, and look at everything again.
func (w *optionalWatches) come(ctx context.Context, kinds []schema.GroupVersionKind) {
	for _, f := range w.kinds.followers {
		come := slices.DeleteFunc(slices.Clone(kinds), func(gvk schema.GroupVersionKind) bool { return slices.Contains(f.leave, gvk) })
		for _, gvk := range come {
			h := handler.EnqueueRequestForOwner(w.manager.GetScheme(), w.manager.GetRESTMapper(), f.owner, handler.OnlyControllerOwner())
			if err := f.controller.Watch(source.Kind(w.manager.GetCache(), client.Object(partial(gvk)), h)); err != nil {
				w.log.WarnContext(ctx, "optional kind not watched", "kind", gvk.String(), "err", err)
			}
		}
		if len(come) == 0 {
			continue
		}
		again := source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
			all, err := f.all(ctx)
			for _, request := range all {
				queue.Add(request)
			}
			return err
		})
		if err := f.controller.Watch(again); err != nil {
			w.log.WarnContext(ctx, "not everything looked at again", "err", err)
		}
	}
}

// partial returns an object of a kind of which only the metadata is wanted.
func partial(gvk schema.GroupVersionKind) *metav1.PartialObjectMetadata {
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(gvk)
	return obj
}

// hinting sends a hint, unless one is waiting, whenever a definition comes, changes or goes.
func hinting(hint chan<- struct{}) toolscache.ResourceEventHandler {
	send := func() {
		select {
		case hint <- struct{}{}:
		default:
		}
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { send() },
		UpdateFunc: func(any, any) { send() },
		DeleteFunc: func(any) { send() },
	}
}
