package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) podIdentity() *cobra.Command {
	cmd := p.family("pod-identity", "Roles for pods by EKS Pod Identity",
		`An association gives the pods of a service account a role, without an issuer and without
an annotation. The cluster needs the add-on eks-pod-identity-agent, the role a trust policy
for pods ("radiograph iam role create NAME --trust-pods"). Associations of an add-on are
changed by "radiograph addon update --pod-identity".`)
	cmd.AddCommand(p.associationCreate(), p.associationList(), p.associationDelete())
	return cmd
}

// serviceAccountFlags name a service account.
type serviceAccountFlags struct{ namespace, name string }

func (s *serviceAccountFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.namespace, "namespace", "n", "", "namespace of the service account")
	cmd.Flags().StringVar(&s.name, "service-account", "", "name of the service account")
}

func (s *serviceAccountFlags) check() error {
	if s.namespace == "" || s.name == "" {
		return problem.New(problem.Invalid, "name a service account with --namespace and --service-account")
	}
	return nil
}

func (p *program) associationCreate() *cobra.Command {
	var a addonAPI
	var account serviceAccountFlags
	var role string
	cmd := &cobra.Command{
		Use:     "create",
		Short:   "Give a service account a role",
		Example: "  radiograph pod-identity create --namespace shop --service-account pay --role-arn arn:aws:iam::000000000000:role/pay",
		Args:    noArgs,
	}
	cmd.RunE = a.inCluster(func(ctx context.Context, _ []string) error {
		if err := account.check(); err != nil {
			return err
		}
		if role == "" {
			return problem.New(problem.Invalid, "name a role with --role-arn")
		}
		out, err := a.client.CreatePodIdentityAssociation(ctx, &eks.CreatePodIdentityAssociationInput{
			ClusterName: &a.cluster, Namespace: &account.namespace, ServiceAccount: &account.name, RoleArn: &role,
		})
		if hasCode(err, "ResourceInUseException") {
			return a.inUse(err, "take it away first: radiograph pod-identity delete --namespace "+account.namespace+" --service-account "+account.name)
		}
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return writeJSON(p.out, wire(out.Association, asOnTheWire))
		}
		p.printf("%s\n", printable(aws.ToString(out.Association.AssociationId)))
		return nil
	})
	a.flags(p, cmd)
	account.flags(cmd)
	cmd.Flags().StringVar(&role, "role-arn", "", "ARN of the role")
	return cmd
}

// associations returns the associations of the cluster, of one namespace or service
// account if they are named.
func (a *addonAPI) associations(ctx context.Context, account serviceAccountFlags) ([]*types.PodIdentityAssociation, error) {
	in := &eks.ListPodIdentityAssociationsInput{ClusterName: &a.cluster, Namespace: optional(account.namespace), ServiceAccount: optional(account.name)}
	summaries, err := gather(ctx, eks.NewListPodIdentityAssociationsPaginator(a.client, in),
		func(p *eks.ListPodIdentityAssociationsOutput) []types.PodIdentityAssociationSummary {
			return p.Associations
		})
	if err != nil {
		return nil, err
	}
	found := []*types.PodIdentityAssociation{}
	for _, summary := range summaries {
		one, err := a.client.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: &a.cluster, AssociationId: summary.AssociationId})
		if hasCode(err, "ResourceNotFoundException") {
			continue // it has gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one.Association)
	}
	return found, nil
}

func (p *program) associationList() *cobra.Command {
	var a addonAPI
	var account serviceAccountFlags
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the service accounts that have roles",
		Args:    noArgs,
	}
	cmd.RunE = a.inCluster(func(ctx context.Context, _ []string) error {
		found, err := a.associations(ctx, account)
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return writeJSON(p.out, wire(found, asOnTheWire))
		}
		var rows [][]string
		for _, s := range found {
			rows = append(rows, []string{aws.ToString(s.Namespace), aws.ToString(s.ServiceAccount), aws.ToString(s.RoleArn), aws.ToString(s.AssociationId)})
		}
		return p.table("No service account has a role by EKS Pod Identity.", []string{"NAMESPACE", "SERVICE ACCOUNT", "ROLE", "ASSOCIATION"}, rows)
	})
	a.flags(p, cmd)
	account.flags(cmd)
	return cmd
}

func (p *program) associationDelete() *cobra.Command {
	var a addonAPI
	var account serviceAccountFlags
	cmd := &cobra.Command{
		Use:     "delete",
		Short:   "Take the role of a service account away",
		Example: "  radiograph pod-identity delete --namespace shop --service-account pay",
		Args:    noArgs,
	}
	cmd.RunE = a.inCluster(func(ctx context.Context, _ []string) error {
		if err := account.check(); err != nil {
			return err
		}
		found, err := a.associations(ctx, account)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return problem.New(problem.NotFound, "service account %s in namespace %s has no role by EKS Pod Identity", account.name, account.namespace)
		}
		_, err = a.client.DeletePodIdentityAssociation(ctx, &eks.DeletePodIdentityAssociationInput{ClusterName: &a.cluster, AssociationId: found[0].AssociationId})
		return err
	})
	a.endpointFlag(p, cmd)
	a.clusterFlag(p, cmd)
	account.flags(cmd)
	return cmd
}
