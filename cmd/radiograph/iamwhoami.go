package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"
)

func (p *program) whoami() *cobra.Command {
	var e endpoint
	var form output
	cmd := &cobra.Command{
		Use:     "whoami",
		Short:   "Show whom the service takes you for",
		Example: "  radiograph iam whoami",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, client, err := e.identities()
			if err != nil {
				return err
			}
			who, err := client.GetCallerIdentity(cmd.Context(), &sts.GetCallerIdentityInput{})
			if err != nil {
				return e.classifyIdentity(err)
			}
			if form == asJSON {
				return writeJSON(p.out, wire(who, asNamed))
			}
			return p.fields([][2]string{{"ARN", aws.ToString(who.Arn)}, {"Account", aws.ToString(who.Account)}, {"Id", aws.ToString(who.UserId)}})
		},
	}
	e.flag(p, cmd)
	form.flag(cmd)
	return cmd
}
