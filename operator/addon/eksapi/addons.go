package eksapi

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/association"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// createAddonInput is the body of CreateAddon.
type createAddonInput struct {
	AddonName               string               `json:"addonName"`
	AddonVersion            string               `json:"addonVersion"`
	ServiceAccountRoleArn   *string              `json:"serviceAccountRoleArn"`
	ResolveConflicts        *string              `json:"resolveConflicts"`
	Tags                    map[string]string    `json:"tags"`
	ConfigurationValues     string               `json:"configurationValues"`
	PodIdentityAssociations []podIdentity        `json:"podIdentityAssociations"`
	NamespaceConfig         *namespaceConfigBody `json:"namespaceConfig"`
}

type namespaceConfigBody struct {
	Namespace string `json:"namespace"`
}

// tokenInput is the member of a body that makes it idempotent.
type tokenInput struct {
	ClientRequestToken string `json:"clientRequestToken"`
}

func (a *API) createAddon(ctx context.Context, r *request) (any, error) {
	var in createAddonInput
	var token tokenInput
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if err := r.decode(&token); err != nil {
		return nil, err
	}
	r.addon = short(in.AddonName)
	if in.AddonName == "" {
		return nil, fail(invalidParameter, "addonName is missing.")
	}
	record, err := a.record(r, v1alpha1.OperationCreate, token.ClientRequestToken, in)
	if err != nil {
		return nil, err
	}
	have, err := a.findAddon(ctx, in.AddonName)
	if err != nil {
		return nil, err
	}
	if have != nil {
		return a.createdBefore(ctx, have, record)
	}
	addon, namespace, err := a.newAddon(ctx, &in)
	if err != nil {
		return nil, err
	}
	if err := association.Check(ctx, a.Client, addon, namespace); err != nil {
		return nil, err
	}
	addon.Spec.Requests = []v1alpha1.Request{record}
	err = a.Client.Create(ctx, addon)
	if apierrors.IsAlreadyExists(err) { // another request was faster
		if have, err = a.getAddon(ctx, in.AddonName); err != nil {
			return nil, err
		}
		return a.createdBefore(ctx, have, record)
	}
	if err != nil {
		return nil, fmt.Errorf("create add-on %s: %w", addon.Name, err)
	}
	a.associate(ctx, addon, namespace)
	return a.addonAnswer(ctx, addon)
}

// createdBefore answers a CreateAddon of an add-on that exists: if the same request made it, as
// that was answered.
func (a *API) createdBefore(ctx context.Context, have *v1alpha1.Addon, now v1alpha1.Request) (any, error) {
	before, err := replayed(have.Spec.Requests, now)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, fail(resourceInUse, "Addon already exists.")
	}
	return a.addonAnswer(ctx, have)
}

// newAddon makes the object of an add-on that is to be created, and says in which namespace the
// add-on will be.
func (a *API) newAddon(ctx context.Context, in *createAddonInput) (*v1alpha1.Addon, string, error) {
	entry, ok := a.Catalog.Addon(in.AddonName)
	if !ok {
		return nil, "", fail(invalidParameter, "Addon specified is not supported: %s", short(in.AddonName))
	}
	addon := &v1alpha1.Addon{
		ObjectMeta: metav1.ObjectMeta{Name: in.AddonName, Finalizers: []string{v1alpha1.AddonFinalizer}},
		Spec: v1alpha1.AddonSpec{
			AddonName: in.AddonName, ConfigurationValues: in.ConfigurationValues, Tags: in.Tags,
		},
	}
	namespace := entry.DefaultNamespace
	if in.NamespaceConfig != nil {
		namespace = in.NamespaceConfig.Namespace
		if err := checkNamespace(namespace); err != nil {
			return nil, "", err
		}
		addon.Spec.NamespaceConfig = &v1alpha1.NamespaceConfig{Namespace: namespace}
	}
	if in.ServiceAccountRoleArn != nil {
		if err := a.checkRole("serviceAccountRoleArn", *in.ServiceAccountRoleArn); err != nil {
			return nil, "", err
		}
		addon.Spec.ServiceAccountRoleARN = *in.ServiceAccountRoleArn
	}
	var err error
	if addon.Spec.ResolveConflicts, err = resolveConflicts(in.ResolveConflicts); err != nil {
		return nil, "", err
	}
	if addon.Spec.PodIdentityAssociations, err = a.podIdentities(in.PodIdentityAssociations); err != nil {
		return nil, "", err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, "", err
	}
	version, err := a.version(ctx, entry, in.AddonVersion)
	if err != nil {
		return nil, "", err
	}
	addon.Spec.Version = version.Version
	return addon, namespace, checkConfiguration(version, in.ConfigurationValues)
}

