//go:build e2e

package story

import (
	"errors"
	"strings"
	"testing"
)

// testScale scales a collector by an autoscaler and by hand: both go through the scale
// subresource of the collector.
func testScale(t *testing.T) {
	ns := namespace(t, "scale")
	apply(t, collectorYAML(ns, "many", "  autoscaler: {minReplicas: 2, maxReplicas: 3, targetCPUUtilization: 80}\n"))
	wait(t, "{.status.readyReplicas}", "2", "deployment", "many-collector", "-n", ns)
	target := get(t, "{.spec.scaleTargetRef.kind} {.spec.scaleTargetRef.name} {.spec.minReplicas} {.spec.maxReplicas}", "hpa", "many-collector", "-n", ns)
	if target != "OpenTelemetryCollector many 2 3" {
		t.Errorf("the autoscaler is %q", target)
	}
	// The autoscaler looks at it through the scale subresource.
	wait(t, `{.status.conditions[?(@.type=="AbleToScale")].status}`, "True", "hpa", "many-collector", "-n", ns)
	wait(t, "{.status.scale.replicas}", "2", "opentelemetrycollector", "many", "-n", ns)

	kubectl(t, "patch", "opentelemetrycollector", "many", "-n", ns, "--type=merge", "-p", `{"spec":{"autoscaler":{"minReplicas":3}}}`)
	wait(t, "{.spec.replicas}", "3", "opentelemetrycollector", "many", "-n", ns)
	wait(t, "{.status.readyReplicas}", "3", "deployment", "many-collector", "-n", ns)

	kubectl(t, "patch", "opentelemetrycollector", "many", "-n", ns, "--type=json", "-p", `[{"op":"remove","path":"/spec/autoscaler"}]`)
	gone(t, "hpa", "many-collector", "-n", ns)
	kubectl(t, "scale", "opentelemetrycollector", "many", "-n", ns, "--replicas=1")
	wait(t, "{.status.replicas} {.status.readyReplicas}", "1 1", "deployment", "many-collector", "-n", ns)
	// The selector of the scale subresource finds the pods.
	selector := get(t, "{.status.scale.selector}", "opentelemetrycollector", "many", "-n", ns)
	eventually(t, "the selector finds the pod", func() error {
		pods, err := kube.Kubectl(t.Context(), "get", "pods", "-n", ns, "-l", selector, "--field-selector=status.phase=Running", "-o", "name")
		if err == nil && len(strings.Fields(pods)) != 1 {
			err = errors.New(selector + " finds " + pods)
		}
		return err
	})
}
