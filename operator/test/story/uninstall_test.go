//go:build e2e

package story

import (
	"slices"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/deploy"
)

// TestUninstall is the last of the tests: it takes the operator away. A collector that had
// permissions in the whole cluster goes first, and nothing is left of either.
func TestUninstall(t *testing.T) {
	const ns = "uninstall"
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+ns+"}")
	t.Cleanup(func() { remove(t, "namespace", ns, "--wait=false") })
	runCollector(t, ns, "last", "")
	kubectl(t, "patch", "opentelemetrycollector", "last", "-n", ns, "--type=merge", "-p",
		`{"spec":{"config":{"processors":{"k8sattributes":{}},"service":{"pipelines":{"traces":{"processors":["k8sattributes","batch"]}}}}}}`)
	eventually(t, "the collector has permissions in the cluster", func() error {
		_, err := kube.Kubectl(t.Context(), "get", "clusterrole/last-"+ns+"-cluster-role", "clusterrolebinding/last-"+ns+"-collector")
		return err
	})
	rollout(t, ns, "deployment/last-collector")

	for _, kind := range []string{"opentelemetrycollectors", "targetallocators", "instrumentations", "opampbridges"} {
		kubectl(t, "delete", kind+".opentelemetry.io", "--all", "-A", "--timeout=60s")
	}
	gone(t, "all,configmaps,serviceaccounts,poddisruptionbudgets", "-n", ns, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator")

	manifests, err := renderChart(deploy.Operator, operatorNamespace, operatorValues)
	if err != nil {
		t.Fatal(err)
	}
	var objects strings.Builder
	for _, manifest := range slices.Backward(manifests) {
		objects.WriteString("---\n" + manifest.YAML + "\n")
	}
	kubectlAll(t, objects.String(), "delete", "--ignore-not-found", "--timeout=60s", "-f", "-")

	kinds := strings.Fields(kubectl(t, "api-resources", "--verbs=list,delete", "-o", "name"))
	for _, label := range []string{"app.kubernetes.io/managed-by=opentelemetry-operator", "app.kubernetes.io/name=opentelemetry-operator"} {
		gone(t, strings.Join(kinds, ","), "-A", "-l", label)
	}
	// The certificate that the operator made for itself goes with it.
	gone(t, "secrets", "-n", operatorNamespace)
	for _, kind := range kinds {
		if strings.HasSuffix(kind, "opentelemetry.io") {
			t.Errorf("there is still a kind %s", kind)
		}
	}
}
