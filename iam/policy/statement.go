package policy

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	sidPattern = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	// actionPattern is a vendor, and a name with wildcards.
	actionPattern = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9*?-]+$`)
)

// readStatement reads the statement at a place, from 1.
func (d *Document) readStatement(v *value, place int) (s statement, sid string, err error) {
	s.name = "#" + strconv.Itoa(place)
	if v.kind != object {
		return s, "", syntax("statement %d is no object", place)
	}
	r := statementReader{d: d, s: &s}
	for _, m := range v.object {
		if err := r.read(m); err != nil {
			return s, "", err
		}
	}
	if r.sid != "" {
		s.name = r.sid
	}
	return s, r.sid, r.check(place)
}

// statementReader collects the elements of a statement.
type statementReader struct {
	d      *Document
	s      *statement
	sid    string
	effect string
	seen   struct{ action, notAction, resource, notResource, principal, notPrincipal bool }
}

func (r *statementReader) read(m member) (err error) {
	switch m.name {
	case "Sid":
		r.sid = m.value.text()
		if m.value.kind != word || !r.d.trust && !sidPattern.MatchString(r.sid) {
			return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
	case "Effect":
		r.effect = m.value.text()
		r.s.deny = r.effect == "Deny"
	case "Action", "NotAction":
		r.seen.action = r.seen.action || m.name == "Action"
		r.seen.notAction = r.seen.notAction || m.name == "NotAction"
		r.s.notActions = m.name == "NotAction"
		r.s.actions, err = readActions(m)
	case "Resource", "NotResource":
		r.seen.resource = r.seen.resource || m.name == "Resource"
		r.seen.notResource = r.seen.notResource || m.name == "NotResource"
		r.s.notResource = m.name == "NotResource"
		r.s.resources, err = readResources(m, r.d.variables)
	case "Principal", "NotPrincipal":
		r.seen.principal = r.seen.principal || m.name == "Principal"
		r.seen.notPrincipal = r.seen.notPrincipal || m.name == "NotPrincipal"
		r.s.notPrincipal = m.name == "NotPrincipal"
		r.s.principals, err = readPrincipals(m.value)
	case "Condition":
		r.s.conditions, err = readConditions(m.value, r.d.variables)
	default:
		return syntax("a statement has no element %s", strconv.Quote(m.name))
	}
	return err
}

// check finds what is missing or must not be there.
func (r *statementReader) check(place int) error {
	switch {
	case r.effect == "":
		return malformed("Missing required field Effect (statement %d)", place)
	case r.effect != "Allow" && r.effect != "Deny":
		return malformed("Invalid effect: %s (statement %d)", r.effect, place)
	case r.seen.action && r.seen.notAction:
		return syntax("statement %d has both Action and NotAction", place)
	case r.seen.resource && r.seen.notResource:
		return syntax("statement %d has both Resource and NotResource", place)
	case r.seen.principal && r.seen.notPrincipal:
		return syntax("statement %d has both Principal and NotPrincipal", place)
	case !r.seen.action && !r.seen.notAction:
		return malformed("Policy statement must contain actions.")
	}
	if r.d.trust {
		return r.checkTrust(place)
	}
	switch {
	case r.seen.principal || r.seen.notPrincipal:
		return malformed("Policy document should not specify a principal.")
	case !r.seen.resource && !r.seen.notResource:
		return malformed("Policy statement must contain resources.")
	}
	return nil
}

// checkTrust finds what a trust policy must not have.
func (r *statementReader) checkTrust(place int) error {
	switch {
	case r.seen.resource:
		return malformed("Has prohibited field Resource")
	case r.seen.notResource:
		return malformed("Has prohibited field NotResource")
	case !r.seen.principal && !r.seen.notPrincipal:
		return malformed("Missing required field Principal")
	case r.seen.notPrincipal && !r.s.deny:
		return malformed("Allow with NotPrincipal is not supported. (statement %d)", place)
	case r.seen.notAction && !r.s.deny:
		return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
	}
	return r.s.checkTrustActions()
}

// trustActions are the actions that trust policies speak about.
var trustActions = []string{
	"sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml",
	"sts:tagsession", "sts:setsourceidentity", "sts:setcontext",
}

func (s *statement) checkTrustActions() error {
	for _, g := range s.actions {
		known := false
		for _, a := range trustActions {
			known = known || g.match(a)
		}
		if !known || len(g) > 0 && g[0] == anyRun {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	if len(s.principals.federated) > 0 && !s.notActions && !s.actsOn("sts:AssumeRoleWithWebIdentity") && !s.actsOn("sts:AssumeRoleWithSAML") {
		return malformed("Federated principals need the action sts:AssumeRoleWithWebIdentity or sts:AssumeRoleWithSAML. (statement %s)", s.name)
	}
	return nil
}

func readActions(m member) ([]glob, error) {
	texts, ok := m.value.texts()
	if !ok || len(texts) == 0 {
		return nil, syntax("%s must be a text or a list of texts", m.name)
	}
	globs := make([]glob, len(texts))
	for i, t := range texts {
		if t != "*" && !actionPattern.MatchString(t) {
			return nil, malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (%s)", strconv.Quote(t))
		}
		globs[i] = simpleGlob(strings.ToLower(t))
	}
	return globs, nil
}

func readResources(m member, variables bool) ([]resource, error) {
	texts, ok := m.value.texts()
	if !ok || len(texts) == 0 {
		return nil, syntax("%s must be a text or a list of texts", m.name)
	}
	out := make([]resource, len(texts))
	for i, t := range texts {
		r, err := newResource(t, variables)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}
