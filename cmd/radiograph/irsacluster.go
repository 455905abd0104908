package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/problem"
)

const maxAnswerBytes = 1 << 20

func unescape(encoded string) (string, error) { return url.PathUnescape(encoded) }

// findIssuer returns the issuer of the cluster's tokens.
func (r *serviceRole) findIssuer(ctx context.Context) (string, error) {
	switch {
	case r.issuer != "":
		return r.issuer, nil
	case r.eks != "":
		return r.describeCluster(ctx)
	case !r.hasCluster():
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

// describeCluster asks the EKS API.
func (r *serviceRole) describeCluster(ctx context.Context) (string, error) {
	address := strings.TrimSuffix(r.eks, "/") + "/clusters/" + url.PathEscape(r.cluster)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", problem.New(problem.Invalid, "--eks-endpoint: %v", err)
	}
	if _, anonymous := r.credentials.(aws.AnonymousCredentials); !anonymous {
		key, err := r.credentials.Retrieve(ctx)
		if err != nil {
			return "", err
		}
		empty := sha256.Sum256(nil)
		if err := v4.NewSigner().SignHTTP(ctx, key, req, hex.EncodeToString(empty[:]), "eks", r.region, time.Now()); err != nil {
			return "", err
		}
	}
	transport, err := r.transport()
	if err != nil {
		return "", err
	}
	client := http.Client{Timeout: time.Minute, Transport: transport}
	resp, err := client.Do(req)
	if err != nil {
		return "", &problem.Error{Kind: problem.Unavailable, Message: "no answer from " + r.eks, Err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return "", &problem.Error{Kind: problem.Unavailable, Message: "no answer from " + r.eks, Err: err}
	}
	var doc struct {
		Cluster struct {
			Identity struct {
				OIDC struct {
					Issuer string `json:"issuer"`
				} `json:"oidc"`
			} `json:"identity"`
		} `json:"cluster"`
	}
	if resp.StatusCode != http.StatusOK {
		return "", problem.New(problem.NotFound, "cluster %s: %s answers %s", r.cluster, r.eks, resp.Status)
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Cluster.Identity.OIDC.Issuer == "" {
		return "", problem.New(problem.Invalid, "%s does not say who issues the tokens of cluster %s", r.eks, r.cluster)
	}
	return doc.Cluster.Identity.OIDC.Issuer, nil
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
