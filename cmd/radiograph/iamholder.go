package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

// holder is who has policies: a role or a user.
type holder struct{ role, user string }

func (h *holder) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&h.role, "role", "", "name of the role")
	cmd.Flags().StringVar(&h.user, "user", "", "name of the user")
}

// some reports whether there is one.
func (h *holder) some() bool { return h.role != "" || h.user != "" }

// check wants exactly one.
func (h *holder) check() error {
	switch {
	case h.role != "" && h.user != "":
		return problem.New(problem.Invalid, "choose one of --role and --user")
	case !h.some():
		return problem.New(problem.Invalid, "name a role with --role or a user with --user")
	}
	return nil
}

// heldPolicy is a policy of a role or user.
type heldPolicy struct {
	PolicyName string
	PolicyArn  string `json:",omitempty"` // "" for one that is in the role or user itself
}

// policies lists what is attached, then what is in the role or user itself.
func (h *holder) policies(ctx context.Context, client *iam.Client) ([]heldPolicy, error) {
	attached, err := h.attached(ctx, client)
	if err != nil {
		return nil, err
	}
	out := []heldPolicy{}
	for _, a := range attached {
		out = append(out, heldPolicy{PolicyName: aws.ToString(a.PolicyName), PolicyArn: aws.ToString(a.PolicyArn)})
	}
	inline, err := h.inline(ctx, client)
	for _, name := range inline {
		out = append(out, heldPolicy{PolicyName: name})
	}
	return out, err
}

// policyNames are the names in one line.
func policyNames(policies []heldPolicy) string {
	names := make([]string, len(policies))
	for i, p := range policies {
		if names[i] = p.PolicyName; p.PolicyArn == "" {
			names[i] += " (inline)"
		}
	}
	return strings.Join(names, ", ")
}

func (h *holder) attached(ctx context.Context, client *iam.Client) ([]types.AttachedPolicy, error) {
	if h.role != "" {
		return gather(ctx, iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: &h.role}),
			func(p *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return p.AttachedPolicies })
	}
	return gather(ctx, iam.NewListAttachedUserPoliciesPaginator(client, &iam.ListAttachedUserPoliciesInput{UserName: &h.user}),
		func(p *iam.ListAttachedUserPoliciesOutput) []types.AttachedPolicy { return p.AttachedPolicies })
}

func (h *holder) inline(ctx context.Context, client *iam.Client) ([]string, error) {
	if h.role != "" {
		return gather(ctx, iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: &h.role}),
			func(p *iam.ListRolePoliciesOutput) []string { return p.PolicyNames })
	}
	return gather(ctx, iam.NewListUserPoliciesPaginator(client, &iam.ListUserPoliciesInput{UserName: &h.user}),
		func(p *iam.ListUserPoliciesOutput) []string { return p.PolicyNames })
}

func (h *holder) attach(ctx context.Context, client *iam.Client, arn string) (err error) {
	if h.role != "" {
		_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &h.role, PolicyArn: &arn})
	} else {
		_, err = client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &h.user, PolicyArn: &arn})
	}
	return err
}

func (h *holder) detach(ctx context.Context, client *iam.Client, arn string) (err error) {
	if h.role != "" {
		_, err = client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &h.role, PolicyArn: &arn})
	} else {
		_, err = client.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &h.user, PolicyArn: &arn})
	}
	return err
}

// put makes or replaces a policy in the role or user itself.
func (h *holder) put(ctx context.Context, client *iam.Client, name, text string) (err error) {
	if h.role != "" {
		_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &h.role, PolicyName: &name, PolicyDocument: &text})
	} else {
		_, err = client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &h.user, PolicyName: &name, PolicyDocument: &text})
	}
	return err
}

// get returns a policy in the role or user itself, percent-encoded.
func (h *holder) get(ctx context.Context, client *iam.Client, name string) (string, error) {
	if h.role != "" {
		out, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &h.role, PolicyName: &name})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.PolicyDocument), nil
	}
	out, err := client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &h.user, PolicyName: &name})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.PolicyDocument), nil
}

// remove takes a policy out of the role or user itself.
func (h *holder) remove(ctx context.Context, client *iam.Client, name string) (err error) {
	if h.role != "" {
		_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &h.role, PolicyName: &name})
	} else {
		_, err = client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &h.user, PolicyName: &name})
	}
	return err
}

// strip takes all policies away.
func (h *holder) strip(ctx context.Context, client *iam.Client) error {
	policies, err := h.policies(ctx, client)
	if err != nil {
		return err
	}
	for _, p := range policies {
		if p.PolicyArn != "" {
			err = h.detach(ctx, client, p.PolicyArn)
		} else {
			err = h.remove(ctx, client, p.PolicyName)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
