package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"github.com/radiograph/radiograph/problem"
)

func unescape(encoded string) (string, error) { return url.PathUnescape(encoded) }

// findIssuer returns the issuer of the cluster's tokens.
func (r *serviceRole) findIssuer(ctx context.Context) (string, error) {
	switch {
	case r.issuer != "":
		return r.issuer, nil
	case r.eks != "":
		return r.describeCluster(ctx, r.eks)
	}
	// The service has the EKS API where there is an add-on manager. It need not know this
	// cluster, and who asks need not be allowed to know it.
	issuer, err := r.describeCluster(ctx, r.url)
	if err == nil {
		return issuer, nil
	}
	if ctx.Err() != nil {
		return "", err
	}
	if !r.hasCluster() {
		return "", &problem.Error{
			Kind: problem.Invalid, Message: "the issuer of cluster " + r.cluster + " is not known",
			Hint: "name it with --issuer, or the EKS API with --eks-endpoint, or have a kubeconfig for kubectl",
		}
	}
	text, err := r.kubectl(ctx, "get", "--raw", "/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	var doc struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Issuer == "" {
		return "", problem.New(problem.Invalid, "the cluster does not say who issues its tokens")
	}
	return doc.Issuer, nil
}

// describeCluster asks the EKS API at an address.
func (r *serviceRole) describeCluster(ctx context.Context, address string) (string, error) {
	a := addonAPI{endpoint: r.endpoint}
	a.url = address
	client, err := a.eks()
	if err != nil {
		return "", err
	}
	out, err := client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &r.cluster})
	if err != nil {
		err = a.classifyAddon(err)
		if e, ok := errors.AsType[*problem.Error](err); ok && e.Hint == elsewhere {
			e.Hint = "name the EKS API with --eks-endpoint"
		}
		return "", err
	}
	if c := out.Cluster; c != nil && c.Identity != nil && c.Identity.Oidc != nil && aws.ToString(c.Identity.Oidc.Issuer) != "" {
		return *c.Identity.Oidc.Issuer, nil
	}
	return "", problem.New(problem.Invalid, "%s does not say who issues the tokens of cluster %s", address, r.cluster)
}

// hasCluster says whether kubectl has something to talk to.
func (r *serviceRole) hasCluster() bool {
	if _, err := exec.LookPath("kubectl"); err != nil {
		return false
	}
	if r.kubeconfig != "" || r.p.getenv("KUBECONFIG") != "" || r.p.getenv("KUBERNETES_SERVICE_HOST") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(r.p.getenv("HOME"), ".kube", "config"))
	return err == nil
}

func (r *serviceRole) kubectl(ctx context.Context, args ...string) ([]byte, error) {
	if r.kubeconfig != "" {
		args = append([]string{"--kubeconfig", r.kubeconfig}, args...)
	}
	cmd := exec.CommandContext(ctx, "kubectl", args...) //nolint:gosec // the arguments are the user's
	cmd.Env = r.p.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, &problem.Error{Kind: problem.Unavailable, Message: "kubectl " + strings.Join(args, " "), Err: fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))}
	}
	return out, nil
}

// annotate makes the service account ask for the role, or says how to.
func (r *serviceRole) annotate(ctx context.Context, arn string) error {
	if r.roleOnly {
		return nil
	}
	if !r.hasCluster() {
		r.p.printf("\nThere is no kubeconfig. In the cluster:\n\n  kubectl annotate serviceaccount %s --namespace %s %s=%s --overwrite\n", printable(r.account), printable(r.namespace), roleAnnotation, printable(arn))
		return nil
	}
	if err := r.ensureObject(ctx, "namespace", r.namespace); err != nil {
		return err
	}
	if err := r.ensureObject(ctx, "serviceaccount", r.account, "--namespace", r.namespace); err != nil {
		return err
	}
	path := `jsonpath={.metadata.annotations.eks\.amazonaws\.com/role-arn}`
	have, err := r.kubectl(ctx, "get", "serviceaccount", r.account, "--namespace", r.namespace, "--output", path)
	if err != nil {
		return err
	}
	if string(bytes.TrimSpace(have)) == arn {
		r.say("annotation", r.account, "unchanged")
		return nil
	}
	if _, err := r.kubectl(ctx, "annotate", "serviceaccount", r.account, "--namespace", r.namespace, roleAnnotation+"="+arn, "--overwrite"); err != nil {
		return err
	}
	r.say("annotation", r.account, "set; pods that run already must be restarted")
	return nil
}

// ensureObject makes a namespace or service account that is not there.
func (r *serviceRole) ensureObject(ctx context.Context, kind, name string, where ...string) error {
	found, err := r.kubectl(ctx, append([]string{"get", kind, name, "--ignore-not-found", "--output", "name"}, where...)...)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(found)) > 0 {
		r.say(kind, name, "unchanged")
		return nil
	}
	if _, err := r.kubectl(ctx, append([]string{"create", kind, name}, where...)...); err != nil {
		return err
	}
	r.say(kind, name, "created")
	return nil
}