// associate makes the associations of an add-on whose spec has been written. What fails here is
// done by the reconciler, which does the same.
func (a *API) associate(ctx context.Context, addon *v1alpha1.Addon, namespace string) {
	if _, err := association.Sync(ctx, a.Client, addon, namespace); err != nil {
		a.Logger.WarnContext(ctx, "associations are left to the reconciler", "addon", addon.Name, "err", err)
	}
}

// namespace is where an add-on is, or will be.
func (a *API) namespace(addon *v1alpha1.Addon) string {
	switch {
	case addon.Spec.NamespaceConfig != nil:
		return addon.Spec.NamespaceConfig.Namespace
	case addon.Status.Namespace != "":
		return addon.Status.Namespace
	}
	if entry, ok := a.Catalog.Addon(addon.Name); ok {
		return entry.DefaultNamespace
	}
	return ""
}

// findAddon returns an add-on, or nil if there is none of that name.
func (a *API) findAddon(ctx context.Context, name string) (*v1alpha1.Addon, error) {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return nil, nil // no object can have it
	}
	addon := &v1alpha1.Addon{}
	err := a.Client.Get(ctx, client.ObjectKey{Name: name}, addon)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read add-on %s: %w", name, err)
	}
	return addon, nil
}

// getAddon returns an add-on, or the error of the API if there is none of that name.
func (a *API) getAddon(ctx context.Context, name string) (*v1alpha1.Addon, error) {
	addon, err := a.findAddon(ctx, name)
	if err == nil && addon == nil {
		err = fail(resourceNotFound, "No addon: %s found in cluster: %s", short(name), a.Cluster.Name)
	}
	return addon, err
}

func (a *API) describeAddon(ctx context.Context, r *request) (any, error) {
	addon, err := a.getAddon(ctx, r.addon)
	if err != nil {
		return nil, err
	}
	return a.addonAnswer(ctx, addon)
}

func (a *API) listAddons(ctx context.Context, r *request) (any, error) {
	var list v1alpha1.AddonList
	if err := a.Client.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list add-ons: %w", err)
	}
	names := make([]string, 0, len(list.Items))
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	slices.Sort(names)
	names, next, err := page(r, names, compareText, itself)
	if err != nil {
		return nil, err
	}
	return struct {
		Addons    []string `json:"addons"`
		NextToken string   `json:"nextToken,omitempty"`
	}{names, next}, nil
}

// addonAnswer is the answer of the operations on one add-on.
func (a *API) addonAnswer(ctx context.Context, addon *v1alpha1.Addon) (any, error) {
	owned, err := association.Owned(ctx, a.Client, addon)
	if err != nil {
		return nil, err
	}
	var arns []string
	for i := range owned {
		arns = append(arns, a.Cluster.Association(owned[i].ID()))
	}
	return struct {
		Addon addonShape `json:"addon"`
	}{a.addonShape(addon, arns)}, nil
}

// addonShape is an add-on as the API shows it.
func (a *API) addonShape(addon *v1alpha1.Addon, associations []string) addonShape {
	shape := addonShape{
		AddonName:               addon.Name,
		ClusterName:             a.Cluster.Name,
		Status:                  string(addon.Phase()),
		AddonVersion:            addon.Spec.Version,
		Health:                  addonHealthShape{Issues: issueShapes(addon.Status.Health.Issues)},
		AddonArn:                a.Cluster.Addon(addon.Name, string(addon.UID)),
		CreatedAt:               epoch(addon.CreatedAt()),
		ModifiedAt:              epoch(addon.ModifiedAt()),
		ServiceAccountRoleArn:   addon.Spec.ServiceAccountRoleARN,
		Tags:                    addon.Spec.Tags,
		ConfigurationValues:     addon.Spec.ConfigurationValues,
		PodIdentityAssociations: associations,
	}
	if shape.AddonVersion == "" {
		shape.AddonVersion = addon.Status.Version
	}
	if shape.Tags == nil {
		shape.Tags = map[string]string{}
	}
	if entry, ok := a.Catalog.Addon(addon.Name); ok {
		shape.Publisher, shape.Owner = entry.Publisher, entry.Owner
	}
	if namespace := addon.Spec.NamespaceConfig; namespace != nil {
		shape.NamespaceConfig = &namespaceConfigShape{Namespace: namespace.Namespace}
	}
	return shape
}

func issueShapes(issues []v1alpha1.AddonIssue) []addonIssueShape {
	out := make([]addonIssueShape, 0, len(issues))
	for _, issue := range issues {
		out = append(out, addonIssueShape{Code: issue.Code, Message: issue.Message, ResourceIds: orEmpty(issue.ResourceIDs)})
	}
	return out
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
