//go:build e2e

package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	radiographBin = "../../bin/radiograph"
	agentBin      = "../../bin/radiograph-pod-identity-agent"
	account       = "000000000000"
	addonToken    = "0123456789abcdef0123456789abcdef"
)

// identityRig is a rig with the webhook for the identities of pods, the add-on API and
// radiograph.
type identityRig struct {
	*rig

	clients  kubernetes.Interface
	endpoint string // of radiograph
}

func newIdentityRig(t *testing.T) *identityRig {
	t.Helper()
	r := &identityRig{rig: newRig(t)}
	var err error
	if r.clients, err = kubernetes.NewForConfig(r.config("admin")); err != nil {
		t.Fatal(err)
	}
	r.namespace("apps")
	ca := r.certificate()
	webhookPort, addonPort, radiographPort := port(t), port(t), port(t)
	r.endpoint = "http://127.0.0.1:" + radiographPort
	r.create([]byte(`{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"addons"},
		"rules":[{"apiGroups":["addons.radiograph.dev"],"resources":["*"],"verbs":["*"]}]}`))
	r.create(fmt.Appendf(nil, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"addons"},
		"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"addons"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":%q}]}`, operatorUser))
	r.write("addon.token", addonToken)
	r.operator("--webhook-port="+webhookPort, "--webhook-certificates=secret", "--pod-identity-endpoint="+r.endpoint, "--pod-identity-region=us-east-1",
		"--addon-api-addr=127.0.0.1:"+addonPort, "--addon-api-token-file="+filepath.Join(r.dir, "addon.token"), "--cluster-name=demo")
	r.create(fmt.Appendf(nil, `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: pod-identity-webhook}
webhooks:
  - name: pod-identity-webhook.amazonaws.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: {url: "https://127.0.0.1:%s/mutate", caBundle: %q}
    objectSelector: {matchExpressions: [{key: eks.amazonaws.com/skip-pod-identity-webhook, operator: DoesNotExist}]}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
`, webhookPort, encode(ca)))
	r.write("ca.crt", string(ca))
	start(t, r.dir, binary(t, "RADIOGRAPH_BIN", radiographBin), nil, "server", "--data="+filepath.Join(r.dir, "data"), "--http=127.0.0.1:"+radiographPort,
		"--daemon-udp=", "--daemon-tcp=", "--otlp-grpc=", "--otlp-http=",
		"--iam-issuers=https://kubernetes.default.svc jwks="+r.host+"/openid/v1/jwks ca="+filepath.Join(r.dir, "certs", "apiserver.crt")+" token="+r.admin(),
		"--eks-url=https://127.0.0.1:"+addonPort, "--eks-ca-file="+filepath.Join(r.dir, "ca.crt"), "--eks-token-file="+filepath.Join(r.dir, "addon.token"))
	r.eventually("radiograph is ready", func() error {
		return ok(get(t.Context(), http.DefaultClient, r.endpoint+"/readyz"))
	})
	return r
}

// admin is a file with the administrator's token.
func (r *identityRig) admin() string {
	r.t.Helper()
	r.write("admin.token", "admin")
	return filepath.Join(r.dir, "admin.token")
}

func encode(data []byte) string {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // bytes always encode
	}
	return strings.Trim(string(text), `"`)
}

// ok is an error unless the answer is good.
func ok(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// certificate writes the Secret of the webhooks with a certificate for this machine, and
// returns what trusts it.
func (r *identityRig) certificate() []byte {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		r.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		r.t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "opentelemetry-operator-controller-manager-service-cert"},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{"ca.crt": cert, "tls.crt": cert, "tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})},
	}
	if err := r.Create(r.t.Context(), secret); err != nil {
		r.t.Fatal(err)
	}
	return cert
}

// query calls IAM or STS and returns the answer.
func (r *identityRig) query(values ...string) (int, string) {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return r.post("/", "application/x-www-form-urlencoded", form.Encode())
}

// post sends a body to radiograph and returns the answer.
func (r *identityRig) post(path, contentType, body string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.endpoint+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(request)
	return read(r.t, resp, err)
}

func read(t *testing.T, resp *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// role makes a role that trusts a principal, and returns its ARN.
func (r *identityRig) role(name, principal, action string) string {
	r.t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + `}]}`
	if code, body := r.query("Action", "CreateRole", "Version", "2010-05-08", "RoleName", name, "AssumeRolePolicyDocument", trust); code != http.StatusOK {
		r.t.Fatalf("create role %s: %d %s", name, code, body)
	}
	return "arn:aws:iam::" + account + ":role/" + name
}

// account makes a service account.
func (r *identityRig) account(name string, annotations map[string]string) {
	r.t.Helper()
	a := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name, Annotations: annotations}}
	if err := r.Create(r.t.Context(), a); err != nil {
		r.t.Fatal(err)
	}
}

// pod makes a pod and returns it as it was admitted.
func (r *identityRig) pod(name, account string) *corev1.Pod {
	r.t.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name},
		Spec: corev1.PodSpec{
			ServiceAccountName: account,
			InitContainers:     []corev1.Container{{Name: "init", Image: "x"}},
			Containers:         []corev1.Container{{Name: "app", Image: "x"}},
		},
	}
	if err := r.Create(r.t.Context(), p); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// token returns what kubelet would write into the projected volume of the pod.
