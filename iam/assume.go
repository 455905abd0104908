package iam

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/iam/session"
	"github.com/radiograph/radiograph/iam/webidentity"
)

// longestChained bounds sessions of roles that a role's session assumes.
const longestChained = time.Hour

// Actions of STS that policies speak about.
const (
	actionAssume    = "sts:AssumeRole"
	actionWeb       = "sts:AssumeRoleWithWebIdentity"
	actionTag       = "sts:TagSession"
	actionSetSource = "sts:SetSourceIdentity"
)

// AssumeRequest is what a session shall be like. The caller has checked the forms of
// names and tags.
type AssumeRequest struct {
	RoleARN     string
	SessionName string
	Duration    time.Duration // 0 means an hour

	Policy     string   // session policy, "" for none
	PolicyARNs []string // of further session policies

	Tags           Tags
	TransitiveTags []string // keys of Tags
	SourceIdentity string
	ExternalID     string

	// Values are what the request itself says, such as aws:SourceIp.
	Values policy.Context
}

// Assumed is a role that has been taken on.
type Assumed struct {
	session.Credentials
	ARN              string // of the session
	RoleID           string // AROA…:<session>
	PackedPolicySize int    // of session policies and tags, in percent of what there may be
	SourceIdentity   string
}

// Assume lets the signer of a request take on a role: AssumeRole. token is the session
// token that the request was signed with, "" for lasting keys.
func (d *Directory) Assume(ctx context.Context, id *auth.Identity, token string, req AssumeRequest) (Assumed, error) {
	p := &id.Principal
	base := session.Session{SourceIdentity: req.SourceIdentity}
	if s, _, err := session.Open(d.ring, token); err == nil && p.RoleARN != "" {
		if req.Duration > longestChained {
			return Assumed{}, Errorf(ValidationError, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
		}
		if err := req.inherit(&s); err != nil {
			return Assumed{}, err
		}
		base.SourceIdentity = req.SourceIdentity
	}
	refused := Errorf(AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", p.ARN, actionAssume, req.RoleARN)
	role := d.roleByARN(req.RoleARN)
	if role == nil || p.Account != d.account {
		return Assumed{}, refused
	}
	who := policy.Principal{Account: p.Account, ARN: p.ARN, RoleARN: p.RoleARN}
	values := req.context(p.Context(d.now(), nil))
	for _, action := range req.actions(actionAssume) {
		if err := d.mayAssume(ctx, p, role, policy.Request{Action: action, Resource: req.RoleARN, Principal: who, Context: values}); err != nil {
			return Assumed{}, err
		}
	}
	return d.issue(role, &req, base)
}

// mayAssume decides about a caller of this account. A trust policy that names the
// caller suffices; one that trusts the account leaves it to the caller's policies.
func (d *Directory) mayAssume(ctx context.Context, p *auth.Principal, role *Role, r policy.Request) error {
	refused := Errorf(AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", p.ARN, r.Action, r.Resource)
	if strings.HasSuffix(p.ARN, ":root") && p.RoleARN == "" {
		// Root may not assume roles in AWS. Here it is whoever asks a service that
		// authenticates nobody: who may change every trust policy may assume every role.
		return nil
	}
	if !policy.EvaluateTrust(r, role.trust).Allowed {
		return refused
	}
	named := r
	named.Principal.Account = ""
	if policy.EvaluateTrust(named, role.trust).Allowed {
		own := policy.Evaluate(r, p.Policies.Identity, p.Policies.Boundary, p.Policies.Session)
		if own.Denied || p.Policies.Session != nil && !own.Allowed {
			return refused
		}
		return nil
	}
	if err := (auth.ByPolicy{Account: d.account, Now: d.now}).Authorize(ctx, p, r.Action, r.Resource, r.Context); err != nil {
		return err
	}
	return nil
}

// inherit takes over what goes on from the session that the role is assumed from.
func (req *AssumeRequest) inherit(s *session.Session) error {
	req.Tags = maps.Clone(req.Tags)
	for _, key := range s.TransitiveTags {
		if _, ok := req.Tags[key]; ok {
			return Errorf(InvalidInput, "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		if req.Tags == nil {
			req.Tags = Tags{}
		}
		req.Tags[key] = s.Tags[key]
		req.TransitiveTags = append(req.TransitiveTags, key)
	}
	switch {
	case s.SourceIdentity == "":
	case req.SourceIdentity == "":
		req.SourceIdentity = s.SourceIdentity
	case req.SourceIdentity != s.SourceIdentity:
		return Errorf(AccessDenied, "The source identity of a session cannot be changed.")
	}
	return nil
}

// AssumeWithWebIdentity lets whom a token names take on a role. provider is the one
// that vouches: the token has been verified.
func (d *Directory) AssumeWithWebIdentity(provider *Provider, c *webidentity.Claims, req AssumeRequest) (Assumed, error) {
	arn := d.ProviderARN(provider)
	values := policy.Context{"aws:FederatedProvider": {arn}}
	for name, list := range plain(c.All) {
		values[provider.URL+":"+name] = list
	}
	// For conditions the audience is the one that was accepted, and oaud what the
	// token has: IAM User Guide, "Available keys for AWS OIDC federation".
	values[provider.URL+":oaud"] = c.Audiences
	values[provider.URL+":aud"] = []string{c.Audience}
	values[provider.URL+":sub"] = []string{c.Subject}
	who := policy.Principal{Federated: arn}
	return d.vouched(actionWeb, who, req, values, session.Session{Provider: arn, Subject: c.Subject, SourceIdentity: req.SourceIdentity})
}

// plain returns the claims that conditions can name, in lower case, as their keys are
// compared. Claims whose names differ in case alone are left out: a claim SUB, which a
// person may be free to choose, must not be taken for sub. So are names with a colon,
// which could be taken for a claim of another issuer, and with letters beyond ASCII.
func plain(claims map[string][]string) map[string][]string {
	out, times := map[string][]string{}, map[string]int{}
	for name, list := range claims {
		lower := strings.ToLower(name)
		out[lower] = list
		times[lower]++
	}
	maps.DeleteFunc(out, func(name string, _ []string) bool {
		return times[name] > 1 || strings.ContainsFunc(name, func(r rune) bool { return r == ':' || r > unicode.MaxASCII })
	})
	return out
}

// AssumeForService lets a service take on a role for a workload, such as
// pods.eks.amazonaws.com. source is the ARN of what it acts for. The caller of this
// method answers for the workload's identity.
func (d *Directory) AssumeForService(service, source string, req AssumeRequest) (Assumed, error) {
	values := policy.Context{"aws:SourceArn": {source}, "aws:SourceAccount": {d.account}}
	return d.vouched(actionAssume, policy.Principal{Service: service}, req, values, session.Session{Provider: service, Subject: source})
}

// vouched assumes a role for somebody who has no policies of their own. Whether the
// role is missing or does not trust them is not told.
func (d *Directory) vouched(action string, who policy.Principal, req AssumeRequest, values policy.Context, base session.Session) (Assumed, error) {
	refused := Errorf(AccessDenied, "Not authorized to perform %s", action)
	role := d.roleByARN(req.RoleARN)
	if role == nil {
		return Assumed{}, refused
	}
	values = req.context(values)
	values["aws:CurrentTime"] = []string{d.now().UTC().Format(time.RFC3339)}
	values["aws:EpochTime"] = []string{strconv.FormatInt(d.now().Unix(), 10)}
	for _, a := range req.actions(action) {
		if !policy.EvaluateTrust(policy.Request{Action: a, Resource: req.RoleARN, Principal: who, Context: values}, role.trust).Allowed {
			return Assumed{}, refused
		}
	}
	return d.issue(role, &req, base)
}

// actions are all that must be allowed.
func (req *AssumeRequest) actions(assume string) []string {
	all := []string{assume}
	if len(req.Tags) > 0 {
		all = append(all, actionTag)
	}
	if req.SourceIdentity != "" {
		all = append(all, actionSetSource)
	}
	return all
}

// context adds to values what the request says.
func (req *AssumeRequest) context(values policy.Context) policy.Context {
	all := maps.Clone(values)
	maps.Copy(all, req.Values)
	all["sts:RoleSessionName"] = []string{req.SessionName}
	if req.ExternalID != "" {
		all["sts:ExternalId"] = []string{req.ExternalID}
	}
	if req.SourceIdentity != "" {
		all["sts:SourceIdentity"] = []string{req.SourceIdentity}
	}
	for k, v := range req.Tags {
		all["aws:RequestTag/"+k] = []string{v}
	}
	if len(req.Tags) > 0 {
		all["aws:TagKeys"] = slices.Sorted(maps.Keys(req.Tags))
	}
	if len(req.TransitiveTags) > 0 {
		all["sts:TransitiveTagKeys"] = req.TransitiveTags
	}
	return all
}

// issue makes the session of a role that may be assumed.
func (d *Directory) issue(role *Role, req *AssumeRequest, s session.Session) (Assumed, error) {
	if req.Duration == 0 {
		req.Duration = DefaultMaxSession
	}
	if req.Duration > role.MaxSession {
		return Assumed{}, Errorf(ValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	percent, err := d.pack(req)
	if err != nil {
		return Assumed{}, err
	}
	s.Account, s.RoleName, s.RoleID, s.Name = d.account, role.Name, role.ID, req.SessionName
	s.Issued = d.timestamp()
	s.Expires = s.Issued.Add(req.Duration)
	s.Policy, s.PolicyARNs = req.Policy, req.PolicyARNs
	s.Tags, s.TransitiveTags = req.Tags, req.TransitiveTags
	c, err := session.Issue(d.ring, s)
	if err != nil {
		return Assumed{}, err
	}
	return Assumed{
		Credentials: c, ARN: d.SessionARN(role.Name, req.SessionName), RoleID: role.ID + ":" + req.SessionName,
		PackedPolicySize: percent, SourceIdentity: s.SourceIdentity,
	}, nil
}

// maxSessionARNs is how many policies a session can name.
const maxSessionARNs = 10

// pack checks the session policies and says how much of their space they and the tags
// take, in percent.
func (d *Directory) pack(req *AssumeRequest) (int, error) {
	if len(req.PolicyARNs) > maxSessionARNs {
		return 0, Errorf(ValidationError, "A session can name at most %d policies.", maxSessionARNs)
	}
	size := policy.Size(req.Policy)
	if size > policy.SessionLimit {
		return 0, Errorf(PackedPolicyTooLarge, "Packed size of the session policy exceeds the limit: %d%%", size*100/policy.SessionLimit)
	}
	if req.Policy != "" {
		if _, err := policy.Parse(req.Policy, policy.SessionLimit); err != nil {
			return 0, malformed(err)
		}
	}
	for _, arn := range req.PolicyARNs {
		if _, err := d.Policy(arn); err != nil {
			return 0, Errorf(ValidationError, "The session policy %s does not exist.", arn)
		}
		size += len(arn)
	}
	for k, v := range req.Tags {
		size += len(k) + len(v)
	}
	// Policies alone, and policies, ARNs and tags together, have bounds of their own.
	const most = 4 * policy.SessionLimit
	if size > most {
		return 0, Errorf(PackedPolicyTooLarge, "Packed size of session policies and tags exceeds the limit: %d%%", size*100/most)
	}
	if size == 0 {
		return 0, nil
	}
	return max(1, size*100/most), nil
}

// SessionToken makes temporary credentials of a user: GetSessionToken.
func (d *Directory) SessionToken(p *auth.Principal, duration time.Duration) (session.Credentials, error) {
	if p.Name == "" || p.RoleARN != "" || !p.IssuedAt.IsZero() {
		return session.Credentials{}, Errorf(AccessDenied, "Cannot call GetSessionToken with session credentials")
	}
	now := d.timestamp()
	return session.Issue(d.ring, session.Session{Account: d.account, UserName: p.Name, UserID: p.UserID, Issued: now, Expires: now.Add(duration)})
}

// LongestSession returns how long a session of a role may last, at most most.
func (d *Directory) LongestSession(roleARN string, most time.Duration) time.Duration {
	if r := d.roleByARN(roleARN); r != nil {
		return min(most, r.MaxSession)
	}
	return most
}
