package iamapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam"
)

func createPolicy(c *call) (any, error) {
	p := iam.Policy{Name: c.policyName(), Path: c.path(), Description: c.text("Description", 0, 1000, descPattern)}
	document := c.document("PolicyDocument")
	tags, err := c.tags()
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, err
	}
	p.Tags = tags
	created, err := c.dir.CreatePolicy(c.ctx, p, document)
	if err != nil {
		return nil, err
	}
	return &struct{ Policy policyXML }{c.showWholePolicy(created)}, nil
}

// thePolicy returns the policy that a request names.
func (c *call) thePolicy() (*iam.Policy, error) {
	arn := c.policyARN()
	if err := c.err(); err != nil {
		return nil, err
	}
	return c.dir.Policy(arn)
}

func getPolicy(c *call) (any, error) {
	p, err := c.thePolicy()
	if err != nil {
		return nil, err
	}
	return &struct{ Policy policyXML }{c.showWholePolicy(p)}, nil
}

func listPolicies(c *call) (any, error) {
	scope := c.oneOf("Scope", "All", "AWS", "Local")
	attachedOnly := c.boolean("OnlyAttached")
	usage := c.text("PolicyUsageFilter", 0, 32, nil)
	prefix := c.pathPrefix()
	attached, bounds := c.dir.Attachments()
	policies := slices.DeleteFunc(c.dir.Policies(), func(p *iam.Policy) bool {
		return scope == "AWS" && !p.Managed() || scope == "Local" && p.Managed() || !strings.HasPrefix(p.Path, prefix) ||
			attachedOnly && attached[p.ARN]+bounds[p.ARN] == 0 ||
			usage == "PermissionsBoundary" && bounds[p.ARN] == 0
	})
	policies, more, err := page(c.params, policies, func(p *iam.Policy) string { return p.ARN })
	if err != nil {
		return nil, err
	}
	out := &struct {
		Policies members[policyXML]
		paging
	}{paging: more}
	for _, p := range policies {
		out.Policies.Member = append(out.Policies.Member, showPolicy(p, attached, bounds))
	}
	return out, nil
}

func deletePolicy(c *call) (any, error) {
	arn := c.policyARN()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeletePolicy(c.ctx, arn)
}

type roleEntityXML struct{ RoleName, RoleId string }

type userEntityXML struct{ UserName, UserId string }

// listEntitiesForPolicy answers in one page, like AWS for so few entities: users, then
// roles, bounded by MaxItems together.
func listEntitiesForPolicy(c *call) (any, error) {
	filter := c.oneOf("EntityFilter", "", "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
	usage := c.text("PolicyUsageFilter", 0, 32, nil)
	prefix := c.pathPrefix()
	p, err := c.thePolicy()
	if err != nil {
		return nil, err
	}
	uses := func(path string, g *iam.Grants) bool {
		attached := slices.Contains(g.Attached, p.ARN) && usage != "PermissionsBoundary"
		return strings.HasPrefix(path, prefix) && (attached || g.Boundary == p.ARN && usage != "PermissionsPolicy")
	}
	type entity struct {
		key      string
		userName string
		roleName string
		id       string
	}
	var all []entity
	if filter == "" || filter == "Role" {
		for _, r := range c.dir.Roles() {
			if uses(r.Path, &r.Grants) {
				all = append(all, entity{"role/" + r.Name, "", r.Name, r.ID})
			}
		}
	}
	if filter == "" || filter == "User" {
		for _, u := range c.dir.Users() {
			if uses(u.Path, &u.Grants) {
				all = append(all, entity{"user/" + u.Name, u.Name, "", u.ID})
			}
		}
	}
	slices.SortFunc(all, func(a, b entity) int { return cmp.Compare(a.key, b.key) })
	all, more, err := page(c.params, all, func(e entity) string { return e.key })
	if err != nil {
		return nil, err
	}
	out := &struct {
		PolicyGroups members[string]
		PolicyUsers  members[userEntityXML]
		PolicyRoles  members[roleEntityXML]
		paging
	}{paging: more}
	for _, e := range all {
		if e.roleName != "" {
			out.PolicyRoles.Member = append(out.PolicyRoles.Member, roleEntityXML{e.roleName, e.id})
		} else {
			out.PolicyUsers.Member = append(out.PolicyUsers.Member, userEntityXML{e.userName, e.id})
		}
	}
	return out, nil
}

func createPolicyVersion(c *call) (any, error) {
	arn, document, isDefault := c.policyARN(), c.document("PolicyDocument"), c.boolean("SetAsDefault")
	if err := c.err(); err != nil {
		return nil, err
	}
	v, err := c.dir.CreateVersion(c.ctx, arn, document, isDefault)
	if err != nil {
		return nil, err
	}
	return &struct{ PolicyVersion versionXML }{versionXML{VersionId: v.ID(), IsDefaultVersion: isDefault, CreateDate: stamp(v.Created)}}, nil
}

func (c *call) versionID() string { return c.required("VersionId", 1, 32, versionPattern) }

func getPolicyVersion(c *call) (any, error) {
	id := c.versionID()
	p, err := c.thePolicy()
	if err != nil {
		return nil, err
	}
	v := p.Version(iam.ParseVersion(id))
	if v == nil {
		return nil, iam.NoSuchVersion(p.ARN, iam.ParseVersion(id))
	}
	out := showVersion(p, *v)
	out.Document = escaped(v.Document)
	return &struct{ PolicyVersion versionXML }{out}, nil
}

func listPolicyVersions(c *call) (any, error) {
	p, err := c.thePolicy()
	if err != nil {
		return nil, err
	}
	// A policy has a handful of versions: their order is by number, newest first, and
	// pages go by place.
	versions := slices.Clone(p.Versions)
	slices.Reverse(versions)
	place := map[int]string{}
	for i, v := range versions {
		place[v.Number] = string(rune('a' + i))
	}
	versions, more, err := page(c.params, versions, func(v iam.Version) string { return place[v.Number] })
	if err != nil {
		return nil, err
	}
	out := &struct {
		Versions members[versionXML]
		paging
	}{paging: more}
	for _, v := range versions {
		out.Versions.Member = append(out.Versions.Member, showVersion(p, v))
	}
	return out, nil
}

func deletePolicyVersion(c *call) (any, error) {
	arn, id := c.policyARN(), c.versionID()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.DeleteVersion(c.ctx, arn, iam.ParseVersion(id))
}

func setDefaultPolicyVersion(c *call) (any, error) {
	arn, id := c.policyARN(), c.versionID()
	if err := c.err(); err != nil {
		return nil, err
	}
	return nothing{}, c.dir.SetDefaultVersion(c.ctx, arn, iam.ParseVersion(id))
}

func tagPolicy(c *call) (any, error) {
	arn := c.policyARN()
	return c.retag(c.addTags, func(change retagging) error {
		return c.dir.ChangePolicy(c.ctx, arn, func(p *iam.Policy) error { return change(&p.Tags) })
	})
}

func untagPolicy(c *call) (any, error) {
	arn := c.policyARN()
	return c.retag(c.dropTags, func(change retagging) error {
		return c.dir.ChangePolicy(c.ctx, arn, func(p *iam.Policy) error { return change(&p.Tags) })
	})
}

func listPolicyTags(c *call) (any, error) {
	arn := c.policyARN()
	return c.listTags(func() (iam.Tags, error) {
		p, err := c.dir.Policy(arn)
		if err != nil {
			return nil, err
		}
		return p.Tags, nil
	})
}
