package xrayapi

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// policy is a resource policy as it is stored.
type policy struct {
	Name     string    `json:"name"`
	Document string    `json:"document"`
	Revision int64     `json:"revision"` // from 1
	Updated  time.Time `json:"updated"`
}

type policyShape struct {
	PolicyName, PolicyDocument string
	PolicyRevisionID           string `json:"PolicyRevisionId"`
	LastUpdatedTime            *seconds
}

func renderPolicy(p policy) policyShape {
	return policyShape{
		PolicyName:       p.Name,
		PolicyDocument:   p.Document,
		PolicyRevisionID: strconv.FormatInt(p.Revision, 10),
		LastUpdatedTime:  at(p.Updated),
	}
}

type listPoliciesInput struct {
	paging
}

type listPoliciesOutput struct {
	ResourcePolicies []policyShape
	NextToken        *string
}

func (a *API) listPolicies(ctx context.Context, in *listPoliciesInput) (*listPoliciesOutput, error) {
	if a.opts.Strict && text(in.NextToken) != "" {
		return nil, invalid("NextToken is currently not supported.")
	}
	pager, err := newPager("ListResourcePolicies", in)
	if err != nil {
		return nil, err
	}
	all, err := loadAll[policy](ctx, a, statePolicies)
	if err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(maps.Values(all), func(x, y policy) int { return cmp.Compare(x.Name, y.Name) })
	policies, next := page(pager, sorted, a.opts.PageSize, func(p policy) string { return p.Name })
	out := &listPoliciesOutput{ResourcePolicies: make([]policyShape, len(policies)), NextToken: next}
	for i, p := range policies {
		out.ResourcePolicies[i] = renderPolicy(p)
	}
	return out, nil
}

var policyName = regexp.MustCompile(`^[\w+=,.@-]+$`)

type putPolicyInput struct {
	PolicyName, PolicyDocument *string
	PolicyRevisionID           *string `json:"PolicyRevisionId"`
	BypassPolicyLockoutCheck   bool
}

func (in *putPolicyInput) check(v *violations) {
	v.RequiredLength("policyName", in.PolicyName, 1, 128)
	v.Pattern("policyName", in.PolicyName, policyName)
	v.Required("policyDocument", in.PolicyDocument != nil)
}

type policyOutput struct {
	ResourcePolicy policyShape
}

const (
	maxPolicyBytes = 5 << 10
	maxPolicies    = 5
)

// putPolicy creates or replaces a policy. Each success makes a new revision. A
// request that names a revision succeeds only if it is the current one; revision 0
// is that of a policy that does not exist.
func (a *API) putPolicy(ctx context.Context, in *putPolicyInput) (*policyOutput, error) {
	if len(*in.PolicyDocument) > maxPolicyBytes {
		return nil, refused("PolicySizeLimitExceededException", "The policy document is larger than %d bytes", maxPolicyBytes)
	}
	statements, err := parsePolicy(*in.PolicyDocument)
	if err != nil {
		return nil, refused("MalformedPolicyDocumentException", "The policy document is malformed: %v", err)
	}
	if !in.BypassPolicyLockoutCheck && locksOut(statements) {
		return nil, refused("LockoutPreventionException",
			"The policy would keep everybody from changing it. Set BypassPolicyLockoutCheck if that is meant.")
	}
	a.configuration.Lock()
	defer a.configuration.Unlock()
	all, err := loadAll[policy](ctx, a, statePolicies)
	if err != nil {
		return nil, err
	}
	old, exists := all[*in.PolicyName]
	if in.PolicyRevisionID != nil && *in.PolicyRevisionID != strconv.FormatInt(old.Revision, 10) {
		return nil, refused("InvalidPolicyRevisionIdException",
			"Another concurrent request has modified the resource policy %s", *in.PolicyName)
	}
	if !exists && len(all) >= maxPolicies {
		return nil, refused("PolicyCountLimitExceededException", "There are %d resource policies already", maxPolicies)
	}
	p := policy{Name: *in.PolicyName, Document: *in.PolicyDocument, Revision: old.Revision + 1, Updated: a.opts.Now().UTC()}
	if err := save(ctx, a, statePolicies, p.Name, p); err != nil {
		return nil, err
	}
	return &policyOutput{renderPolicy(p)}, nil
}

type deletePolicyInput struct {
	PolicyName       *string
	PolicyRevisionID *string `json:"PolicyRevisionId"`
}

func (in *deletePolicyInput) check(v *violations) {
	v.RequiredLength("policyName", in.PolicyName, 1, 128)
	v.Pattern("policyName", in.PolicyName, policyName)
}

func (a *API) deletePolicy(ctx context.Context, in *deletePolicyInput) (*empty, error) {
	a.configuration.Lock()
	defer a.configuration.Unlock()
	p, ok, err := load[policy](ctx, a, statePolicies, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, invalid("The resource policy %s does not exist.", *in.PolicyName)
	}
	if in.PolicyRevisionID != nil && *in.PolicyRevisionID != strconv.FormatInt(p.Revision, 10) {
		return nil, refused("InvalidPolicyRevisionIdException",
			"Another concurrent request has modified or deleted the resource policy %s", p.Name)
	}
	return &empty{}, remove(ctx, a, statePolicies, p.Name)
}
