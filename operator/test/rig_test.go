//go:build e2e

package test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/deploy"
	addons "github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

const (
	operatorNamespace = "opentelemetry-operator-system"
	operatorUser      = "system:serviceaccount:" + operatorNamespace + ":opentelemetry-operator-controller-manager"
)

// rig is an API server of its own for a test.
type rig struct {
	client.Client

	t         *testing.T
	dir       string
	host      string
	etcd      string
	apiserver *process
	args      []string
	program   string
}

// process is one that was started here.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// start starts a program; it ends with the test.
func start(t *testing.T, dir, program string, env []string, args ...string) *process {
	t.Helper()
	log := filepath.Join(dir, filepath.Base(program)+"-"+port(t)+".log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...) // ended by kill or stop
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		_ = out.Close()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process at once.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop ends the process as Kubernetes does and waits for it.
func (p *process) stop(t *testing.T) {
	t.Helper()
	select {
	case <-p.done:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		t.Errorf("%s does not end", p.cmd.Path)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// tail returns the end of what the process wrote.
func (p *process) tail() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-6000):])
}

// rss returns the resident memory of the process in bytes.
func (p *process) rss(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("the process has no memory")
	return 0
}

// port returns a port that nobody listens at.
func port(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, p, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Where the programs are, unless the environment says otherwise: what test/cluster has built
// into the user's cache, and what "make" has built.
const (
	apiServers   = "radiograph/cluster/kubernetes/*/kube-apiserver"
	collectorBin = "../../bin/radiograph-collector"
	operatorBin  = "../../bin/radiograph-operator"
)

// binary finds a program: where the variable says, or the newest that matches the pattern,
// which is one in the cache or here.
func binary(t *testing.T, variable, pattern string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	if cache, err := os.UserCacheDir(); err == nil && !strings.HasPrefix(pattern, "..") {
		pattern = filepath.Join(cache, pattern)
	}
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s: build it or set %s", pattern, variable)
	}
	slices.Sort(found)
	return found[len(found)-1]
}

// auditPolicy writes down every request that writes.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    verbs: [create, update, patch, delete, deletecollection]
  - level: None
`

// newRig starts etcd and an API server, with the operator's definitions and permissions.
func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, program: binary(t, "RADIOGRAPH_KUBE_APISERVER", apiServers)}
	clientPort, peerPort, secure := port(t), port(t), port(t)
	r.etcd, r.host = "http://127.0.0.1:"+clientPort, "https://127.0.0.1:"+secure
	peer := "http://127.0.0.1:" + peerPort
	start(t, dir, "etcd", nil, "--data-dir", filepath.Join(dir, "etcd"), "--listen-client-urls", r.etcd, "--advertise-client-urls", r.etcd,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	r.write("tokens.csv", "admin,admin,1,system:masters\noperator,"+operatorUser+",2,\"system:serviceaccounts,system:authenticated\"\n")
	r.write("audit.yaml", auditPolicy)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r.write("sa.key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	r.args = []string{
		"--etcd-servers=" + r.etcd, "--bind-address=127.0.0.1", "--secure-port=" + secure, "--cert-dir=" + filepath.Join(dir, "certs"),
		"--token-auth-file=" + filepath.Join(dir, "tokens.csv"), "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + filepath.Join(dir, "sa.key"),
		"--service-account-signing-key-file=" + filepath.Join(dir, "sa.key"), "--service-cluster-ip-range=10.0.0.0/16",
		"--audit-policy-file=" + filepath.Join(dir, "audit.yaml"), "--audit-log-path=" + filepath.Join(dir, "audit.log"),
		"--allow-privileged=true", "--max-mutating-requests-inflight=1000", "--max-requests-inflight=1000",
	}
	r.apiserver = start(t, dir, r.program, nil, r.args...)
	r.ready()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1beta1.AddToScheme, v1alpha1.AddToScheme, addons.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	if r.Client, err = client.New(r.config("admin"), client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	r.write("kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: rig, cluster: {server: %q, insecure-skip-tls-verify: true}}]
users: [{name: operator, user: {token: operator}}]
contexts: [{name: rig, context: {cluster: rig, user: operator}}]
current-context: rig
`, r.host))
	r.namespace(operatorNamespace)
	r.install("")
	r.eventually("the definitions are served", func() error {
		return errors.Join(
			r.List(t.Context(), &v1beta1.OpenTelemetryCollectorList{}), r.List(t.Context(), &v1alpha1.TargetAllocatorList{}),
			r.List(t.Context(), &v1alpha1.InstrumentationList{}), r.List(t.Context(), &v1alpha1.OpAMPBridgeList{}),
		)
	})
	return r
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// config returns how to reach the API server with a token.
func (r *rig) config(token string) *rest.Config {
	return &rest.Config{Host: r.host, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: 500, Burst: 1000}
}

