//go:build e2e

package story

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// testScrapeJobs gives a collector the scrape jobs of the example. It finds the cluster's
// targets with the permissions that the operator grants it, and nothing else.
func testScrapeJobs(t *testing.T) {
	ns := namespace(t, "scrape")
	config := example(t, "collector", "kubernetes-metrics.yaml")
	for _, change := range [][2]string{
		// What was scraped is read here instead of sent to a Prometheus.
		{"  prometheusremotewrite:\n    endpoint: ${env:REMOTE_WRITE_URL:-http://127.0.0.1:9090/api/v1/write}\n    auth:\n      authenticator: sigv4auth\n", "  prometheus:\n    endpoint: 0.0.0.0:8889\n"},
		{"exporters: [prometheusremotewrite]", "exporters: [prometheus]"},
		// Its check asks AWS for credentials, though nothing uses it any more.
		{"  sigv4auth:\n    region: ${env:AWS_REGION:-us-east-1}\n    service: aps\n", ""},
		{"extensions: [health_check, sigv4auth]", "extensions: [health_check]"},
		// The collector itself is a pod to scrape.
		{"host: 127.0.0.1", "host: 0.0.0.0"},
	} {
		if !strings.Contains(config, change[0]) {
			t.Fatalf("the example has no %q", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	apply(t, "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nmetadata: {name: jobs, namespace: "+ns+"}\nspec:\n"+
		"  env: [{name: SCRAPE_INTERVAL, value: 5s}, {name: SCRAPE_TIMEOUT, value: 4s}, {name: METRICS_TIMEOUT, value: 1s}]\n"+
		"  config: |\n    "+strings.ReplaceAll(strings.TrimRight(config, "\n"), "\n", "\n    ")+"\n")
	wait(t, "{.status.readyReplicas}", "1", "deployment", "jobs-collector", "-n", ns)
	url := "http://" + get(t, "{.spec.clusterIP}", "service", "jobs-collector", "-n", ns) + ":8889/metrics"
	for _, job := range []string{"kubernetes-apiservers", "kubernetes-nodes", "kubernetes-nodes-cadvisor", "kubernetes-pods"} {
		eventually(t, "a target of job "+job+" is up", func() error { return up(t, url, job) })
	}
}

// up says whether a collector's metrics have a target of a job that is up.
func up(t testing.TB, url, job string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var seen []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "up{") {
			continue
		}
		if strings.Contains(line, `job="`+job+`"`) && strings.HasSuffix(line, " 1") {
			return nil
		}
		seen = append(seen, line)
	}
	return fmt.Errorf("there is %s", strings.Join(seen, "\n"))
}
