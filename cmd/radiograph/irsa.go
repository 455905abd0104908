package main

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

// roleAnnotation is what the pod identity webhook looks for on a service account.
const roleAnnotation = "eks.amazonaws.com/role-arn"

// serviceRole is a role for a service account, as "irsa create" makes it.
type serviceRole struct {
	p *program
	endpoint

	cluster, namespace, account, role string
	policies                          []string
	issuer, eks, audience             string
	kubeconfig                        string
	roleOnly                          bool

	iam *iam.Client
	sts *sts.Client
}

func (p *program) irsa() *cobra.Command {
	cmd := p.family("irsa", "Roles for service accounts of a cluster", "")
	cmd.AddCommand(p.irsaCreate())
	return cmd
}

func (p *program) irsaCreate() *cobra.Command {
	r := &serviceRole{p: p}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Give a service account a role",
		Long: `Registers the cluster's issuer, makes a role that only this service account can assume,
attaches policies, and annotates the service account. What is as it should be stays;
running it again changes nothing.

The issuer is the one in --issuer; else what the EKS API says about the cluster, that at
--eks-endpoint or the service's own; else what the cluster itself says, asked with kubectl.
Namespace and service account are made and annotated when there is a kubeconfig; otherwise
the commands to type are printed.`,
		Example: "  radiograph irsa create --cluster demo --namespace aws-otel-eks --service-account aws-otel-collector --role-name EKS-ADOT-ServiceAccount-Role --attach-policy AWSXRayDaemonWriteAccess",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return r.create(cmd.Context()) },
	}
	r.flag(p, cmd)
	f := cmd.Flags()
	f.StringVar(&r.cluster, "cluster", "", "name of the cluster")
	f.StringVar(&r.namespace, "namespace", "", "namespace of the service account")
	f.StringVar(&r.account, "service-account", "", "name of the service account")
	f.StringVar(&r.role, "role-name", "", "name of the role")
	f.StringArrayVar(&r.policies, "attach-policy", nil, "name or ARN of a policy; may be given several times")
	f.StringVar(&r.issuer, "issuer", "", "issuer of the cluster's tokens, https://…")
	f.StringVar(&r.eks, "eks-endpoint", p.eksEndpoint(), "EKS API that knows the cluster; AWS_ENDPOINT_URL_EKS sets it too")
	f.StringVar(&r.audience, "audience", "sts.amazonaws.com", "audience of the tokens")
	f.StringVar(&r.kubeconfig, "kubeconfig", "", "file for kubectl; KUBECONFIG sets it too")
	f.BoolVar(&r.roleOnly, "role-only", false, "leave the cluster alone")
	return cmd
}

func (r *serviceRole) check() error {
	for _, f := range []struct{ flag, value string }{
		{"cluster", r.cluster}, {"namespace", r.namespace}, {"service-account", r.account}, {"role-name", r.role},
	} {
		if f.value == "" {
			return problem.New(problem.Invalid, "--%s is missing", f.flag)
		}
	}
	return nil
}

func (r *serviceRole) create(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	var err error
	if r.iam, r.sts, err = r.identities(); err != nil {
		return err
	}
	who, err := r.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return r.classifyIdentity(err)
	}
	if r.issuer, err = r.findIssuer(ctx); err != nil {
		return err
	}
	provider, err := r.ensureProvider(ctx, aws.ToString(who.Account))
	if err != nil {
		return r.classifyIdentity(err)
	}
	arn, err := r.ensureRole(ctx, provider)
	if err != nil {
		return r.classifyIdentity(err)
	}
	if err := r.ensurePolicies(ctx); err != nil {
		return r.classifyIdentity(err)
	}
	return r.annotate(ctx, arn)
}

// say reports what became of one thing.
func (r *serviceRole) say(what, name, state string) {
	r.p.printf("%-16s %s: %s\n", what, printable(name), state)
}

func (r *serviceRole) ensureProvider(ctx context.Context, account string) (string, error) {
	arn := providerARN(account, r.issuer)
	found, err := r.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	switch {
	case missing(err):
		out, err := r.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
			Url: &r.issuer, ClientIDList: []string{r.audience}, Tags: []types.Tag{{Key: aws.String("eks-cluster-name"), Value: &r.cluster}},
		})
		if err != nil {
			return "", err
		}
		r.say("OIDC provider", r.issuer, "created")
		return aws.ToString(out.OpenIDConnectProviderArn), nil
	case err != nil:
		return "", err
	case !slices.Contains(found.ClientIDList, r.audience):
		_, err := r.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: &r.audience})
		if err != nil {
			return "", err
		}
		r.say("OIDC provider", r.issuer, "audience added")
		return arn, nil
	}
	r.say("OIDC provider", r.issuer, "unchanged")
	return arn, nil
}

// trust is the trust policy: this service account, by this issuer, for this audience.
func (r *serviceRole) trust(provider string) string {
	key := strings.TrimPrefix(r.issuer, "https://")
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": map[string]any{"StringEquals": map[string]any{
				key + ":sub": "system:serviceaccount:" + r.namespace + ":" + r.account, key + ":aud": r.audience,
			}},
		}},
	})
	if err != nil {
		return "" // texts always encode
	}
	return string(text)
}

func (r *serviceRole) ensureRole(ctx context.Context, provider string) (string, error) {
	want := r.trust(provider)
	found, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &r.role})
	switch {
	case missing(err):
		out, err := r.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &r.role, AssumeRolePolicyDocument: &want})
		if err != nil {
			return "", err
		}
		r.say("role", r.role, "created")
		return aws.ToString(out.Role.Arn), nil
	case err != nil:
		return "", err
	case !sameDocument(want, aws.ToString(found.Role.AssumeRolePolicyDocument)):
		if _, err := r.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &r.role, PolicyDocument: &want}); err != nil {
			return "", err
		}
		r.say("role", r.role, "trust policy updated")
		return aws.ToString(found.Role.Arn), nil
	}
	r.say("role", r.role, "unchanged")
	return aws.ToString(found.Role.Arn), nil
}

// sameDocument compares a policy with one from an answer, where it is encoded.
func sameDocument(want, encoded string) bool {
	text, err := unescape(encoded)
	if err != nil {
		return false
	}
	var a, b any
	if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(text), &b) != nil {
		return false
	}
	return reflect.DeepEqual(a, b)
}

func (r *serviceRole) ensurePolicies(ctx context.Context) error {
	attached, err := (&holder{role: r.role}).attached(ctx, r.iam)
	if err != nil {
		return err
	}
	for _, name := range r.policies {
		arn, err := policyARN(ctx, r.iam, name)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(attached, func(a types.AttachedPolicy) bool { return aws.ToString(a.PolicyArn) == arn }) {
			r.say("policy", name, "unchanged")
			continue
		}
		if _, err := r.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &r.role, PolicyArn: &arn}); err != nil {
			return err
		}
		r.say("policy", name, "attached")
	}
	return nil
}
