package controller

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/apply"
	"github.com/radiograph/radiograph/operator/manifest"
)

// report brings the status up to date, writes it if it has changed, and sends the events of
// what has. It returns when to look again, zero for at the next event.
func (r *CollectorReconciler) report(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, children Children, applied error) (time.Duration, error) {
	var before v1beta1.OpenTelemetryCollector
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(cr), &before); err != nil {
		return 0, client.IgnoreNotFound(err)
	}
	again, err := r.observe(ctx, cr, children)
	if err != nil {
		return 0, err
	}
	if cr.Annotations[RollOnChange] == "true" {
		again = shorter(again, againReferences)
	}
	r.set(cr, readiness(cr.Status.Conditions, applied))
	cr.Status.ObservedGeneration = cr.Generation
	if cr.Status.Version == "" {
		cr.Status.Version = r.Version
	}
	if equality.Semantic.DeepEqual(before.Status, cr.Status) {
		return again, nil
	}
	written := before.DeepCopy()
	written.Status = cr.Status
	err = r.Client.Status().Patch(ctx, written, client.MergeFrom(&before), client.FieldOwner(apply.Manager))
	if err != nil {
		return 0, client.IgnoreNotFound(fmt.Errorf("write the status of %s: %w", client.ObjectKeyFromObject(cr), err))
	}
	r.written.note(written)
	r.announce(cr, before.Status.Conditions, cr.Status.Conditions)
	return again, nil
}

// observe fills in what the workload and its pods say.
func (r *CollectorReconciler) observe(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, children Children) (time.Duration, error) {
	cr.Status.Scale.Selector = manifest.ScaleSelector(cr.Namespace, cr.Name)
	if cr.Spec.Mode == v1beta1.ModeSidecar {
		cr.Status.Scale.Replicas, cr.Status.Scale.StatusReplicas = 0, ""
		cr.Status.Image = children.Image
		return againReferences, r.sidecars(ctx, cr, children)
	}
	workload, err := r.workload(ctx, cr)
	if err != nil {
		return 0, err
	}
	run := rolloutOf(workload)
	cr.Status.Scale.Replicas = run.total
	cr.Status.Scale.StatusReplicas = fmt.Sprintf("%d/%d", run.ready, run.total)
	cr.Status.Image = run.image
	if workload == nil {
		r.set(cr, metav1.Condition{Type: Available, Status: metav1.ConditionFalse, Reason: "NoWorkload", Message: "no workload has been applied yet"})
		r.set(cr, metav1.Condition{Type: Progressing, Status: metav1.ConditionFalse, Reason: "NoWorkload", Message: "no workload has been applied yet"})
	} else {
		r.set(cr, run.availability())
		r.set(cr, run.progress())
	}
	var pods corev1.PodList
	if err := r.Client.List(ctx, &pods, client.InNamespace(cr.Namespace), client.MatchingLabels(selector(cr))); err != nil {
		return 0, fmt.Errorf("list the pods of %s: %w", client.ObjectKeyFromObject(cr), err)
	}
	degraded, until := degradation(pods.Items, r.Now())
	r.set(cr, degraded)
	if until.IsZero() {
		return 0, nil
	}
	return max(until.Sub(r.Now()), againSoon), nil
}

// workload returns the Deployment, DaemonSet or StatefulSet that runs the collector, nil when
// there is none.
func (r *CollectorReconciler) workload(ctx context.Context, cr *v1beta1.OpenTelemetryCollector) (client.Object, error) {
	var have client.Object
	switch cr.Spec.Mode {
	case v1beta1.ModeDaemonSet:
		have = &appsv1.DaemonSet{}
	case v1beta1.ModeStatefulSet:
		have = &appsv1.StatefulSet{}
	default:
		have = &appsv1.Deployment{}
	}
	err := r.Client.Get(ctx, types.NamespacedName{Namespace: cr.Namespace, Name: manifest.CollectorName(cr.Name)}, have)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the workload of %s: %w", client.ObjectKeyFromObject(cr), err)
	}
	return have, nil
}

// announce sends an event for every condition that has changed and that a user should hear of.
func (r *CollectorReconciler) announce(cr *v1beta1.OpenTelemetryCollector, before, after []metav1.Condition) {
	for _, c := range after {
		old := meta.FindStatusCondition(before, c.Type)
		kind := corev1.EventTypeNormal
		if bad(c) {
			kind = corev1.EventTypeWarning
		}
		switch {
		case old != nil && old.Status == c.Status && (old.Reason == c.Reason || !bad(c)):
			continue
		case old != nil && old.Status == c.Status && crashes(old.Reason, c.Reason):
			continue // each start and end of a pod that cannot work is no news
		case old == nil && !bad(c) && c.Type != ConfigValid:
			continue // what was never otherwise is no news
		case c.Type == Progressing && c.Status == metav1.ConditionTrue, c.Type == Ready && !bad(c):
			continue // the other conditions say more
		}
		tell(r.Events, cr, kind, c.Reason, c.Type, "%s is %s: %s", c.Type, c.Status, c.Message)
	}
}

// bad reports whether a condition is one that somebody should look at.
func bad(c metav1.Condition) bool {
	switch c.Type {
	case Degraded:
		return c.Status == metav1.ConditionTrue
	case Progressing:
		return c.Reason == "Stuck"
	case ConfigValid:
		return c.Status == metav1.ConditionFalse
	case Ready:
		return c.Reason == reasonReconcileError
	default:
		return false
	}
}

// shorter returns the shorter of two pauses; zero is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
