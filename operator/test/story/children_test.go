//go:build e2e

package story

import (
	"fmt"
	"strings"
	"testing"
)

// serviceMonitors is the least definition of a ServiceMonitor, as the Prometheus operator has it.
const serviceMonitors = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: servicemonitors.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  names: {kind: ServiceMonitor, listKind: ServiceMonitorList, plural: servicemonitors, singular: servicemonitor}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// testOptionalChildren has the objects that a collector gets when it asks for them, and when
// the cluster has their kind.
func testOptionalChildren(t *testing.T) {
	ns := namespace(t, "children")
	runCollector(t, ns, "full", `
  networkPolicy: {enabled: true}
  ingress: {type: ingress, hostname: traces.example.com, ingressClassName: none}
  httpRoute: {enabled: true, gateway: gateway}
  observability: {metrics: {enableMetrics: true}}
`)
	t.Run("network policy", func(t *testing.T) {
		ports := get(t, "{range .spec.ingress[*].ports[*]}{.port}/{.protocol} {end}", "networkpolicy", "full-collector-networkpolicy", "-n", ns)
		for _, port := range []string{"2000/UDP", "2000/TCP", "4318/TCP", "8888/TCP", "13133/TCP"} {
			if !strings.Contains(" "+ports, " "+port+" ") {
				t.Errorf("%s is not among %s", port, ports)
			}
		}
	})
	t.Run("ingress", func(t *testing.T) {
		paths := get(t, "{range .spec.rules[*].http.paths[*]}{.path}>{.backend.service.name}:{.backend.service.port.name} {end}", "ingress", "full-ingress", "-n", ns)
		if !strings.Contains(paths, "/otlp-http>full-collector:otlp-http ") || strings.Contains(paths, "/awsxray>") {
			t.Errorf("the ingress has %s", paths)
		}
	})
	t.Run("a kind there is not", func(t *testing.T) {
		if out, err := kube.Kubectl(t.Context(), "get", "httproutes", "-n", ns); err == nil {
			t.Errorf("there are %s", out)
		}
		condition(t, ns, "full", "Ready", "True", "")
	})
	t.Run("a kind that comes later", func(t *testing.T) {
		t.Cleanup(func() { remove(t, "crd", "servicemonitors.monitoring.coreos.com") })
		before := generation(t, ns, "deployment/full-collector")
		apply(t, serviceMonitors)
		eventually(t, "the ServiceMonitor appears", func() error {
			port, err := kube.Kubectl(t.Context(), "get", "servicemonitor", "full-monitoring-collector", "-n", ns, "-o", "jsonpath={.spec.endpoints[0].port}")
			if err == nil && port != "monitoring" {
				err = fmt.Errorf("its port is %q", port)
			}
			return err
		})
		kubectl(t, "delete", "crd", "servicemonitors.monitoring.coreos.com")
		barrier(t, ns, "full")
		if now := generation(t, ns, "deployment/full-collector"); now != before {
			t.Errorf("the Deployment was changed: it was %s and is %s", before, now)
		}
	})
}
