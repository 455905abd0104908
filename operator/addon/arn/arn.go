// Package arn names the things of one EKS cluster as AWS does. [Cluster] is who the cluster is;
// everything in it has an ARN that begins with its partition, region and account.
package arn

import (
	"fmt"
	"regexp"
	"strings"
)

// Cluster is the identity of the cluster that add-ons are installed in.
type Cluster struct {
	// Name of the cluster: 1 to 100 letters, digits, hyphens and underscores, the first a
	// letter or digit.
	Name string
	// Account is the 12 digits of the account that it belongs to.
	Account string
	// Region is such as us-east-1.
	Region string
}

// Patterns of names, from the API reference of EKS and the naming of AWS.
var (
	clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	region      = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	role        = regexp.MustCompile(`^arn:([a-z0-9-]+):iam::([0-9]{12}):role/[\x21-\x7e]+$`)
)

// Validate reports a cluster that nothing can be named after.
func (c Cluster) Validate() error {
	switch {
	case !clusterName.MatchString(c.Name):
		return fmt.Errorf("cluster name %q: want 1 to 100 letters, digits, hyphens and underscores, the first a letter or digit", c.Name)
	case !accountID.MatchString(c.Account):
		return fmt.Errorf("account id %q: want 12 digits", c.Account)
	case !region.MatchString(c.Region):
		return fmt.Errorf("region %q: want one such as us-east-1", c.Region)
	}
	return nil
}

// ValidClusterName reports whether a cluster could have the name.
func ValidClusterName(name string) bool { return clusterName.MatchString(name) }

// Partition is the part of AWS that the region is in.
func (c Cluster) Partition() string {
	switch {
	case strings.HasPrefix(c.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(c.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (c Cluster) prefix() string {
	return "arn:" + c.Partition() + ":eks:" + c.Region + ":" + c.Account + ":"
}

// ARN is the cluster's own.
func (c Cluster) ARN() string { return c.prefix() + "cluster/" + c.Name }

// Addon is the ARN of an add-on; uid is that of its Addon object.
func (c Cluster) Addon(name, uid string) string {
	return c.prefix() + "addon/" + c.Name + "/" + name + "/" + uid
}

// Association is the ARN of a pod identity association; id is such as "a-" and 17 characters.
func (c Cluster) Association(id string) string {
	return c.prefix() + "podidentityassociation/" + c.Name + "/" + id
}

// Kind is what an ARN names.
type Kind string

// The kinds that a cluster has.
const (
	KindCluster     Kind = "cluster"
	KindAddon       Kind = "addon"
	KindAssociation Kind = "podidentityassociation"
)

// Resource is what an ARN names.
type Resource struct {
	// Kind of the resource.
	Kind Kind
	// Name of the add-on, or id of the association.
	Name string
	// UID of the Addon object.
	UID string
}

// Parse reads the ARN of something in this cluster. foreign is set for what is well-formed and
// is of another cluster, account or region, or of a kind that is not known here.
func (c Cluster) Parse(text string) (r Resource, foreign bool, err error) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "eks" || parts[5] == "" {
		return Resource{}, false, fmt.Errorf("%q is no ARN of EKS", text)
	}
	if !strings.HasPrefix(text, c.prefix()) {
		return Resource{}, true, nil
	}
	path := strings.Split(parts[5], "/")
	switch kind := Kind(path[0]); {
	case kind == KindCluster && len(path) == 2:
		r = Resource{Kind: kind}
	case kind == KindAddon && len(path) == 4:
		r = Resource{Kind: kind, Name: path[2], UID: path[3]}
	case kind == KindAssociation && len(path) == 3:
		r = Resource{Kind: kind, Name: path[2]}
	case kind == KindCluster || kind == KindAddon || kind == KindAssociation:
		return Resource{}, false, fmt.Errorf("%q is no ARN of a %s", text, kind)
	default:
		return Resource{}, true, nil
	}
	return r, path[1] != c.Name, nil
}

// CheckRole reports what is wrong with the ARN of a role that pods of the cluster are to have:
// it must be of the cluster's account. Whether the role exists is not asked.
func (c Cluster) CheckRole(text string) error {
	m := role.FindStringSubmatch(text)
	switch {
	case m == nil:
		return fmt.Errorf("%q is not the ARN of an IAM role", text)
	case m[1] != c.Partition():
		return fmt.Errorf("%q is in the partition %s, the cluster in %s", text, m[1], c.Partition())
	case m[2] != c.Account:
		return fmt.Errorf("%q is of another account: Cross-account pass role is not allowed", text)
	}
	return nil
}

// CheckTargetRole reports what is wrong with the ARN of a role that is assumed by another one,
// which may be of any account.
func (c Cluster) CheckTargetRole(text string) error {
	m := role.FindStringSubmatch(text)
	if m == nil || m[1] != c.Partition() {
		return fmt.Errorf("%q is not the ARN of an IAM role", text)
	}
	return nil
}
