//go:build e2e

package story

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// testInstrumentation runs a Node.js and a Java application that know nothing of tracing. An
// annotation on their pods is all that makes them send spans.
func testInstrumentation(t *testing.T) {
	const ns, apps = "otlp", "../../../examples/otlpapp/kubernetes"
	namespace(t, ns)
	kubectl(t, "apply", "-n", ns, "-f", "../../../examples/operator/otlp-xray.yaml")
	wait(t, "{.status.readyReplicas}", "1", "deployment", "my-collector-xray-collector", "-n", ns)
	kubectl(t, "apply", "-k", apps)
	for _, app := range []string{"node-app", "java-app"} {
		rollout(t, ns, "deployment/"+app)
	}
	// Each calls the other.
	for _, pair := range [][2]string{{"node-app", "java-app"}, {"java-app", "node-app"}} {
		caller, called := pair[0], pair[1]
		t.Run(caller+" calls "+called, func(t *testing.T) {
			began := time.Now().Add(-time.Second)
			url := "http://" + address(t, ns, caller, "http") + "/outgoing-http-call"
			eventually(t, "a trace passes both", func() error {
				if err := fetch(t, url); err != nil {
					return err
				}
				n, err := traces(t, began, fmt.Sprintf("edge(%q, %q)", caller, called))
				if err == nil && n == 0 {
					g, _ := serviceGraph(t, began)
					_, missing := g.find(called, "")
					err = errors.Join(errors.New("no trace has an edge between them"), missing)
				}
				return err
			})
			g, err := serviceGraph(t, began)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range g.Services {
				if strings.HasPrefix(n.Name, "unknown_service") {
					t.Errorf("an application has no name: %s", n.Name)
				}
			}
		})
	}
}
