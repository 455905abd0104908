package iamapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/policy"
)

// conditions is what policies may ask for about an operation on a resource: the keys of
// the Service Authorization Reference, "Actions, resources, and condition keys for AWS
// Identity and Access Management", as far as there is what they are about. A deny that
// asks for a key that nobody sets would deny nothing.
func (c *call) conditions(resource string) policy.Context {
	values := maps.Clone(c.about)
	if arn := c.values["PolicyArn"]; arn != "" {
		values["iam:PolicyARN"] = []string{arn}
	}
	// Tags are read as the operation itself reads them, or what is judged could differ
	// from what is done. When they are malformed the operation fails.
	read := &params{values: c.values}
	tags, err := read.tags()
	if err != nil {
		tags = nil
	}
	keys := append(slices.Sorted(maps.Keys(tags)), read.list("TagKeys", "")...)
	for k, v := range tags {
		values["aws:RequestTag/"+k] = []string{v}
	}
	if len(keys) > 0 {
		values["aws:TagKeys"] = keys
	}
	own, boundary := c.entity(resource)
	for k, v := range own {
		values["aws:ResourceTag/"+k], values["iam:ResourceTag/"+k] = []string{v}, []string{v}
	}
	if wanted := c.values["PermissionsBoundary"]; wanted != "" {
		boundary = wanted
	}
	if boundary != "" {
		values["iam:PermissionsBoundary"] = []string{boundary}
	}
	return values
}

// entity returns the tags and the permissions boundary of what has that ARN, nothing when
// it does not exist.
func (c *call) entity(arn string) (tags iam.Tags, boundary string) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	switch kind, _, _ := strings.Cut(strings.TrimPrefix(arn, c.dir.ARN("")), "/"); kind {
	case "role":
		if r, err := c.dir.Role(name); err == nil {
			return r.Tags, r.Boundary
		}
	case "user":
		if u, err := c.dir.User(name); err == nil {
			return u.Tags, u.Boundary
		}
	case "policy":
		if p, err := c.dir.Policy(arn); err == nil {
			return p.Tags, ""
		}
	case "oidc-provider":
		if p, err := c.dir.Provider(arn); err == nil {
			return p.Tags, ""
		}
	}
	return nil, ""
}
