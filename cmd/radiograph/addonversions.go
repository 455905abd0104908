package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) addonVersions() *cobra.Command {
	var a addonAPI
	var kubernetes string
	cmd := &cobra.Command{
		Use:   "versions [ADDON]",
		Short: "List what can be installed, or the versions of one add-on",
		Long: `Lists the add-ons that can be installed, or the versions of one, newest first, with
the versions of Kubernetes that they are for. DEFAULT FOR are the versions of Kubernetes
where it is installed when no version is named.`,
		Example: "  radiograph addon versions\n  radiograph addon versions adot --kubernetes-version 1.34",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneAddon(cmd, args)
		},
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		in := &eks.DescribeAddonVersionsInput{}
		if len(args) > 0 {
			in.AddonName = &args[0]
		}
		if kubernetes != "" {
			in.KubernetesVersion = &kubernetes
		}
		found, err := a.available(ctx, in)
		if err != nil {
			return err
		}
		switch {
		case a.output == asJSON:
			return writeJSON(p.out, wire(found, asOnTheWire))
		case len(args) == 0:
			return p.printAvailable(found)
		}
		return p.printVersions(args[0], found)
	})
	a.endpointFlag(p, cmd)
	a.output.flag(cmd)
	cmd.Flags().StringVar(&kubernetes, "kubernetes-version", "", "only what can be installed on this version of Kubernetes, such as 1.34")
	return cmd
}

// available returns what can be installed.
func (a *addonAPI) available(ctx context.Context, in *eks.DescribeAddonVersionsInput) ([]types.AddonInfo, error) {
	return gather(ctx, eks.NewDescribeAddonVersionsPaginator(a.client, in),
		func(p *eks.DescribeAddonVersionsOutput) []types.AddonInfo { return p.Addons })
}

func (p *program) printAvailable(found []types.AddonInfo) error {
	var rows [][]string
	for _, info := range found {
		newest := ""
		if len(info.AddonVersions) > 0 {
			newest = aws.ToString(info.AddonVersions[0].AddonVersion)
		}
		rows = append(rows, []string{
			aws.ToString(info.AddonName), aws.ToString(info.Type), newest, strconv.Itoa(len(info.AddonVersions)), aws.ToString(info.DefaultNamespace),
		})
	}
	return p.table("There is nothing to install.", []string{"ADDON", "TYPE", "NEWEST", "VERSIONS", "NAMESPACE"}, rows)
}

func (p *program) printVersions(name string, found []types.AddonInfo) error {
	var rows [][]string
	for _, info := range found {
		for _, v := range info.AddonVersions {
			var all, defaults []string
			for _, c := range v.Compatibilities {
				all = append(all, aws.ToString(c.ClusterVersion))
				if c.DefaultVersion {
					defaults = append(defaults, aws.ToString(c.ClusterVersion))
				}
			}
			rows = append(rows, []string{aws.ToString(v.AddonVersion), minors(all), minors(defaults), strings.Join(v.Architecture, ", ")})
		}
	}
	return p.table("There is no such version of "+printable(name)+".", []string{"VERSION", "KUBERNETES", "DEFAULT FOR", "ARCHITECTURE"}, rows)
}

// minors writes versions such as 1.34 as ranges where they follow each other.
func minors(versions []string) string {
	numbers := make([]int, 0, len(versions))
	for _, v := range versions {
		minor, ok := strings.CutPrefix(v, "1.")
		n, err := strconv.Atoi(minor)
		if !ok || err != nil {
			return strings.Join(versions, ", ")
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var out []string
	for first := 0; first < len(numbers); {
		last := first
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if first == last {
			out = append(out, fmt.Sprintf("1.%d", numbers[first]))
		} else {
			out = append(out, fmt.Sprintf("1.%d–1.%d", numbers[first], numbers[last]))
		}
		first = last + 1
	}
	return strings.Join(out, ", ")
}

// currentVersion is the version of an add-on in the cluster; of one that is not
// installed, the one that would be.
func (a *addonAPI) currentVersion(ctx context.Context, name string) (string, error) {
	if err := a.findCluster(ctx); err != nil {
		return "", err
	}
	one, err := a.client.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: &a.cluster, AddonName: &name})
	if err == nil {
		return aws.ToString(one.Addon.AddonVersion), nil
	}
	if !hasCode(err, "ResourceNotFoundException") {
		return "", err
	}
	cluster, err := a.client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &a.cluster})
	if err != nil {
		return "", err
	}
	kubernetes := aws.ToString(cluster.Cluster.Version)
	found, err := a.available(ctx, &eks.DescribeAddonVersionsInput{AddonName: &name, KubernetesVersion: &kubernetes})
	if err != nil {
		return "", err
	}
	for _, info := range found {
		for _, v := range info.AddonVersions {
			if slices.ContainsFunc(v.Compatibilities, func(c types.Compatibility) bool { return c.DefaultVersion }) {
				return aws.ToString(v.AddonVersion), nil
			}
		}
	}
	return "", &problem.Error{
		Kind: problem.NotFound, Message: fmt.Sprintf("add-on %s has no default version for Kubernetes %s", name, printable(kubernetes)),
		Hint: "choose one with --version; list them with: radiograph addon versions " + name,
	}
}
