package catalog

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Catalog is a set of add-ons.
type Catalog struct {
	addons map[string]*Addon
}

// List returns the add-ons ordered by name.
func (c *Catalog) List() []*Addon {
	out := make([]*Addon, 0, len(c.addons))
	for _, addon := range c.addons {
		out = append(out, addon)
	}
	slices.SortFunc(out, func(a, b *Addon) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Addon returns the add-on of a name.
func (c *Catalog) Addon(name string) (*Addon, bool) {
	addon, ok := c.addons[name]
	return addon, ok
}

// Configure sets values for charts by their names, those of this installation, such as where
// images are. The values of users go before them, they before those of packages and charts. It
// must be called before the catalog is used.
func (c *Catalog) Configure(site map[string]map[string]any) {
	for _, addon := range c.addons {
		addon.site = site
	}
}

// Version returns a version of an add-on, or false if there is no such add-on or version.
func (c *Catalog) Version(name, version string) (*Version, bool) {
	addon, ok := c.addons[name]
	if !ok {
		return nil, false
	}
	return addon.Version(version)
}

// ClusterVersions returns the Kubernetes versions that some version of some add-on is for, such
// as "1.34", each once, newest first.
func (c *Catalog) ClusterVersions() []string {
	var all []string
	for _, addon := range c.addons {
		for _, version := range addon.Versions {
			for _, compatibility := range version.Compatibilities {
				all = append(all, compatibility.ClusterVersion)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return CompareClusters(b, a) })
	return slices.Compact(all)
}

// Addon is a package: what all versions have in common, and the versions.
type Addon struct {
	// Name is the add-on's, such as "adot".
	Name string
	// Type is what EKS calls the type, such as "observability".
	Type string
	// Publisher and Owner are as EKS shows them, such as "eks" and "aws".
	Publisher, Owner string
	// Description is a sentence for people.
	Description string
	// DefaultNamespace is where it is installed unless the request says otherwise.
	DefaultNamespace string
	// Versions are ordered newest first. There is at least one.
	Versions []*Version

	site map[string]map[string]any
}

// Version returns the version of exactly this name.
func (a *Addon) Version(version string) (*Version, bool) {
	i := slices.IndexFunc(a.Versions, func(v *Version) bool { return v.Version == version })
	if i < 0 {
		return nil, false
	}
	return a.Versions[i], true
}

// Default returns the version that is installed on clusters of a Kubernetes version, such as
// "1.34", when none is named; false if no version supports such clusters.
func (a *Addon) Default(clusterVersion string) (*Version, bool) {
	for _, version := range a.Versions {
		if c, ok := version.compatibility(clusterVersion); ok && c.Default {
			return version, true
		}
	}
	return nil, false
}

// Version is one version of an add-on.
type Version struct {
	// Addon is the add-on that it is a version of.
	Addon *Addon
	// Version is its name, such as "v0.151.0-eksbuild.2".
	Version string
	// Architectures are "amd64" and "arm64".
	Architectures []string
	// ComputeTypes are such as "ec2", "fargate", "hybrid" and "auto".
	ComputeTypes []string
	// Compatibilities are ordered newest cluster version first.
	Compatibilities []Compatibility
	// RequiresConfiguration says that it cannot be installed without configuration values.
	RequiresConfiguration bool
	// RequiresIAMPermissions says that it does nothing without a role.
	RequiresIAMPermissions bool
	// PodIdentity are the service accounts that take a role.
	PodIdentity []PodIdentity
	// Prerequisites are what the cluster must have.
	Prerequisites Prerequisites
	// Images are the images that its pods run by default.
	Images []string

	charts []chartRef
	schema schema
}

// chartRef is a chart of a version.
type chartRef struct {
	name  string
	files fs.FS
	// busy holds something while the chart is rendered.
	busy chan struct{}
	// values are between the chart's own and the user's.
	values map[string]any
	// ignoresValues says that the user's values are not for this chart.
	ignoresValues bool
}

// schema is the JSON schema of the configuration values.
type schema struct {
	text     string
	compiled *jsonschema.Schema
}

// Compatibility says that a version can be installed on clusters of a Kubernetes version.
type Compatibility struct {
	// ClusterVersion is the Kubernetes version, such as "1.34".
	ClusterVersion string
	// PlatformVersions are "*" for all, or such as "eks.3".
	PlatformVersions []string
	// Default says that it is the version for such clusters when none is named. One version
	// of an add-on is, for every cluster version that any of them supports.
	Default bool
}

// PodIdentity is a service account that takes a role.
type PodIdentity struct {
	// ServiceAccount is its name, in the add-on's namespace.
	ServiceAccount string
	// RecommendedManagedPolicies are ARNs of policies that such a role should have.
	RecommendedManagedPolicies []string
}

// Prerequisites are what a cluster must have before a version can be installed.
type Prerequisites struct {
	// CertManager says whether cert-manager is needed.
	CertManager CertManager
	// RBAC are rules that the installing identity must have beside those for what the
	// package contains.
	RBAC []Rule
	// MinKubernetes is the least version of the API server, such as "1.25"; empty for any.
	MinKubernetes string
}

// CertManager says whether a version needs cert-manager.
type CertManager string

// Needs of cert-manager. A version whose rendered objects are of cert-manager's kinds needs it
// whatever is said here.
const (
	// CertManagerUnused is for versions that have no use for it.
	CertManagerUnused CertManager = ""
	// CertManagerOptional is for versions that use it where it is installed.
	CertManagerOptional CertManager = "optional"
	// CertManagerRequired is for versions that cannot be installed without it.
	CertManagerRequired CertManager = "required"
)

// Rule is a permission: each verb on each resource of each group.
type Rule struct {
	Groups    []string `json:"apiGroups"`
	Resources []string `json:"resources"`
	Verbs     []string `json:"verbs"`
}

// Supports reports whether it can be installed on clusters of a Kubernetes version, such as
// "1.34", and a platform version, such as "eks.1"; an empty platform version matches all.
func (v *Version) Supports(clusterVersion, platformVersion string) bool {
	c, ok := v.compatibility(clusterVersion)
	return ok && (platformVersion == "" || slices.Contains(c.PlatformVersions, "*") || slices.Contains(c.PlatformVersions, platformVersion))
}

func (v *Version) compatibility(clusterVersion string) (Compatibility, bool) {
	i := slices.IndexFunc(v.Compatibilities, func(c Compatibility) bool { return c.ClusterVersion == clusterVersion })
	if i < 0 {
		return Compatibility{}, false
	}
	return v.Compatibilities[i], true
}

// Schema returns the JSON schema of the configuration values. A version that takes none has
// that of an empty object.
func (v *Version) Schema() string { return v.schema.text }
