package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// principals is the element Principal or NotPrincipal.
type principals struct {
	present   bool
	everybody bool // "*", or "AWS": "*"
	aws       []string
	federated []string
	services  []string
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	iamPrincipal   = regexp.MustCompile(`^arn:aws[a-z0-9-]*:(iam::[0-9]{12}:(root|user/.+|role/.+)|sts::[0-9]{12}:assumed-role/[^/]+/[^/]+)$`)
	providerARN    = regexp.MustCompile(`^arn:aws[a-z0-9-]*:iam::[0-9]{12}:(oidc-provider|saml-provider)/.+$`)
	domainPattern  = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

// readPrincipals reads "*" or an object of kinds.
func readPrincipals(v *value) (principals, error) {
	p := principals{present: true}
	if v.text() == "*" {
		p.everybody = true
		return p, nil
	}
	if v.kind != object || len(v.object) == 0 {
		return p, malformed(`Invalid principal in policy: it must be "*" or an object`)
	}
	for _, m := range v.object {
		names, ok := m.value.texts()
		if !ok || len(names) == 0 {
			return p, malformed("Invalid principal in policy: %q must be a text or a list of texts", m.name)
		}
		for _, name := range names {
			if !p.add(m.name, name) {
				return p, malformed("Invalid principal in policy: %s:%s", strconv.Quote(m.name), strconv.Quote(name))
			}
		}
	}
	return p, nil
}

// add takes a principal, and reports whether there can be one like that.
func (p *principals) add(kind, name string) bool {
	switch {
	case kind == "AWS" && name == "*":
		p.everybody = true
	case kind == "AWS" && (accountPattern.MatchString(name) || iamPrincipal.MatchString(name) && !strings.ContainsAny(name, "*?")):
		p.aws = append(p.aws, name)
	case kind == "Federated" && (providerARN.MatchString(name) || domainPattern.MatchString(name)):
		p.federated = append(p.federated, name)
	case kind == "Service" && domainPattern.MatchString(name):
		p.services = append(p.services, name)
	default:
		return false
	}
	return true
}

// match reports whether who is one of the principals.
func (p *principals) match(who *Principal) bool {
	switch {
	case p.everybody:
		return true
	case who.Federated != "" && slices.Contains(p.federated, who.Federated):
		return true
	case who.Service != "" && slices.Contains(p.services, who.Service):
		return true
	}
	return slices.ContainsFunc(p.aws, who.is)
}

// is reports whether a principal of kind AWS means who: the account, the user, the
// role behind a session, or that one session.
func (who *Principal) is(name string) bool {
	if accountPattern.MatchString(name) {
		return who.Account == name
	}
	if account, ok := strings.CutSuffix(name, ":root"); ok {
		return who.Account != "" && strings.HasSuffix(account, "::"+who.Account)
	}
	return name == who.ARN || name == who.RoleARN
}
