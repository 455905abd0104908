package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"
)

func (p *program) users() *cobra.Command {
	cmd := p.family("user", "Make, list and remove users", "")
	cmd.AddCommand(p.userCreate(), p.userList(), p.userShow(), p.userDelete())
	return cmd
}

func (p *program) userCreate() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a user; keys and policies are given apart",
		Example: "  radiograph iam user create ops\n  radiograph iam policy attach AdministratorAccess --user ops\n  radiograph iam key create --user ops",
		Args:    oneName("user"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		out, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: &args[0]})
		if err != nil {
			return err
		}
		return q.made(aws.ToString(out.User.Arn), out.User)
	})
	q.flags(p, cmd)
	return cmd
}

// allUsers returns the users by name.
func allUsers(ctx context.Context, client *iam.Client) ([]types.User, error) {
	return gather(ctx, iam.NewListUsersPaginator(client, &iam.ListUsersInput{}),
		func(p *iam.ListUsersOutput) []types.User { return p.Users })
}

func (p *program) userList() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the users",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		found, err := allUsers(ctx, client)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, u := range found {
			rows = append(rows, []string{aws.ToString(u.UserName), date(u.CreateDate), aws.ToString(u.Arn)})
		}
		return q.list(found, "There are no users.", []string{"USER", "CREATED", "ARN"}, rows)
	})
	q.flags(p, cmd)
	return cmd
}

func (p *program) userShow() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a user, its policies and keys",
		Args:  oneName("user"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		out, err := client.GetUser(ctx, &iam.GetUserInput{UserName: &args[0]})
		if err != nil {
			return err
		}
		policies, err := (&holder{user: args[0]}).policies(ctx, client)
		if err != nil {
			return err
		}
		keys, err := keysOf(ctx, client, args[0])
		if err != nil {
			return err
		}
		if q.output == asJSON {
			return writeJSON(p.out, map[string]any{"User": wire(out.User, asNamed), "Policies": policies, "AccessKeys": wire(keys, asNamed)})
		}
		var ids []string
		for _, k := range keys {
			ids = append(ids, aws.ToString(k.AccessKeyId)+" ("+string(k.Status)+")")
		}
		u := out.User
		return p.fields([][2]string{
			{"User", aws.ToString(u.UserName)},
			{"ARN", aws.ToString(u.Arn)},
			{"Id", aws.ToString(u.UserId)},
			{"Created", moment(u.CreateDate)},
			{"Policies", policyNames(policies)},
			{"Keys", joined(ids)},
		})
	})
	q.flags(p, cmd)
	return cmd
}

func (p *program) userDelete() *cobra.Command {
	var q identityQuestion
	var force bool
	cmd := &cobra.Command{
		Use:     "delete NAME",
		Short:   "Remove a user",
		Long:    "Removes a user. One that has keys or policies is removed with --force only.",
		Example: "  radiograph iam user delete ops --force",
		Args:    oneName("user"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		if force {
			if err := (&holder{user: args[0]}).strip(ctx, client); err != nil {
				return err
			}
			keys, err := keysOf(ctx, client, args[0])
			if err != nil {
				return err
			}
			for _, k := range keys {
				if _, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &args[0], AccessKeyId: k.AccessKeyId}); err != nil {
					return err
				}
			}
		}
		_, err := client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &args[0]})
		return err
	})
	q.flag(p, cmd)
	forceFlag(cmd, &force, "take its keys and policies away first")
	return cmd
}
