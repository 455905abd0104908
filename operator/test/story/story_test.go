//go:build e2e

package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStory is the whole way: a collector is applied, the sample application sends segments to
// it, traffic comes from outside, and the service map shows who calls whom.
func TestStory(t *testing.T) {
	began := time.Now().Add(-time.Second)
	apply(t, example(t, "operator", "namespace.yaml"))
	apply(t, example(t, "operator", "xray.yaml"))
	t.Cleanup(func() { remove(t, "opentelemetrycollector", "observability", "-n", collectors) })

	t.Run("Deployment and Service appear", func(t *testing.T) {
		wait(t, "{.status.readyReplicas}", "1", "deployment", "observability-collector", "-n", collectors)
		if kind := get(t, "{.spec.type}", "service", "observability-collector", "-n", collectors); kind != "ClusterIP" {
			t.Errorf("the service's type is %s", kind)
		}
		ports := get(t, `{range .spec.ports[*]}{.port}/{.protocol} {end}`, "service", "observability-collector", "-n", collectors)
		for _, port := range []string{"2000/UDP", "2000/TCP", "4317/TCP", "4318/TCP"} {
			if !slices.Contains(strings.Fields(ports), port) {
				t.Errorf("the service has %s, not %s", ports, port)
			}
		}
		for _, service := range []string{"observability-collector-headless", "observability-collector-monitoring", "observability-collector-extension"} {
			kubectl(t, "get", "service", service, "-n", collectors)
		}
		wait(t, "{.status.scale.statusReplicas}", "1/1", "opentelemetrycollector", "observability", "-n", collectors)
		table := kubectl(t, "get", "otelcol", "-n", collectors)
		if !strings.Contains(table, "deployment") || !strings.Contains(table, "1/1") {
			t.Errorf("kubectl get prints\n%s", table)
		}
	})

	t.Run("Conditions", func(t *testing.T) {
		for kind, want := range map[string]string{"Available": "True", "ConfigValid": "True", "Progressing": "False", "Degraded": "False"} {
			wait(t, `{.status.conditions[?(@.type=="`+kind+`")].status}`, want, "opentelemetrycollector", "observability", "-n", collectors)
		}
	})

	t.Run("A datagram becomes a trace", func(t *testing.T) { sendDatagram(t, began) })

	t.Run("Sample application", func(t *testing.T) {
		recordEverything(t)
		kubectl(t, "apply", "-k", "../../../examples/sampleapp/kubernetes")
		t.Cleanup(func() { remove(t, "-k", "../../../examples/sampleapp/kubernetes") })
		for _, workload := range []string{"statefulset/postgres", "deployment/storage", "deployment/datastore", "deployment/frontend"} {
			rollout(t, "sample", workload)
		}
		began := time.Now().Add(-time.Second)
		newman(t, "http://"+address(t, "sample", "frontend", "http"))
		t.Run("service map", func(t *testing.T) { checkMap(t, began) })
		t.Run("one trace through both services", func(t *testing.T) {
			eventually(t, "a trace passes the front-end and the datastore", func() error {
				n, err := traces(t, began, `service("frontend") AND service("datastore")`)
				if err == nil && n == 0 {
					err = errors.New("no such trace")
				}
				return err
			})
		})
		t.Run("sampling rules are obeyed", checkSampling)
	})
}

// remove deletes objects when a test is over.
func remove(t testing.TB, args ...string) {
	ctx := testContext(t)
	if out, err := kube.Kubectl(ctx, append([]string{"delete", "--ignore-not-found", "--wait=true", "--timeout=60s"}, args...)...); err != nil {
		t.Errorf("delete %v: %v %s", args, err, out)
	}
}

// sendDatagram sends one segment as a shell would.
func sendDatagram(t *testing.T, began time.Time) {
	target := address(t, collectors, "observability-collector", "awsxray")
	now := time.Now()
	id := fmt.Sprintf("1-%08x-0123456789abcdef01234567", now.Unix())
	document := fmt.Sprintf("{\"format\":\"json\",\"version\":1}\n"+`{"name":"probe","id":"70de5b6f19ff9a0a","trace_id":%q,"start_time":%d.1,"end_time":%d.3}`, id, now.Unix()-1, now.Unix()-1)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", target)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, datagram := range []string{"", "no header", "{\"format\":\"json\",\"version\":2}\n{}", "{\"format\":\"json\",\"version\":1}\nnot JSON", document} {
		if _, err := conn.Write([]byte(datagram)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the trace is there", func() error {
		var answer struct {
			Traces []struct{ Segments []struct{ Document string } }
		}
		if err := xray(t, "Traces", map[string]any{"TraceIds": []string{id}}, &answer); err != nil {
			return err
		}
		if len(answer.Traces) != 1 {
			return errors.New("no trace")
		}
		if document := answer.Traces[0].Segments[0].Document; !strings.Contains(document, `"probe"`) {
			return errors.New(document)
		}
		return nil
	})
}

