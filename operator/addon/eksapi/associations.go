package eksapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// Limits of associations, from the quotas and the API reference of EKS and the naming of
// Kubernetes.
const (
	maxAssociations = 5000
	maxPolicy       = 2048
	maxObjectName   = 253
)

// createAssociationInput is the body of CreatePodIdentityAssociation.
type createAssociationInput struct {
	Namespace          string            `json:"namespace"`
	ServiceAccount     string            `json:"serviceAccount"`
	RoleArn            string            `json:"roleArn"`
	Tags               map[string]string `json:"tags"`
	DisableSessionTags bool              `json:"disableSessionTags"`
	TargetRoleArn      string            `json:"targetRoleArn"`
	Policy             string            `json:"policy"`
}

func (a *API) createAssociation(ctx context.Context, r *request) (any, error) {
	var in createAssociationInput
	var token tokenInput
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if err := r.decode(&token); err != nil {
		return nil, err
	}
	record, err := a.record(r, v1alpha1.OperationCreate, token.ClientRequestToken, in)
	if err != nil {
		return nil, err
	}
	made, err := a.newAssociation(&in)
	if err != nil {
		return nil, err
	}
	made.Spec.Requests = []v1alpha1.Request{record}
	all, err := a.associations(ctx)
	if err != nil {
		return nil, err
	}
	exists := slices.ContainsFunc(all, func(have v1alpha1.PodIdentityAssociation) bool { return have.Name == made.Name })
	if len(all) >= maxAssociations && !exists {
		return nil, fail(limitExceeded, "The cluster has %d pod identity associations, which is the limit.", maxAssociations)
	}
	err = a.Client.Create(ctx, made)
	if apierrors.IsAlreadyExists(err) {
		return a.associatedBefore(ctx, made.Name, record)
	}
	if err != nil {
		return nil, fmt.Errorf("create pod identity association %s: %w", made.Name, err)
	}
	return a.associationAnswer(made), nil
}

// associatedBefore answers the creation of an association that exists: if the same request made
// it, as that was answered.
func (a *API) associatedBefore(ctx context.Context, name string, now v1alpha1.Request) (any, error) {
	var have v1alpha1.PodIdentityAssociation
	if err := a.Client.Get(ctx, client.ObjectKey{Name: name}, &have); err != nil {
		return nil, fmt.Errorf("read pod identity association %s: %w", name, err)
	}
	before, err := replayed(have.Spec.Requests, now)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, fail(resourceInUse, "Association already exists: %s", have.ID())
	}
	return a.associationAnswer(&have), nil
}

