//go:build e2e

package cluster

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/test/cluster/image"
	"github.com/radiograph/radiograph/test/rig"
)

const probeImage = "radiograph/probe:v0"

const probes = `
apiVersion: v1
kind: Namespace
metadata:
  name: probes
---
apiVersion: v1
kind: Pod
metadata:
  name: server
  namespace: probes
  labels: {app: server}
spec:
  containers:
    - name: probe
      image: radiograph/probe:v0
      imagePullPolicy: Never
      args: [serve, ":8080"]
      ports:
        - {containerPort: 8080, hostPort: 18080, protocol: UDP}
      readinessProbe:
        tcpSocket: {port: 8080}
        periodSeconds: 1
---
apiVersion: v1
kind: Service
metadata:
  name: server
  namespace: probes
spec:
  selector: {app: server}
  ports:
    - {name: http, port: 80, targetPort: 8080, protocol: TCP}
    - {name: datagrams, port: 2000, targetPort: 8080, protocol: UDP}
---
apiVersion: v1
kind: Pod
metadata:
  name: client
  namespace: probes
spec:
  containers:
    - name: probe
      image: radiograph/probe:v0
      imagePullPolicy: Never
      args: [serve, ":8080"]
      readinessProbe:
        tcpSocket: {port: 8080}
        periodSeconds: 1
`

// child is set in the process that starts a cluster to be killed.
const child = "RADIOGRAPH_CLUSTER_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	_, err := Up(context.Background(), Options{Progress: os.Stdout})
	fmt.Println(err)
	select {} // until it is killed
}

