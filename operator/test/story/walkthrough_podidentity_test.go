//go:build e2e

package story

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

const (
	// identities is the namespace of pods that are associated with a role.
	identities = "identity"
	// link is the interface that the agent makes on the node, for later agents to find.
	link = "pod-id-link0"
)

// agent installs the agent of EKS Pod Identity, as an add-on.
func (w *walkthrough) agent(t *testing.T) {
	w.whole.Cleanup(func() {
		if out, err := exec.CommandContext(testContext(w.whole), "ip", "link", "delete", link).CombinedOutput(); err != nil {
			w.whole.Errorf("remove the agent's interface: %v: %s", err, out)
		}
	})
	w.run(t, "aws eks create-addon --cluster-name demo --addon-name eks-pod-identity-agent --addon-version v1.3.10-eksbuild.2")
	w.run(t, "aws eks wait addon-active --cluster-name demo --addon-name eks-pod-identity-agent")
	rollout(t, "kube-system", "daemonset/eks-pod-identity-agent")
}

// association gives a role to a service account that has another one by its annotation.
func (w *walkthrough) association(t *testing.T) {
	w.run(t, "kubectl create namespace identity")
	w.whole.Cleanup(func() { remove(w.whole, "namespace", identities, "--wait=false") })
	w.run(t, "kubectl create serviceaccount pay -n identity")
	w.run(t, "kubectl annotate serviceaccount pay -n identity eks.amazonaws.com/role-arn=arn:aws:iam::"+account+":role/"+roleName)
	w.run(t, `aws iam create-role --role-name pay --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}'`)
	w.run(t, "aws iam attach-role-policy --role-name pay --policy-arn arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess")
	create := "aws eks create-pod-identity-association --cluster-name demo --namespace identity --service-account pay --role-arn arn:aws:iam::" + account + ":role/pay"
	w.run(t, create)
	w.fails(t, create, "ResourceInUseException")
	eventually(t, "the webhook knows the association", func() error {
		out, err := kube.Kubectl(t.Context(), "run", "probe", "-n", identities, "--image=none", "--dry-run=server", "-o", "yaml", "--overrides", `{"spec":{"serviceAccountName":"pay"}}`)
		if err == nil && !strings.Contains(out, "AWS_CONTAINER_CREDENTIALS_FULL_URI") {
			err = errors.New(out)
		}
		return err
	})
	w.shell(t, identities, "pay", "pay", "", "")
	env := get(t, "{range .spec.containers[0].env[*]}{.name}={.value} {end}", "pod", "pay", "-n", identities)
	if !strings.Contains(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials ") || strings.Contains(env, "AWS_ROLE_ARN") {
		t.Errorf("the pod's environment is %s", env)
	}
	w.isAssociated(t)
	segment := newSegment("associated")
	w.run(t, "kubectl exec -n identity pay -- aws xray put-trace-segments --trace-segment-documents '"+segment.document+"'")
	if n := w.run(t, "aws xray batch-get-traces --trace-ids "+segment.trace+" --query 'length(Traces)' --output text"); n != "1" {
		t.Errorf("there are %s traces", n)
	}
	w.fails(t, "kubectl exec -n identity pay -- aws xray get-groups", "AccessDeniedException", "assumed-role/pay/")
}

// isAssociated checks who the pod is that has an association.
func (w *walkthrough) isAssociated(t *testing.T) {
	t.Helper()
	if arn := w.whoami(t, identities, "pay"); !strings.HasPrefix(arn, "arn:aws:sts::"+account+":assumed-role/pay/") {
		t.Errorf("one is %s", arn)
	}
}

// notAssociated gives a pod of another service account all that the webhook gives to those of
// the associated one.
func (w *walkthrough) notAssociated(t *testing.T) {
	w.shell(t, identities, "stranger", "default", `
      env:
        - {name: AWS_CONTAINER_CREDENTIALS_FULL_URI, value: "http://169.254.170.23/v1/credentials"}
        - {name: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, value: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token}
        - {name: AWS_ENDPOINT_URL, value: "http://radiograph.radiograph:2080"}
        - {name: AWS_REGION, value: us-east-1}
      volumeMounts: [{name: token, mountPath: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount}]
`, `
  volumes:
    - {name: token, projected: {sources: [{serviceAccountToken: {audience: pods.eks.amazonaws.com, path: eks-pod-identity-token}}]}}
`)
	w.fails(t, "kubectl exec -n identity stranger -- aws sts get-caller-identity", "404")
}

func (w *walkthrough) agentRestart(t *testing.T) {
	w.run(t, "kubectl rollout restart daemonset -n kube-system eks-pod-identity-agent")
	rollout(t, "kube-system", "daemonset/eks-pod-identity-agent")
	w.isAssociated(t)
}

func (w *walkthrough) agentRemoved(t *testing.T) {
	id := w.run(t, "aws eks list-pod-identity-associations --cluster-name demo --namespace identity --query 'associations[0].associationId' --output text")
	w.run(t, "aws eks delete-pod-identity-association --cluster-name demo --association-id "+id)
	w.run(t, "aws eks delete-addon --cluster-name demo --addon-name eks-pod-identity-agent")
	w.run(t, "aws eks wait addon-deleted --cluster-name demo --addon-name eks-pod-identity-agent")
	gone(t, "daemonset", "eks-pod-identity-agent", "-n", "kube-system")
}