// newAssociation makes the object of an association.
func (a *API) newAssociation(in *createAssociationInput) (*v1alpha1.PodIdentityAssociation, error) {
	if err := checkNamespace(in.Namespace); err != nil {
		return nil, err
	}
	if err := checkServiceAccount(in.ServiceAccount); err != nil {
		return nil, err
	}
	name := v1alpha1.AssociationName(in.Namespace, in.ServiceAccount)
	if len(name) > maxObjectName {
		return nil, fail(invalidParameter, "The names of the namespace and the service account have more than %d characters together.", maxObjectName-1)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	made := &v1alpha1.PodIdentityAssociation{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.PodIdentityAssociationSpec{
			Namespace: in.Namespace, ServiceAccount: in.ServiceAccount, RoleARN: in.RoleArn, TargetRoleARN: in.TargetRoleArn,
			Policy: in.Policy, DisableSessionTags: in.DisableSessionTags, Tags: in.Tags,
		},
	}
	return made, a.completeAssociation(&made.Spec)
}

// completeAssociation checks the roles and the policy of an association. One with a target role
// gets an external id.
func (a *API) completeAssociation(spec *v1alpha1.PodIdentityAssociationSpec) error {
	if err := a.checkRole("roleArn", spec.RoleARN); err != nil {
		return err
	}
	if spec.TargetRoleARN != "" {
		if err := a.Cluster.CheckTargetRole(spec.TargetRoleARN); err != nil {
			return fail(invalidParameter, "targetRoleArn: %s.", err)
		}
		if spec.ExternalID == "" {
			spec.ExternalID = strings.Join([]string{
				a.Cluster.Region, a.Cluster.Account, a.Cluster.Name, spec.Namespace, spec.ServiceAccount, uuid.NewString(),
			}, "/")
		}
	} else {
		spec.ExternalID = ""
	}
	if spec.Policy == "" {
		return nil
	}
	switch {
	case len(spec.Policy) > maxPolicy:
		return fail(invalidParameter, "The policy has more than %d characters.", maxPolicy)
	case !json.Valid([]byte(spec.Policy)):
		return fail(invalidParameter, "The policy is not JSON.")
	case !spec.DisableSessionTags:
		return fail(invalidParameter, "disableSessionTags must be true when there is a policy.")
	}
	return nil
}

// updateAssociationInput is the body of UpdatePodIdentityAssociation. What is not there stays as
// it is; an empty text removes.
type updateAssociationInput struct {
	RoleArn            *string `json:"roleArn"`
	DisableSessionTags *bool   `json:"disableSessionTags"`
	TargetRoleArn      *string `json:"targetRoleArn"`
	Policy             *string `json:"policy"`
}

func (a *API) updateAssociation(ctx context.Context, r *request) (any, error) {
	var in updateAssociationInput
	var token tokenInput
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if err := r.decode(&token); err != nil {
		return nil, err
	}
	record, err := a.record(r, v1alpha1.OperationUpdate, token.ClientRequestToken, in)
	if err != nil {
		return nil, err
	}
	var have *v1alpha1.PodIdentityAssociation
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() (err error) {
		if have, err = a.getAssociation(ctx, r.labels[labelAssociation]); err != nil {
			return err
		}
		if before, err := replayed(have.Spec.Requests, record); err != nil || before != nil {
			return err
		}
		if err := a.checkOwner(ctx, have); err != nil {
			return err
		}
		set(&have.Spec.RoleARN, in.RoleArn)
		set(&have.Spec.DisableSessionTags, in.DisableSessionTags)
		set(&have.Spec.TargetRoleARN, in.TargetRoleArn)
		set(&have.Spec.Policy, in.Policy)
		if err := a.completeAssociation(&have.Spec); err != nil {
			return err
		}
		have.Spec.Requests = remember(have.Spec.Requests, record)
		if err := a.Client.Update(ctx, have); err != nil {
			return fmt.Errorf("update pod identity association %s: %w", have.Name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.associationAnswer(have), nil
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// checkOwner refuses what would change an association of an add-on: the add-on says what it is,
// and is what is to be updated. One that an add-on left behind is nobody's.
func (a *API) checkOwner(ctx context.Context, have *v1alpha1.PodIdentityAssociation) error {
	if have.Spec.Owner == nil {
		return nil
	}
	addon, err := a.findAddon(ctx, have.Spec.Owner.AddonName)
	if err != nil || addon == nil {
		return err
	}
	return fail(invalidRequest, "The association belongs to the addon %s. Update the addon instead.", addon.Name)
}

func (a *API) deleteAssociation(ctx context.Context, r *request) (any, error) {
	have, err := a.getAssociation(ctx, r.labels[labelAssociation])
	if err != nil {
		return nil, err
	}
	if err := a.checkOwner(ctx, have); err != nil {
		return nil, err
	}
	err = a.Client.Delete(ctx, have, client.Preconditions{UID: &have.UID})
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("delete pod identity association %s: %w", have.Name, err)
	}
	return a.associationAnswer(have), nil
}

func (a *API) describeAssociation(ctx context.Context, r *request) (any, error) {
	have, err := a.getAssociation(ctx, r.labels[labelAssociation])
	if err != nil {
		return nil, err
	}
	return a.associationAnswer(have), nil
}

func (a *API) listAssociations(ctx context.Context, r *request) (any, error) {
	namespace, err := r.one("namespace")
	if err != nil {
		return nil, err
	}
	account, err := r.one("serviceAccount")
	if err != nil {
		return nil, err
	}
	all, err := a.associations(ctx)
	if err != nil {
		return nil, err
	}
	summaries := []associationSummaryShape{}
	for i := range all {
		spec := &all[i].Spec
		if namespace != "" && namespace != spec.Namespace || account != "" && account != spec.ServiceAccount {
			continue
		}
		shape := a.associationShape(&all[i])
		summaries = append(summaries, associationSummaryShape{
			ClusterName: shape.ClusterName, Namespace: shape.Namespace, ServiceAccount: shape.ServiceAccount,
			AssociationArn: shape.AssociationArn, AssociationID: shape.AssociationID, OwnerArn: shape.OwnerArn,
		})
	}
	summaries, next, err := page(r, summaries, compareText, func(s associationSummaryShape) string {
		return v1alpha1.AssociationName(s.Namespace, s.ServiceAccount)
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Associations []associationSummaryShape `json:"associations"`
		NextToken    string                    `json:"nextToken,omitempty"`
	}{summaries, next}, nil
}

// associations returns all of the cluster, ordered by name.
func (a *API) associations(ctx context.Context) ([]v1alpha1.PodIdentityAssociation, error) {
	var list v1alpha1.PodIdentityAssociationList
	if err := a.Client.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list pod identity associations: %w", err)
	}
	slices.SortFunc(list.Items, func(x, y v1alpha1.PodIdentityAssociation) int { return strings.Compare(x.Name, y.Name) })
	return list.Items, nil
}

// getAssociation returns the association of an id.
func (a *API) getAssociation(ctx context.Context, id string) (*v1alpha1.PodIdentityAssociation, error) {
	all, err := a.associations(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(have v1alpha1.PodIdentityAssociation) bool { return have.ID() == id })
	if i < 0 {
		return nil, fail(resourceNotFound, "Association not found: %s", short(id))
	}
	return &all[i], nil
}

// associationAnswer is the answer of the operations on one association.
func (a *API) associationAnswer(have *v1alpha1.PodIdentityAssociation) any {
	return struct {
		Association associationShape `json:"association"`
	}{a.associationShape(have)}
}

func (a *API) associationShape(have *v1alpha1.PodIdentityAssociation) associationShape {
	spec := &have.Spec
	shape := associationShape{
		ClusterName: a.Cluster.Name, Namespace: spec.Namespace, ServiceAccount: spec.ServiceAccount, RoleArn: spec.RoleARN,
		AssociationArn: a.Cluster.Association(have.ID()), AssociationID: have.ID(), Tags: spec.Tags,
		CreatedAt: epoch(have.CreatedAt()), ModifiedAt: epoch(have.ModifiedAt()),
		DisableSessionTags: spec.DisableSessionTags, TargetRoleArn: spec.TargetRoleARN, ExternalID: spec.ExternalID, Policy: spec.Policy,
	}
	if shape.Tags == nil {
		shape.Tags = map[string]string{}
	}
	if spec.Owner != nil {
		shape.OwnerArn = a.Cluster.Addon(spec.Owner.AddonName, string(spec.Owner.UID))
	}
	return shape
}
