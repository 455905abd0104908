//go:build e2e

package story

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/deploy"
)

// testRefusals applies collectors that cannot work. They are refused with the reason.
func testRefusals(t *testing.T) {
	ns := namespace(t, "refusals")
	good := collectorYAML(ns, "good", "")
	apply(t, good)
	edited := func(old, by string) string {
		t.Helper()
		text := strings.Replace(good, old, by, 1)
		if text == good {
			t.Fatalf("the collector has no %q", old)
		}
		return strings.Replace(text, "name: good", "name: bad", 1)
	}
	v1alpha1 := func(config string) string {
		return "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nmetadata: {name: bad, namespace: " + ns + "}\nspec:\n  config: |\n" + config
	}
	for name, test := range map[string]struct {
		manifest string
		reasons  []string
	}{
		"text that cannot be read":   {v1alpha1("    receivers:\n      awsxray:\n     exporters: {}\n"), []string{"spec.config cannot be read", "line 3"}},
		"an undefined component":     {edited("processors: [batch]", "processors: [batch, memory_limiter]"), []string{"memory_limiter"}},
		"a placeholder":              {strings.Replace(edited("exporters:\n      awsxray: {region: us-east-1", "exporters:\n      awsxray: {region: <REGION>"), "name: good", "name: bad", 1), []string{"<REGION>", "placeholder"}},
		"a component there is not":   {edited("receivers:\n", "receivers:\n      nosuch: {}\n"), []string{"nosuch"}},
		"a setting there is not":     {edited("batch: {timeout: 500ms", "batch: {patience: 500ms"), []string{"patience"}},
		"a value that is none":       {edited("batch: {timeout: 500ms", "batch: {timeout: soon"), []string{"timeout", "invalid duration"}},
		"another mode":               {strings.Replace(good, "spec:\n", "spec:\n  mode: daemonset\n", 1), []string{"mode is set to deployment, which does not support modification"}},
		"a sidecar with tolerations": {edited("spec:\n", "spec:\n  mode: sidecar\n  tolerations: [{operator: Exists}]\n"), []string{"tolerations"}},
		"several rules at once": {
			edited("spec:\n", "spec:\n  replicas: 5\n  autoscaler: {minReplicas: 4, maxReplicas: 3}\n  ports: [{name: Much_Too_Long_A_Name, port: 2001}]\n  daemonSetUpdateStrategy: {type: OnDelete}\n"),
			[]string{"replicas", "port name 'Much_Too_Long_A_Name'", "updateStrategy", "minReplicas"},
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, test.manifest, test.reasons...) })
	}
	if left := kubectl(t, "get", "opentelemetrycollectors", "-n", ns, "-o", "name"); strings.Contains(left, "bad") {
		t.Errorf("there is %s", left)
	}
}

// TestWebhookDown writes configurations past the webhooks: the collector that runs is left to
// run, and the status says what is wrong.
func TestWebhookDown(t *testing.T) {
	ns := namespace(t, "unchecked")
	runCollector(t, ns, "steady", "")
	before := generation(t, ns, "deployment/steady-collector")
	pods := podNames(t, ns)
	kubectl(t, "scale", "deployment/"+manager, "-n", operatorNamespace, "--replicas=0")
	webhooks := []string{"mutatingwebhookconfiguration/opentelemetry-operator-mutating-webhook-configuration", "validatingwebhookconfiguration/opentelemetry-operator-validating-webhook-configuration"}
	kubectl(t, append([]string{"delete"}, webhooks...)...)
	t.Cleanup(func() {
		reinstall(t)
		rollout(t, operatorNamespace, "deployment/"+manager)
	})

	apply(t, strings.Replace(collectorYAML(ns, "steady", ""), "receivers: [awsxray, otlp]", "receivers: [awsxray, zipkin]", 1))
	kubectl(t, "scale", "deployment/"+manager, "-n", operatorNamespace, "--replicas=1")
	condition(t, ns, "steady", "ConfigValid", "False", "zipkin")
	barred := generation(t, ns, "deployment/steady-collector")
	if barred != before || podNames(t, ns) != pods {
		t.Errorf("the old collector was not left to run: it was %s %s and is %s %s", before, pods, barred, podNames(t, ns))
	}
	send(t, address(t, ns, "steady-collector", "awsxray"), "the old collector")

	// Conversion needs the operator, which is back.
	rollout(t, operatorNamespace, "deployment/"+manager)
	apply(t, "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nmetadata: {name: text, namespace: "+ns+"}\nspec:\n  config: |\n    receivers:\n      awsxray:\n     exporters: {}\n")
	condition(t, ns, "text", "ConfigValid", "False", "line 3")
	if kubectl(t, "get", "opentelemetrycollectors", "-A", "-o", "name") == "" {
		t.Error("one collector that cannot be read hides the others")
	}

	restore(t)
	apply(t, collectorYAML(ns, "steady", ""))
	condition(t, ns, "steady", "ConfigValid", "True", "")
	if now := generation(t, ns, "deployment/steady-collector"); now != before {
		t.Errorf("the Deployment was changed: it was %s and is %s", before, now)
	}
}

// restore installs the operator again and waits until its webhooks answer.
func restore(t testing.TB, apiVersions ...string) {
	t.Helper()
	reinstall(t, apiVersions...)
	rollout(t, operatorNamespace, "deployment/"+manager)
	answering(t)
}

// reinstall applies the operator's manifests as they were, for more versions of APIs.
func reinstall(t testing.TB, apiVersions ...string) {
	t.Helper()
	if err := install(context.WithoutCancel(t.Context()), deploy.Operator, operatorNamespace, operatorValues, apiVersions...); err != nil {
		t.Fatal(err)
	}
}

// answering waits until the webhooks are called, and trusted. The probe is of the version that
// is converted first.
func answering(t testing.TB) {
	t.Helper()
	eventually(t, "the webhooks refuse what is wrong", func() error {
		cmd := kube.KubectlCommand(context.WithoutCancel(t.Context()), "create", "--dry-run=server", "-f", "-")
		cmd.Stdin = strings.NewReader("apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nmetadata: {name: probe, namespace: default}\nspec:\n  config: |" +
			strings.Replace(pipeline, "receivers: [awsxray, otlp]", "receivers: [awsxray, zipkin]", 1))
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "denied the request") || !strings.Contains(string(out), "zipkin") {
			return errors.New(string(out))
		}
		return nil
	})
}
