package reconcile

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// health asks whether the workloads run and the custom resources are ready.
func (r *reconciler) health(ctx context.Context, in *installation) {
	for _, object := range in.objects {
		var text string
		var err error
		key := client.ObjectKeyFromObject(object)
		switch gk := object.GroupVersionKind().GroupKind(); {
		case gk.Group == "apps" && gk.Kind == "Deployment":
			w := &appsv1.Deployment{}
			err = r.client.Get(ctx, key, w)
			text = deploymentHealth(w)
		case gk.Group == "apps" && gk.Kind == "DaemonSet":
			w := &appsv1.DaemonSet{}
			err = r.client.Get(ctx, key, w)
			text = daemonSetHealth(w)
		case gk.Group == "apps" && gk.Kind == "StatefulSet":
			w := &appsv1.StatefulSet{}
			err = r.client.Get(ctx, key, w)
			text = statefulSetHealth(w)
		case stageOf(gk) == stageResources:
			w := &unstructured.Unstructured{}
			w.SetGroupVersionKind(object.GroupVersionKind())
			err = r.client.Get(ctx, key, w)
			text = resourceHealth(w)
		}
		if err != nil {
			in.stop(err, object)
			return
		}
		if text != "" {
			in.unready = true
			in.issues = append(in.issues, v1alpha1.AddonIssue{
				Code: v1alpha1.IssueInsufficientNumberOfReplicas, Message: name(object) + ": " + text, ResourceIDs: []string{name(object)},
			})
		}
	}
}

// deploymentHealth says what is missing; nothing when all replicas are current and available.
func deploymentHealth(w *appsv1.Deployment) string {
	want := ptr.Deref(w.Spec.Replicas, 1)
	return pods(want, w.Status.UpdatedReplicas, w.Status.AvailableReplicas, w.Status.ObservedGeneration >= w.Generation)
}

func daemonSetHealth(w *appsv1.DaemonSet) string {
	s := w.Status
	return pods(s.DesiredNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable, s.ObservedGeneration >= w.Generation)
}

func statefulSetHealth(w *appsv1.StatefulSet) string {
	want := ptr.Deref(w.Spec.Replicas, 1)
	return pods(want, w.Status.UpdatedReplicas, w.Status.AvailableReplicas, w.Status.ObservedGeneration >= w.Generation)
}

// pods compares the pods that there are with those that are wanted.
func pods(want, updated, available int32, observed bool) string {
	switch {
	case !observed:
		return "the change has not been seen by its controller"
	case available < want:
		return fmt.Sprintf("%d of %d pods are available", available, want)
	case updated < want:
		return fmt.Sprintf("%d of %d pods are up to date", updated, want)
	}
	return ""
}

// resourceHealth reads the conditions Ready and Available of a custom resource; one that has
// neither is healthy.
func resourceHealth(w *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(w.Object, "status", "conditions")
	for _, each := range conditions {
		c, ok := each.(map[string]any)
		if !ok || c["type"] != "Ready" && c["type"] != "Available" || c["status"] == "True" {
			continue
		}
		return fmt.Sprintf("is not %v: %v", c["type"], c["message"])
	}
	return ""
}
