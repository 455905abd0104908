//go:build e2e

package story

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/radiograph/radiograph/deploy"
	"github.com/radiograph/radiograph/test/cluster"
	"github.com/radiograph/radiograph/test/rig"
)

// kube is the cluster of all tests, which share it because it takes a while to start.
var kube *cluster.Cluster

// TestMain starts the cluster, installs radiograph and the operator, and runs the tests.
func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "story:", err)
		code = 1
	}
	os.Exit(code)
}

// run keeps the cluster for as long as the tests take.
func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	down, err := start(ctx)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, down(ctx)) }()
	if err := loadImages(ctx, kube); err != nil {
		return 1, err
	}
	if err := install(ctx, deploy.Service, "radiograph", serviceValues); err != nil {
		return 1, err
	}
	if err := install(ctx, deploy.Operator, operatorNamespace, operatorValues); err != nil {
		return 1, err
	}
	if attached() { // the operator may run with the image of the last time
		if out, err := kube.Kubectl(ctx, "rollout", "restart", "deployment/"+manager, "-n", operatorNamespace); err != nil {
			return 1, fmt.Errorf("%s: %w", out, err)
		}
	}
	for _, wait := range [][]string{
		{"rollout", "status", "statefulset/radiograph", "-n", "radiograph", "--timeout=120s"},
		{"rollout", "status", "deployment/" + manager, "-n", operatorNamespace, "--timeout=120s"},
	} {
		if out, err := kube.Kubectl(ctx, wait...); err != nil {
			return 1, fmt.Errorf("%s: %w\n%s", out, err, kube.Diagnosis(ctx))
		}
	}
	return m.Run(), nil
}

// attached says whether a cluster is used that runs already.
func attached() bool { return os.Getenv("RADIOGRAPH_CLUSTER") == "running" }

// start starts the cluster and returns what takes it down. With RADIOGRAPH_CLUSTER=running it
// takes the one of make cluster-up and leaves it running, for those who work on these tests.
func start(ctx context.Context) (down func(context.Context) error, err error) {
	if attached() {
		kube, err = cluster.Attach(ctx, os.Stderr)
		return func(context.Context) error { return nil }, err
	}
	kube, err = cluster.Up(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return nil, err
	}
	return kube.Down, nil
}

const (
	operatorNamespace = "opentelemetry-operator-system"
	manager           = "opentelemetry-operator-controller-manager"
	// collectors is the namespace of the guide.
	collectors = "aws-otel-eks"

	serviceValues = `
image: {tag: ` + version + `}
persistence: {enabled: false}
resources: {requests: {cpu: 50m, memory: 128Mi}}
`
	operatorValues = `
radiograph:
  images: {tag: ` + version + `}
  extraArgs: [--leader-election-lease-duration=6s, --leader-election-renew-deadline=4s, --leader-election-retry-period=1s]
`
)

// install applies a chart in a namespace, in the order in which Helm would. The chart is told
// of more versions of APIs, which the cluster serves.
func install(ctx context.Context, chart, namespace, values string, apiVersions ...string) error {
	manifests, err := renderChart(chart, namespace, values, apiVersions...)
	if err != nil {
		return err
	}
	if err := kube.Apply(ctx, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}"); err != nil {
		return err
	}
	for _, manifest := range manifests {
		if err := kube.Apply(ctx, manifest.YAML); err != nil {
			return fmt.Errorf("%s %s: %w", manifest.Kind, manifest.Name, err)
		}
	}
	return nil
}

// renderChart renders a chart of ours.
func renderChart(chart, namespace, values string, apiVersions ...string) ([]deploy.Manifest, error) {
	files, err := deploy.Chart(chart)
	if err != nil {
		return nil, err
	}
	parsed, err := deploy.Values(values)
	if err != nil {
		return nil, err
	}
	return deploy.Render(files, deploy.Release{Name: chart, Namespace: namespace, APIVersions: apiVersions}, parsed)
}

// example reads a file of the examples directory.
func example(t testing.TB, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"../../../examples"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// apply applies manifests, which must be accepted.
func apply(t testing.TB, manifests string) {
	t.Helper()
	if err := kube.Apply(t.Context(), manifests); err != nil {
		t.Fatal(err)
	}
}

// kubectl runs kubectl, which must succeed.
func kubectl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := kube.Kubectl(context.WithoutCancel(t.Context()), args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// get reads fields of an object by JSONPath.
func get(t testing.TB, path string, args ...string) string {
	t.Helper()
	return kubectl(t, append(append([]string{"get"}, args...), "-o", "jsonpath="+path)...)
}

// wait waits until an object is as JSONPath says, for example "{.status.readyReplicas}" = "2".
func wait(t testing.TB, path, want string, args ...string) {
	t.Helper()
	eventually(t, strings.Join(args, " ")+" "+path+" is "+want, func() error {
		got, err := kube.Kubectl(t.Context(), append(append([]string{"get"}, args...), "-o", "jsonpath="+path)...)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("it is %q", got)
		}
		return nil
	})
}

// eventually waits until try succeeds. Most that is tried here runs kubectl, which would take
// the processor from what is waited for if it ran all the time.
func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	rig.Eventually(t, what, func() error {
		err := try()
		if err != nil {
			_ = pause(t, 300*time.Millisecond) // the next try sees that the test is over
		}
		return err
	})
}

