//go:build e2e

package story

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// versions are the resource versions of a collector and its children.
func versions(t testing.TB, ns string) map[string]string {
	t.Helper()
	out := map[string]string{}
	kinds := "opentelemetrycollectors,deployments,services,configmaps,serviceaccounts,poddisruptionbudgets"
	text := get(t, `{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}`, kinds, "-n", ns)
	for line := range strings.Lines(text) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		// The deleted child is of another version, and others write the default account.
		if !strings.HasPrefix(name, "PodDisruptionBudget/") && name != "ServiceAccount/default" && name != "ConfigMap/kube-root-ca.crt" {
			out[name] = version
		}
	}
	return out
}

// atRest fails if anything writes the collector of a namespace, or what belongs to it, while
// the operator does its rounds: it renews its lease ten times and restores a deleted child.
func atRest(t testing.TB, ns, name string) {
	t.Helper()
	barrier(t, ns, name)
	before := versions(t, ns)
	last, renewals := "", 0
	eventually(t, "the operator renews its lease", func() error {
		now, err := kube.Kubectl(t.Context(), "get", "lease", lease, "-n", operatorNamespace, "-o", "jsonpath={.spec.renewTime}")
		if err != nil {
			return err
		}
		if now != last {
			last, renewals = now, renewals+1
		}
		if renewals < 10 {
			return fmt.Errorf("%d times until now", renewals)
		}
		return nil
	})
	barrier(t, ns, name)
	if after := versions(t, ns); !maps.Equal(before, after) {
		t.Errorf("something was written at rest: it was %v and is %v", before, after)
	}
}

// TestFaults takes the API server away, deletes children and edits them.
func TestFaults(t *testing.T) {
	ns := namespace(t, "faults")
	runCollector(t, ns, "steady", "")

	t.Run("nothing is written at rest", func(t *testing.T) { atRest(t, ns, "steady") })

	t.Run("an edit of others is taken back", func(t *testing.T) {
		image := get(t, "{.spec.template.spec.containers[0].image}", "deployment/steady-collector", "-n", ns)
		kubectl(t, "set", "image", "deployment/steady-collector", "otc-container=example.com/other:1", "-n", ns)
		wait(t, "{.spec.template.spec.containers[0].image}", image, "deployment/steady-collector", "-n", ns)
		kubectl(t, "patch", "service", "steady-collector", "-n", ns, "--type=json", "-p", `[{"op":"remove","path":"/spec/ports/0"}]`)
		eventually(t, "the port is back", func() error {
			ports, err := kube.Kubectl(t.Context(), "get", "service", "steady-collector", "-n", ns, "-o", "jsonpath={.spec.ports[*].name}")
			if err == nil && ports != "awsxray awsxray-proxy otlp-http" {
				err = errors.New("there are " + ports)
			}
			return err
		})
		kubectl(t, "label", "service", "steady-collector", "-n", ns, "example.com/theirs=yes")
		barrier(t, ns, "steady")
		if label := get(t, `{.metadata.labels.example\.com/theirs}`, "service", "steady-collector", "-n", ns); label != "yes" {
			t.Error("a label of others was taken away")
		}
	})

	t.Run("deleted children come back", func(t *testing.T) {
		children := []string{"service/steady-collector", "service/steady-collector-headless", "serviceaccount/steady-collector", "configmap/" + configMap(t, ns, "steady"), "deployment/steady-collector"}
		before := map[string]string{}
		for _, child := range children {
			before[child] = get(t, "{.metadata.uid}", child, "-n", ns)
		}
		kubectl(t, append([]string{"delete", "-n", ns}, children...)...)
		for _, child := range children {
			eventually(t, child+" is back", func() error {
				uid, err := kube.Kubectl(t.Context(), "get", child, "-n", ns, "-o", "jsonpath={.metadata.uid}")
				if err == nil && uid == before[child] {
					err = errors.New("it has not gone")
				}
				return err
			})
		}
		rollout(t, ns, "deployment/steady-collector")
		send(t, address(t, ns, "steady-collector", "awsxray"), "restored")
	})

	t.Run("an outage of the API server", func(t *testing.T) {
		condition(t, ns, "steady", "Ready", "True", "")
		before := generation(t, ns, "deployment/steady-collector")
		target := address(t, ns, "steady-collector", "awsxray")
		if err := kube.StopAPIServer(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The collector does not need it.
		send(t, target, "without an API server")
		if err := kube.StartAPIServer(t.Context()); err != nil {
			t.Fatal(err)
		}
		rollout(t, operatorNamespace, "deployment/"+manager)
		eventually(t, "an operator leads", func() error { _, err := holder(t); return err })
		atRest(t, ns, "steady")
		if now := generation(t, ns, "deployment/steady-collector"); now != before {
			t.Errorf("the Deployment was changed: it was %s and is %s", before, now)
		}
		kubectl(t, "patch", "opentelemetrycollector", "steady", "-n", ns, "--type=merge", "-p", `{"spec":{"replicas":2}}`)
		wait(t, "{.status.readyReplicas}", "2", "deployment/steady-collector", "-n", ns)
	})
}
