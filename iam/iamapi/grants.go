package iamapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam"
)

// holder reads the user or role that a request is about.
func (c *call) holder(k iam.Kind) string {
	if k == iam.RoleKind {
		return c.roleName()
	}
	return c.userName()
}

func attach(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, arn := c.holder(k), c.policyARN()
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.Attach(c.ctx, k, name, arn)
	}
}

func detach(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, arn := c.holder(k), c.policyARN()
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.Detach(c.ctx, k, name, arn)
	}
}

type attachedXML struct {
	PolicyName string
	PolicyArn  string
}

func listAttached(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, prefix := c.holder(k), c.pathPrefix()
		if err := c.err(); err != nil {
			return nil, err
		}
		g, err := c.dir.Grants(k, name)
		if err != nil {
			return nil, err
		}
		var list []attachedXML
		for _, arn := range g.Attached {
			if p, err := c.dir.Policy(arn); err == nil && strings.HasPrefix(p.Path, prefix) {
				list = append(list, attachedXML{p.Name, arn})
			}
		}
		list, more, err := page(c.params, list, func(a attachedXML) string { return a.PolicyArn })
		if err != nil {
			return nil, err
		}
		return &struct {
			AttachedPolicies members[attachedXML]
			paging
		}{members[attachedXML]{list}, more}, nil
	}
}

func putInline(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, policyName, document := c.holder(k), c.policyName(), c.document("PolicyDocument")
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.PutInline(c.ctx, k, name, policyName, document)
	}
}

func getInline(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, policyName := c.holder(k), c.policyName()
		if err := c.err(); err != nil {
			return nil, err
		}
		g, err := c.dir.Grants(k, name)
		if err != nil {
			return nil, err
		}
		document, ok := g.Inline[policyName]
		if !ok {
			return nil, iam.NoSuchInline(k, policyName)
		}
		return &struct {
			RoleName       string `xml:",omitempty"`
			UserName       string `xml:",omitempty"`
			PolicyName     string
			PolicyDocument string
		}{c.values["RoleName"], c.values["UserName"], policyName, escaped(document)}, nil
	}
}

func deleteInline(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, policyName := c.holder(k), c.policyName()
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.DeleteInline(c.ctx, k, name, policyName)
	}
}

func listInline(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name := c.holder(k)
		if err := c.err(); err != nil {
			return nil, err
		}
		g, err := c.dir.Grants(k, name)
		if err != nil {
			return nil, err
		}
		names, more, err := page(c.params, slices.Sorted(maps.Keys(g.Inline)), func(s string) string { return s })
		if err != nil {
			return nil, err
		}
		return &struct {
			PolicyNames members[string]
			paging
		}{members[string]{names}, more}, nil
	}
}

func putBoundary(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name, arn := c.holder(k), c.required("PermissionsBoundary", 20, 2048, nil)
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.SetBoundary(c.ctx, k, name, arn)
	}
}

func deleteBoundary(k iam.Kind) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		name := c.holder(k)
		if err := c.err(); err != nil {
			return nil, err
		}
		return nothing{}, c.dir.SetBoundary(c.ctx, k, name, "")
	}
}
