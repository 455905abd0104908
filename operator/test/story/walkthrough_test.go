//go:build e2e

package story

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/deploy"
)

const (
	account = "111122223333"

	// guardedValues are those of a service that asks for signatures, knows the cluster's issuer
	// and hands the EKS API to the add-on manager.
	guardedValues = serviceValues + `
config: {account_id: "` + account + `", region: us-east-1, insecure: true}
auth: {mode: sigv4}
iam:
  bootstrap: true
  issuers: ["https://kubernetes.default.svc.cluster.local in-cluster"]
  discovery: true
eks:
  url: https://radiograph-addon-api.radiograph.svc:8444
  tokenSecret: {name: radiograph-addon-api-token}
  caSecret: {name: radiograph-addon-api-cert}
`
	managerValues = `
image: {tag: ` + version + `}
cluster: {name: demo, accountId: "` + account + `", region: us-east-1}
values:
  eks-pod-identity-agent: {image: {tag: ` + version + `}}
  radiograph-operator:
    radiograph:
      images: {tag: ` + version + `}
      podIdentity: {endpoint: "http://radiograph.radiograph:2080"}
`
	// restrictedValues are those of a manager that may do what it was granted, and wants
	// cert-manager as that of EKS does.
	restrictedValues = managerValues + `
rbac: {clusterAdmin: false}
requireCertManager: true
`
)

// TestWalkthrough types the commands of the container-tracing guide, one after the other, on a
// cluster in which no operator is installed: it comes as an add-on. It follows TestUninstall.
func TestWalkthrough(t *testing.T) {
	removeOperator(t)
	w := newWalkthrough(t)
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"B8 who one is, and a wrong secret", w.identity},
		{"B5 version of the cluster", w.cluster},
		{"C9 add-ons that there are", w.versions},
		{"C11 none is installed", w.none},
		{"C13 a version that is not listed", w.wrongVersion},
		{"C17 a cluster that is not there", w.wrongCluster},
		{"B7 the add-on manager may not install the add-on", w.notPermitted},
		{"B7 the add-on manager gets its permissions", w.permitted},
		{"B6 cert-manager is installed", w.certManager},
		{"B6 a mode without cert-manager", w.withoutCertManager},
		{"C12 install the add-on", w.install},
		{"C16 the operator runs", w.operator},
		{"C18 change the add-on", w.update},
		{"D21 apply the collector", w.collector},
		{"E29 what the collector may do in the cluster", w.mayScrape},
		{"F34 nothing is accepted without a role", w.refused},
		{"F31 role for the service account", w.role},
		{"F33 the pod has a role", w.pod},
		{"F33 who a debug pod is", w.debugPod},
		{"F34 another service account", w.otherAccount},
		{"G36 a segment from a pod", w.smoke},
		{"H44 the service map", w.serviceMap},
		{"F34 the policy is taken away", w.detach},
		{"EKS Pod Identity: the agent", w.agent},
		{"EKS Pod Identity: an association goes before the annotation", w.association},
		{"EKS Pod Identity: another service account", w.notAssociated},
		{"EKS Pod Identity: the agent is restarted", w.agentRestart},
		{"EKS Pod Identity: the agent is removed", w.agentRemoved},
		{"C19 remove the add-on and keep what it installed", w.preserve},
		{"C19 remove the add-on", w.remove},
	} {
		if !t.Run(step.name, step.do) {
			t.FailNow() // the next steps build on it
		}
	}
}

// walkthrough is a user with a shell.
type walkthrough struct {
	whole testing.TB // the test of all steps
	env   []string
}

// newWalkthrough turns signatures on, installs the add-on manager and gets the first key.
func newWalkthrough(t *testing.T) *walkthrough {
	for _, chart := range []struct{ name, values string }{{deploy.Addons, restrictedValues}, {deploy.Service, guardedValues}} {
		if err := install(t.Context(), chart.name, "radiograph", chart.values); err != nil {
			t.Fatal(err)
		}
	}
	rollout(t, "radiograph", "deployment/radiograph-addon-manager")
	rollout(t, "radiograph", "statefulset/radiograph")
	printed := kubectl(t, "logs", "-n", "radiograph", "radiograph-0", "-c", "bootstrap")
	keys := regexp.MustCompile(`export (AWS_\w+=\S+)`).FindAllStringSubmatch(printed, -1)
	if len(keys) != 2 {
		t.Fatalf("bootstrap prints\n%s", printed)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	env = append(env, keys[0][1], keys[1][1],
		"AWS_ENDPOINT_URL=http://"+address(t, "radiograph", "radiograph", "http"), "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"HOME="+t.TempDir(), "KUBECONFIG="+kube.Kubeconfig(), "CLUSTER_NAME=demo", "REGION=us-east-1",
		"PATH="+filepath.Dir(client("aws"))+":"+kube.ProgramDir()+":"+os.Getenv("PATH"))
	return &walkthrough{whole: t, env: env}
}

// try runs a command line and returns what it prints.
func (w *walkthrough) try(t *testing.T, line string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
	cmd.Env = w.env
	cmd.Dir = "../../.."
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// run runs a command line that must succeed.
func (w *walkthrough) run(t *testing.T, line string) string {
	t.Helper()
	out, err := w.try(t, line)
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// fails runs a command line that must fail with these words.
func (w *walkthrough) fails(t *testing.T, line string, words ...string) {
	t.Helper()
	out, err := w.try(t, line)
	if err == nil {
		t.Errorf("%s succeeds: %s", line, out)
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			t.Errorf("%s says %q, without %q", line, out, word)
		}
	}
}

// decode runs a command line and decodes the JSON that it prints.
func decode[T any](t *testing.T, w *walkthrough, line string) T {
	t.Helper()
	var answer T
	if out := w.run(t, line); json.Unmarshal([]byte(out), &answer) != nil {
		t.Fatalf("%s prints %s", line, out)
	}
	return answer
}

func (w *walkthrough) identity(t *testing.T) {
	if arn := w.run(t, "aws sts get-caller-identity --query Arn --output text"); arn != "arn:aws:iam::"+account+":user/administrator" {
		t.Errorf("one is %s", arn)
	}
	w.fails(t, "AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity", "SignatureDoesNotMatch")
	w.fails(t, "AWS_SECRET_ACCESS_KEY=wrong aws eks list-clusters", "InvalidSignatureException")
	w.fails(t, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE aws xray get-groups", "UnrecognizedClientException")
}

func (w *walkthrough) cluster(t *testing.T) {
	if version := w.run(t, "aws eks describe-cluster --name demo --query cluster.version --output text"); version != "1.34" {
		t.Errorf("the version is %s", version)
	}
	issuer := w.run(t, "aws eks describe-cluster --name demo --query cluster.identity.oidc.issuer --output text")
	if issuer != "https://kubernetes.default.svc.cluster.local" {
		t.Errorf("the issuer is %s", issuer)
	}
}
