//go:build e2e

package story

import (
	"errors"
	"testing"
	"time"
)

// sidecarApp is the front-end of the sample application, with a collector of its own.
const sidecarApp = `
apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: sidecar
  annotations: {sidecar.opentelemetry.io/inject: "true"}
spec:
  automountServiceAccountToken: false
  containers:
    - name: app
      image: radiograph/sample-frontend:latest
      imagePullPolicy: IfNotPresent
      command: [/frontend]
      env:
        - {name: AWS_XRAY_DAEMON_ADDRESS, value: "localhost:2000"}
        - {name: DATASTORE_URL, value: "http://localhost:1"}
        - {name: S3_BUCKET, value: none}
        - {name: AWS_ENDPOINT_URL_S3, value: "http://localhost:1"}
        - {name: AWS_REGION, value: us-east-1}
        - {name: AWS_ACCESS_KEY_ID, value: none}
        - {name: AWS_SECRET_ACCESS_KEY, value: none}
      ports: [{name: http, containerPort: 8080}]
`

// testSidecar gives a pod a collector of its own, to which the application sends through
// the loopback.
func testSidecar(t *testing.T) {
	ns := namespace(t, "sidecar")
	apply(t, collectorYAML(ns, "beside", "  mode: sidecar\n"))
	condition(t, ns, "beside", "ConfigValid", "True", "")
	// The webhook reads the operator's cache; the condition shows that the collector is in it.
	apply(t, sidecarApp)
	wait(t, `{.status.conditions[?(@.type=="Ready")].status}`, "True", "pod", "app", "-n", ns)
	if policy := get(t, `{.spec.initContainers[?(@.name=="otc-container")].restartPolicy}`, "pod", "app", "-n", ns); policy != "Always" {
		t.Errorf("the collector is no native sidecar: its restart policy is %q", policy)
	}
	if label := get(t, `{.metadata.labels.sidecar\.opentelemetry\.io/injected}`, "pod", "app", "-n", ns); label != ns+".beside" {
		t.Errorf("the pod's label is %q", label)
	}
	began := time.Now().Add(-time.Second)
	url := "http://" + get(t, "{.status.podIP}", "pod", "app", "-n", ns) + ":8080/"
	eventually(t, "a request to the application becomes a trace", func() error {
		if err := fetch(t, url); err != nil {
			return err
		}
		n, err := traces(t, began, `service("frontend") AND http.url BEGINSWITH "`+url+`"`)
		if err == nil && n == 0 {
			err = errors.New("no trace")
		}
		return err
	})
	if services := kubectl(t, "get", "services,deployments", "-n", ns, "-o", "name"); services != "" {
		t.Errorf("a sidecar has its own %s", services)
	}
	condition(t, ns, "beside", "SidecarsCurrent", "True", "")
}

// testDaemonSet runs a collector on each node, which the pods of that node reach.
func testDaemonSet(t *testing.T) {
	ns := namespace(t, "daemonset")
	runCollector(t, ns, "node", "  mode: daemonset\n")
	wait(t, "{.status.numberReady}/{.status.desiredNumberScheduled}", "1/1", "daemonset", "node-collector", "-n", ns)
	if policy := get(t, "{.spec.internalTrafficPolicy}", "service", "node-collector", "-n", ns); policy != "Local" {
		t.Errorf("the traffic policy is %q", policy)
	}
	wait(t, "{.status.scale.statusReplicas}", "1/1", "opentelemetrycollector", "node", "-n", ns)
	send(t, address(t, ns, "node-collector", "awsxray"), "on a node")
}

// testStatefulSet runs collectors with names that stay.
func testStatefulSet(t *testing.T) {
	ns := namespace(t, "statefulset")
	runCollector(t, ns, "named", "  mode: statefulset\n")
	wait(t, "{.status.readyReplicas}", "1", "statefulset", "named-collector", "-n", ns)
	wait(t, "{.status.phase}", "Running", "pod", "named-collector-0", "-n", ns)
	send(t, address(t, ns, "named-collector", "awsxray"), "by name")
}