// TestUpFailsWithDiagnosis starts an API server that ends at once.
func TestUpFailsWithDiagnosis(t *testing.T) {
	before := footprint(t)
	_, err := Up(t.Context(), Options{Progress: t.Output(), APIServerArgs: []string{"--no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver has ended") || !strings.Contains(err.Error(), "unknown flag: --no-such-flag") {
		t.Errorf("got %v", err)
	}
	if after := footprint(t); !slices.Equal(before, after) {
		t.Errorf("it left something:\nbefore %q\nafter  %q", before, after)
	}
}

// killStarter starts a cluster in another process and kills that when the node is up, in
// the middle of the start.
func killStarter(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "cluster: node: up") {
		t.Log("child: ", lines.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	if r, err := load(RunDir); err != nil || r == nil || r.process(kubelet) == nil || !r.process(kubelet).ID.alive() {
		t.Fatalf("the child left no running kubelet: %+v, %v", r, err)
	}
}

// TestCluster starts the one cluster that the machine can hold, uses it as the other
// tests do, and looks for what it left behind.
func TestCluster(t *testing.T) {
	before := footprint(t)
	killStarter(t)
	c, err := Up(t.Context(), Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	down := func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		return c.Down(ctx)
	}
	stopped := false
	t.Cleanup(func() {
		if stopped {
			return
		}
		t.Log(c.Diagnosis(context.WithoutCancel(t.Context())))
		if err := down(); err != nil {
			t.Error(err)
		}
	})

	t.Run("node is ready", func(t *testing.T) {
		out := kubectl(t, c, "get", "nodes", "-o", `jsonpath={.items[*].status.nodeInfo.kubeletVersion}`)
		version, err := Kubernetes.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if out != version {
			t.Errorf("node has version %q, want %q", out, version)
		}
	})
	t.Run("there can be only one", func(t *testing.T) {
		_, err := Up(t.Context(), Options{})
		if err == nil || !strings.Contains(err.Error(), "there can be only one") {
			t.Errorf("second Up: %v", err)
		}
	})
	startProbes(t, c)
	t.Run("pods reach a service by its name", func(t *testing.T) { reachService(t, c) })
	t.Run("the machine reaches a service and a host port", func(t *testing.T) { reachFromMachine(t, c) })
	t.Run("logs", func(t *testing.T) {
		if out := kubectl(t, c, "logs", "-n", "probes", "server"); !strings.Contains(out, "serving on :8080") {
			t.Errorf("logs of the server: %q", out)
		}
	})
	t.Run("programs of the machine run in a pod", func(t *testing.T) { runFromHost(t, c) })
	t.Run("tokens for web identity", func(t *testing.T) { verifyToken(t, c) })
	t.Run("cert-manager issues certificates", func(t *testing.T) { issueCertificate(t, c) })
	t.Run("API server restarts", func(t *testing.T) { restartAPI(t, c) })

	stopped = true
	if err := down(); err != nil {
		t.Fatal(err)
	}
	if after := footprint(t); !slices.Equal(before, after) {
		t.Errorf("Down left something:\nbefore %q\nafter  %q", before, after)
	}
	for name, runs := range c.Running() {
		if runs {
			t.Errorf("%s still runs", name)
		}
	}
}

// startProbes starts two pods of a program of ours.
func startProbes(t *testing.T, c *Cluster) {
	t.Helper()
	dir, err := Probe.Build(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	probe, err := image.Static(filepath.Join(dir, "probe"), image.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.LoadImage(t.Context(), probeImage, probe); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(t.Context(), probes); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "wait", "-n", "probes", "pod/server", "pod/client", "--for=condition=Ready", "--timeout=120s")
}

func reachService(t *testing.T, c *Cluster) {
	for protocol, address := range map[string]string{
		"tcp": "server.probes:80",
		"udp": "server.probes.svc.cluster.local:2000",
	} {
		rig.Eventually(t, protocol+" "+address, func() error {
			out, err := c.Kubectl(t.Context(), "exec", "-n", "probes", "client", "--", "probe", "ask", protocol, address, "hello")
			if err == nil && out != "hello from server" {
				err = fmt.Errorf("answer %q", out)
			}
			return err
		})
	}
	// A pod reaches itself through its service.
	rig.Eventually(t, "hairpin", func() error {
		_, err := c.Kubectl(t.Context(), "exec", "-n", "probes", "server", "--", "probe", "ask", "tcp", "server.probes:80", "hello")
		return err
	})
}

func reachFromMachine(t *testing.T, c *Cluster) {
	addresses, err := c.Resolver().LookupHost(t.Context(), "server.probes.svc.cluster.local.")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{net.JoinHostPort(addresses[0], "2000"), net.JoinHostPort(c.NodeIP(), "18080")} {
		rig.Eventually(t, "udp "+address, func() error { return ask(t, address) })
	}
}

func ask(t *testing.T, address string) error {
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "udp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	answer := make([]byte, 100)
	n, err := conn.Read(answer)
	if err == nil && string(answer[:n]) != "hello from server" {
		err = fmt.Errorf("answer %q", answer[:n])
	}
	return err
}

// runFromHost runs a program of this machine, which needs a dozen libraries, in a pod
// that has nothing else, and expects it to print what it prints here.
func runFromHost(t *testing.T, c *Cluster) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Fatal(err)
	}
	want, err := output(exec.CommandContext(t.Context(), nft, "--version"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := image.FromHost([]string{nft}, image.Spec{Entrypoint: []string{nft}, User: image.Nonroot})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.LoadImage(t.Context(), "radiograph/nft:v0", img); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "run", "nft", "-n", "probes", "--image=radiograph/nft:v0", "--image-pull-policy=Never", "--restart=Never", "--", "--version")
	kubectl(t, c, "wait", "-n", "probes", "pod/nft", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
	if got := kubectl(t, c, "logs", "-n", "probes", "nft"); got != want {
		t.Errorf("in the pod it prints %q, here %q", got, want)
	}
}

// verifyToken asks for a token as a projected volume does, and checks it as AWS does:
// with the key that the issuer publishes.
func verifyToken(t *testing.T, c *Cluster) {
	token := kubectl(t, c, "create", "token", "default", "-n", "probes", "--audience=sts.amazonaws.com")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token has %d parts", len(parts))
	}
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	decodePart(t, parts[0], &header)
	var claims struct {
		Issuer   string   `json:"iss"`
		Audience []string `json:"aud"`
		Subject  string   `json:"sub"`
	}
	decodePart(t, parts[1], &claims)
	if header.Algorithm != "RS256" || claims.Issuer != DefaultIssuer || claims.Subject != "system:serviceaccount:probes:default" ||
		!slices.Equal(claims.Audience, []string{"sts.amazonaws.com"}) {
		t.Errorf("token has header %+v and claims %+v", header, claims)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(issuerKey(t, c, header.KeyID), crypto.SHA256, digest[:], signature); err != nil {
		t.Errorf("verify the token: %v", err)
	}
}

func issuerKey(t *testing.T, c *Cluster, id string) *rsa.PublicKey {
	t.Helper()
	text, err := c.Get(t.Context(), "/openid/v1/jwks")
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct {
			ID       string `json:"kid"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		if key.ID == id {
			return &rsa.PublicKey{N: number(t, key.Modulus), E: int(number(t, key.Exponent).Int64())}
		}
	}
	t.Fatalf("the issuer has no key %q", id)
	return nil
}

func number(t *testing.T, text string) *big.Int {
	t.Helper()
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return new(big.Int).SetBytes(bytes)
}

func decodePart(t *testing.T, part string, into any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

const certificate = `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: self, namespace: probes}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: webhook, namespace: probes}
spec:
  secretName: webhook-tls
  dnsNames: [webhook.probes.svc]
  issuerRef: {name: self, kind: Issuer}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: radiograph-cluster-test
  annotations: {cert-manager.io/inject-ca-from: probes/webhook}
webhooks:
  - name: test.radiograph.dev
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: {service: {name: webhook, namespace: probes}}
    rules: []
`

// issueCertificate goes the way of an operator whose webhook has a certificate from
// cert-manager: issued into a secret, its authority injected into the webhook's
// configuration. A bad certificate is refused by cert-manager's own webhook.
func issueCertificate(t *testing.T, c *Cluster) {
	if err := c.InstallCertManager(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(t.Context(), certificate); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "wait", "-n", "probes", "certificate/webhook", "--for=condition=Ready", "--timeout=60s")
	secret := kubectl(t, c, "get", "-n", "probes", "secret/webhook-tls", "-o", `jsonpath={.data.ca\.crt}`)
	rig.Eventually(t, "authority injected", func() error {
		out, err := c.Kubectl(t.Context(), "get", "validatingwebhookconfiguration/radiograph-cluster-test", "-o", "jsonpath={.webhooks[0].clientConfig.caBundle}")
		if err == nil && (out != secret || out == "") {
			err = fmt.Errorf("authority is %q", out)
		}
		return err
	})
	bad := strings.Replace(certificate, "secretName: webhook-tls", "secretName: \"\"", 1)
	if err := c.Apply(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "secretName") {
		t.Errorf("a certificate without a secret: %v", err)
	}
	if err := c.RemoveCertManager(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := kubectl(t, c, "get", "namespaces,crds,clusterroles,mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "name"); strings.Contains(left, "cert-manager") {
		t.Errorf("something is left of cert-manager: %s", left)
	}
}

// restartAPI has an outage of the API server, during which pods keep talking.
func restartAPI(t *testing.T, c *Cluster) {
	if err := c.StopAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "/readyz"); err == nil {
		t.Error("the stopped API server answers")
	}
	if err := ask(t, net.JoinHostPort(c.NodeIP(), "18080")); err != nil {
		t.Errorf("a pod during the outage: %v", err)
	}
	if err := c.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "delete", "pod", "-n", "probes", "client")
	rig.Eventually(t, "the pod is gone", func() error {
		if _, err := c.Kubectl(t.Context(), "get", "pod", "-n", "probes", "client"); err == nil {
			return errors.New("it is there")
		}
		return nil
	})
}

func kubectl(t *testing.T, c *Cluster, args ...string) string {
	t.Helper()
	out, err := c.Kubectl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// footprint lists what a cluster makes on a machine outside its directory.
func footprint(t *testing.T) []string {
	t.Helper()
	var found []string
	mounts, err := mountsBelow(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, mounts...)
	if _, err := net.InterfaceByName(bridge); err == nil {
		found = append(found, bridge)
	}
	rules, err := output(exec.CommandContext(t.Context(), "nft", "list", "ruleset"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(rules) {
		if strings.Contains(line, "kube-proxy") || strings.Contains(line, "CNI-") || strings.Contains(line, network) || strings.Contains(line, bridge) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	for _, pattern := range []string{
		cniCache + "/*", containerLogs + "/*", cgroupRoot + "/*/kubepods", cgroupRoot + "/kubepods",
		"/run/containerd/s/*", "/run/netns/*", filepath.Join(os.TempDir(), "radiograph-cluster-*"), recordPath(RunDir),
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, names...)
	}
	values, err := readSysctls()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range values {
		found = append(found, name+"="+value)
	}
	slices.Sort(found)
	return found
}
