package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) policies() *cobra.Command {
	cmd := p.family("policy", "List, make and show policies, attach them to roles and users",
		`A managed policy stands by itself and is attached to any number of roles and users; an
inline policy (put, and delete with --role or --user) is in one of them and goes with it.`)
	cmd.AddCommand(p.policyList(), p.policyShow(), p.policyAttach(true), p.policyAttach(false), p.policyPut(), p.policyCreate(), p.policyDelete())
	return cmd
}

// policyAttach is the command that attaches a policy to a role or user, or detaches it.
func (p *program) policyAttach(attach bool) *cobra.Command {
	var q identityQuestion
	var h holder
	cmd := &cobra.Command{
		Use:     "attach POLICY",
		Short:   "Attach a policy, by name or ARN, to a role or user",
		Example: "  radiograph iam policy attach AWSXRayDaemonWriteAccess --role collector",
		Args:    oneName("policy"),
	}
	if !attach {
		cmd.Use, cmd.Short = "detach POLICY", "Take a policy, by name or ARN, from a role or user"
		cmd.Example = strings.Replace(cmd.Example, "attach", "detach", 1)
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		if err := h.check(); err != nil {
			return err
		}
		arn, err := policyARN(ctx, client, args[0])
		if err != nil {
			return err
		}
		if attach {
			return h.attach(ctx, client, arn)
		}
		return h.detach(ctx, client, arn)
	})
	q.flag(p, cmd)
	h.flags(cmd)
	return cmd
}

// allPolicies returns the managed policies.
func allPolicies(ctx context.Context, client *iam.Client) ([]types.Policy, error) {
	return gather(ctx, iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{}),
		func(p *iam.ListPoliciesOutput) []types.Policy { return p.Policies })
}

// policyARN returns the ARN of a policy that is named by it or by its name.
func policyARN(ctx context.Context, client *iam.Client, name string) (string, error) {
	if strings.HasPrefix(name, "arn:") {
		return name, nil
	}
	all, err := allPolicies(ctx, client)
	if err != nil {
		return "", err
	}
	for _, found := range all {
		if aws.ToString(found.PolicyName) == name {
			return aws.ToString(found.Arn), nil
		}
	}
	return "", &problem.Error{Kind: problem.NotFound, Message: "there is no policy " + name, Hint: "list them with: radiograph iam policy list"}
}

func (p *program) policyList() *cobra.Command {
	var q identityQuestion
	var h holder
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the managed policies, or the policies of a role or user",
		Example: "  radiograph iam policy list --role collector",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		var rows [][]string
		if h.some() {
			if err := h.check(); err != nil {
				return err
			}
			found, err := h.policies(ctx, client)
			if err != nil {
				return err
			}
			if q.output == asJSON {
				return writeJSON(p.out, found)
			}
			for _, held := range found {
				arn := held.PolicyArn
				if arn == "" {
					arn = "(inline)"
				}
				rows = append(rows, []string{held.PolicyName, arn})
			}
			return p.table("It has no policies.", []string{"POLICY", "ARN"}, rows)
		}
		found, err := allPolicies(ctx, client)
		if err != nil {
			return err
		}
		for _, policy := range found {
			rows = append(rows, []string{aws.ToString(policy.PolicyName), strconv.Itoa(int(aws.ToInt32(policy.AttachmentCount))), aws.ToString(policy.Arn)})
		}
		return q.list(found, "There are no policies.", []string{"POLICY", "ATTACHED", "ARN"}, rows)
	})
	q.flags(p, cmd)
	h.flags(cmd)
	return cmd
}

func (p *program) policyShow() *cobra.Command {
	var q identityQuestion
	var h holder
	cmd := &cobra.Command{
		Use:     "show POLICY",
		Short:   "Print a managed policy, or an inline one of a role or user",
		Example: "  radiograph iam policy show AWSXRayDaemonWriteAccess\n  radiograph iam policy show logs --role collector",
		Args:    oneName("policy"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		text, err := policyText(ctx, client, &h, args[0])
		if err != nil {
			return err
		}
		return writeJSON(p.out, document(text))
	})
	q.flag(p, cmd)
	h.flags(cmd)
	return cmd
}

// policyText returns a policy, percent-encoded.
func policyText(ctx context.Context, client *iam.Client, h *holder, name string) (string, error) {
	if h.some() {
		if err := h.check(); err != nil {
			return "", err
		}
		return h.get(ctx, client, name)
	}
	arn, err := policyARN(ctx, client, name)
	if err != nil {
		return "", err
	}
	policy, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return "", err
	}
	version, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: policy.Policy.DefaultVersionId})
	if err != nil {
		return "", err
	}
	return aws.ToString(version.PolicyVersion.Document), nil
}

func documentFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "document", "f", "", "`FILE` with the policy; - is standard input")
}

// readDocument reads the file of --document.
func readDocument(cmd *cobra.Command, file string) (string, error) {
	if file == "" {
		return "", problem.New(problem.Invalid, "name a file with the policy with --document")
	}
	return readFile(cmd, file, "policy (--document)", maxPolicy)
}

func (p *program) policyPut() *cobra.Command {
	var q identityQuestion
	var h holder
	var file string
	cmd := &cobra.Command{
		Use:     "put NAME",
		Short:   "Make or replace an inline policy of a role or user",
		Example: "  radiograph iam policy put logs --role collector --document logs.json",
		Args:    oneName("policy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := h.check(); err != nil {
				return err
			}
			text, err := readDocument(cmd, file)
			if err != nil {
				return err
			}
			return q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
				return h.put(ctx, client, args[0], text)
			})(cmd, args)
		},
	}
	q.flag(p, cmd)
	h.flags(cmd)
	documentFlag(cmd, &file)
	return cmd
}

func (p *program) policyCreate() *cobra.Command {
	var q identityQuestion
	var file, description string
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a managed policy",
		Example: "  radiograph iam policy create logs --document logs.json",
		Args:    oneName("policy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readDocument(cmd, file)
			if err != nil {
				return err
			}
			return q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
				out, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &args[0], PolicyDocument: &text, Description: optional(description)})
				if err != nil {
					return err
				}
				return q.made(aws.ToString(out.Policy.Arn), out.Policy)
			})(cmd, args)
		},
	}
	q.flags(p, cmd)
	documentFlag(cmd, &file)
	cmd.Flags().StringVar(&description, "description", "", "what the policy is for")
	return cmd
}

func (p *program) policyDelete() *cobra.Command {
	var q identityQuestion
	var h holder
	cmd := &cobra.Command{
		Use:     "delete POLICY",
		Short:   "Remove a managed policy, or an inline one of a role or user",
		Example: "  radiograph iam policy delete logs --role collector",
		Args:    oneName("policy"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		if h.some() {
			if err := h.check(); err != nil {
				return err
			}
			return h.remove(ctx, client, args[0])
		}
		arn, err := policyARN(ctx, client, args[0])
		if err != nil {
			return err
		}
		_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &arn})
		return err
	})
	q.flag(p, cmd)
	h.flags(cmd)
	return cmd
}
