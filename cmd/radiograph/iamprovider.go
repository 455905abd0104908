package main

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"
)

func (p *program) providers() *cobra.Command {
	cmd := p.family("provider", "Register issuers of tokens (OpenID Connect providers)",
		`An issuer that is registered can be trusted by roles: that of a cluster, for the tokens of
its service accounts. "radiograph irsa create" registers it and makes such a role.`)
	cmd.AddCommand(p.providerCreate(), p.providerList(), p.providerDelete())
	return cmd
}

func (p *program) providerCreate() *cobra.Command {
	var q identityQuestion
	var audiences []string
	cmd := &cobra.Command{
		Use:     "create URL",
		Short:   "Register an issuer, as its tokens have it in iss",
		Example: "  radiograph iam provider create https://kubernetes.default.svc.cluster.local",
		Args:    oneArgument("the URL of an issuer"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		out, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &args[0], ClientIDList: audiences})
		if err != nil {
			return err
		}
		return q.made(aws.ToString(out.OpenIDConnectProviderArn), out)
	})
	q.flags(p, cmd)
	cmd.Flags().StringArrayVar(&audiences, "audience", []string{"sts.amazonaws.com"}, "audience of tokens that are accepted; may be given several times")
	return cmd
}

func (p *program) providerList() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the issuers that are registered",
		Args:    noArgs,
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, _ []string) error {
		out, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
		if err != nil {
			return err
		}
		found, rows := []any{}, [][]string{}
		for _, entry := range out.OpenIDConnectProviderList {
			one, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: entry.Arn})
			if missing(err) {
				continue // it has gone meanwhile
			}
			if err != nil {
				return err
			}
			shape, _ := wire(one, asNamed).(map[string]any)
			shape["Arn"] = aws.ToString(entry.Arn)
			found = append(found, shape)
			rows = append(rows, []string{"https://" + aws.ToString(one.Url), joined(one.ClientIDList), date(one.CreateDate), aws.ToString(entry.Arn)})
		}
		return q.list(found, "No issuer is registered.", []string{"ISSUER", "AUDIENCES", "CREATED", "ARN"}, rows)
	})
	q.flags(p, cmd)
	return cmd
}

func (p *program) providerDelete() *cobra.Command {
	var q identityQuestion
	cmd := &cobra.Command{
		Use:   "delete URL",
		Short: "Remove an issuer, by its URL or ARN; its tokens are accepted no more",
		Args:  oneArgument("the URL of an issuer"),
	}
	cmd.RunE = q.run(func(ctx context.Context, client *iam.Client, args []string) error {
		arn := args[0]
		if !strings.HasPrefix(arn, "arn:") {
			_, asker, err := q.identities()
			if err != nil {
				return err
			}
			who, err := asker.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			if err != nil {
				return err
			}
			arn = providerARN(aws.ToString(who.Account), arn)
		}
		_, err := client.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
		return err
	})
	q.flag(p, cmd)
	return cmd
}

// providerARN is the ARN of the provider for an issuer.
func providerARN(account, issuer string) string {
	return "arn:aws:iam::" + account + ":oidc-provider/" + strings.TrimPrefix(issuer, "https://")
}
