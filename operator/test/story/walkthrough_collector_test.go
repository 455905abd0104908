//go:build e2e

package story

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// collector applies the manifest of the guide. Its metrics have nowhere to go; the traces do not
// mind.
func (w *walkthrough) collector(t *testing.T) {
	w.run(t, "kubectl apply -f examples/operator/namespace.yaml")
	if said := w.run(t, "kubectl apply -f examples/operator/xray-v1alpha1.yaml"); !strings.Contains(said, deprecated) {
		t.Errorf("kubectl says %q", said)
	}
	wait(t, "{.status.readyReplicas}", "1", "deployment", "observability-collector", "-n", collectors)
	ports := get(t, `{.spec.type}: {range .spec.ports[*]}{.name} {.port}/{.protocol},{end}`, "service", "observability-collector", "-n", collectors)
	if !strings.HasPrefix(ports, "ClusterIP: ") || !strings.Contains(ports, "xray 2000/UDP,") || !strings.Contains(ports, "awsxray-proxy 2000/TCP,") {
		t.Errorf("the service is %s", ports)
	}
	if name := get(t, "{.items[*].spec.serviceAccountName}", "pods", "-n", collectors, "-l", "app.kubernetes.io/name=observability-collector"); name != "aws-otel-collector" {
		t.Errorf("the pod runs as %s", name)
	}
	if table := w.run(t, "kubectl get opentelemetrycollector -n aws-otel-eks"); !strings.Contains(table, "deployment") || !strings.Contains(table, "1/1") {
		t.Errorf("kubectl get prints\n%s", table)
	}
}

// mayScrape asks for the permissions that the operator has granted for the receiver prometheus,
// and for those of the guide's manifest, which has more.
func (w *walkthrough) mayScrape(t *testing.T) {
	const as = " --as=system:serviceaccount:aws-otel-eks:aws-otel-collector -A"
	w.run(t, "kubectl auth can-i list pods"+as)
	w.fails(t, "kubectl auth can-i list ingresses.networking.k8s.io"+as, "no")
	w.run(t, "kubectl apply -f examples/operator/prometheus-rbac.yaml")
	w.whole.Cleanup(func() { remove(w.whole, "-f", "../../../examples/operator/prometheus-rbac.yaml") })
	for _, what := range []string{"watch pods", "get nodes/proxy", "list ingresses.networking.k8s.io"} {
		w.run(t, "kubectl auth can-i "+what+as)
	}
	w.run(t, "kubectl auth can-i get /metrics"+strings.TrimSuffix(as, " -A"))
}

// arrives sends a segment by UDP and says whether it gets where the command line sees it.
func (w *walkthrough) arrives(t *testing.T) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", address(t, collectors, "observability-collector", "xray"))
	if err != nil {
		return err
	}
	defer conn.Close()
	segment := newSegment("probe")
	if _, err := fmt.Fprintf(conn, "{\"format\":\"json\",\"version\":1}\n%s", segment.document); err != nil {
		return err
	}
	for range 5 {
		var n string
		n, err = w.try(t, "aws xray batch-get-traces --trace-ids "+segment.trace+" --query 'length(Traces)' --output text")
		if err == nil && n == "1" {
			return nil
		}
		err = errors.Join(err, fmt.Errorf("traces: %s", n))
	}
	return err
}

// smoke sends a segment from a pod, as the guide does, and looks for it by the command line.
func (w *walkthrough) smoke(t *testing.T) {
	began := time.Now().Unix()
	w.run(t, `kubectl exec -i -n aws-otel-eks debug -- bash -s <<'EOF'
now=$(date +%s)
printf '{"format":"json","version":1}\n{"name":"probe","id":"70de5b6f19ff9a0a","trace_id":"1-%08x-0123456789abcdef01234567","start_time":%s,"end_time":%s}' \
  $now $now.1 $now.3 | nc -u -w1 observability-collector.aws-otel-eks 2000
EOF`)
	var id string
	eventually(t, "the trace is listed", func() error {
		out, err := w.try(t, fmt.Sprintf("aws xray get-trace-summaries --start-time %d --end-time $(($(date +%%s) + 5)) --query 'TraceSummaries[].Id' --output text", began-1))
		for found := range strings.FieldsSeq(out) {
			if strings.HasSuffix(found, "-0123456789abcdef01234567") {
				id = found
			}
		}
		if err == nil && id == "" {
			err = errors.New(out)
		}
		return err
	})
	got := decode[struct {
		Traces []struct {
			Duration float64
			Segments []struct{ Document string }
		}
	}](t, w, "aws xray batch-get-traces --trace-ids "+id).Traces
	if len(got) != 1 || math.Abs(got[0].Duration-0.2) > 0.001 || len(got[0].Segments) != 1 {
		t.Fatalf("the trace is %+v", got)
	}
	for _, word := range []string{`"probe"`, `"70de5b6f19ff9a0a"`, id} {
		if document := got[0].Segments[0].Document; !strings.Contains(document, word) {
			t.Errorf("the segment is %s, without %s", document, word)
		}
	}
}

func (w *walkthrough) serviceMap(t *testing.T) {
	w.run(t, "aws xray update-sampling-rule --sampling-rule-update RuleName=Default,FixedRate=1")
	kubectl(t, "apply", "-k", "../../../examples/sampleapp/kubernetes")
	t.Cleanup(func() { remove(t, "-k", "../../../examples/sampleapp/kubernetes") })
	for _, workload := range []string{"statefulset/postgres", "deployment/storage", "deployment/datastore", "deployment/frontend"} {
		rollout(t, "sample", workload)
	}
	newman(t, "http://"+address(t, "sample", "frontend", "http"))
	eventually(t, "the service map has all services with their latencies", func() error {
		out, err := w.try(t, `aws xray get-service-graph --start-time $(($(date +%s) - 600)) --end-time $(date +%s) \
			--query 'Services[?SummaryStatistics.TotalResponseTime > `+"`0`"+`].Name' --output text`)
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		for _, name := range []string{"frontend", "datastore", "S3", "items@postgres"} {
			if !slices.Contains(strings.Fields(out), name) {
				return fmt.Errorf("with latencies: %s", out)
			}
		}
		return nil
	})
}
