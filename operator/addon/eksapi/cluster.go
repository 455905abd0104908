package eksapi

import (
	"context"
	"fmt"
	"time"
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
		CertificateAuthority: certificateShape{Data: d.CA},
		PlatformVersion:      platformVersion,
		Tags:                 map[string]string{},
		Health:               clusterHealthShape{Issues: []addonIssueShape{}},
		AccessConfig:         accessConfigShape{AuthenticationMode: "CONFIG_MAP"},
		UpgradePolicy:        upgradePolicyShape{SupportType: "STANDARD"},
	}}, nil
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
