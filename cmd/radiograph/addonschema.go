package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/internal/jsonschema"
	"github.com/radiograph/radiograph/problem"
)

func (p *program) addonSchema() *cobra.Command {
	var a addonAPI
	var version string
	cmd := &cobra.Command{
		Use:   "schema ADDON",
		Short: "Show the configuration values that an add-on takes",
		Long: `Lists the configuration values that a version of an add-on takes, and the service accounts
that can be given roles with --pod-identity. Without --version it is the version that is
installed, else the one that would be. With --output json it is the JSON schema.`,
		Example: "  radiograph addon schema adot\n  radiograph addon schema adot --version v0.151.0-eksbuild.2 --output json",
		Args:    oneAddon,
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) (err error) {
		if version == "" {
			if version, err = a.currentVersion(ctx, args[0]); err != nil {
				return err
			}
		}
		out, err := a.client.DescribeAddonConfiguration(ctx, &eks.DescribeAddonConfigurationInput{AddonName: &args[0], AddonVersion: &version})
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return p.printSchemaText(aws.ToString(out.ConfigurationSchema))
		}
		return p.printSchema(args[0], version, aws.ToString(out.ConfigurationSchema), out.PodIdentityConfiguration)
	})
	a.flags(p, cmd)
	cmd.Flags().StringVar(&version, "version", "", "version of the add-on")
	return cmd
}

// printSchemaText prints the schema as it is, indented.
func (p *program) printSchemaText(text string) error {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return &problem.Error{Kind: problem.Internal, Message: "the schema is not JSON", Err: err}
	}
	p.printf("%s\n", bytes.TrimSpace(b.Bytes()))
	return nil
}

func (p *program) printSchema(name, version, text string, accounts []types.AddonPodIdentityConfiguration) error {
	values, err := jsonschema.Values([]byte(text))
	if err != nil {
		return &problem.Error{Kind: problem.Internal, Message: "the schema", Err: err}
	}
	p.printf("%s %s\n\n", printable(name), printable(version))
	rows := make([][]string, 0, len(values))
	for _, v := range values {
		rows = append(rows, []string{v.Key, v.Type, v.Default})
	}
	if err := p.table("It takes no configuration values.", []string{"VALUE", "TYPE", "DEFAULT"}, rows); err != nil {
		return err
	}
	if len(accounts) == 0 {
		return nil
	}
	rows = rows[:0]
	for _, account := range accounts {
		rows = append(rows, []string{aws.ToString(account.ServiceAccount), strings.Join(account.RecommendedManagedPolicies, ", ")})
	}
	p.printf("\n")
	return p.table("", []string{"SERVICE ACCOUNT", "RECOMMENDED POLICIES"}, rows)
}
