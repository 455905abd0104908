//go:build e2e

package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
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
  radiograph-operator:
    radiograph:
      images: {tag: ` + version + `}
      podIdentity: {endpoint: "http://radiograph.radiograph:2080"}
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
		{"C12 install the add-on", w.install},
		{"C16 the operator runs", w.operator},
		{"C18 change the add-on", w.update},
		{"D20 apply the collector", w.collector},
		{"F34 nothing is accepted without a role", w.refused},
		{"F31 role for the service account", w.role},
		{"F33 the pod has a role", w.pod},
		{"H44 the service map", w.serviceMap},
		{"F34 the policy is taken away", w.detach},
		{"C19 remove the add-on", w.remove},
	} {
		if !t.Run(step.name, step.do) {
			t.FailNow() // the next steps build on it
		}
	}
}

// walkthrough is a user with a shell.
type walkthrough struct {
	env []string
}

// newWalkthrough turns signatures on, installs the add-on manager and gets the first key.
func newWalkthrough(t *testing.T) *walkthrough {
	for _, chart := range []struct{ name, values string }{{deploy.Addons, managerValues}, {deploy.Service, guardedValues}} {
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
		"PATH="+filepath.Join(os.Getenv("RADIOGRAPH_CLIENTS"), "python", "bin")+":"+kube.ProgramDir()+":"+os.Getenv("PATH"))
	return &walkthrough{env: env}
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

func (w *walkthrough) versions(t *testing.T) {
	type compatibility struct {
		ClusterVersion   string
		PlatformVersions []string
		DefaultVersion   bool
	}
	type addon struct {
		AddonName, Type, Publisher, Owner string
		AddonVersions                     []struct {
			AddonVersion    string
			Architecture    []string
			Compatibilities []compatibility
		}
	}
	all := decode[struct{ Addons []addon }](t, w, "aws eks describe-addon-versions")
	if len(all.Addons) < 2 {
		t.Errorf("adot stands alone: %+v", all.Addons)
	}
	old := decode[struct{ Addons []addon }](t, w, "aws eks describe-addon-versions --addon-name adot --kubernetes-version 1.22")
	if len(old.Addons) != 1 || old.Addons[0].Type != "observability" {
		t.Fatalf("got %+v", old.Addons)
	}
	defaults := 0
	found := false
	for _, version := range old.Addons[0].AddonVersions {
		found = found || version.AddonVersion == "v0.45.0-eksbuild.1"
		for _, c := range version.Compatibilities {
			if c.ClusterVersion != "1.22" {
				t.Errorf("%s is listed for %s", version.AddonVersion, c.ClusterVersion)
			}
			if c.DefaultVersion {
				defaults++
			}
		}
	}
	if !found || defaults != 1 {
		t.Errorf("v0.45.0-eksbuild.1 listed: %v, defaults: %d", found, defaults)
	}
}

func (w *walkthrough) none(t *testing.T) {
	if got := decode[struct{ Addons []string }](t, w, "aws eks list-addons --cluster-name demo"); len(got.Addons) != 0 {
		t.Errorf("installed: %v", got.Addons)
	}
}

func (w *walkthrough) wrongVersion(t *testing.T) {
	w.fails(t, "aws eks create-addon --addon-name adot --addon-version 0.45.0 --cluster-name $CLUSTER_NAME",
		"InvalidParameterException", "Addon version specified is not supported")
}

func (w *walkthrough) wrongCluster(t *testing.T) {
	w.fails(t, "aws eks describe-addon --cluster-name nope --addon-name adot", "ResourceNotFoundException")
}

func (w *walkthrough) install(t *testing.T) {
	type created struct {
		Addon struct {
			AddonName, ClusterName, Status, AddonVersion, AddonArn string
			Health                                                 struct{ Issues []any }
			Tags                                                   map[string]string
		}
	}
	line := "aws eks create-addon --addon-name adot --addon-version v0.45.0-eksbuild.1 --cluster-name $CLUSTER_NAME"
	got := decode[created](t, w, line).Addon
	if got.Status != "CREATING" || got.AddonVersion != "v0.45.0-eksbuild.1" || !strings.HasPrefix(got.AddonArn, "arn:aws:eks:us-east-1:"+account+":addon/demo/adot/") {
		t.Errorf("create-addon prints %+v", got)
	}
	w.fails(t, line, "ResourceInUseException")
	w.run(t, "aws eks wait addon-active --addon-name adot --cluster-name $CLUSTER_NAME")
	if status := w.run(t, "aws eks describe-addon --addon-name adot --cluster-name $CLUSTER_NAME --query addon.status --output text"); status != "ACTIVE" {
		t.Errorf("the add-on is %s", status)
	}
}

func (w *walkthrough) operator(t *testing.T) {
	rollout(t, operatorNamespace, "deployment/"+manager)
	for _, crd := range []string{"opentelemetrycollectors.opentelemetry.io", "instrumentations.opentelemetry.io"} {
		wait(t, `{.status.conditions[?(@.type=="Established")].status}`, "True", "crd", crd)
	}
	for _, configuration := range []string{"mutating", "validating"} {
		name := "opentelemetry-operator-" + configuration + "-webhook-configuration"
		if bundle := get(t, "{.webhooks[*].clientConfig.caBundle}", configuration+"webhookconfiguration", name); bundle == "" {
			t.Errorf("%s has no caBundle", name)
		}
	}
}

func (w *walkthrough) update(t *testing.T) {
	w.fails(t, `aws eks update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.1 --configuration-values '{"replicas":2}'`,
		"InvalidParameterException", "replicas")
	id := w.run(t, `aws eks update-addon --cluster-name demo --addon-name adot --addon-version v0.151.0-eksbuild.1 --configuration-values '{"replicaCount":2}' --query update.id --output text`)
	eventually(t, "the update is Successful", func() error {
		status, err := w.try(t, "aws eks describe-update --name demo --addon-name adot --update-id "+id+" --query update.status --output text")
		if err == nil && status != "Successful" {
			err = errors.New(status)
		}
		return err
	})
	wait(t, "{.status.readyReplicas}", "2", "deployment", manager, "-n", operatorNamespace)
}

func (w *walkthrough) collector(t *testing.T) {
	w.run(t, "kubectl apply -f examples/operator/namespace.yaml -f examples/operator/xray.yaml")
	wait(t, "{.status.readyReplicas}", "1", "deployment", "observability-collector", "-n", collectors)
}

// arrives sends a segment by UDP and says whether it gets where the command line sees it.
func (w *walkthrough) arrives(t *testing.T) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", address(t, collectors, "observability-collector", "awsxray"))
	if err != nil {
		return err
	}
	defer conn.Close()
	segment := newSegment("probe")
	if _, err := fmt.Fprintf(conn, "{\"format\":\"json\",\"version\":1}\n%s", segment.document); err != nil {
		return err
	}
	for range 5 {
		var n string
		n, err = w.try(t, "aws xray batch-get-traces --trace-ids "+segment.trace+" --query 'length(Traces)' --output text")
		if err == nil && n == "1" {
			return nil
		}
		err = errors.Join(err, fmt.Errorf("traces: %s", n))
	}
	return err
}