// ready waits for the API server.
func (r *rig) ready() {
	r.t.Helper()
	web, err := rest.HTTPClientFor(r.config("admin"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.within(2*time.Minute, "the API server is ready", func() error {
		select {
		case <-r.apiserver.done:
			r.t.Fatalf("the API server ended:\n%s", r.apiserver.tail())
		default:
		}
		answer, err := get(r.t.Context(), web, r.host+"/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		return nil
	})
}

// get sends a GET request.
func get(ctx context.Context, web *http.Client, url string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	return web.Do(request)
}

// eventually waits until a condition holds.
func (r *rig) eventually(what string, condition func() error) {
	r.t.Helper()
	r.within(60*time.Second, what, condition)
}

func (r *rig) within(limit time.Duration, what string, condition func() error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			r.t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

func (r *rig) namespace(name string) {
	r.t.Helper()
	ns := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
	r.eventually("create namespace "+name, func() error { return client.IgnoreAlreadyExists(r.Create(r.t.Context(), ns.DeepCopy())) })
}

// install creates what the chart is made of, without what runs and is called in a cluster.
func (r *rig) install(values string) {
	r.t.Helper()
	for _, manifest := range r.rendered(values) {
		r.create([]byte(manifest.YAML))
	}
}

// uninstall deletes what install has created, but for the definitions and the namespace.
func (r *rig) uninstall() {
	r.t.Helper()
	for _, manifest := range r.rendered("") {
		if manifest.Kind == "CustomResourceDefinition" || manifest.Kind == "Namespace" {
			continue
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(manifest.YAML), &object.Object); err != nil {
			r.t.Fatal(err)
		}
		if err := r.Delete(r.t.Context(), object); client.IgnoreNotFound(err) != nil {
			r.t.Fatal(err)
		}
	}
}

// rendered is what the operator's chart makes besides what runs and what calls it.
func (r *rig) rendered(values string) []deploy.Manifest {
	r.t.Helper()
	files, err := deploy.Chart(deploy.Operator)
	if err != nil {
		r.t.Fatal(err)
	}
	parsed, err := deploy.Values(values)
	if err != nil {
		r.t.Fatal(err)
	}
	manifests, err := deploy.Render(files, deploy.Release{Name: "radiograph-operator", Namespace: operatorNamespace}, parsed)
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(manifests, func(m deploy.Manifest) bool {
		return m.Kind == "Deployment" || m.Kind == "MutatingWebhookConfiguration" || m.Kind == "ValidatingWebhookConfiguration"
	})
}

// create creates the object that a text describes.
func (r *rig) create(text []byte) *unstructured.Unstructured {
	r.t.Helper()
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &obj.Object); err != nil {
		r.t.Fatal(err)
	}
	if obj.Object == nil {
		return obj
	}
	if err := r.Create(r.t.Context(), obj); err != nil {
		r.t.Fatalf("create %s %s: %v", obj.GetKind(), obj.GetName(), err)
	}
	return obj
}

// operator starts the operator and waits until it says that it is ready.
func (r *rig) operator(args ...string) *process {
	r.t.Helper()
	probe := port(r.t)
	all := append([]string{
		"--metrics-addr=0", "--health-probe-addr=127.0.0.1:" + probe, "--operator-namespace=" + operatorNamespace,
		"--collector-binary=" + binary(r.t, "RADIOGRAPH_COLLECTOR_BIN", collectorBin), "--collector-image=example.test/collector:v1",
		"--config-check-timeout=1m",
	}, args...)
	p := start(r.t, r.dir, binary(r.t, "RADIOGRAPH_OPERATOR_BIN", operatorBin), []string{"KUBECONFIG=" + filepath.Join(r.dir, "kubeconfig")}, all...)
	r.eventually("the operator is ready", func() error {
		select {
		case <-p.done:
			r.t.Fatalf("the operator ended:\n%s", p.tail())
		default:
		}
		answer, err := get(r.t.Context(), http.DefaultClient, "http://127.0.0.1:"+probe+"/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		return nil
	})
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("the operator wrote:\n%s", p.tail())
		}
	})
	return p
}

// writes lists the operator's requests that wrote, from the audit log: verb, resource and
// name. Leases and reviews are not among them.
func (r *rig) writes() []string {
	r.t.Helper()
	file, err := os.Open(filepath.Join(r.dir, "audit.log"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer file.Close()
	var out []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Verb string `json:"verb"`
			User struct {
				Username string `json:"username"`
			} `json:"user"`
			ObjectRef struct {
				Resource, Namespace, Name, Subresource string
			} `json:"objectRef"`
			ResponseStatus struct {
				Code int `json:"code"`
			} `json:"responseStatus"`
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.User.Username != operatorUser {
			continue
		}
		if e.ObjectRef.Resource == "leases" || strings.HasSuffix(e.ObjectRef.Resource, "reviews") {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s/%s %s/%s %d", e.Verb, e.ObjectRef.Resource, e.ObjectRef.Subresource, e.ObjectRef.Namespace, e.ObjectRef.Name, e.ResponseStatus.Code))
	}
	return out
}
