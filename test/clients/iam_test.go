//go:build e2e

package clients

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/internal/issuertest"
	"github.com/radiograph/radiograph/test/rig"
)

// awsAccount runs the aws command as somebody.
type awsAccount struct {
	rg  *rig.Radiograph
	env []string
}

// run runs the aws command and returns what it prints, and what it complains about.
func (a *awsAccount) run(t *testing.T, args ...string) (string, string) {
	t.Helper()
	args = append([]string{"--endpoint-url", a.rg.URL(), "--region", rig.Region, "--output", "json"}, args...)
	cmd := exec.CommandContext(t.Context(), prepared(t, "python", "bin", "aws"), args...)
	cmd.Env = append(environment(t), a.env...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", complaint.String() + err.Error()
	}
	return out.String(), ""
}

func (a *awsAccount) must(t *testing.T, args ...string) string {
	t.Helper()
	out, complaint := a.run(t, args...)
	if complaint != "" {
		t.Fatalf("aws %s: %s", strings.Join(args, " "), complaint)
	}
	return out
}

// TestAWSCommandOfIdentity types the aws iam and aws sts commands of the helper script,
// and uses the role that they make.
func TestAWSCommandOfIdentity(t *testing.T) {
	is := issuertest.New(t)
	dir := t.TempDir()
	keys, err := exec.CommandContext(t.Context(), rig.Binary(t), "iam", "bootstrap", "--data", dir, "--account-id", rig.AccountID).Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("RADIOGRAPH_IAM_ISSUERS", is.URL+" jwks="+is.JWKS()+" ca="+is.CAFile())
	t.Setenv("RADIOGRAPH_AUTH_MODE", "sigv4")
	admin := &awsAccount{rg: rig.StartRadiograph(t, dir)}
	for line := range strings.Lines(string(keys)) {
		admin.env = append(admin.env, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	if out := admin.must(t, "sts", "get-caller-identity", "--query", "Arn"); !strings.Contains(out, "user/administrator") {
		t.Errorf("caller is %s", out)
	}
	provider := "arn:aws:iam::" + rig.AccountID + ":oidc-provider/" + strings.TrimPrefix(is.URL, "https://")
	if _, complaint := admin.run(t, "iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", provider); !strings.Contains(complaint, "NoSuchEntity") {
		t.Errorf("before there is a provider: %s", complaint)
	}
	create := []string{"iam", "create-open-id-connect-provider", "--url", is.URL, "--client-id-list", issuertest.Audience}
	admin.must(t, create...)
	if _, complaint := admin.run(t, create...); !strings.Contains(complaint, "EntityAlreadyExists") {
		t.Errorf("a second time: %s", complaint)
	}
	if out := admin.must(t, "iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", provider, "--query", "Url"); strings.Contains(out, "https") {
		t.Errorf("the URL has its scheme: %s", out)
	}
	subject := strings.TrimPrefix(is.URL, "https://") + ":sub"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"` + subject + `":"system:serviceaccount:aws-otel-eks:aws-otel-collector"}}}]}`
	admin.must(t, "iam", "create-role", "--role-name", "R", "--assume-role-policy-document", trust)
	admin.must(t, "iam", "update-assume-role-policy", "--role-name", "R", "--policy-document", trust)
	admin.must(t, "iam", "attach-role-policy", "--role-name", "R", "--policy-arn", "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess")
	if out := admin.must(t, "iam", "list-attached-role-policies", "--role-name", "R", "--query", "AttachedPolicies[].PolicyName"); !strings.Contains(out, "AWSXRayDaemonWriteAccess") {
		t.Errorf("attached: %s", out)
	}
	// The command decodes the document that IAM answers encoded.
	if out := admin.must(t, "iam", "get-role", "--role-name", "R", "--query", "Role.AssumeRolePolicyDocument.Statement[0].Effect"); strings.TrimSpace(out) != `"Allow"` {
		t.Errorf("trust policy: %s", out)
	}
	assume := func(serviceAccount string) (string, string) {
		nobody := &awsAccount{rg: admin.rg}
		return nobody.run(t, "sts", "assume-role-with-web-identity", "--no-sign-request", "--role-session-name", "s1",
			"--role-arn", "arn:aws:iam::"+rig.AccountID+":role/R", "--web-identity-token", is.Token("aws-otel-eks", serviceAccount))
	}
	if _, complaint := assume("other"); !strings.Contains(complaint, "AccessDenied") {
		t.Errorf("another service account: %s", complaint)
	}
	out, complaint := assume("aws-otel-collector")
	var session struct {
		Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	}
	if err := json.Unmarshal([]byte(out), &session); err != nil {
		t.Fatalf("%v; %s", err, complaint)
	}
	c := session.Credentials
	pod := &awsAccount{rg: admin.rg, env: []string{"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey, "AWS_SESSION_TOKEN=" + c.SessionToken}}
	if out := pod.must(t, "sts", "get-caller-identity", "--query", "Arn"); !strings.Contains(out, "assumed-role/R/s1") {
		t.Errorf("the pod is %s", out)
	}
	pod.must(t, "xray", "put-trace-segments", "--trace-segment-documents", "{}")
	if _, complaint := pod.run(t, "xray", "get-groups"); !strings.Contains(complaint, "AccessDeniedException") {
		t.Errorf("reading with a write-only role: %s", complaint)
	}
	if out := admin.must(t, "eks", "get-token", "--cluster-name", "demo", "--query", "status.token"); !strings.Contains(out, "k8s-aws-v1.") {
		t.Errorf("token %s", out)
	}
}