// refused checks that the collector, which has no role, gets nothing stored.
func (w *walkthrough) refused(t *testing.T) {
	if w.arrives(t) == nil {
		t.Error("a segment of a collector without a role was stored")
	}
	eventually(t, "the collector reports that it may not write", func() error {
		log, err := kube.Kubectl(t.Context(), "logs", "-n", collectors, "deployment/observability-collector", "--tail=200")
		if err == nil && !strings.Contains(log, "redential") && !strings.Contains(log, "403") {
			err = errors.New("its log says nothing of credentials")
		}
		return err
	})
}

func (w *walkthrough) role(t *testing.T) {
	w.fails(t, "CLUSTER_NAME= examples/irsa/create-role.sh", "CLUSTER_NAME")
	w.run(t, "examples/irsa/create-role.sh")
	w.run(t, "examples/irsa/create-role.sh") // changes nothing
	got := w.run(t, "aws iam list-attached-role-policies --role-name EKS-ADOT-ServiceAccount-Role --query 'AttachedPolicies[].PolicyName' --output text")
	for _, policy := range []string{"AWSXRayDaemonWriteAccess", "AmazonPrometheusRemoteWriteAccess", "CloudWatchAgentServerPolicy"} {
		if !strings.Contains(got, policy) {
			t.Errorf("attached: %s", got)
		}
	}
}

