//go:build e2e

package story

import (
	"fmt"
	"strings"
	"testing"
)

// testConfigurationChange changes the configuration of a collector that is at work: the pods
// are replaced one after another and nothing acknowledged is lost. A configuration that cannot
// be read changes nothing.
func testConfigurationChange(t *testing.T) {
	ns := namespace(t, "change")
	const spec = "  replicas: 2\n  configVersions: 2\n"
	changed := func(timeout string) string {
		return strings.Replace(collectorYAML(ns, "steady", spec), "timeout: 500ms", "timeout: "+timeout, 1)
	}
	runCollector(t, ns, "steady", spec)
	senders := startSenders(t, ns, "steady-collector")
	for _, s := range senders {
		s.more(t, 50)
	}
	before := podNames(t, ns)
	config := configMap(t, ns, "steady")

	apply(t, changed("400ms"))
	eventually(t, "the Deployment has another ConfigMap", func() error {
		if now := configMap(t, ns, "steady"); now == config {
			return fmt.Errorf("it still has %s", now)
		}
		return nil
	})
	rollout(t, ns, "deployment/steady-collector")
	eventually(t, "the old pods have gone", func() error {
		for pod := range strings.FieldsSeq(podNames(t, ns)) {
			if strings.Contains(before, pod) {
				return fmt.Errorf("there is %s", pod)
			}
		}
		return nil
	})
	for _, s := range senders {
		s.more(t, 50)
	}
	complete(t, senders)

	t.Run("what cannot be read is refused with the line", func(t *testing.T) {
		before := generation(t, ns, "deployment/steady-collector")
		refused(t, "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nmetadata: {name: steady, namespace: "+ns+"}\n"+
			"spec:\n  config: |\n    receivers:\n      awsxray:\n    exporters:\n      awsxray: {region: us-east-1\n    service: {}\n", "line 4")
		refused(t, strings.Replace(collectorYAML(ns, "steady", spec), "receivers: [awsxray, otlp]", "receivers: [awsxray, zipkin]", 1), `"zipkin"`)
		barrier(t, ns, "steady")
		if now := generation(t, ns, "deployment/steady-collector"); now != before {
			t.Errorf("the Deployment was changed: it was %s and is %s", before, now)
		}
	})

	t.Run("old ConfigMaps are kept for a way back", func(t *testing.T) {
		for i := range 4 {
			before := configMap(t, ns, "steady")
			apply(t, changed(fmt.Sprintf("%dms", 100+i)))
			eventually(t, "the Deployment has another ConfigMap", func() error {
				if now := configMap(t, ns, "steady"); now == before {
					return fmt.Errorf("it still has %s", now)
				}
				return nil
			})
		}
		eventually(t, "three ConfigMaps are there, the newest among them", func() error {
			names, err := kube.Kubectl(t.Context(), "get", "configmap", "-n", ns, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator", "-o", "name")
			if err != nil {
				return err
			}
			if n := len(strings.Fields(names)); n != 3 || !strings.Contains(names, configMap(t, ns, "steady")) {
				return fmt.Errorf("there are %q", names)
			}
			return nil
		})
	})
}

// podNames are the names of the pods of a namespace.
func podNames(t testing.TB, ns string) string {
	t.Helper()
	return get(t, "{.items[*].metadata.name}", "pods", "-n", ns)
}

// configMap is the name of the ConfigMap that a collector's Deployment mounts.
func configMap(t testing.TB, ns, name string) string {
	t.Helper()
	return get(t, `{.spec.template.spec.volumes[?(@.name=="otc-internal")].configMap.name}`, "deployment/"+name+"-collector", "-n", ns)
}