// recordEverything makes the default sampling rule record each request. SDKs fetch it when they
// start.
func recordEverything(t *testing.T) {
	t.Helper()
	var ignored json.RawMessage
	rule := map[string]any{"RuleName": "Default", "FixedRate": 1}
	if err := xray(t, "UpdateSamplingRule", map[string]any{"SamplingRuleUpdate": rule}, &ignored); err != nil {
		t.Fatal(err)
	}
}

// newman runs the Postman collection against the front-end.
func newman(t *testing.T, url string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "npx", "--no-install", "newman", "run", "radiograph-sample.postman_collection.json",
		"--env-var", "baseUrl="+url, "--iteration-count", "5", "--color", "off")
	cmd.Dir = "../../../examples/sampleapp/postman"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("newman: %v\n%s", err, out)
	}
}

// checkMap looks for who calls whom, and how fast.
func checkMap(t *testing.T, began time.Time) {
	eventually(t, "the service map is complete", func() error {
		g, err := serviceGraph(t, began)
		if err != nil {
			return err
		}
		frontend, err1 := g.find("frontend", "")
		client, err2 := g.find("frontend", "client")
		datastore, err3 := g.find("datastore", "")
		storage, err4 := g.find("S3", "AWS::S3")
		database, err5 := g.find("items@postgres", "Database::SQL")
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			return err
		}
		for _, n := range g.Services {
			if n.Name == "frontend" && n.Type != "client" {
				frontend = n
			}
		}
		for _, edge := range []struct {
			from, to node
		}{{client, frontend}, {frontend, datastore}, {frontend, storage}, {datastore, database}} {
			if !edge.from.edge(edge.to) {
				return fmt.Errorf("no edge from %s (%s) to %s (%s)", edge.from.Name, edge.from.Type, edge.to.Name, edge.to.Type)
			}
		}
		for _, n := range []node{frontend, datastore, storage, database} {
			if n.SummaryStatistics.TotalCount == 0 || n.SummaryStatistics.TotalResponseTime <= 0 {
				return fmt.Errorf("%s has no latency: %+v", n.Name, n.SummaryStatistics)
			}
		}
		s := frontend.SummaryStatistics
		if s.FaultStatistics.TotalCount == 0 || s.ErrorStatistics.TotalCount == 0 || s.ErrorStatistics.ThrottleCount == 0 {
			return fmt.Errorf("the front-end's failures are not told apart: %+v", s)
		}
		return nil
	})
}

// checkSampling makes a rule that records nothing of a path, and looks for the front-end, which
// asks for rules through TCP 2000 of the collector, to obey it.
func checkSampling(t *testing.T) {
	rule := map[string]any{
		"RuleName": "quiet", "Priority": 1, "FixedRate": 0, "ReservoirSize": 0, "Version": 1, "ResourceARN": "*",
		"ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "/api/items*",
	}
	var ignored json.RawMessage
	if err := xray(t, "CreateSamplingRule", map[string]any{"SamplingRule": rule}, &ignored); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var ignored json.RawMessage
		if err := xray(t, "DeleteSamplingRule", map[string]any{"RuleName": "quiet"}, &ignored); err != nil {
			t.Error(err)
		}
	})
	base := "http://" + address(t, "sample", "frontend", "http")
	eventually(t, "requests that the rule covers are not recorded", func() error {
		began := time.Now()
		for range 5 {
			if err := fetch(t, base+"/api/items"); err != nil {
				return err
			}
		}
		if err := fetch(t, base+"/"); err != nil {
			return err
		}
		if err := seen(t, began, `http.url ENDSWITH ":8080/"`); err != nil {
			return err
		}
		n, err := traces(t, began, `http.url CONTAINS "/api/items"`)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d were recorded", n)
		}
		return err
	})
}

// seen waits a little until a trace that matches arrives.
func seen(t *testing.T, since time.Time, filter string) error {
	var err error
	for range 20 {
		var n int
		if n, err = traces(t, since, filter); err == nil && n > 0 {
			return nil
		}
		select {
		case <-t.Context().Done():
			return t.Context().Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
	return errors.Join(err, fmt.Errorf("no trace matches %s", filter))
}
