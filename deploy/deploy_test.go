package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestInstallations checks that the manifests for kustomize are what the charts give.
func TestInstallations(t *testing.T) {
	for name, install := range Installations() {
		want, err := install.Manifest()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := os.ReadFile(filepath.Join("kustomize", name, name+".yaml"))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("kustomize/%s is not what the chart gives: run go generate", name)
		}
	}
}

// render renders a chart with values in YAML.
func render(t *testing.T, name string, release Release, values string) ([]Manifest, error) {
	t.Helper()
	files, err := Chart(name)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := Values(values)
	if err != nil {
		t.Fatal(err)
	}
	return Render(files, release, parsed)
}

// find returns the manifest of an object.
func find(t *testing.T, manifests []Manifest, kind, name string) string {
	t.Helper()
	i := slices.IndexFunc(manifests, func(m Manifest) bool { return m.Kind == kind && m.Name == name })
	if i < 0 {
		t.Fatalf("no %s %s", kind, name)
	}
	return manifests[i].YAML
}

func TestOperatorOrder(t *testing.T) {
	manifests, err := render(t, Operator, Release{Name: "r", Namespace: "n"}, "")
	if err != nil {
		t.Fatal(err)
	}
	place := func(kind string) int {
		return slices.IndexFunc(manifests, func(m Manifest) bool { return m.Kind == kind })
	}
	order := []string{"CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Service", "Deployment", "ValidatingWebhookConfiguration"}
	for i := 1; i < len(order); i++ {
		if place(order[i-1]) < 0 || place(order[i-1]) > place(order[i]) {
			t.Errorf("%s does not come before %s", order[i-1], order[i])
		}
	}
}

func TestOperatorCertificate(t *testing.T) {
	release := Release{Name: "r", Namespace: "n"}
	plain, err := render(t, Operator, release, "")
	if err != nil {
		t.Fatal(err)
	}
	deployment := find(t, plain, "Deployment", "opentelemetry-operator-controller-manager")
	if !strings.Contains(deployment, "=self\n") {
		t.Errorf("without cert-manager the operator makes its certificate itself:\n%s", deployment)
	}
	release.APIVersions = []string{"cert-manager.io/v1/Certificate"}
	managed, err := render(t, Operator, release, "")
	if err != nil {
		t.Fatal(err)
	}
	find(t, managed, "Certificate", "opentelemetry-operator-serving-cert")
	deployment = find(t, managed, "Deployment", "opentelemetry-operator-controller-manager")
	if !strings.Contains(deployment, "=cert-manager") {
		t.Errorf("with cert-manager the certificate is its:\n%s", deployment)
	}
}

