package eksapi

import (
	"strconv"
	"time"
)

// The shapes of the API that it answers with, named as the API Reference names them. Members
// without omitempty or omitzero are always there, as they are in EKS.

// epoch is a time as the API writes it: seconds since 1970 as a number, with milliseconds.
type epoch time.Time

// MarshalJSON writes the number.
func (e epoch) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(e).UnixMilli())/1000, 'f', 3, 64), nil
}

type addonShape struct {
	AddonName               string                `json:"addonName"`
	ClusterName             string                `json:"clusterName"`
	Status                  string                `json:"status"`
	AddonVersion            string                `json:"addonVersion,omitempty"`
	Health                  addonHealthShape      `json:"health"`
	AddonArn                string                `json:"addonArn"`
	CreatedAt               epoch                 `json:"createdAt"`
	ModifiedAt              epoch                 `json:"modifiedAt"`
	ServiceAccountRoleArn   string                `json:"serviceAccountRoleArn,omitempty"`
	Tags                    map[string]string     `json:"tags"`
	Publisher               string                `json:"publisher,omitempty"`
	Owner                   string                `json:"owner,omitempty"`
	ConfigurationValues     string                `json:"configurationValues,omitempty"`
	PodIdentityAssociations []string              `json:"podIdentityAssociations,omitempty"`
	NamespaceConfig         *namespaceConfigShape `json:"namespaceConfig,omitempty"`
}

type namespaceConfigShape struct {
	Namespace string `json:"namespace"`
}

type addonHealthShape struct {
	Issues []addonIssueShape `json:"issues"`
}

type addonIssueShape struct {
	Code        string   `json:"code"`
	Message     string   `json:"message"`
	ResourceIds []string `json:"resourceIds"`
}

type updateShape struct {
	ID        string             `json:"id"`
	Status    string             `json:"status"`
	Type      string             `json:"type"`
	Params    []updateParamShape `json:"params"`
	CreatedAt epoch              `json:"createdAt"`
	Errors    []errorDetailShape `json:"errors"`
}

type updateParamShape struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type errorDetailShape struct {
	ErrorCode    string   `json:"errorCode"`
	ErrorMessage string   `json:"errorMessage"`
	ResourceIds  []string `json:"resourceIds"`
}

type addonInfoShape struct {
	AddonName        string                  `json:"addonName"`
	Type             string                  `json:"type,omitempty"`
	AddonVersions    []addonVersionInfoShape `json:"addonVersions"`
	Publisher        string                  `json:"publisher,omitempty"`
	Owner            string                  `json:"owner,omitempty"`
	DefaultNamespace string                  `json:"defaultNamespace,omitempty"`
}

type addonVersionInfoShape struct {
	AddonVersion    string               `json:"addonVersion"`
	Architecture    []string             `json:"architecture"`
	ComputeTypes    []string             `json:"computeTypes,omitempty"`
	Compatibilities []compatibilityShape `json:"compatibilities"`

	RequiresConfiguration  bool `json:"requiresConfiguration"`
	RequiresIamPermissions bool `json:"requiresIamPermissions"`
}

type compatibilityShape struct {
	ClusterVersion   string   `json:"clusterVersion"`
	PlatformVersions []string `json:"platformVersions"`
	DefaultVersion   bool     `json:"defaultVersion"`
}

type podIdentityConfigurationShape struct {
	ServiceAccount             string   `json:"serviceAccount"`
	RecommendedManagedPolicies []string `json:"recommendedManagedPolicies"`
}

type associationShape struct {
	ClusterName        string            `json:"clusterName"`
	Namespace          string            `json:"namespace"`
	ServiceAccount     string            `json:"serviceAccount"`
	RoleArn            string            `json:"roleArn"`
	AssociationArn     string            `json:"associationArn"`
	AssociationID      string            `json:"associationId"`
	Tags               map[string]string `json:"tags"`
	CreatedAt          epoch             `json:"createdAt"`
	ModifiedAt         epoch             `json:"modifiedAt"`
	OwnerArn           string            `json:"ownerArn,omitempty"`
	DisableSessionTags bool              `json:"disableSessionTags"`
	TargetRoleArn      string            `json:"targetRoleArn,omitempty"`
	ExternalID         string            `json:"externalId,omitempty"`
	Policy             string            `json:"policy,omitempty"`
}

type associationSummaryShape struct {
	ClusterName    string `json:"clusterName"`
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	AssociationArn string `json:"associationArn"`
	AssociationID  string `json:"associationId"`
	OwnerArn       string `json:"ownerArn,omitempty"`
}

type clusterShape struct {
	Name                    string             `json:"name"`
	Arn                     string             `json:"arn"`
	CreatedAt               epoch              `json:"createdAt"`
	Version                 string             `json:"version"`
	Endpoint                string             `json:"endpoint"`
	RoleArn                 string             `json:"roleArn"`
	ResourcesVpcConfig      vpcConfigShape     `json:"resourcesVpcConfig"`
	KubernetesNetworkConfig networkConfigShape `json:"kubernetesNetworkConfig"`
	Logging                 loggingShape       `json:"logging"`
	Identity                identityShape      `json:"identity"`
	Status                  string             `json:"status"`
	CertificateAuthority    certificateShape   `json:"certificateAuthority"`
	PlatformVersion         string             `json:"platformVersion"`
	Tags                    map[string]string  `json:"tags"`
	Health                  clusterHealthShape `json:"health"`
	AccessConfig            accessConfigShape  `json:"accessConfig"`
	UpgradePolicy           upgradePolicyShape `json:"upgradePolicy"`
}

type clusterVersionShape struct {
	ClusterVersion         string `json:"clusterVersion"`
	ClusterType            string `json:"clusterType"`
	DefaultPlatformVersion string `json:"defaultPlatformVersion"`
	DefaultVersion         bool   `json:"defaultVersion"`
	Status                 string `json:"status"`
	VersionStatus          string `json:"versionStatus"`
}

// vpcConfigShape is without a VPC, whose id clients print without asking whether there is one.
type vpcConfigShape struct {
	VpcID                 string   `json:"vpcId"`
	SubnetIds             []string `json:"subnetIds"`
	SecurityGroupIds      []string `json:"securityGroupIds"`
	EndpointPublicAccess  bool     `json:"endpointPublicAccess"`
	EndpointPrivateAccess bool     `json:"endpointPrivateAccess"`
	PublicAccessCidrs     []string `json:"publicAccessCidrs"`
}

type networkConfigShape struct {
	IPFamily string `json:"ipFamily"`
}

type loggingShape struct {
	ClusterLogging []logSetupShape `json:"clusterLogging"`
}

type logSetupShape struct {
	Types   []string `json:"types"`
	Enabled bool     `json:"enabled"`
}

type identityShape struct {
	Oidc oidcShape `json:"oidc"`
}

type oidcShape struct {
	Issuer string `json:"issuer"`
}

// certificateShape is never without its member: clients decode it without asking.
type certificateShape struct {
	Data []byte `json:"data"`
}

type clusterHealthShape struct {
	Issues []addonIssueShape `json:"issues"`
}

type accessConfigShape struct {
	AuthenticationMode string `json:"authenticationMode"`
}

type upgradePolicyShape struct {
	SupportType string `json:"supportType"`
}
