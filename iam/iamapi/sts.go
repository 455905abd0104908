package iamapi

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/session"
	"github.com/radiograph/radiograph/iam/webidentity"
)

const stsName = "sts" // for signatures

// stsOperations are the operations of STS. Who may assume a role is said by its trust
// policy, not by an action on a resource.
var stsOperations = map[string]operation{
	"AssumeRoleWithWebIdentity": {serve: assumeRoleWithWebIdentity, unsigned: true},
	"AssumeRole":                {serve: assumeRole},
	"GetCallerIdentity":         {serve: getCallerIdentity},
	"GetSessionToken":           {serve: getSessionToken},
	"GetAccessKeyInfo":          {serve: getAccessKeyInfo},
}

type credentialsXML struct {
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func showCredentials(c session.Credentials) credentialsXML {
	return credentialsXML{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, stamp(c.Expires)}
}

type assumedUserXML struct {
	AssumedRoleId string
	Arn           string
}

type assumeXML struct {
	Credentials                 credentialsXML
	SubjectFromWebIdentityToken string `xml:",omitempty"`
	AssumedRoleUser             assumedUserXML
	PackedPolicySize            *int   `xml:",omitempty"`
	Provider                    string `xml:",omitempty"`
	Audience                    string `xml:",omitempty"`
	SourceIdentity              string `xml:",omitempty"`
}

func showAssumed(a iam.Assumed) *assumeXML {
	out := &assumeXML{
		Credentials:     showCredentials(a.Credentials),
		AssumedRoleUser: assumedUserXML{a.RoleID, a.ARN},
		SourceIdentity:  a.SourceIdentity,
	}
	if a.PackedPolicySize > 0 {
		out.PackedPolicySize = &a.PackedPolicySize
	}
	return out
}

// assumeRequest reads what both ways of assuming a role have in common.
func (c *call) assumeRequest() iam.AssumeRequest {
	return iam.AssumeRequest{
		RoleARN:     c.required("RoleArn", 20, 2048, nil),
		SessionName: c.required("RoleSessionName", 2, 64, sessionPattern),
		Duration:    c.seconds("DurationSeconds", iam.ShortestSession, iam.LongestSession),
		Policy:      c.text("Policy", 1, 131072, nil),
		PolicyARNs:  c.list("PolicyArns", ".arn"),
		Values:      c.about,
	}
}

func assumeRoleWithWebIdentity(c *call) (any, error) {
	req := c.assumeRequest()
	token := c.required("WebIdentityToken", 4, 20000, nil)
	if c.values["ProviderId"] != "" {
		return nil, iam.Errorf(iam.ValidationError, "ProviderId is for OAuth 2.0 access tokens, which are not supported; leave it out for OpenID Connect")
	}
	if err := c.err(); err != nil {
		return nil, redact(err, token)
	}
	var provider *iam.Provider
	claims, err := c.opts.Tokens.Verify(c.ctx, token, func(issuer string) ([]string, bool) {
		p, ok := c.dir.ProviderFor(issuer)
		if !ok {
			return nil, false
		}
		provider = p
		return p.ClientIDs, true
	})
	if err != nil {
		return nil, tokenError(err)
	}
	assumed, err := c.dir.AssumeWithWebIdentity(provider, claims, req)
	if err != nil {
		return nil, err
	}
	c.noteUse(req.RoleARN, assumed.RoleID)
	out := showAssumed(assumed)
	out.SubjectFromWebIdentityToken, out.Audience, out.Provider = claims.Subject, claims.Audience, c.dir.ProviderARN(provider)
	return out, nil
}

// redact keeps a token out of answers and logs.
func redact(err error, token string) error {
	if e, ok := errors.AsType[*iam.Error](err); ok && token != "" && strings.Contains(e.Message, "webIdentityToken") {
		return iam.Errorf(e.Code, "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length between 4 and 20000")
	}
	return err
}

// tokenError gives what is wrong with a token its code in STS.
func tokenError(err error) error {
	e, ok := errors.AsType[*webidentity.Error](err)
	if !ok {
		return err
	}
	code := iam.InvalidIdentityToken
	switch e.Fault {
	case webidentity.Expired:
		code = iam.ExpiredToken
	case webidentity.Rejected:
		code = iam.IDPRejectedClaim
	case webidentity.Unreachable:
		code = iam.IDPCommunicationError
	case webidentity.Invalid, webidentity.UnknownIssuer:
	}
	return &iam.Error{Code: code, Message: e.Message, Err: e.Err}
}

func assumeRole(c *call) (any, error) {
	req := c.assumeRequest()
	tags, err := c.tags()
	if err != nil {
		return nil, err
	}
	req.Tags = tags
	req.TransitiveTags = c.list("TransitiveTagKeys", "")
	req.ExternalID = c.text("ExternalId", 2, 1224, externalID)
	req.SourceIdentity = c.text("SourceIdentity", 2, 64, sessionPattern)
	if err := c.err(); err != nil {
		return nil, err
	}
	for _, key := range req.TransitiveTags {
		if _, ok := req.Tags[key]; !ok {
			return nil, iam.Errorf(iam.InvalidInput, "The specified transitive tag key must be included in the requested tags.")
		}
	}
	slices.Sort(req.TransitiveTags)
	assumed, err := c.dir.Assume(c.ctx, c.id, c.token, req)
	if err != nil {
		return nil, err
	}
	c.noteUse(req.RoleARN, assumed.RoleID)
	return showAssumed(assumed), nil
}

// noteUse notes that somebody has taken on a role.
func (c *call) noteUse(roleARN, userID string) {
	id := &auth.Identity{Service: stsName}
	if c.id != nil {
		id.Region = c.id.Region
	}
	id.Principal.RoleARN, id.Principal.UserID = roleARN, userID
	c.dir.Used(c.ctx, id)
}

func getCallerIdentity(c *call) (any, error) {
	return &struct {
		Arn     string
		UserId  string
		Account string
	}{c.id.Principal.ARN, c.id.Principal.UserID, c.id.Principal.Account}, nil
}

// Bounds of GetSessionToken, from the STS API Reference.
const (
	longestUserSession = 36 * time.Hour
	defaultUserSession = 12 * time.Hour
)

func getSessionToken(c *call) (any, error) {
	duration := c.seconds("DurationSeconds", iam.ShortestSession, longestUserSession)
	if err := c.err(); err != nil {
		return nil, err
	}
	if duration == 0 {
		duration = defaultUserSession
	}
	credentials, err := c.dir.SessionToken(&c.id.Principal, duration)
	if err != nil {
		return nil, err
	}
	return &struct{ Credentials credentialsXML }{showCredentials(credentials)}, nil
}

var anyKeyID = regexp.MustCompile(`^[\w]*$`)

func getAccessKeyInfo(c *call) (any, error) {
	id := c.required("AccessKeyId", 16, 128, anyKeyID)
	if err := c.err(); err != nil {
		return nil, err
	}
	if _, err := c.dir.AccessKey(id); err != nil {
		return nil, iam.Errorf(iam.ValidationError, "Invalid access key id")
	}
	return &struct{ Account string }{c.dir.Account()}, nil
}
