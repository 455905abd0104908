package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/config"
	directory "github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

func (p *program) iam() *cobra.Command {
	cmd := p.family("iam", "Keys, roles and policies",
		`The first key is made by "iam bootstrap"; it may do everything. The other commands ask
a running service and sign with the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"aws iam" can do the same and more.`)
	cmd.AddCommand(p.bootstrap(), p.roles(), p.policies())
	return cmd
}

// family is a command that has only others below it.
func (p *program) family(name, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Long: long,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return problem.New(problem.Invalid, "unknown command %q%s", args[0], didYouMean(cmd, args[0]))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// bootstrapFlags are the keys that say where the identities are.
var bootstrapFlags = []string{"data", "account-id", "master-key-file"}

func (p *program) bootstrap() *cobra.Command {
	keys := config.Default()
	keys.Data = p.dataDir()
	var file string
	var anew, once bool
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Make the first administrator's key",
		Long: `Makes the user "administrator", which may do everything, and prints an access key of it.
The secret is shown this once. The service must not be running; use the configuration
that it has. When the administrator has a key already, nothing is done.`,
		Example: "  radiograph iam bootstrap\n  radiograph iam bootstrap --config /etc/radiograph.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.bootstrapConfig(cmd, file)
			if err != nil {
				return err
			}
			err = p.makeAdministrator(cmd.Context(), cfg, anew)
			if once && problem.KindOf(err) == problem.Exists {
				return nil
			}
			return err
		},
	}
	bindKeys(cmd.Flags(), &keys, bootstrapFlags)
	configFlag(cmd.Flags(), &file)
	cmd.Flags().BoolVar(&anew, "force-new", false, "replace the administrator's keys")
	cmd.Flags().BoolVar(&once, "once", false, "do nothing, without an error, when there is a key already")
	return cmd
}

func (p *program) bootstrapConfig(cmd *cobra.Command, file string) (config.Config, error) {
	flags := given(cmd.Flags())
	delete(flags, "force-new")
	delete(flags, "once")
	base, src := config.Default(), config.Source{Env: p.env, Flags: flags}
	if file == "" {
		base.Data = p.dataDir()
	} else {
		delete(flags, "config")
		text, err := os.ReadFile(file)
		if err != nil {
			return config.Config{}, &problem.Error{Kind: problem.NotFound, Message: "configuration", Err: err}
		}
		src.File, src.YAML = file, text
	}
	l, err := config.Load(base, src)
	if err != nil {
		return config.Config{}, err
	}
	return l.Config, nil
}

func (p *program) makeAdministrator(ctx context.Context, cfg config.Config, anew bool) (err error) {
	d, err := server.OpenDirectory(cfg, directory.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	key, secret, err := d.Bootstrap(ctx, anew)
	if errors.Is(err, directory.ErrBootstrapped) {
		return &problem.Error{Kind: problem.Exists, Message: "the administrator has a key already", Hint: "--force-new replaces it: the old key stops working"}
	}
	if err != nil {
		return err
	}
	p.printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key.ID, secret)
	return nil
}

func (p *program) roles() *cobra.Command {
	cmd := p.family("role", "Make, list and remove roles", "")
	cmd.AddCommand(p.roleCreate(), p.roleList(), p.roleDelete())
	return cmd
}

// oneName takes exactly one argument, the name of something.
func oneName(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return problem.New(problem.Invalid, "%s takes the name of a %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func (p *program) roleCreate() *cobra.Command {
	var e endpoint
	var trust, description string
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a role with a trust policy from a file",
		Example: "  radiograph iam role create collector --trust trust.json",
		Args:    oneName("role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(trust)
			if err != nil {
				return &problem.Error{Kind: problem.NotFound, Message: "trust policy (--trust)", Err: err}
			}
			client, _, err := e.identities()
			if err != nil {
				return err
			}
			in := &iam.CreateRoleInput{RoleName: &args[0], AssumeRolePolicyDocument: aws.String(string(text))}
			if description != "" {
				in.Description = &description
			}
			out, err := client.CreateRole(cmd.Context(), in)
			if err != nil {
				return e.classifyIdentity(err)
			}
			p.printf("%s\n", printable(aws.ToString(out.Role.Arn)))
			return nil
		},
	}
	e.flag(p, cmd)
	cmd.Flags().StringVar(&trust, "trust", "", "file with the trust policy: who may assume the role")
	cmd.Flags().StringVar(&description, "description", "", "what the role is for")
	return cmd
}

