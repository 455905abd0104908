package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

const (
	// injectedLabel is on pods that got a collector as a sidecar: "<namespace>.<collector>".
	injectedLabel = "sidecar.opentelemetry.io/injected"
	// sidecarConfigEnv is the variable in which a sidecar has its configuration.
	sidecarConfigEnv = "OTEL_CONFIG"
)

// pageSize is how many objects are asked for at once where nothing is cached.
const pageSize = 250

// sidecars sets the condition that says how many pods run the collector as a sidecar with
// another configuration than the current one: they keep what they started with. Pods with
// sidecars are anybody's, so they are not in the cache; they are read in pages.
func (r *CollectorReconciler) sidecars(ctx context.Context, cr *v1beta1.OpenTelemetryCollector, children Children) error {
	total, outdated := 0, 0
	list := &corev1.PodList{}
	labels := client.MatchingLabels{injectedLabel: manifest.SelectorLabels(cr.Namespace, cr.Name, manifest.CollectorComponent)["app.kubernetes.io/instance"]}
	for first := true; first || list.Continue != ""; first = false {
		if err := r.Live.List(ctx, list, labels, client.Limit(pageSize), client.Continue(list.Continue)); err != nil {
			return fmt.Errorf("list the pods with %s as a sidecar: %w", client.ObjectKeyFromObject(cr), err)
		}
		for _, pod := range list.Items {
			config, ok := sidecarConfig(pod)
			if !ok || pod.DeletionTimestamp != nil {
				continue
			}
			total++
			if config != children.Config {
				outdated++
			}
		}
	}
	c := metav1.Condition{Type: SidecarsCurrent, Status: metav1.ConditionTrue, Reason: "Current", Message: fmt.Sprintf("%d pods run the current configuration", total)}
	if outdated > 0 {
		c.Status, c.Reason = metav1.ConditionFalse, "Outdated"
		c.Message = fmt.Sprintf("%d of %d pods run another configuration; they take the current one when they are replaced", outdated, total)
	}
	r.set(cr, c)
	return nil
}

// sidecarConfig returns the configuration that a pod's sidecar was started with.
func sidecarConfig(pod corev1.Pod) (string, bool) {
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range containers {
			if c.Name != manifest.CollectorContainer {
				continue
			}
			for _, env := range c.Env {
				if env.Name == sidecarConfigEnv {
					return env.Value, true
				}
			}
		}
	}
	return "", false
}
