package policy

import (
	"slices"
	"strings"
)

// Context holds the values that conditions and policy variables ask for, such as
// aws:SourceIp or <issuer>:sub. Keys are compared without regard to case, as IAM
// does. A key that is absent differs from one without values.
type Context map[string][]string

// Lookup returns the values of a key: those of all spellings of it, as tags whose
// keys differ in case alone may have several.
func (c Context) Lookup(key string) (values []string, ok bool) {
	var spellings []string
	for k := range c {
		// Letters that fold to one of another length, such as ſ to s, are others: who may
		// choose the name of a tag or a claim must not reach another one by them.
		if len(k) == len(key) && strings.EqualFold(k, key) {
			spellings = append(spellings, k)
		}
	}
	if len(spellings) == 1 {
		return c[spellings[0]], true
	}
	slices.Sort(spellings) // always the same answer
	for _, k := range spellings {
		values = append(values, c[k]...)
	}
	return values, len(spellings) > 0
}

// Principal is who makes a request, in the terms of trust policies. Zero members
// are unknown and match nothing.
type Principal struct {
	Account   string // 12 digits
	ARN       string // of the user, or of the assumed role's session
	RoleARN   string // of the role behind a session; "" for users
	Federated string // ARN of the OIDC provider that vouches for a web identity
	Service   string // such as pods.eks.amazonaws.com
}

// Request is what is to be decided.
type Request struct {
	Action    string // such as xray:PutTraceSegments
	Resource  string // an ARN, or * for actions that have none
	Principal Principal
	Context   Context
}

// Source is a layer of policies.
type Source uint8

// The layers. Each that exists must allow a request.
const (
	Identity Source = iota // policies of the user or role
	Boundary               // permissions boundary
	Session                // policies given when a role was assumed
	Trust                  // trust policy of a role
)

// String returns the layer as AWS's messages have it, with its article.
func (s Source) String() string {
	switch s {
	case Boundary:
		return "a permissions boundary"
	case Session:
		return "a session policy"
	case Trust:
		return "a role trust policy"
	}
	return "an identity-based policy"
}

// Decision is the answer to a [Request].
type Decision struct {
	Allowed bool

	// Denied says that a statement denies, rather than that none allows.
	Denied bool

	// Source is the layer that decided; of an allowed request, the identity or trust
	// policies.
	Source Source

	// Statement names the statement that decided: its Sid, or its place such as
	// "#2" (from 1) in the document. It is "" when no statement applied.
	Statement string

	// Document is the place of the statement's document in its layer.
	Document int
}

// Reason returns the end of AWS's message for a refused request, such as "because no
// identity-based policy allows the xray:GetGroup action". It is "" for an allowed one.
func (d Decision) Reason(action string) string {
	switch {
	case d.Allowed:
		return ""
	case d.Denied:
		return "with an explicit deny in " + d.Source.String()
	}
	_, layer, _ := strings.Cut(d.Source.String(), " ")
	return "because no " + layer + " allows the " + action + " action"
}

// Evaluate decides what a principal may do. boundary is nil when there is none.
// session is nil when none was given; one of several session policies suffices to
// allow. Documents made by [ParseTrust] allow nothing here.
func Evaluate(r Request, identity []*Document, boundary *Document, session []*Document) Decision {
	layers := []struct {
		source Source
		docs   []*Document
		absent bool
	}{
		{Identity, identity, false},
		{Boundary, []*Document{boundary}, boundary == nil},
		{Session, session, session == nil},
	}
	var allowed, refused *Decision
	for _, l := range layers {
		if l.absent {
			continue
		}
		d := decide(&r, l.source, l.docs)
		switch {
		case d.Denied:
			return d
		case !d.Allowed && refused == nil:
			refused = &d
		case d.Allowed && allowed == nil:
			allowed = &d
		}
	}
	if refused != nil {
		return *refused
	}
	return *allowed // the identity layer is never absent
}

// EvaluateTrust decides whether r.Principal may do r.Action to the role whose trust
// policy d is.
func EvaluateTrust(r Request, d *Document) Decision {
	return decide(&r, Trust, []*Document{d})
}

// decide evaluates one layer. Every document is looked at even after an allow: a
// later one may deny.
func decide(r *Request, source Source, docs []*Document) Decision {
	result := Decision{Source: source}
	for i, d := range docs {
		if d == nil || d.trust != (source == Trust) {
			continue
		}
		for j := range d.statements {
			s := &d.statements[j]
			if result.Allowed && !s.deny || !s.applies(r, d.variables) {
				continue
			}
			result = Decision{Allowed: !s.deny, Denied: s.deny, Source: source, Statement: s.name, Document: i}
			if s.deny {
				return result
			}
		}
	}
	return result
}

// Mentions reports whether a statement of d allows action for some resource, under
// some condition. It decides nothing: what is offered to people may depend on it.
func (d *Document) Mentions(action string) bool {
	for i := range d.statements {
		if s := &d.statements[i]; !s.deny && s.actsOn(action) {
			return true
		}
	}
	return false
}
