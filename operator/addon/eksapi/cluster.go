package eksapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/operator/addon/catalog"
)

// platformVersion is that of every cluster. It means nothing outside AWS.
const platformVersion = "eks.1"

// Description is a cluster as its API server describes it.
type Description struct {
	// Version is the Kubernetes version, such as "1.34".
	Version string
	// Endpoint is the URL of the API server.
	Endpoint string
	// CA is what the API server's certificate is checked against, PEM.
	CA []byte
	// Issuer is that of tokens of service accounts, byte for byte.
	Issuer string
	// CreatedAt is when the cluster was made.
	CreatedAt time.Time
	// IPv6 says that Services have IPv6 addresses.
	IPv6 bool
}

// Describer knows the cluster. [KubeCluster] is one.
type Describer interface {
	// Version returns the Kubernetes version, such as "1.34".
	Version(ctx context.Context) (string, error)
	// Describe returns all that there is to say.
	Describe(ctx context.Context) (Description, error)
}

func (a *API) listClusters(_ context.Context, r *request) (any, error) {
	names, next, err := page(r, []string{a.Cluster.Name}, compareText, itself)
	if err != nil {
		return nil, err
	}
	return struct {
		Clusters  []string `json:"clusters"`
		NextToken string   `json:"nextToken,omitempty"`
	}{names, next}, nil
}

func (a *API) describeCluster(ctx context.Context, _ *request) (any, error) {
	d, err := a.Describer.Describe(ctx)
	if err != nil {
		return nil, &failure{code: unavailable, message: "The API server of the cluster does not answer. Try again.", cause: err}
	}
	family := "ipv4"
	if d.IPv6 {
		family = "ipv6"
	}
	return struct {
		Cluster clusterShape `json:"cluster"`
	}{clusterShape{
		Name:      a.Cluster.Name,
		Arn:       a.Cluster.ARN(),
		CreatedAt: epoch(d.CreatedAt),
		Version:   d.Version,
		Endpoint:  d.Endpoint,
		ResourcesVpcConfig: vpcConfigShape{
			SubnetIds: []string{}, SecurityGroupIds: []string{}, PublicAccessCidrs: []string{}, EndpointPublicAccess: true,
		},
		KubernetesNetworkConfig: networkConfigShape{IPFamily: family},
		Logging: loggingShape{ClusterLogging: []logSetupShape{{
			Types: []string{"api", "audit", "authenticator", "controllerManager", "scheduler"},
		}}},
		Identity:             identityShape{Oidc: oidcShape{Issuer: d.Issuer}},
		Status:               "ACTIVE",
		CertificateAuthority: certificateShape{Data: append([]byte{}, d.CA...)},
		PlatformVersion:      platformVersion,
		Tags:                 map[string]string{},
		Health:               clusterHealthShape{Issues: []addonIssueShape{}},
		AccessConfig:         accessConfigShape{AuthenticationMode: "CONFIG_MAP"},
		UpgradePolicy:        upgradePolicyShape{SupportType: "STANDARD"},
	}}, nil
}

// What DescribeClusterVersions says of every version: nothing here ends a version's support.
const (
	clusterType   = "eks"
	supported     = "standard-support"
	versionStatus = "STANDARD_SUPPORT"
)

// The values of the filters by status (API Reference, DescribeClusterVersions).
var (
	supportStatuses = []string{"unsupported", supported, "extended-support"}
	versionStatuses = []string{"UNSUPPORTED", versionStatus, "EXTENDED_SUPPORT"}
)

// describeClusterVersions lists the Kubernetes versions that there are add-ons for, newest first.
// The default is the one that the cluster has.
func (a *API) describeClusterVersions(ctx context.Context, r *request) (any, error) {
	defaultOnly, err := r.boolean("defaultOnly")
	if err != nil {
		return nil, err
	}
	if _, err := r.boolean("includeAll"); err != nil {
		return nil, err
	}
	all, err := r.passes("status", supported, supportStatuses)
	if err != nil {
		return nil, err
	}
	also, err := r.passes("versionStatus", versionStatus, versionStatuses)
	if err != nil {
		return nil, err
	}
	own, err := a.clusterVersion(ctx)
	if err != nil {
		return nil, err
	}
	known := a.Catalog.ClusterVersions()
	newest := func(x, y string) int { return catalog.CompareClusters(y, x) }
	if at, found := slices.BinarySearchFunc(known, own, newest); !found {
		known = slices.Insert(known, at, own)
	}
	shapes := []clusterVersionShape{}
	for _, version := range known {
		if !all || !also || !r.wants("clusterType", clusterType) || !r.wants("clusterVersions", version) || defaultOnly && version != own {
			continue
		}
		shapes = append(shapes, clusterVersionShape{
			ClusterVersion: version, ClusterType: clusterType, DefaultPlatformVersion: platformVersion,
			DefaultVersion: version == own, Status: supported, VersionStatus: versionStatus,
		})
	}
	shapes, next, err := page(r, shapes, newest, func(s clusterVersionShape) string { return s.ClusterVersion })
	if err != nil {
		return nil, err
	}
	return struct {
		ClusterVersions []clusterVersionShape `json:"clusterVersions"`
		NextToken       string                `json:"nextToken,omitempty"`
	}{shapes, next}, nil
}

// passes reports whether a value passes a filter that is one of some values, or is not there.
func (r *request) passes(filter, value string, values []string) (bool, error) {
	want, err := r.one(filter)
	if err != nil {
		return false, err
	}
	if want != "" && !slices.Contains(values, want) {
		return false, fail(invalidParameter, "The parameter %s must be one of %s.", filter, strings.Join(values, ", "))
	}
	return want == "" || want == value, nil
}

// clusterVersion is the Kubernetes version of the cluster.
func (a *API) clusterVersion(ctx context.Context) (string, error) {
	version, err := a.Describer.Version(ctx)
	if err != nil {
		return "", &failure{
			code: unavailable, message: "The API server of the cluster does not answer. Try again.",
			cause: fmt.Errorf("ask for the cluster's version: %w", err),
		}
	}
	return version, nil
}
