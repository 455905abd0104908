package iamapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam"
)

func createRole(c *call) (any, error) {
	r := iam.Role{
		Name: c.roleName(), Path: c.path(), Trust: c.document("AssumeRolePolicyDocument"),
		Description: c.text("Description", 0, 1000, descPattern),
		MaxSession:  c.seconds("MaxSessionDuration", iam.DefaultMaxSession, iam.LongestSession),
	}
	r.Boundary = c.text("PermissionsBoundary", 20, 2048, nil)
	tags, err := c.tags()
	if err == nil {
		err = c.err()
	}
	if err == nil {
		err = iam.CheckTrust(r.Trust)
	}
	if err != nil {
		return nil, err
	}
	r.Tags = tags
	created, err := c.dir.CreateRole(c.ctx, r)
	if err != nil {
		return nil, err
	}
	out := c.showRole(created)
	if len(created.Tags) > 0 {
		tags := showTags(created.Tags)
		out.Tags = &tags
	}
	return &struct{ Role roleXML }{out}, nil
}

func getRole(c *call) (any, error) {
	name := c.roleName()
	if err := c.err(); err != nil {
		return nil, err
	}
	r, err := c.dir.Role(name)
	if err != nil {
		return nil, err
	}
	return &struct{ Role roleXML }{c.showWholeRole(r)}, nil
}

func listRoles(c *call) (any, error) {
	prefix := c.pathPrefix()
	roles := slices.DeleteFunc(c.dir.Roles(), func(r *iam.Role) bool { return !strings.HasPrefix(r.Path, prefix) })
	roles, more, err := page(c.params, roles, func(r *iam.Role) string { return strings.ToLower(r.Name) })
	if err != nil {
		return nil, err
	}
	out := &struct {
		Roles members[roleXML]
		paging
	}{paging: more}
	for _, r := range roles {
		out.Roles.Member = append(out.Roles.Member, c.showRole(r))
	}
	return out, nil
}

// pathPrefix reads the parameter that narrows lists.
func (c *call) pathPrefix() string { return c.text("PathPrefix", 1, 512, prefixPattern) }

func updateRole(c *call) (any, error) {
	name := c.roleName()
	description := c.text("Description", 0, 1000, descPattern)
	longest := c.seconds("MaxSessionDuration", iam.DefaultMaxSession, iam.LongestSession)
	if err := c.err(); err != nil {
		return nil, err
	}
	return &struct{}{}, c.dir.ChangeRole(c.ctx, name, func(r *iam.Role) error {
		if _, ok := c.values["Description"]; ok {
			r.Description = description
		}
		if longest > 0 {
			r.MaxSession = longest
		}
		return nil
	})
}

func updateRoleDescription(c *call) (any, error) {
	name, description := c.roleName(), c.required("Description", 0, 1000, descPattern)
	if err := c.err(); err != nil {
		return nil, err
	}
	err := c.dir.ChangeRole(c.ctx, name, func(r *iam.Role) error { r.Description = description; return nil })
	if err != nil {
		return nil, err
	}
	return getRole(c)
}

func updateAssumeRolePolicy(c *call) (any, error) {
	name, trust := c.roleName(), c.document("PolicyDocument")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := iam.CheckTrust(trust); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.ChangeRole(c.ctx, name, func(r *iam.Role) error { r.Trust = trust; return nil })
}

func deleteRole(c *call) (any, error) {
	name := c.roleName()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeleteRole(c.ctx, name)
}

func tagRole(c *call) (any, error) {
	name := c.roleName()
	return c.retag(c.addTags, func(change retagging) error {
		return c.dir.ChangeRole(c.ctx, name, func(r *iam.Role) error { return change(&r.Tags) })
	})
}

func untagRole(c *call) (any, error) {
	name := c.roleName()
	return c.retag(c.dropTags, func(change retagging) error {
		return c.dir.ChangeRole(c.ctx, name, func(r *iam.Role) error { return change(&r.Tags) })
	})
}

func listRoleTags(c *call) (any, error) {
	name := c.roleName()
	return c.listTags(func() (iam.Tags, error) {
		r, err := c.dir.Role(name)
		if err != nil {
			return nil, err
		}
		return r.Tags, nil
	})
}

// listInstanceProfilesForRole is asked before a role is deleted. There are no
// instances here, and so no profiles.
func listInstanceProfilesForRole(c *call) (any, error) {
	name := c.roleName()
	if err := c.err(); err != nil {
		return nil, err
	}
	if _, err := c.dir.Role(name); err != nil {
		return nil, err
	}
	return &struct {
		InstanceProfiles members[string]
		paging
	}{}, nil
}

// retagging changes the tags of an entity.
type retagging func(tags *iam.Tags) error

// addTags reads the tags of a request into a change.
func (c *call) addTags() (retagging, error) {
	tags, err := c.tags()
	if err != nil {
		return nil, err
	}
	return func(have *iam.Tags) error {
		if *have == nil {
			*have = iam.Tags{}
		}
		for k, v := range tags {
			// A key that differs in case only is the same tag, which keeps its spelling.
			for old := range *have {
				if strings.EqualFold(old, k) {
					k = old
				}
			}
			(*have)[k] = v
		}
		if len(*have) > maxTags {
			return iam.Errorf(iam.LimitExceeded, "There can be at most %d tags", maxTags)
		}
		return nil
	}, nil
}

// dropTags reads the keys of a request into a change.
func (c *call) dropTags() (retagging, error) {
	keys := c.list("TagKeys", "")
	return func(have *iam.Tags) error {
		maps.DeleteFunc(*have, func(k, _ string) bool {
			return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, k) })
		})
		return nil
	}, nil
}

func (c *call) retag(read func() (retagging, error), apply func(retagging) error) (any, error) {
	change, err := read()
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, err
	}
	return nothing{}, apply(change)
}

func (c *call) listTags(get func() (iam.Tags, error)) (any, error) {
	if err := c.err(); err != nil {
		return nil, err
	}
	tags, err := get()
	if err != nil {
		return nil, err
	}
	list, more, err := page(c.params, showTags(tags).Member, func(t tagXML) string { return t.Key })
	if err != nil {
		return nil, err
	}
	return &struct {
		Tags members[tagXML]
		paging
	}{members[tagXML]{list}, more}, nil
}
