package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) roles() *cobra.Command {
	cmd := p.family("role", "Make, list and remove roles", "")
	cmd.AddCommand(p.roleCreate(), p.roleList(), p.roleShow(), p.roleTrust(), p.roleDelete())
	return cmd
}

// maxPolicy bounds the policies that are read; IAM takes less.
const maxPolicy = 1 << 20

// podsTrust lets pods with an association assume a role (EKS User Guide, "Create IAM role
// with trust policy required by EKS Pod Identity").
const podsTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`

// trustFlags say who may assume a role.
type trustFlags struct {
	file string
	pods bool
}

func (t *trustFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.file, "trust", "", "`FILE` with the trust policy, which says who may assume the role; - is standard input")
	cmd.Flags().BoolVar(&t.pods, "trust-pods", false, "instead: pods may, by EKS Pod Identity")
}

// policy returns the trust policy.
func (t *trustFlags) policy(cmd *cobra.Command) (string, error) {
	switch {
	case t.pods && t.file != "":
		return "", problem.New(problem.Invalid, "choose one of --trust and --trust-pods")
	case t.pods:
		return podsTrust, nil
	case t.file == "":
		return "", problem.New(problem.Invalid, "name a file with the trust policy with --trust, or use --trust-pods")
	}
	return readFile(cmd, t.file, "trust policy (--trust)", maxPolicy)
}

func (p *program) roleCreate() *cobra.Command {
	var q identityQuestion
	var trust trustFlags
	var description string
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a role with a trust policy from a file",
		Example: "  radiograph iam role create collector --trust trust.json\n  radiograph iam role create collector --trust-pods",
		Args:    oneName("role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := trust.policy(cmd)
			if err != nil {
				return err
			}
			return q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
				out, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &args[0], AssumeRolePolicyDocument: &text, Description: optional(description)})
				if err != nil {
					return err
				}
				return q.made(aws.ToString(out.Role.Arn), roleShape(out.Role))
			})(cmd, args)
		},
	}
	q.flags(p, cmd)
	trust.flags(cmd)
	cmd.Flags().StringVar(&description, "description", "", "what the role is for")
	return cmd
}

// roleShape is a role with its trust policy as JSON, which it is in no answer.
func roleShape(r *types.Role) any {
	shape, _ := wire(r, asNamed).(map[string]any)
	shape["AssumeRolePolicyDocument"] = document(aws.ToString(r.AssumeRolePolicyDocument))
	return shape
}

// document is a policy from an answer, where it is percent-encoded, as JSON; as text when
// it is none.
func document(encoded string) any {
	text, err := unescape(encoded)
	if err == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return encoded
}

func (p *program) roleList() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the roles",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		roles, err := gather(ctx, iam.NewListRolesPaginator(client, &iam.ListRolesInput{}),
			func(p *iam.ListRolesOutput) []types.Role { return p.Roles })
		if err != nil {
			return err
		}
		found, rows := []any{}, [][]string{}
		for i := range roles {
			r := &roles[i]
			found = append(found, roleShape(r))
			rows = append(rows, []string{aws.ToString(r.RoleName), date(r.CreateDate), aws.ToString(r.Arn)})
		}
		return q.list(found, "There are no roles.", []string{"ROLE", "CREATED", "ARN"}, rows)
	})
	q.flags(p, cmd)
	return cmd
}

func (p *program) roleShow() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a role: policies, and who may assume it",
		Args:  oneName("role"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		out, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &args[0]})
		if err != nil {
			return err
		}
		policies, err := (&holder{role: args[0]}).policies(ctx, client)
		if err != nil {
			return err
		}
		r := out.Role
		if q.output == asJSON {
			return writeJSON(p.out, map[string]any{"Role": roleShape(r), "Policies": policies})
		}
		used := "never"
		if r.RoleLastUsed != nil && r.RoleLastUsed.LastUsedDate != nil {
			used = moment(r.RoleLastUsed.LastUsedDate)
		}
		err = p.fields([][2]string{
			{"Role", aws.ToString(r.RoleName)},
			{"ARN", aws.ToString(r.Arn)},
			{"Description", aws.ToString(r.Description)},
			{"Id", aws.ToString(r.RoleId)},
			{"Created", moment(r.CreateDate)},
			{"Last assumed", used},
			{"Policies", policyNames(policies)},
		})
		if err != nil {
			return err
		}
		p.printf("\nTrust policy:\n")
		return writeJSON(p.out, document(aws.ToString(r.AssumeRolePolicyDocument)))
	})
	q.flags(p, cmd)
	return cmd
}

func (p *program) roleTrust() *cobra.Command {
	var q identityQuestion
	var trust trustFlags
	cmd := &cobra.Command{
		Use:     "trust NAME",
		Short:   "Change who may assume a role",
		Example: "  radiograph iam role trust collector --trust trust.json",
		Args:    oneName("role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := trust.policy(cmd)
			if err != nil {
				return err
			}
			return q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
				_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &args[0], PolicyDocument: &text})
				return err
			})(cmd, args)
		},
	}
	q.flag(p, cmd)
	trust.flags(cmd)
	return cmd
}

func (p *program) roleDelete() *cobra.Command {
	var q identityQuestion
	var force bool
	cmd := &cobra.Command{
		Use:     "delete NAME",
		Short:   "Remove a role; its sessions end",
		Long:    "Removes a role; its sessions end. One that has policies is removed with --force only.",
		Example: "  radiograph iam role delete collector --force",
		Args:    oneName("role"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		if force {
			if err := (&holder{role: args[0]}).strip(ctx, client); err != nil {
				return err
			}
		}
		_, err := client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &args[0]})
		return err
	})
	q.flag(p, cmd)
	forceFlag(cmd, &force, "take its policies away first")
	return cmd
}
