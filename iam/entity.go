package iam

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/radiograph/radiograph/iam/policy"
)

// Tags are the tags of an entity.
type Tags map[string]string

// Grants are what users and roles have in common: the policies that say what they
// may do.
type Grants struct {
	Inline   map[string]string `json:"inline,omitempty"`   // documents by name
	Attached []string          `json:"attached,omitempty"` // ARNs, sorted
	Boundary string            `json:"boundary,omitempty"` // ARN of the policy that bounds the others

	inline []*policy.Document // Inline, parsed
}

func (g *Grants) clone() Grants {
	return Grants{Inline: maps.Clone(g.Inline), Attached: slices.Clone(g.Attached), Boundary: g.Boundary}
}

func (g *Grants) compile() error {
	g.inline = nil
	for _, name := range slices.Sorted(maps.Keys(g.Inline)) {
		d, err := policy.Parse(g.Inline[name], policy.RoleLimit)
		if err != nil {
			return err
		}
		g.inline = append(g.inline, d)
	}
	return nil
}

// User is somebody with lasting access keys.
type User struct {
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	ID      string    `json:"id"` // AIDA…
	Created time.Time `json:"created"`
	Tags    Tags      `json:"tags,omitempty"`
	Grants
}

func (u *User) clone() *User {
	c := *u
	c.Tags, c.Grants = maps.Clone(u.Tags), u.Grants.clone()
	return &c
}

// AccessKey is a lasting key of a user. The secret is sealed.
type AccessKey struct {
	ID      string    `json:"id"` // AKIA…
	User    string    `json:"user"`
	Sealed  []byte    `json:"sealed"`
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
	LastUsed
}

// LastUsed is when and where credentials were last used. What is kept in a row may be
// older than what [Directory.LastUse] says.
type LastUsed struct {
	UsedAt      time.Time `json:"used_at,omitzero"`
	UsedRegion  string    `json:"used_region,omitempty"`
	UsedService string    `json:"used_service,omitempty"`
}

// Role is what workloads take on for a while.
type Role struct {
	Name        string        `json:"name"`
	Path        string        `json:"path"`
	ID          string        `json:"id"` // AROA…
	Created     time.Time     `json:"created"`
	Description string        `json:"description,omitempty"`
	Trust       string        `json:"trust"` // document: who may assume it
	MaxSession  time.Duration `json:"max_session"`
	Tags        Tags          `json:"tags,omitempty"`
	Grants
	LastUsed

	trust *policy.Document // Trust, parsed
}

func (r *Role) clone() *Role {
	c := *r
	c.Tags, c.Grants = maps.Clone(r.Tags), r.Grants.clone()
	return &c
}

func (r *Role) compile() error {
	var err error
	if r.trust, err = policy.ParseTrust(r.Trust); err != nil {
		return err
	}
	return r.Grants.compile()
}

// Policy is a document with versions that is attached to users and roles by its
// ARN.
type Policy struct {
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	ID          string    `json:"id"` // ANPA…
	ARN         string    `json:"arn"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
	Tags        Tags      `json:"tags,omitempty"`
	Versions    []Version `json:"versions"` // oldest first
	Default     int       `json:"default"`  // number of the version that applies
	Last        int       `json:"last"`     // highest number given so far

	document *policy.Document // of the default version
}

// Version is one version of a policy.
type Version struct {
	Number   int       `json:"number"`
	Document string    `json:"document"`
	Created  time.Time `json:"created"`
}

// ID is the version's name in the API.
func (v Version) ID() string { return "v" + strconv.Itoa(v.Number) }

// Version returns the version with a number, nil when there is none.
func (p *Policy) Version(number int) *Version {
	for i := range p.Versions {
		if p.Versions[i].Number == number {
			return &p.Versions[i]
		}
	}
	return nil
}

// Managed says whether the policy is one of those that come with the service, which
// cannot be changed.
func (p *Policy) Managed() bool { return accountOf(p.ARN) == "aws" }

func (p *Policy) clone() *Policy {
	c := *p
	c.Tags, c.Versions = maps.Clone(p.Tags), slices.Clone(p.Versions)
	return &c
}

func (p *Policy) compile() (err error) {
	v := p.Version(p.Default)
	if v == nil {
		return Errorf(NoSuchEntity, "policy %s has no version v%d", p.ARN, p.Default)
	}
	p.document, err = policy.Parse(v.Document, policy.ManagedLimit)
	return err
}

// Provider is an OpenID Connect provider whose tokens are accepted.
type Provider struct {
	URL         string    `json:"url"` // the issuer without https://
	ClientIDs   []string  `json:"client_ids"`
	Thumbprints []string  `json:"thumbprints,omitempty"` // kept and shown; certificates are verified against trusted roots
	Created     time.Time `json:"created"`
	Tags        Tags      `json:"tags,omitempty"`
}

func (p *Provider) clone() *Provider {
	c := *p
	c.ClientIDs, c.Thumbprints, c.Tags = slices.Clone(p.ClientIDs), slices.Clone(p.Thumbprints), maps.Clone(p.Tags)
	return &c
}