// TestAddonDefinitions holds the definitions in the charts to those that are generated.
func TestAddonDefinitions(t *testing.T) {
	for _, name := range []string{"addons.radiograph.dev_addons.yaml", "addons.radiograph.dev_podidentityassociations.yaml"} {
		want, err := os.ReadFile(filepath.Join("..", "operator", "config", "crd", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, chart := range []string{Operator, "radiograph-addon-manager"} {
			got, err := os.ReadFile(filepath.Join("helm", chart, "crds", name))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s of chart %s is not that of operator/config/crd: copy it", name, chart)
			}
		}
	}
}

func TestOperatorCollectors(t *testing.T) {
	manifests, err := render(t, Operator, Release{Name: "r", Namespace: "n"}, `
collector:
  otlpIngest:
    serviceAccount: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/r"}}
    pipelines: {traces: {xray: {enabled: true}}}
  prometheusMetrics:
    pipelines: {metrics: {amp: {enabled: true}, emf: {enabled: true}}}
    exporters: {prometheusremotewrite: {endpoint: "https://aps.example.com/api/v1/remote_write"}}
`)
	if err != nil {
		t.Fatal(err)
	}
	find(t, manifests, "OpenTelemetryCollector", "adot-col-prom-metrics")
	collector := find(t, manifests, "OpenTelemetryCollector", "adot-col-otlp-ingest")
	if !strings.Contains(collector, "serviceAccount: adot-col-otlp-ingest") {
		t.Error(collector)
	}
	account := find(t, manifests, "ServiceAccount", "adot-col-otlp-ingest")
	if !strings.Contains(account, "eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/r") {
		t.Error(account)
	}
}

// TestOperatorSecrets: the operator reads no Secrets in the whole cluster unless it is allowed to.
func TestOperatorSecrets(t *testing.T) {
	for values, want := range map[string]bool{"": false, "radiograph: {readSecrets: true}": true} {
		manifests, err := render(t, Operator, Release{Name: "r", Namespace: "n"}, values)
		if err != nil {
			t.Fatal(err)
		}
		may := slices.ContainsFunc(manifests, func(m Manifest) bool { return m.Kind == "ClusterRole" && strings.Contains(m.YAML, "secrets]") })
		bound := slices.ContainsFunc(manifests, func(m Manifest) bool {
			return m.Kind == "ClusterRoleBinding" && m.Name == "opentelemetry-operator-secrets-reader"
		})
		if may != want || bound != want {
			t.Errorf("with %q a ClusterRole for Secrets is there: %v, bound: %v; want %v", values, may, bound, want)
		}
	}
}

func TestInvalidValues(t *testing.T) {
	for name, values := range map[string]string{
		"unknown key":             "replicas: 2",
		"wrong type":              "replicaCount: two",
		"amp without an endpoint": "collector: {prometheusMetrics: {pipelines: {metrics: {amp: {enabled: true}}}}}",
		"certificate":             "radiograph: {certificate: {source: magic}}",
	} {
		_, err := render(t, Operator, Release{Name: "r", Namespace: "n"}, values)
		if _, ok := errors.AsType[*InvalidValuesError](err); !ok {
			t.Errorf("%s: got %v, want an InvalidValuesError", name, err)
		}
	}
}

func TestServicePorts(t *testing.T) {
	manifests, err := render(t, Service, Release{Name: "radiograph", Namespace: "n"}, "service: {ports: {otlpHTTP: 0}}\nconfig: {store: {retention: 7d}}")
	if err != nil {
		t.Fatal(err)
	}
	service := find(t, manifests, "Service", "radiograph")
	if strings.Contains(service, "otlp-http") || !strings.Contains(service, "name: xray, port: 2000, targetPort: xray, protocol: UDP") {
		t.Error(service)
	}
	config := find(t, manifests, "ConfigMap", "radiograph")
	if !strings.Contains(config, "retention: 7d") || !strings.Contains(config, "listen: :2080") {
		t.Error(config)
	}
}

func TestServiceWithoutTheDaemonsPort(t *testing.T) {
	for values, want := range map[string]string{
		"":                              `udp: :2000`,
		"service: {ports: {daemon: 0}}": `udp: ""`,
	} {
		manifests, err := render(t, Service, Release{Name: "radiograph", Namespace: "n"}, values)
		if err != nil {
			t.Fatal(err)
		}
		if config := find(t, manifests, "ConfigMap", "radiograph"); !strings.Contains(config, want) {
			t.Errorf("values %q give no %s:\n%s", values, want, config)
		}
	}
}

func TestIngressNeedsAHost(t *testing.T) {
	_, err := render(t, Service, Release{Name: "radiograph", Namespace: "n"}, "ingress: {enabled: true}")
	if err == nil || !strings.Contains(err.Error(), "at least one host") {
		t.Errorf("got %v", err)
	}
}

func TestPodIdentityWebhook(t *testing.T) {
	release := Release{Name: "r", Namespace: "n"}
	manifests, err := render(t, Operator, release, `radiograph: {podIdentity: {endpoint: "https://radiograph.n.svc:2080", caBundlePath: /etc/ca.pem}}`)
	if err != nil {
		t.Fatal(err)
	}
	webhook := find(t, manifests, "MutatingWebhookConfiguration", "pod-identity-webhook")
	for _, want := range []string{"path: /mutate}", "failurePolicy: Ignore", "key: eks.amazonaws.com/skip-pod-identity-webhook, operator: DoesNotExist", "reinvocationPolicy: IfNeeded"} {
		if !strings.Contains(webhook, want) {
			t.Errorf("no %s in\n%s", want, webhook)
		}
	}
	deployment := find(t, manifests, "Deployment", "opentelemetry-operator-controller-manager")
	for _, want := range []string{"--pod-identity-endpoint=https://radiograph.n.svc:2080", "--pod-identity-endpoint-services=sts,xray", "--pod-identity-ca-bundle-path=/etc/ca.pem", "--pod-identity-region=us-east-1"} {
		if !strings.Contains(deployment, want) {
			t.Errorf("no %s in\n%s", want, deployment)
		}
	}
	manifests, err = render(t, Operator, release, "radiograph: {podIdentity: {enabled: false}}")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		if m.Name == "pod-identity-webhook" {
			t.Error("the webhook is installed although it is off")
		}
	}
}

