package eks

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Operation is what a request asks for.
type Operation struct {
	Name     string // as in policies, without "eks:"
	Resource string // the ARN that policies name, or "*"
	Cluster  string // "" when it is of none
}

// Scope is the account and region that ARNs are of.
type Scope struct {
	AccountID string
	Region    string
}

// prefix begins the ARNs of everything in the scope. The partition goes by the region.
func (s Scope) prefix() string {
	partition := "aws"
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":eks:" + s.Region + ":" + s.AccountID + ":"
}

// Handles reports whether a path is one of the EKS API. It takes the path decoded.
func Handles(path string) bool {
	return path == "/clusters" || path == "/cluster-versions" || strings.HasPrefix(path, "/clusters/") ||
		strings.HasPrefix(path, "/addons/") || strings.HasPrefix(path, "/tags/")
}

// Paths of operations: the parts after the cluster, * for any one, by method. The resource is
// the cluster, unless addon or association says what the * names.
type route struct {
	method, path, name string
	resource           kind
}

type kind uint8

const (
	cluster kind = iota
	addon
	association
)

var routes = []route{
	{http.MethodGet, "", "DescribeCluster", cluster},
	{http.MethodDelete, "", "DeleteCluster", cluster},
	{http.MethodPost, "addons", "CreateAddon", cluster},
	{http.MethodGet, "addons", "ListAddons", cluster},
	{http.MethodGet, "addons/*", "DescribeAddon", addon},
	{http.MethodDelete, "addons/*", "DeleteAddon", addon},
	{http.MethodPost, "addons/*/update", "UpdateAddon", addon},
	{http.MethodGet, "updates", "ListUpdates", cluster},
	{http.MethodGet, "updates/*", "DescribeUpdate", cluster},
	{http.MethodPost, "pod-identity-associations", "CreatePodIdentityAssociation", cluster},
	{http.MethodGet, "pod-identity-associations", "ListPodIdentityAssociations", cluster},
	{http.MethodGet, "pod-identity-associations/*", "DescribePodIdentityAssociation", association},
	{http.MethodPost, "pod-identity-associations/*", "UpdatePodIdentityAssociation", association},
	{http.MethodDelete, "pod-identity-associations/*", "DeletePodIdentityAssociation", association},
}

// names is what a part of a path may be, so that nothing in it is a wildcard of policies or
// leads elsewhere.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

// Find returns the operation of a request, ok false when there is none. The path is encoded as
// it was received.
func (s Scope) Find(method, escapedPath string) (op Operation, ok bool) {
	if method == http.MethodGet && escapedPath == "/cluster-versions" {
		return Operation{Name: "DescribeClusterVersions", Resource: "*"}, true
	}
	head, rest, _ := strings.Cut(strings.TrimPrefix(escapedPath, "/"), "/")
	switch head {
	case "clusters":
		return s.clusters(method, rest)
	case "addons":
		return versions(method, rest)
	case "tags":
		return s.tags(method, rest)
	}
	return Operation{}, false
}

func (s Scope) clusters(method, path string) (Operation, bool) {
	if path == "" {
		switch method {
		case http.MethodGet:
			return Operation{Name: "ListClusters", Resource: "*"}, true
		case http.MethodPost:
			return Operation{Name: "CreateCluster", Resource: "*"}, true
		}
		return Operation{}, false
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		if err != nil || !names.MatchString(decoded) {
			return Operation{}, false
		}
		parts[i] = decoded
	}
	for _, r := range routes {
		if r.method != method {
			continue
		}
		if star, ok := match(r.path, parts[1:]); ok {
			return Operation{Name: r.name, Resource: s.resource(r.resource, parts[0], star), Cluster: parts[0]}, true
		}
	}
	return Operation{}, false
}

// match compares parts with a pattern and returns what * stands for.
func match(pattern string, parts []string) (star string, ok bool) {
	var want []string
	if pattern != "" {
		want = strings.Split(pattern, "/")
	}
	if len(want) != len(parts) {
		return "", false
	}
	for i, w := range want {
		if w == "*" {
			star = parts[i]
		} else if w != parts[i] {
			return "", false
		}
	}
	return star, true
}

// resource is the ARN in policies. That of an add-on ends in an id that nobody knows before
// it is read, so every id is meant (Service Authorization Reference, Amazon EKS).
func (s Scope) resource(k kind, clusterName, name string) string {
	prefix := s.prefix()
	switch k {
	case addon:
		return prefix + "addon/" + clusterName + "/" + name + "/*"
	case association:
		return prefix + "podidentityassociation/" + clusterName + "/" + name
	case cluster:
	}
	return prefix + "cluster/" + clusterName
}

// versions are the operations about add-ons that can be had.
func versions(method, path string) (Operation, bool) {
	if method != http.MethodGet {
		return Operation{}, false
	}
	switch path {
	case "supported-versions":
		return Operation{Name: "DescribeAddonVersions", Resource: "*"}, true
	case "configuration-schemas":
		return Operation{Name: "DescribeAddonConfiguration", Resource: "*"}, true
	}
	return Operation{}, false
}

// tags are the operations on an ARN, which clients encode or not.
func (s Scope) tags(method, path string) (Operation, bool) {
	operations := map[string]string{http.MethodGet: "ListTagsForResource", http.MethodPost: "TagResource", http.MethodDelete: "UntagResource"}
	arn, err := url.PathUnescape(path)
	if operations[method] == "" || err != nil || !strings.HasPrefix(arn, s.prefix()) || strings.ContainsAny(arn, "*?") {
		return Operation{}, false
	}
	return Operation{Name: operations[method], Resource: arn}, true
}