func (r *identityRig) token(p *corev1.Pod) string {
	r.t.Helper()
	if len(p.Spec.Volumes) == 0 || p.Spec.Volumes[0].Projected == nil {
		r.t.Fatalf("pod %s has no token: %+v", p.Name, p.Spec.Volumes)
	}
	projected := p.Spec.Volumes[0].Projected.Sources[0].ServiceAccountToken
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		Audiences: []string{projected.Audience}, ExpirationSeconds: projected.ExpirationSeconds,
		BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.Name, UID: p.UID},
	}}
	answer, err := r.clients.CoreV1().ServiceAccounts(p.Namespace).CreateToken(r.t.Context(), p.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.Status.Token
}

// value is a variable of a container.
func value(c *corev1.Container, name string) string {
	for _, v := range c.Env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// TestWebIdentity goes from an annotated service account to credentials: the webhook of a real
// API server, its tokens, and radiograph's STS.
func TestWebIdentity(t *testing.T) {
	r := newIdentityRig(t)
	if code, body := r.query("Action", "CreateOpenIDConnectProvider", "Version", "2010-05-08", "Url", "https://kubernetes.default.svc", "ClientIDList.member.1", "sts.amazonaws.com"); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	arn := r.role("collector", `{"Federated":"arn:aws:iam::`+account+`:oidc-provider/kubernetes.default.svc"}`,
		`"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"kubernetes.default.svc:sub":"system:serviceaccount:apps:aws-otel-collector"}}`)
	// The account is younger than any cache when its pod is made.
	r.account("aws-otel-collector", map[string]string{"eks.amazonaws.com/role-arn": arn})
	pod := r.pod("collector", "aws-otel-collector")
	for _, c := range []*corev1.Container{&pod.Spec.InitContainers[0], &pod.Spec.Containers[0]} {
		if value(c, "AWS_ROLE_ARN") != arn || value(c, "AWS_ENDPOINT_URL_XRAY") != r.endpoint || value(c, "AWS_REGION") != "us-east-1" || value(c, "AWS_WEB_IDENTITY_TOKEN_FILE") != c.VolumeMounts[0].MountPath+"/token" {
			t.Errorf("container %s: %+v", c.Name, c)
		}
	}
	assume := func(p *corev1.Pod) (int, string) {
		return r.query("Action", "AssumeRoleWithWebIdentity", "Version", "2011-06-15", "RoleArn", arn, "RoleSessionName", "pod", "WebIdentityToken", r.token(p))
	}
	if code, body := assume(pod); code != http.StatusOK || !strings.Contains(body, "<AccessKeyId>ASIA") {
		t.Errorf("%d %s", code, body)
	}
	r.account("other", map[string]string{"eks.amazonaws.com/role-arn": arn})
	if code, body := assume(r.pod("other", "other")); code != http.StatusForbidden || !strings.Contains(body, "AccessDenied") {
		t.Errorf("another account: %d %s", code, body)
	}
	r.account("plain", nil)
	if p := r.pod("plain", "plain"); len(p.Spec.Volumes)+len(p.Spec.Containers[0].Env) != 0 {
		t.Errorf("a pod without an identity was changed: %+v", p.Spec)
	}
}

// TestPodIdentity goes from an association to credentials: the EKS API through radiograph, the
// webhook, and the agent.
func TestPodIdentity(t *testing.T) {
	r := newIdentityRig(t)
	arn := r.role("pay", `{"Service":"pods.eks.amazonaws.com"}`, `["sts:AssumeRole","sts:TagSession"]`)
	r.account("pay", map[string]string{"eks.amazonaws.com/role-arn": "arn:aws:iam::" + account + ":role/unused"})
	body, err := json.Marshal(map[string]string{"namespace": "apps", "serviceAccount": "pay", "roleArn": arn})
	if err != nil {
		t.Fatal(err)
	}
	if code, text := r.post("/clusters/demo/pod-identity-associations", "application/json", string(body)); code != http.StatusOK || !strings.Contains(text, arn) {
		t.Fatalf("create an association: %d %s", code, text)
	}
	var pod *corev1.Pod
	r.eventually("the webhook knows the association", func() error {
		pod = r.pod("pay", "pay")
		if value(&pod.Spec.Containers[0], "AWS_CONTAINER_CREDENTIALS_FULL_URI") == "http://169.254.170.23/v1/credentials" {
			return nil
		}
		now := client.GracePeriodSeconds(0)
		return errors.Join(errors.New("it has not"), r.Delete(t.Context(), pod, now))
	})
	if c := &pod.Spec.Containers[0]; value(c, "AWS_ROLE_ARN") != "" || value(c, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") == "" {
		t.Errorf("%+v", c.Env)
	}

	address, health := "127.0.0.1:"+port(t), "127.0.0.1:"+port(t)
	start(t, r.dir, binary(t, "RADIOGRAPH_POD_IDENTITY_AGENT_BIN", agentBin), nil, "--listen="+address, "--health-addr="+health, "--metrics-addr=", "--endpoint="+r.endpoint, "--cluster-name=demo")
	r.eventually("the agent is ready", func() error { return ok(get(t.Context(), http.DefaultClient, "http://"+health+"/readyz")) })
	ask := func(token string) (int, map[string]string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/credentials", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(request)
		code, text := read(t, resp, err)
		var out map[string]string
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatalf("%d %s: %v", code, text, err)
		}
		return code, out
	}
	code, credentials := ask(r.token(pod))
	if code != http.StatusOK || !strings.HasPrefix(credentials["AccessKeyId"], "ASIA") || credentials["AccountId"] != account {
		t.Fatalf("%d %v", code, credentials)
	}
	r.account("other", nil)
	stranger := r.pod("stranger", "other")
	stranger.Spec.Volumes = pod.Spec.Volumes
	if code, out := ask(r.token(stranger)); code != http.StatusNotFound || out["code"] != "ResourceNotFoundException" {
		t.Errorf("without an association: %d %v", code, out)
	}
}
