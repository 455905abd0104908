//go:build e2e

package story

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"
)

// pipeline is a configuration as a collector needs it: X-Ray and OTLP in, X-Ray out.
const pipeline = `
    receivers:
      awsxray: {proxy_server: {aws_endpoint: "http://radiograph.radiograph:2080", region: us-east-1}}
      otlp: {protocols: {http: {}}}
    processors:
      batch: {timeout: 500ms, send_batch_size: 50}
    exporters:
      awsxray: {region: us-east-1, endpoint: "http://radiograph.radiograph:2080"}
    extensions:
      health_check: {}
    service:
      extensions: [health_check]
      pipelines:
        traces: {receivers: [awsxray, otlp], processors: [batch], exporters: [awsxray]}
`

// collectorYAML is a collector with the pipeline; spec has more fields, each a line indented by
// two spaces.
func collectorYAML(namespace, name, spec string) string {
	text := "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n" +
		"metadata: {name: " + name + ", namespace: " + namespace + "}\nspec:\n"
	if spec != "" {
		text += strings.TrimRight(spec, "\n") + "\n"
	}
	return text + "  config:" + pipeline
}

// namespace makes a namespace that goes with the test.
func namespace(t testing.TB, name string) string {
	t.Helper()
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}")
	t.Cleanup(func() {
		// The collectors go first: their finalizers need the operator, and a test that breaks
		// off must not leave a namespace that does not end.
		remove(t, "opentelemetrycollectors.opentelemetry.io", "--all", "-n", name)
		remove(t, "namespace", name, "--wait=false")
	})
	return name
}

// runCollector applies a collector and waits until it is there.
func runCollector(t testing.TB, ns, name, spec string) {
	t.Helper()
	apply(t, collectorYAML(ns, name, spec))
	wait(t, `{.status.conditions[?(@.type=="Ready")].status}`, "True", "opentelemetrycollector", name, "-n", ns)
}

// refused applies manifests, which must be refused for all of the reasons.
func refused(t testing.TB, manifests string, reasons ...string) {
	t.Helper()
	err := kube.Apply(t.Context(), manifests)
	if err == nil {
		t.Fatalf("this was accepted:\n%s", manifests)
	}
	for _, reason := range reasons {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("it was refused, but not for %q: %v", reason, err)
		}
	}
}

// condition waits for a condition of a collector with a status and words in its message.
func condition(t testing.TB, ns, name, kind, status, words string) {
	t.Helper()
	eventually(t, name+" is "+kind+" "+status, func() error {
		path := `{range .status.conditions[?(@.type=="` + kind + `")]}{.status} {.observedGeneration} {.message}{end} of {.metadata.generation}`
		got, err := kube.Kubectl(t.Context(), "get", "opentelemetrycollector", name, "-n", ns, "-o", "jsonpath="+path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(got, status+" ") || !strings.Contains(got, words) {
			return fmt.Errorf("it is %s", got)
		}
		return nil
	})
}

// generation is how often a workload has been changed.
func generation(t testing.TB, ns, workload string) string {
	t.Helper()
	return get(t, "{.metadata.uid} {.metadata.generation}", workload, "-n", ns)
}

// barrier deletes a child of a collector and waits until it is back: whatever was to be done for
// the collector before has been done then.
func barrier(t testing.TB, ns, name string) {
	t.Helper()
	uid := get(t, "{.metadata.uid}", "poddisruptionbudget", name+"-collector", "-n", ns)
	kubectl(t, "delete", "poddisruptionbudget", name+"-collector", "-n", ns)
	eventually(t, "the deleted child of "+name+" is back", func() error {
		now, err := kube.Kubectl(t.Context(), "get", "poddisruptionbudget", name+"-collector", "-n", ns, "-o", "jsonpath={.metadata.uid}")
		if err == nil && now == uid {
			err = errors.New("it has not gone")
		}
		return err
	})
}

// send sends a segment through UDP and waits until radiograph has it. Datagrams get lost, so it
// sends until then.
func send(t testing.TB, target, name string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", target)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	eventually(t, "a segment sent to "+target+" arrives", func() error {
		segment := newSegment(name)
		if _, err := fmt.Fprintf(conn, "{\"format\":\"json\",\"version\":1}\n%s", segment.document); err != nil {
			return err
		}
		return arrives(t, segment.trace)
	})
}

// arrives waits a little for a trace.
func arrives(t testing.TB, id string) error {
	for range 20 {
		missing, err := lost(t, []string{id})
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			return nil
		}
		if err := pause(t, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("no such trace " + id)
}

// pause is the time between two questions.
func pause(t testing.TB, d time.Duration) error {
	select {
	case <-t.Context().Done():
		return t.Context().Err()
	case <-time.After(d):
		return nil
	}
}

// lost returns those of the traces that radiograph does not have.
func lost(t testing.TB, ids []string) ([]string, error) {
	t.Helper()
	var missing []string
	for len(ids) > 0 {
		n := min(5, len(ids)) // as many as one call takes
		var answer struct {
			Traces []struct {
				ID string `json:"Id"`
			}
		}
		if err := xray(t, "Traces", map[string]any{"TraceIds": ids[:n]}, &answer); err != nil {
			return nil, err
		}
		found := map[string]bool{}
		for _, trace := range answer.Traces {
			found[trace.ID] = true
		}
		for _, id := range ids[:n] {
			if !found[id] {
				missing = append(missing, id)
			}
		}
		ids = ids[n:]
	}
	return missing, nil
}

// kubectlAll runs kubectl with manifests on its standard input, and returns all that it
// prints, its warnings included.
func kubectlAll(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	cmd := kube.KubectlCommand(t.Context(), args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// object reads a JSON object.
func object(t testing.TB, args ...string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(kubectl(t, append([]string{"get", "-o", "json"}, args...)...)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares two specs.
func same(t testing.TB, what string, before, after any) {
	t.Helper()
	if reflect.DeepEqual(before, after) {
		return
	}
	b, _ := json.MarshalIndent(before, "", " ")
	a, _ := json.MarshalIndent(after, "", " ")
	t.Errorf("%s: it was\n%s\nand is\n%s", what, b, a)
}
