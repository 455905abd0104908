package certs

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Setup registers both with a manager: the loader on every replica, the keeper on the leader.
// The manager's cache must hold the Secret with the certificate, and may hold no other.
func Setup(mgr manager.Manager, serving *Serving, keeper *Keeper) error {
	named := func(names ...string) predicate.Predicate {
		return predicate.NewPredicateFuncs(func(obj client.Object) bool {
			for _, name := range names {
				if obj.GetName() == name {
					return true
				}
			}
			return false
		})
	}
	err := ctrl.NewControllerManagedBy(mgr).
		Named("webhook-certificate-loader").
		For(&corev1.Secret{}, builder.WithPredicates(named(serving.Secret.Name))).
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(serving)
	if err != nil {
		return fmt.Errorf("set up the loader of the webhooks' certificate: %w", err)
	}
	// Whatever changes, it is the same look at the same things.
	request := reconcile.Request{NamespacedName: keeper.Secret}
	look := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{request}
	})
	first := source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		queue.Add(request)
		return nil
	})
	targets := builder.WithPredicates(named(keeper.Target.Mutating, keeper.Target.Pods, keeper.Target.Validating, keeper.Target.CRD))
	err = ctrl.NewControllerManagedBy(mgr).
		Named("webhook-certificate-keeper").
		Watches(&corev1.Secret{}, look, builder.WithPredicates(named(keeper.Secret.Name))).
		WatchesMetadata(&admissionv1.MutatingWebhookConfiguration{}, look, targets).
		WatchesMetadata(&admissionv1.ValidatingWebhookConfiguration{}, look, targets).
		WatchesMetadata(&apiextensionsv1.CustomResourceDefinition{}, look, targets).
		WatchesRawSource(first).
		Complete(keeper)
	if err != nil {
		return fmt.Errorf("set up the keeper of the webhooks' certificate: %w", err)
	}
	return nil
}
