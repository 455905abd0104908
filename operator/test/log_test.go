//go:build e2e

package test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/controller"
)

// jsonLines fails for each line of a log that is no JSON, or shows a value that is none.
func jsonLines(t *testing.T, log string) {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) == 0 {
		t.Error("nothing was logged")
	}
	for line := range bytes.Lines(data) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Errorf("%s is no JSON: %v", line, err)
		}
		if bytes.Contains(line, []byte("!ERROR")) {
			t.Errorf("%s shows no value", line)
		}
	}
}

// TestLogsAreJSON lets the operator log all it can, with every source at work, handshakes that
// fail, a flag that is out of use and a bad end, and reads each line.
func TestLogsAreJSON(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.create(fmt.Appendf(nil, webhooks, "Mutating", "mutating"))
	r.create(fmt.Appendf(nil, webhooks, "Validating", "validating"))
	webhookPort := port(t)
	p := r.operator("--webhook-port="+webhookPort, "--zap-log-level=9", "--create-rbac-permissions=true", "--enable-leader-election")
	r.trusted(webhookPort, nil)
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, "True", "")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+webhookPort)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	r.eventually("the log has the handshake", func() error {
		data, err := os.ReadFile(p.log)
		if err == nil && !bytes.Contains(data, []byte("TLS handshake error")) {
			err = errors.New("it has not")
		}
		return err
	})
	p.stop(t)
	jsonLines(t, p.log)
	for _, args := range [][]string{{"--nosuch"}, {"--tls-min-version=SSLv3"}, {"--tls-cluster-profile", "--operator-namespace=" + operatorNamespace}} {
		p := start(t, r.dir, binary(t, "RADIOGRAPH_OPERATOR_BIN", operatorBin), []string{"KUBECONFIG=" + filepath.Join(r.dir, "kubeconfig")}, args...)
		<-p.done
		if p.cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("with %q it ends with status %d", args, p.cmd.ProcessState.ExitCode())
		}
		jsonLines(t, p.log)
	}
}

// openShift is the definition of the kind that has the TLS profile, without its schema.
const openShift = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: apiservers.config.openshift.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: config.openshift.io
  scope: Cluster
  names: {kind: APIServer, listKind: APIServerList, plural: apiservers, singular: apiserver}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// TestClusterTLSProfile runs the operator with the profile of an OpenShift cluster, which its
// own servers and those of collectors speak; with another it is to be started again.
func TestClusterTLSProfile(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.create([]byte(openShift))
	const profile = "apiVersion: config.openshift.io/v1\nkind: APIServer\nmetadata: {name: cluster}\nspec: {tlsSecurityProfile: {type: Modern, modern: {}}}\n"
	obj := r.createSoon([]byte(profile))
	r.create(fmt.Appendf(nil, webhooks, "Mutating", "mutating"))
	r.create(fmt.Appendf(nil, webhooks, "Validating", "validating"))
	webhookPort := port(t)
	p := r.operator("--webhook-port="+webhookPort, "--tls-cluster-profile", "--tls-configure-operands", "--discovery-period=1s")
	r.trusted(webhookPort, nil)
	for version, want := range map[uint16]bool{tls.VersionTLS12: false, tls.VersionTLS13: true} {
		d := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: version}}
		conn, err := d.DialContext(t.Context(), "tcp", "127.0.0.1:"+webhookPort)
		if (err == nil) != want {
			t.Errorf("with %s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	r.create([]byte(strings.Replace(fmt.Sprintf(observability, "observability", eks), "{grpc: {}, http: {}}", "{grpc: {tls: {cert_file: /tls/tls.crt, key_file: /tls/tls.key}}, http: {}}", 1)))
	r.eventually("the collector speaks it", func() error {
		config, err := r.runningConfig("observability")
		if err == nil && strings.Count(config, "min_version: \"1.3\"") != 1 {
			err = errors.New(config)
		}
		return err
	})
	obj.Object["spec"] = map[string]any{"tlsSecurityProfile": map[string]any{"type": "Intermediate"}}
	if err := r.Update(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if !strings.Contains(p.tail(), "the cluster has another TLS profile") {
		t.Error("it does not say why it ends")
	}
	jsonLines(t, p.log)
}

// createSoon creates an object whose kind has just been defined.
func (r *rig) createSoon(text []byte) *unstructured.Unstructured {
	r.t.Helper()
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &obj.Object); err != nil {
		r.t.Fatal(err)
	}
	r.eventually("create "+obj.GetKind(), func() error { return r.Create(r.t.Context(), obj) })
	return obj
}

// runningConfig is the configuration that the pods of a collector of mode deployment get.
func (r *rig) runningConfig(name string) (string, error) {
	var d appsv1.Deployment
	if err := r.Get(r.t.Context(), key(name+"-collector"), &d); err != nil {
		return "", err
	}
	var config corev1.ConfigMap
	if err := r.Get(r.t.Context(), key(d.Spec.Template.Spec.Volumes[0].ConfigMap.Name), &config); err != nil {
		return "", err
	}
	return config.Data["collector.yaml"], nil
}
