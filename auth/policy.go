package auth

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/iam/policy"
)

// ByPolicy authorises by the policies of the principal. Principals of other accounts
// than Account are refused whatever their policies say: they speak about their own
// account. An empty Account accepts all.
type ByPolicy struct {
	Account string
	Now     func() time.Time // nil means time.Now
}

// Authorize implements [Authorizer].
func (b ByPolicy) Authorize(_ context.Context, p *Principal, action, resource string, values policy.Context) error {
	if b.Account != "" && p.Account != b.Account {
		return denied(p, action, resource, "because no resource-based policy allows the "+action+" action")
	}
	now := time.Now
	if b.Now != nil {
		now = b.Now
	}
	d := policy.Evaluate(policy.Request{
		Action: action, Resource: resource,
		Principal: policy.Principal{Account: p.Account, ARN: p.ARN, RoleARN: p.RoleARN},
		Context:   p.Context(now(), values),
	}, p.Policies.Identity, p.Policies.Boundary, p.Policies.Session)
	if d.Allowed {
		return nil
	}
	return denied(p, action, resource, d.Reason(action))
}

func denied(p *Principal, action, resource, reason string) *Error {
	return &Error{Kind: Denied, Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", p.ARN, action, resource, reason)}
}

// Context returns what conditions may ask for about p, with values added.
func (p *Principal) Context(now time.Time, values policy.Context) policy.Context {
	c := policy.Context{
		"aws:PrincipalArn":     {p.principalARN()},
		"aws:PrincipalAccount": {p.Account},
		"aws:PrincipalType":    {p.kind()},
		"aws:userid":           {p.UserID},
		"aws:CurrentTime":      {now.UTC().Format(time.RFC3339)},
		"aws:EpochTime":        {strconv.FormatInt(now.Unix(), 10)},
	}
	if p.Name != "" {
		c["aws:username"] = []string{p.Name}
	}
	if !p.IssuedAt.IsZero() {
		c["aws:TokenIssueTime"] = []string{p.IssuedAt.UTC().Format(time.RFC3339)}
	}
	for k, v := range p.Tags {
		c["aws:PrincipalTag/"+k] = []string{v}
	}
	maps.Copy(c, values)
	return c
}

// principalARN is the value of aws:PrincipalArn: of a session that of its role.
func (p *Principal) principalARN() string {
	if p.RoleARN != "" {
		return p.RoleARN
	}
	return p.ARN
}

// kind is the value of aws:PrincipalType.
func (p *Principal) kind() string {
	switch {
	case p.RoleARN != "":
		return "AssumedRole"
	case strings.HasSuffix(p.ARN, ":root"):
		return "Account"
	}
	return "User"
}
