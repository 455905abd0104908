package login

import (
	"slices"
	"strings"

	"github.com/radiograph/radiograph/iam/policy"
)

// Role is what a person who comes from a provider may do. It stands for a managed
// policy.
type Role string

// The roles, the highest first.
const (
	Admin    Role = "admin"
	Operator Role = "operator"
	Viewer   Role = "viewer"
	NoRole   Role = ""
)

const managed = "arn:aws:iam::aws:policy/"

// document returns the policy of a role, nil for none.
func (r Role) document() *policy.Document {
	name := map[Role]string{Admin: "RadiographAdministratorAccess", Operator: "RadiographOperatorAccess", Viewer: "RadiographViewerAccess"}[r]
	if m := policy.ManagedPolicy(managed + name); m != nil {
		return &m.Document
	}
	return nil
}

// roleOf returns the highest role that values, those of the provider's claim, make.
func (o *OIDC) roleOf(values []string) Role {
	for _, r := range []struct {
		role Role
		any  []string
	}{{Admin, o.AdminValues}, {Operator, o.OperatorValues}, {Viewer, o.ViewerValues}} {
		if slices.ContainsFunc(values, func(v string) bool { return slices.Contains(r.any, v) }) {
			return r.role
		}
	}
	return NoRole
}

// claim returns the texts of the claim at path, whose dots lead into objects. A claim
// whose name has dots itself, as a URL, is found by its whole name.
func claim(claims map[string]any, path string) (values []string, ok bool) {
	v, ok := claims[path]
	for rest := path; !ok; {
		name, more, nested := strings.Cut(rest, ".")
		inner, isObject := claims[name].(map[string]any)
		if !nested || !isObject {
			return nil, false
		}
		claims, rest = inner, more
		v, ok = claims[rest]
	}
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		for _, one := range v {
			if text, ok := one.(string); ok {
				values = append(values, text)
			}
		}
		return values, true
	}
	return nil, false
}
