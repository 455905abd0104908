//go:build e2e

package story

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const lease = "9f7554c3.opentelemetry.io"

// holder is the pod that leads among the operators.
func holder(t testing.TB) (string, error) {
	t.Helper()
	id, err := kube.Kubectl(t.Context(), "get", "lease", lease, "-n", operatorNamespace, "-o", "jsonpath={.spec.holderIdentity}")
	pod, _, _ := strings.Cut(id, "_")
	if err == nil && pod == "" {
		err = errors.New("nobody leads")
	}
	return pod, err
}

// TestOperatorRestart ends the operator, and of two the one that leads. The collectors do not
// notice, and changes are still acted on.
func TestOperatorRestart(t *testing.T) {
	ns := namespace(t, "restart")
	runCollector(t, ns, "steady", "")
	untouched := func(t *testing.T, before string) {
		t.Helper()
		barrier(t, ns, "steady")
		if now := generation(t, ns, "deployment/steady-collector"); now != before {
			t.Errorf("the Deployment was changed: it was %s and is %s", before, now)
		}
	}
	change := func(t *testing.T, replicas string) {
		t.Helper()
		kubectl(t, "patch", "opentelemetrycollector", "steady", "-n", ns, "--type=merge", "-p", `{"spec":{"replicas":`+replicas+`}}`)
		wait(t, "{.status.readyReplicas}", replicas, "deployment/steady-collector", "-n", ns)
	}
	takeOver := func(t *testing.T) {
		t.Helper()
		var before string
		eventually(t, "an operator leads", func() (err error) { before, err = holder(t); return err })
		kubectl(t, "delete", "pod", before, "-n", operatorNamespace, "--wait=false")
		eventually(t, "another operator leads", func() error {
			now, err := holder(t)
			if err == nil && now == before {
				err = fmt.Errorf("it is still %s", now)
			}
			return err
		})
		rollout(t, operatorNamespace, "deployment/"+manager)
	}

	t.Run("the operator's pod is deleted", func(t *testing.T) {
		before := generation(t, ns, "deployment/steady-collector")
		takeOver(t)
		untouched(t, before)
		change(t, "2")
	})

	t.Run("another leads", func(t *testing.T) {
		kubectl(t, "scale", "deployment/"+manager, "-n", operatorNamespace, "--replicas=2")
		t.Cleanup(func() {
			kubectl(t, "scale", "deployment/"+manager, "-n", operatorNamespace, "--replicas=1")
			rollout(t, operatorNamespace, "deployment/"+manager)
		})
		rollout(t, operatorNamespace, "deployment/"+manager)
		before := generation(t, ns, "deployment/steady-collector")
		takeOver(t)
		untouched(t, before)
		change(t, "1")
	})

	t.Run("a collector's pod is killed", func(t *testing.T) {
		before := generation(t, ns, "deployment/steady-collector")
		target := address(t, ns, "steady-collector", "awsxray")
		send(t, target, "before the kill")
		pods := podNames(t, ns)
		kubectl(t, append([]string{"delete", "pod", "-n", ns, "--grace-period=0", "--force"}, strings.Fields(pods)...)...)
		rollout(t, ns, "deployment/steady-collector")
		send(t, target, "after the kill")
		condition(t, ns, "steady", "Available", "True", "")
		untouched(t, before)
	})
}
