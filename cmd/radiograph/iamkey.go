package main

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"
)

func (p *program) keys() *cobra.Command {
	cmd := p.family("key", "Make, list and remove access keys of users", "")
	cmd.AddCommand(p.keyCreate(), p.keyList(), p.keySet(types.StatusTypeActive), p.keySet(types.StatusTypeInactive), p.keyDelete())
	return cmd
}

func (p *program) keyCreate() *cobra.Command {
	var q identityQuestion
	var user string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an access key and print it",
		Long: `Makes an access key of a user, by default of yourself, and prints it as a shell takes it.
The secret is shown this once.`,
		Example: "  radiograph iam key create --user ops",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		out, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: optional(user)})
		if err != nil {
			return err
		}
		if q.output == asJSON {
			return writeJSON(p.out, wire(out.AccessKey, asNamed))
		}
		p.printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", printable(aws.ToString(out.AccessKey.AccessKeyId)), printable(aws.ToString(out.AccessKey.SecretAccessKey)))
		return nil
	})
	q.flags(p, cmd)
	cmd.Flags().StringVar(&user, "user", "", "name of the user")
	return cmd
}

func keysOf(ctx context.Context, client *iam.Client, user string) ([]types.AccessKeyMetadata, error) {
	return gather(ctx, iam.NewListAccessKeysPaginator(client, &iam.ListAccessKeysInput{UserName: &user}),
		func(p *iam.ListAccessKeysOutput) []types.AccessKeyMetadata { return p.AccessKeyMetadata })
}

func (p *program) keyList() *cobra.Command {
	var q identityQuestion
	var user string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the access keys of all users, or of one",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		users := []types.User{{UserName: &user}}
		if user == "" {
			var err error
			if users, err = allUsers(ctx, client); err != nil {
				return err
			}
		}
		found := []types.AccessKeyMetadata{}
		var rows [][]string
		for _, u := range users {
			keys, err := keysOf(ctx, client, aws.ToString(u.UserName))
			if err != nil {
				return err
			}
			for _, k := range keys {
				used, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
				if err != nil {
					return err
				}
				found = append(found, k)
				rows = append(rows, []string{aws.ToString(k.UserName), aws.ToString(k.AccessKeyId), string(k.Status), date(k.CreateDate), lastUsed(used.AccessKeyLastUsed)})
			}
		}
		return q.list(found, "There are no keys.", []string{"USER", "KEY", "STATUS", "CREATED", "LAST USED"}, rows)
	})
	q.flags(p, cmd)
	cmd.Flags().StringVar(&user, "user", "", "name of the user")
	return cmd
}

func lastUsed(used *types.AccessKeyLastUsed) string {
	if used == nil || used.LastUsedDate == nil {
		return "never"
	}
	return used.LastUsedDate.Local().Format(time.DateOnly) + " by " + cmp.Or(aws.ToString(used.ServiceName), "?")
}

// owner is the user that has a key.
func owner(ctx context.Context, client *iam.Client, id string) (*string, error) {
	out, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
	if err != nil {
		return nil, err
	}
	return out.UserName, nil
}

// keySet is the command that makes a key work, or not work.
func (p *program) keySet(status types.StatusType) *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:   "enable KEY",
		Short: "Make a key that was disabled work again",
		Args:  oneArgument("the id of a key"),
	}
	if status == types.StatusTypeInactive {
		cmd.Use, cmd.Short = "disable KEY", "Make a key not work until it is enabled"
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		user, err := owner(ctx, client, args[0])
		if err != nil {
			return err
		}
		_, err = client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{AccessKeyId: &args[0], UserName: user, Status: status})
		return err
	})
	q.flag(p, cmd)
	return cmd
}

func (p *program) keyDelete() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:   "delete KEY",
		Short: "Remove a key; it stops working",
		Args:  oneArgument("the id of a key"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		user, err := owner(ctx, client, args[0])
		if err != nil {
			return err
		}
		_, err = client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: &args[0], UserName: user})
		return err
	})
	q.flag(p, cmd)
	return cmd
}
