package eksapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// operation is one of the API's.
type operation struct {
	// name is as the API Reference has it.
	name string
	// changes is set for those that change something.
	changes bool
	// tags is set for the tag APIs, which have errors of their own.
	tags bool
	// call carries it out. What it returns is the answer's body.
	call func(a *API, ctx context.Context, r *request) (any, error)
}

// label is a part of a path that differs between requests, such as the name of a cluster.
type label string

const (
	labelCluster     label = "name"
	labelAddon       label = "addonName"
	labelUpdate      label = "updateId"
	labelAssociation label = "associationId"
	labelResource    label = "resourceArn"
)

// route is the pattern of a path, with labels in braces, and its operation for each method.
type route struct {
	path    []string
	methods map[string]*operation
}

func pattern(path string, methods map[string]*operation) route {
	return route{path: strings.Split(path, "/")[1:], methods: methods}
}

// routes are those of the API Reference. Earlier ones go before later ones.
var routes = []route{
	pattern("/addons/supported-versions", map[string]*operation{
		http.MethodGet: {name: "DescribeAddonVersions", call: (*API).describeAddonVersions},
	}),
	pattern("/addons/configuration-schemas", map[string]*operation{
		http.MethodGet: {name: "DescribeAddonConfiguration", call: (*API).describeAddonConfiguration},
	}),
	pattern("/cluster-versions", map[string]*operation{
		http.MethodGet: {name: "DescribeClusterVersions", call: (*API).describeClusterVersions},
	}),
	pattern("/clusters", map[string]*operation{
		http.MethodGet: {name: "ListClusters", call: (*API).listClusters},
	}),
	pattern("/clusters/{name}", map[string]*operation{
		http.MethodGet: {name: "DescribeCluster", call: (*API).describeCluster},
	}),
	pattern("/clusters/{name}/addons", map[string]*operation{
		http.MethodGet:  {name: "ListAddons", call: (*API).listAddons},
		http.MethodPost: {name: "CreateAddon", changes: true, call: (*API).createAddon},
	}),
	pattern("/clusters/{name}/addons/{addonName}", map[string]*operation{
		http.MethodGet:    {name: "DescribeAddon", call: (*API).describeAddon},
		http.MethodDelete: {name: "DeleteAddon", changes: true, call: (*API).deleteAddon},
	}),
	pattern("/clusters/{name}/addons/{addonName}/update", map[string]*operation{
		http.MethodPost: {name: "UpdateAddon", changes: true, call: (*API).updateAddon},
	}),
	pattern("/clusters/{name}/updates", map[string]*operation{
		http.MethodGet: {name: "ListUpdates", call: (*API).listUpdates},
	}),
	pattern("/clusters/{name}/updates/{updateId}", map[string]*operation{
		http.MethodGet: {name: "DescribeUpdate", call: (*API).describeUpdate},
	}),
	pattern("/clusters/{name}/pod-identity-associations", map[string]*operation{
		http.MethodGet:  {name: "ListPodIdentityAssociations", call: (*API).listAssociations},
		http.MethodPost: {name: "CreatePodIdentityAssociation", changes: true, call: (*API).createAssociation},
	}),
	pattern("/clusters/{name}/pod-identity-associations/{associationId}", map[string]*operation{
		http.MethodGet:    {name: "DescribePodIdentityAssociation", call: (*API).describeAssociation},
		http.MethodPost:   {name: "UpdatePodIdentityAssociation", changes: true, call: (*API).updateAssociation},
		http.MethodDelete: {name: "DeletePodIdentityAssociation", changes: true, call: (*API).deleteAssociation},
	}),
	pattern("/tags/{resourceArn}", map[string]*operation{
		http.MethodGet:    {name: "ListTagsForResource", tags: true, call: (*API).listTags},
		http.MethodPost:   {name: "TagResource", tags: true, changes: true, call: (*API).tagResource},
		http.MethodDelete: {name: "UntagResource", tags: true, changes: true, call: (*API).untagResource},
	}),
}

// find returns the operation of a request and the labels in its path. The path is split before
// it is decoded, once, so that no label can reach out of its place.
func find(method, escapedPath string) (*operation, map[label]string, error) {
	parts := split(escapedPath)
	for _, route := range routes {
		labels, ok, err := route.match(parts)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		op := route.methods[method]
		if op == nil {
			return nil, nil, fail(methodNotAllowed, "The method %s is not allowed for this path.", method)
		}
		return op, labels, nil
	}
	return nil, nil, fail(unknownOperation, "There is no operation at this path.")
}

// split returns the parts of a path. The ARN in a path of the tag APIs is one part, though not
// every client encodes its slashes.
func split(escapedPath string) []string {
	path := strings.TrimPrefix(escapedPath, "/")
	if resource, ok := strings.CutPrefix(path, "tags/"); ok {
		return []string{"tags", resource}
	}
	return strings.Split(path, "/")
}

// match compares a path with the pattern.
func (r route) match(parts []string) (map[label]string, bool, error) {
	if len(parts) != len(r.path) {
		return nil, false, nil
	}
	labels := map[label]string{}
	for i, want := range r.path {
		name, ok := strings.CutPrefix(want, "{")
		if !ok {
			if parts[i] != want {
				return nil, false, nil
			}
			continue
		}
		value, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, false, fail(invalidParameter, "The path is not properly percent-encoded.")
		}
		if value == "" {
			return nil, false, nil
		}
		labels[label(strings.TrimSuffix(name, "}"))] = value
	}
	return labels, true, nil
}
