package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
			if text = deploymentHealth(w); text != "" {
				text += r.because(ctx, key.Namespace, w.Spec.Selector)
			}
		case gk.Group == "apps" && gk.Kind == "DaemonSet":
			w := &appsv1.DaemonSet{}
			err = r.client.Get(ctx, key, w)
			if text = daemonSetHealth(w); text != "" {
				text += r.because(ctx, key.Namespace, w.Spec.Selector)
			}
		case gk.Group == "apps" && gk.Kind == "StatefulSet":
			w := &appsv1.StatefulSet{}
			err = r.client.Get(ctx, key, w)
			if text = statefulSetHealth(w); text != "" {
				text += r.because(ctx, key.Namespace, w.Spec.Selector)
			}
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

// because says what the first pod that is not ready waits for, if that can be found out.
func (r *reconciler) because(ctx context.Context, namespace string, selector *metav1.LabelSelector) string {
	selected, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return ""
	}
	pods := &corev1.PodList{}
	if r.client.List(ctx, pods, client.InNamespace(namespace), client.MatchingLabelsSelector{Selector: selected}) != nil {
		return "" // the manager may have no permission to look
	}
	for i := range pods.Items {
		if why := podHealth(&pods.Items[i]); why != "" {
			return ": pod " + pods.Items[i].Name + ": " + oneLine(why)
		}
	}
	return ""
}

// podHealth says why a pod does not run: that it has no node, or what a container waits for.
func podHealth(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Message
		}
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if waiting := c.State.Waiting; waiting != nil && waiting.Reason != "PodInitializing" && waiting.Reason != "ContainerCreating" {
			return strings.TrimSuffix(fmt.Sprintf("container %s: %s: %s", c.Name, waiting.Reason, waiting.Message), ": ")
		}
	}
	return ""
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
