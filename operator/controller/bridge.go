package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/apply"
)

// NotRun is the reason why an OpAMPBridge is not ready, and says so in words.
const (
	NotRun        = "NotRun"
	notRunMessage = "this operator keeps OpAMPBridges but does not run them"
)

// BridgeReconciler tells the users of OpAMPBridges that none is run.
type BridgeReconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Events receives what a user should know.
	Events events.EventRecorder
	// Now is the clock.
	Now func() time.Time
}

// Reconcile says of one OpAMPBridge that it is kept but not run: in its condition Ready, and
// once, with an event, when that is written.
func (r *BridgeReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var bridge v1alpha1.OpAMPBridge
	if err := r.Client.Get(ctx, req.NamespacedName, &bridge); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if bridge.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	known := meta.FindStatusCondition(bridge.Status.Conditions, Ready)
	said := bridge.DeepCopy()
	changed := meta.SetStatusCondition(&said.Status.Conditions, metav1.Condition{
		Type: Ready, Status: metav1.ConditionFalse, Reason: NotRun, Message: notRunMessage,
		ObservedGeneration: bridge.Generation, LastTransitionTime: metav1.NewTime(r.Now()),
	})
	if !changed {
		return ctrl.Result{}, nil
	}
	// With the version that was read: a cache that is behind says nothing twice.
	patch := client.MergeFromWithOptions(&bridge, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, said, patch, client.FieldOwner(apply.Manager)); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(fmt.Errorf("write the status of %s: %w", req.NamespacedName, err))
	}
	if known == nil || known.Reason != NotRun {
		tell(r.Events, &bridge, corev1.EventTypeWarning, NotRun, "Reconcile", notRunMessage)
	}
	return ctrl.Result{}, nil
}

// Setup registers the reconciler with a manager.
func (r *BridgeReconciler) Setup(mgr ctrl.Manager) error {
	err := ctrl.NewControllerManagedBy(mgr).
		Named("opampbridge").
		For(&v1alpha1.OpAMPBridge{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the OpAMP bridges' controller: %w", err)
	}
	return nil
}