// rollout waits until a workload runs as it is declared.
func rollout(t testing.TB, namespace, workload string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // cleanups wait too
	out, err := kube.Kubectl(ctx, "rollout", "status", workload, "-n", namespace, "--timeout=150s")
	if err != nil {
		t.Fatalf("%s: %v\n%s", out, err, kube.Diagnosis(ctx))
	}
}

// gone waits until there is no such object.
func gone(t testing.TB, args ...string) {
	t.Helper()
	eventually(t, strings.Join(args, " ")+" is gone", func() error {
		out, err := kube.Kubectl(t.Context(), append([]string{"get", "--ignore-not-found", "-o", "name"}, args...)...)
		if err == nil && out != "" {
			return fmt.Errorf("there is %s", out)
		}
		return err
	})
}

// address is where this machine reaches a service's port.
func address(t testing.TB, namespace, service, port string) string {
	t.Helper()
	ip := get(t, "{.spec.clusterIP}", "service", service, "-n", namespace)
	number := get(t, `{.spec.ports[?(@.name=="`+port+`")].port}`, "service", service, "-n", namespace)
	return ip + ":" + number
}

// radiograph is where this machine reaches the radiograph in the cluster. It stays for all
// tests, which run at the same time.
var radiograph = sync.OnceValues(func() (string, error) {
	return kube.Kubectl(context.Background(), "get", "service", "radiograph", "-n", "radiograph",
		"-o", `jsonpath={.spec.clusterIP}:{.spec.ports[?(@.name=="http")].port}`)
})

// xray calls an operation of the X-Ray API of the radiograph in the cluster.
func xray(t testing.TB, path string, input, output any) error {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	host, err := radiograph()
	if err != nil {
		return err
	}
	url := "http://" + host + "/" + path
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, response.Status, answer)
	}
	return json.Unmarshal(answer, output)
}

// node is a service of the service graph.
type node struct {
	ReferenceID int `json:"ReferenceId"`
	Name, Type  string
	Root        bool
	Edges       []struct {
		ReferenceID int `json:"ReferenceId"`
	}
	SummaryStatistics struct {
		TotalCount        int
		TotalResponseTime float64
		OkCount           int
		ErrorStatistics   struct{ ThrottleCount, OtherCount, TotalCount int }
		FaultStatistics   struct{ TotalCount int }
	}
}

// graph is a service graph.
type graph struct{ Services []node }

// serviceGraph reads the graph of all that was received since a time.
func serviceGraph(t testing.TB, since time.Time) (graph, error) {
	t.Helper()
	var g graph
	input := map[string]any{"StartTime": since.Unix(), "EndTime": time.Now().Add(time.Minute).Unix()}
	return g, xray(t, "ServiceGraph", input, &g)
}

// find returns the node of a name that is of a type, where the type is given.
func (g graph) find(name, kind string) (node, error) {
	var seen []string
	for _, service := range g.Services {
		if service.Name == name && (kind == "" || service.Type == kind) {
			return service, nil
		}
		seen = append(seen, service.Name+" ("+service.Type+")")
	}
	return node{}, fmt.Errorf("no node %s %s among %s", name, kind, strings.Join(seen, ", "))
}

// edge says whether one node calls another.
func (n node) edge(to node) bool {
	for _, edge := range n.Edges {
		if edge.ReferenceID == to.ReferenceID {
			return true
		}
	}
	return false
}

// traces counts the traces since a time that match a filter expression.
func traces(t testing.TB, since time.Time, filter string) (int, error) {
	t.Helper()
	var page struct {
		TracesProcessedCount int
		TraceSummaries       []json.RawMessage
	}
	input := map[string]any{"StartTime": since.Unix(), "EndTime": time.Now().Add(time.Minute).Unix(), "FilterExpression": filter}
	err := xray(t, "TraceSummaries", input, &page)
	return len(page.TraceSummaries), err
}

// testContext is a context for what comes after a test, whose own has ended by then.
func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// fetch gets a URL, which must answer with 200.
func fetch(t testing.TB, url string) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}
