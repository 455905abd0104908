//go:build e2e

package story

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// roleName is what the script calls the role.
const roleName = "EKS-ADOT-ServiceAccount-Role"

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
	w.fails(t, "REGION= examples/irsa/create-role.sh", "REGION")
	w.run(t, "examples/irsa/create-role.sh")
	described := func() string {
		return w.run(t, "aws iam get-role --role-name EKS-ADOT-ServiceAccount-Role") + w.run(t, "aws iam list-open-id-connect-providers") +
			get(t, "{.metadata.resourceVersion}", "serviceaccount", "aws-otel-collector", "-n", collectors)
	}
	before := described()
	if subject := `"kubernetes.default.svc.cluster.local:sub": "system:serviceaccount:aws-otel-eks:aws-otel-collector"`; !strings.Contains(before, subject) {
		t.Errorf("the role does not trust the service account: %s", before)
	}
	w.run(t, "examples/irsa/create-role.sh")
	if after := described(); after != before {
		t.Errorf("running it again changes something: it was %s and is %s", before, after)
	}
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

// whoami is what aws sts get-caller-identity says in a pod.
func (w *walkthrough) whoami(t *testing.T, ns, pod string) string {
	t.Helper()
	return w.run(t, fmt.Sprintf("kubectl exec -n %s %s -- aws sts get-caller-identity --query Arn --output text", ns, pod))
}

func (w *walkthrough) debugPod(t *testing.T) {
	w.shell(t, collectors, "debug", "aws-otel-collector", "", "")
	if arn := w.whoami(t, collectors, "debug"); !strings.HasPrefix(arn, "arn:aws:sts::"+account+":assumed-role/"+roleName+"/") {
		t.Errorf("one is %s", arn)
	}
	w.run(t, "kubectl exec -n aws-otel-eks debug -- aws xray get-sampling-rules")
	w.fails(t, "kubectl exec -n aws-otel-eks debug -- aws xray get-groups", "AccessDeniedException", "xray:GetGroups")
}

// otherAccount gives a pod of another service account all that the webhook gives to those of
// the collector's.
func (w *walkthrough) otherAccount(t *testing.T) {
	w.shell(t, collectors, "other", "default", `
      env:
        - {name: AWS_ROLE_ARN, value: "arn:aws:iam::`+account+`:role/`+roleName+`"}
        - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /var/run/secrets/eks.amazonaws.com/serviceaccount/token}
        - {name: AWS_ENDPOINT_URL, value: "http://radiograph.radiograph:2080"}
        - {name: AWS_REGION, value: us-east-1}
      volumeMounts: [{name: token, mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount}]
`, `
  volumes:
    - {name: token, projected: {sources: [{serviceAccountToken: {audience: sts.amazonaws.com, path: token}}]}}
`)
	w.fails(t, "kubectl exec -n aws-otel-eks other -- aws sts get-caller-identity", "AccessDenied", "AssumeRoleWithWebIdentity")
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
