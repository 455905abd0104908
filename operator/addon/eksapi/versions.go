package eksapi

import (
	"context"
	"slices"

	"github.com/radiograph/radiograph/operator/addon/catalog"
)

func (a *API) describeAddonVersions(_ context.Context, r *request) (any, error) {
	name, err := r.one("addonName")
	if err != nil {
		return nil, err
	}
	kubernetes, err := r.one("kubernetesVersion")
	if err != nil {
		return nil, err
	}
	r.addon = short(name)
	all := a.Catalog.List()
	if name != "" {
		entry, ok := a.Catalog.Addon(name)
		if !ok {
			return nil, fail(resourceNotFound, "Addon specified is not supported: %s", short(name))
		}
		all = []*catalog.Addon{entry}
	}
	infos := []addonInfoShape{}
	for _, entry := range all {
		if !r.wants("types", entry.Type) || !r.wants("publishers", entry.Publisher) || !r.wants("owners", entry.Owner) {
			continue
		}
		if info := addonInfo(entry, kubernetes); len(info.AddonVersions) > 0 {
			infos = append(infos, info)
		}
	}
	infos, next, err := page(r, infos, compareText, func(i addonInfoShape) string { return i.AddonName })
	if err != nil {
		return nil, err
	}
	return struct {
		Addons    []addonInfoShape `json:"addons"`
		NextToken string           `json:"nextToken,omitempty"`
	}{infos, next}, nil
}

// wants reports whether a value passes a filter of the query; all do when there is none.
func (r *request) wants(filter, value string) bool {
	values := r.query[filter]
	return len(values) == 0 || slices.Contains(values, value)
}

// addonInfo is an add-on with the versions for a Kubernetes version; for all when it is empty.
func addonInfo(entry *catalog.Addon, kubernetes string) addonInfoShape {
	info := addonInfoShape{
		AddonName: entry.Name, Type: entry.Type, Publisher: entry.Publisher, Owner: entry.Owner,
		DefaultNamespace: entry.DefaultNamespace, AddonVersions: []addonVersionInfoShape{},
	}
	for _, version := range entry.Versions {
		shape := addonVersionInfoShape{
			AddonVersion: version.Version, Architecture: version.Architectures, ComputeTypes: version.ComputeTypes,
			RequiresConfiguration: version.RequiresConfiguration, RequiresIamPermissions: version.RequiresIAMPermissions,
		}
		for _, c := range version.Compatibilities {
			if kubernetes == "" || kubernetes == c.ClusterVersion {
				shape.Compatibilities = append(shape.Compatibilities, compatibilityShape{
					ClusterVersion: c.ClusterVersion, PlatformVersions: c.PlatformVersions, DefaultVersion: c.Default,
				})
			}
		}
		if len(shape.Compatibilities) > 0 {
			info.AddonVersions = append(info.AddonVersions, shape)
		}
	}
	return info
}

func (a *API) describeAddonConfiguration(_ context.Context, r *request) (any, error) {
	name, err := r.one("addonName")
	if err != nil {
		return nil, err
	}
	r.addon = short(name)
	number, err := r.one("addonVersion")
	if err != nil {
		return nil, err
	}
	if name == "" || number == "" {
		return nil, fail(invalidParameter, "addonName and addonVersion are required.")
	}
	entry, ok := a.Catalog.Addon(name)
	if !ok {
		return nil, fail(resourceNotFound, "Addon specified is not supported: %s", short(name))
	}
	version, ok := entry.Version(number)
	if !ok {
		return nil, fail(invalidParameter, "Addon version specified is not supported")
	}
	identities := []podIdentityConfigurationShape{}
	for _, p := range version.PodIdentity {
		identities = append(identities, podIdentityConfigurationShape{
			ServiceAccount: p.ServiceAccount, RecommendedManagedPolicies: orEmpty(p.RecommendedManagedPolicies),
		})
	}
	return struct {
		AddonName                string                          `json:"addonName"`
		AddonVersion             string                          `json:"addonVersion"`
		ConfigurationSchema      string                          `json:"configurationSchema"`
		PodIdentityConfiguration []podIdentityConfigurationShape `json:"podIdentityConfiguration"`
	}{name, number, version.Schema(), identities}, nil
}
