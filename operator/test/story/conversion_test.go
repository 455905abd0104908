//go:build e2e

package story

import (
	"regexp"
	"strings"
	"testing"
)

// deprecated is what the API server says to those who write the old version.
const deprecated = "OpenTelemetryCollector v1alpha1 is deprecated. Migrate to v1beta1."

// testVersions writes a collector in one version of its API and reads it in the other.
func testVersions(t *testing.T) {
	const (
		old = "opentelemetrycollectors.v1alpha1.opentelemetry.io"
		now = "opentelemetrycollectors.v1beta1.opentelemetry.io"
	)
	ns := namespace(t, "versions")
	inNamespace := func(text string) string { return strings.ReplaceAll(text, "namespace: "+collectors, "namespace: "+ns) }
	apply(t, inNamespace(example(t, "operator", "namespace.yaml")))

	t.Run("the guide's manifest", func(t *testing.T) {
		said := kubectlAll(t, inNamespace(example(t, "operator", "xray-v1alpha1.yaml")), "apply", "-f", "-")
		if !strings.Contains(said, deprecated) {
			t.Errorf("kubectl says %q, not %q", said, deprecated)
		}
		if regex := get(t, "{.spec.config.receivers.prometheus.config.scrape_configs[0].relabel_configs[1].replacement}", now, "observability", "-n", ns); regex != "$$1:$$2" {
			t.Errorf("the replacement has become %q", regex)
		}
		if mode := get(t, "{.spec.mode}", old, "observability", "-n", ns); mode != "deployment" {
			t.Errorf("in v1alpha1 the mode is %q", mode)
		}
		if config := get(t, "{.spec.config}", old, "observability", "-n", ns); !strings.Contains(config, "replacement: $$1:$$2") {
			t.Errorf("in v1alpha1 the configuration is %s", config)
		}
		wait(t, "{.status.readyReplicas}", "1", "deployment", "observability-collector", "-n", ns)
		ports := get(t, `{range .spec.ports[*]}{.name} {.port}/{.protocol},{end}`, "service", "observability-collector", "-n", ns)
		for _, port := range []string{"xray 2000/UDP,", "awsxray-proxy 2000/TCP,"} {
			if !strings.Contains(ports, port) {
				t.Errorf("the service has %s, not %s", ports, port)
			}
		}
	})

	t.Run("there and back", func(t *testing.T) {
		for from, to := range map[string]string{now: old, old: now} {
			before := object(t, from, "observability", "-n", ns)["spec"]
			text := kubectl(t, "get", to, "observability", "-n", ns, "-o", "json")
			kubectlAll(t, text, "replace", "-f", "-")
			same(t, "what went from "+from+" to "+to+" and back", before, object(t, from, "observability", "-n", ns)["spec"])
		}
	})

	t.Run("fields that the old version does not have", func(t *testing.T) {
		apply(t, collectorYAML(ns, "new", "  networkPolicy: {enabled: true}\n  readinessProbe: {periodSeconds: 3}\n  configVersions: 5\n"))
		before := object(t, now, "new", "-n", ns)["spec"]
		text := kubectl(t, "get", old, "new", "-n", ns, "-o", "json")
		// Without its version the object is replaced whatever the operator has written to its status.
		text = regexp.MustCompile(`\s*"resourceVersion": "\d+",`).ReplaceAllString(text, "")
		kubectlAll(t, strings.Replace(text, "timeout: 500ms", "timeout: 700ms", 1), "replace", "-f", "-")
		after, _ := object(t, now, "new", "-n", ns)["spec"].(map[string]any)
		if timeout := get(t, "{.spec.config.processors.batch.timeout}", now, "new", "-n", ns); timeout != "700ms" {
			t.Errorf("the change in v1alpha1 is not seen: %s", timeout)
		}
		kubectlAll(t, collectorYAML(ns, "new", "  networkPolicy: {enabled: true}\n  readinessProbe: {periodSeconds: 3}\n  configVersions: 5\n"), "apply", "--server-side", "--force-conflicts", "-f", "-")
		same(t, "what was changed in v1alpha1 and changed back", before, object(t, now, "new", "-n", ns)["spec"])
		if after["configVersions"] == nil {
			t.Error("configVersions was lost on the way")
		}
	})

	t.Run("lists of all versions", func(t *testing.T) {
		eventually(t, "both are listed in both", func() error {
			for _, kind := range []string{old, now} {
				if _, err := kube.Kubectl(t.Context(), "get", kind, "observability", "new", "-n", ns); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