func (w *walkthrough) pod(t *testing.T) {
	w.run(t, "kubectl rollout restart deployment -n aws-otel-eks observability-collector")
	rollout(t, collectors, "deployment/observability-collector")
	env := get(t, "{.items[*].spec.containers[0].env[*].name}", "pods", "-n", collectors, "-l", "app.kubernetes.io/name=observability-collector")
	for _, name := range []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		if !strings.Contains(env, name) {
			t.Errorf("the pod's environment is %s", env)
		}
	}
	token := "$(kubectl create token %s -n aws-otel-eks --audience %s)"
	assume := "aws sts assume-role-with-web-identity --no-sign-request --role-session-name walkthrough --role-arn arn:aws:iam::" + account + ":role/EKS-ADOT-ServiceAccount-Role --web-identity-token "
	w.run(t, assume+fmt.Sprintf(token, "aws-otel-collector", "sts.amazonaws.com"))
	w.fails(t, assume+fmt.Sprintf(token, "default", "sts.amazonaws.com"), "AccessDenied")
	w.fails(t, assume+fmt.Sprintf(token, "aws-otel-collector", "elsewhere"), "InvalidIdentityToken")
	eventually(t, "a segment arrives", func() error { return w.arrives(t) })
}

func (w *walkthrough) serviceMap(t *testing.T) {
	w.run(t, "aws xray update-sampling-rule --sampling-rule-update RuleName=Default,FixedRate=1")
	kubectl(t, "apply", "-k", "../../../examples/sampleapp/kubernetes")
	t.Cleanup(func() { remove(t, "-k", "../../../examples/sampleapp/kubernetes") })
	for _, workload := range []string{"statefulset/postgres", "deployment/storage", "deployment/datastore", "deployment/frontend"} {
		rollout(t, "sample", workload)
	}
	newman(t, "http://"+address(t, "sample", "frontend", "http"))
	eventually(t, "the service map has all services with their latencies", func() error {
		out, err := w.try(t, `aws xray get-service-graph --start-time $(($(date +%s) - 600)) --end-time $(date +%s) \
			--query 'Services[?SummaryStatistics.TotalResponseTime > `+"`0`"+`].Name' --output text`)
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		for _, name := range []string{"frontend", "datastore", "S3", "items@postgres"} {
			if !slices.Contains(strings.Fields(out), name) {
				return fmt.Errorf("with latencies: %s", out)
			}
		}
		return nil
	})
}

func (w *walkthrough) detach(t *testing.T) {
	const policy = "--role-name EKS-ADOT-ServiceAccount-Role --policy-arn arn:aws:iam::aws:policy/"
	for _, name := range []string{"AWSXRayDaemonWriteAccess", "CloudWatchAgentServerPolicy"} {
		w.run(t, "aws iam detach-role-policy "+policy+name)
	}
	if w.arrives(t) == nil {
		t.Error("a segment was stored without the policy")
	}
	eventually(t, "the collector reports AccessDenied", func() error {
		log, err := kube.Kubectl(t.Context(), "logs", "-n", collectors, "deployment/observability-collector", "--tail=100")
		if err == nil && !strings.Contains(log, "AccessDenied") {
			err = errors.New("its log does not")
		}
		return err
	})
	w.run(t, "aws iam attach-role-policy "+policy+"AWSXRayDaemonWriteAccess")
	eventually(t, "a segment arrives again, without a restart", func() error { return w.arrives(t) })
}

func (w *walkthrough) remove(t *testing.T) {
	w.run(t, "kubectl delete opentelemetrycollector observability -n aws-otel-eks --timeout=60s")
	status := w.run(t, "aws eks delete-addon --addon-name adot --cluster-name demo --query addon.status --output text")
	if status != "DELETING" {
		t.Errorf("delete-addon prints %s", status)
	}
	w.run(t, "aws eks wait addon-deleted --addon-name adot --cluster-name demo")
	gone(t, "deployment", manager, "-n", operatorNamespace)
}

// removeOperator takes the operator away that the other tests have installed.
func removeOperator(t *testing.T) {
	t.Helper()
	if out, err := kube.Kubectl(t.Context(), "get", "crd", "opentelemetrycollectors.opentelemetry.io", "--ignore-not-found", "-o", "name"); err != nil || out == "" {
		return
	}
	kubectl(t, "delete", "opentelemetrycollectors.opentelemetry.io", "--all", "-A", "--timeout=60s")
	manifests, err := renderChart(deploy.Operator, operatorNamespace, operatorValues)
	if err != nil {
		t.Fatal(err)
	}
	var objects strings.Builder
	for _, manifest := range slices.Backward(manifests) {
		objects.WriteString("---\n" + manifest.YAML + "\n")
	}
	kubectlAll(t, objects.String(), "delete", "--ignore-not-found", "--timeout=60s", "-f", "-")
	gone(t, "deployment", manager, "-n", operatorNamespace)
}