func (p *program) roleList() *cobra.Command {
	var e endpoint
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the roles",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, _, err := e.identities()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{})
			for pages.HasMorePages() {
				page, err := pages.NextPage(cmd.Context())
				if err != nil {
					return e.classifyIdentity(err)
				}
				for _, r := range page.Roles {
					fmt.Fprintf(w, "%s\t%s\t%s\n", printable(aws.ToString(r.RoleName)), aws.ToTime(r.CreateDate).Format(time.DateOnly), printable(aws.ToString(r.Arn)))
				}
			}
			return w.Flush()
		},
	}
	e.flag(p, cmd)
	return cmd
}

func (p *program) roleDelete() *cobra.Command {
	var e endpoint
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Remove a role; its sessions end",
		Args:  oneName("role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, _, err := e.identities()
			if err != nil {
				return err
			}
			_, err = client.DeleteRole(cmd.Context(), &iam.DeleteRoleInput{RoleName: &args[0]})
			return e.classifyIdentity(err)
		},
	}
	e.flag(p, cmd)
	return cmd
}

func (p *program) policies() *cobra.Command {
	cmd := p.family("policy", "List policies, attach them to roles", "")
	cmd.AddCommand(p.policyAttach(true), p.policyAttach(false), p.policyList())
	return cmd
}

// policyAttach is the command that attaches a policy to a role, or detaches it.
func (p *program) policyAttach(attach bool) *cobra.Command {
	var e endpoint
	var role string
	cmd := &cobra.Command{
		Use:     "attach POLICY",
		Short:   "Attach a policy, by name or ARN, to a role",
		Example: "  radiograph iam policy attach AWSXRayDaemonWriteAccess --role collector",
		Args:    oneName("policy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if role == "" {
				return problem.New(problem.Invalid, "name a role with --role")
			}
			client, _, err := e.identities()
			if err != nil {
				return err
			}
			arn, err := e.policyARN(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			if attach {
				_, err = client.AttachRolePolicy(cmd.Context(), &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
			} else {
				_, err = client.DetachRolePolicy(cmd.Context(), &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
			}
			return e.classifyIdentity(err)
		},
	}
	if !attach {
		cmd.Use, cmd.Short = "detach POLICY", "Take a policy, by name or ARN, from a role"
		cmd.Example = strings.Replace(cmd.Example, "attach", "detach", 1)
	}
	e.flag(p, cmd)
	cmd.Flags().StringVar(&role, "role", "", "name of the role")
	return cmd
}

// policyARN returns the ARN of a policy that is named by it or by its name.
func (e *endpoint) policyARN(ctx context.Context, client *iam.Client, name string) (string, error) {
	if strings.HasPrefix(name, "arn:") {
		return name, nil
	}
	pages := iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", e.classifyIdentity(err)
		}
		for _, found := range page.Policies {
			if aws.ToString(found.PolicyName) == name {
				return aws.ToString(found.Arn), nil
			}
		}
	}
	return "", &problem.Error{Kind: problem.NotFound, Message: "there is no policy " + name, Hint: "list them with: radiograph iam policy list"}
}

func (p *program) policyList() *cobra.Command {
	var e endpoint
	var role string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the policies, or those of a role",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, _, err := e.identities()
			if err != nil {
				return err
			}
			arns, err := policyARNs(cmd.Context(), client, role)
			if err != nil {
				return e.classifyIdentity(err)
			}
			for _, arn := range arns {
				p.printf("%s\n", printable(arn))
			}
			return nil
		},
	}
	e.flag(p, cmd)
	cmd.Flags().StringVar(&role, "role", "", "only what is attached to this role")
	return cmd
}

func policyARNs(ctx context.Context, client *iam.Client, role string) (arns []string, err error) {
	if role != "" {
		pages := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, a := range page.AttachedPolicies {
				arns = append(arns, aws.ToString(a.PolicyArn))
			}
		}
		return arns, nil
	}
	pages := iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, found := range page.Policies {
			arns = append(arns, aws.ToString(found.Arn))
		}
	}
	return arns, nil
}