func TestPodIdentityAgent(t *testing.T) {
	release := Release{Name: "eks-pod-identity-agent", Namespace: "kube-system"}
	if _, err := render(t, Agent, release, ""); err == nil || !strings.Contains(err.Error(), "clusterName") {
		t.Errorf("without the cluster's name: %v", err)
	}
	if _, err := render(t, Agent, release, "clusterName: demo\nendpoint: radiograph"); err == nil {
		t.Error("an endpoint that is no URL is accepted")
	}
	manifests, err := render(t, Agent, release, "clusterName: demo\ncaConfigMap: radiograph-ca\nendpoint: https://radiograph:2080")
	if err != nil {
		t.Fatal(err)
	}
	agent := find(t, manifests, "DaemonSet", "eks-pod-identity-agent")
	for _, want := range []string{
		"hostNetwork: true", "drop: [ALL], add: [NET_ADMIN, NET_BIND_SERVICE]", "--cluster-name=demo", "--listen=169.254.170.23:80,[fd00:ec2::23]:80",
		"--ca-file=/etc/radiograph-ca/ca.crt", "automountServiceAccountToken: false",
	} {
		if !strings.Contains(agent, want) {
			t.Errorf("no %s in\n%s", want, agent)
		}
	}
}

// TestServiceIdentity checks the settings of authentication: as they were when nothing is said,
// and all together.
func TestServiceIdentity(t *testing.T) {
	release := Release{Name: "radiograph", Namespace: "n"}
	plain, err := render(t, Service, release, "")
	if err != nil {
		t.Fatal(err)
	}
	if config := find(t, plain, "ConfigMap", "radiograph"); strings.Contains(config, "auth:") || strings.Contains(config, "eks:") {
		t.Error(config)
	}
	if account := find(t, plain, "ServiceAccount", "radiograph"); !strings.Contains(account, "automountServiceAccountToken: false") {
		t.Error(account)
	}
	manifests, err := render(t, Service, release, `
config: {iam: {issuers: [x]}, eks: {url: x}}
auth: {mode: sigv4}
iam: {bootstrap: true, discovery: true, issuers: ["https://kubernetes.default.svc.cluster.local in-cluster"]}
eks: {url: "https://radiograph-addon-api.ops.svc:8444", tokenSecret: {name: addon-token}, caSecret: {name: addon-ca}}
`)
	if err != nil {
		t.Fatal(err)
	}
	find(t, manifests, "ClusterRoleBinding", "radiograph-issuer-discovery-n")
	for name, wants := range map[string][]string{
		"ConfigMap":      {"mode: sigv4", "- https://kubernetes.default.svc.cluster.local in-cluster", "url: https://radiograph-addon-api.ops.svc:8444", "token_file: /etc/radiograph-eks/token/token", "ca_file: /etc/radiograph-eks/ca/ca.crt"},
		"ServiceAccount": {"automountServiceAccountToken: true"},
		"StatefulSet":    {"args: [iam, bootstrap, --once,", "secretName: addon-token", "secretName: addon-ca", "mountPath: /etc/radiograph-eks/token"},
	} {
		text := find(t, manifests, name, "radiograph")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in\n%s", want, text)
			}
		}
	}
}
