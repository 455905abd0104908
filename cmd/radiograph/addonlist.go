package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) addonList() *cobra.Command {
	var a addonAPI
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the add-ons of the cluster",
		Example: "  radiograph addon list",
		Args:    noArgs,
	}
	cmd.RunE = a.inCluster(func(ctx context.Context, _ []string) error {
		found, err := a.addons(ctx)
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return writeJSON(p.out, wire(found, asOnTheWire))
		}
		rows := make([][]string, 0, len(found))
		for _, addon := range found {
			issue := ""
			if addon.Health != nil && len(addon.Health.Issues) > 0 {
				issue = string(addon.Health.Issues[0].Code)
			}
			rows = append(rows, []string{aws.ToString(addon.AddonName), aws.ToString(addon.AddonVersion), string(addon.Status), issue})
		}
		return p.table("There are no add-ons in cluster "+printable(a.cluster)+". What can be installed: radiograph addon versions", []string{"ADDON", "VERSION", "STATUS", "ISSUE"}, rows)
	})
	a.flags(p, cmd)
	return cmd
}

// addons returns the add-ons of the cluster, by name.
func (a *addonAPI) addons(ctx context.Context) ([]*types.Addon, error) {
	names, err := gather(ctx, eks.NewListAddonsPaginator(a.client, &eks.ListAddonsInput{ClusterName: &a.cluster}),
		func(p *eks.ListAddonsOutput) []string { return p.Addons })
	if err != nil {
		return nil, err
	}
	found := []*types.Addon{}
	for _, name := range names {
		one, err := a.client.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: &a.cluster, AddonName: &name})
		if hasCode(err, "ResourceNotFoundException") {
			continue // it has gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one.Addon)
	}
	return found, nil
}

// oneAddon takes exactly one argument, the name of an add-on.
func oneAddon(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "" {
		return nil
	}
	return &problem.Error{Kind: problem.Invalid, Message: cmd.CommandPath() + " takes the name of one add-on", Hint: "list them with: radiograph addon versions"}
}

func (p *program) addonDescribe() *cobra.Command {
	var a addonAPI
	cmd := &cobra.Command{
		Use:     "describe ADDON",
		Short:   "Show one add-on: version, status, what is wrong, configuration",
		Example: "  radiograph addon describe adot",
		Args:    oneAddon,
	}
	cmd.RunE = a.inCluster(func(ctx context.Context, args []string) error {
		out, err := a.client.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: &a.cluster, AddonName: &args[0]})
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return writeJSON(p.out, wire(out.Addon, asOnTheWire))
		}
		return p.printAddon(out.Addon, a.podIdentities(ctx, out.Addon.PodIdentityAssociations))
	})
	a.flags(p, cmd)
	return cmd
}

// podIdentities are the associations as SERVICEACCOUNT=ROLE, the form of --pod-identity.
// Those that cannot be read are shown by their ARNs.
func (a *addonAPI) podIdentities(ctx context.Context, arns []string) []string {
	out := make([]string, 0, len(arns))
	for _, arn := range arns {
		id := arn[strings.LastIndexByte(arn, '/')+1:]
		one, err := a.client.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: &a.cluster, AssociationId: &id})
		if err != nil || one.Association == nil {
			out = append(out, arn)
			continue
		}
		out = append(out, aws.ToString(one.Association.ServiceAccount)+"="+aws.ToString(one.Association.RoleArn))
	}
	slices.Sort(out)
	return out
}

func (p *program) printAddon(addon *types.Addon, identities []string) error {
	namespace := ""
	if addon.NamespaceConfig != nil {
		namespace = aws.ToString(addon.NamespaceConfig.Namespace)
	}
	err := p.fields([][2]string{
		{"Add-on", aws.ToString(addon.AddonName)},
		{"Cluster", aws.ToString(addon.ClusterName)},
		{"Version", aws.ToString(addon.AddonVersion)},
		{"Status", string(addon.Status)},
		{"Namespace", namespace},
		{"Role", aws.ToString(addon.ServiceAccountRoleArn)},
		{"Pod identities", strings.Join(identities, ", ")},
		{"Tags", pairs(addon.Tags)},
		{"Created", moment(addon.CreatedAt)},
		{"Changed", moment(addon.ModifiedAt)},
		{"ARN", aws.ToString(addon.AddonArn)},
	})
	if err != nil {
		return err
	}
	if addon.Health != nil && len(addon.Health.Issues) > 0 {
		p.printf("\nIssues:\n")
		for _, issue := range addon.Health.Issues {
			p.printf("  %s\n", issueText(string(issue.Code), aws.ToString(issue.Message), issue.ResourceIds))
		}
	}
	if values := strings.TrimSpace(aws.ToString(addon.ConfigurationValues)); values != "" {
		p.printf("\nConfiguration values:\n")
		for line := range strings.Lines(values) {
			p.printf("  %s\n", printable(strings.TrimRight(line, "\r\n")))
		}
	}
	return nil
}

// issueText is a health issue, or an error of an update, as a line.
func issueText(code, message string, resources []string) string {
	text := code + ": " + cmp.Or(message, "no more is known")
	resources = slices.DeleteFunc(slices.Clone(resources), func(r string) bool { return r == "" || strings.Contains(message, r) })
	if len(resources) > 0 {
		text += " (" + strings.Join(resources, ", ") + ")"
	}
	return printable(text)
}

// pairs are the entries of a map as KEY=VALUE.
func pairs(m map[string]string) string {
	out := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, key+"="+m[key])
	}
	return strings.Join(out, ", ")
}
