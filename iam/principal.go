package iam

import (
	"context"
	"fmt"
	"maps"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/iam/session"
)

// Lookup implements auth.Keys.
func (d *Directory) Lookup(_ context.Context, accessKeyID, sessionToken string) (auth.Credential, error) {
	if sessionToken != "" {
		return d.lookupSession(accessKeyID, sessionToken)
	}
	var k *AccessKey
	var u *User
	var p auth.Policies
	d.read(func() {
		if k = d.keys.rows[accessKeyID]; k == nil {
			return
		}
		if u = d.users.rows[fold(k.User)]; u != nil {
			p = d.policiesOf(&u.Grants)
		}
	})
	if u == nil || !k.Active {
		return auth.Credential{}, auth.ErrUnknownKey
	}
	plain, err := d.ring.Open(k.Sealed, sealContext(k.ID))
	if err != nil {
		return auth.Credential{}, fmt.Errorf("open secret of access key %s: %w", k.ID, err)
	}
	return auth.Credential{Secret: string(plain), Principal: auth.Principal{
		Account: d.account, ARN: d.UserARN(u), UserID: u.ID, Name: u.Name, Tags: u.Tags, Policies: p,
	}}, nil
}

// lookupSession answers for temporary credentials. What they may do is what their
// role or user may do now, within the session policies.
func (d *Directory) lookupSession(accessKeyID, token string) (auth.Credential, error) {
	s, secret, err := session.Open(d.ring, token)
	switch {
	// Another account may share the master keys: its sessions are foreign here.
	case err != nil, s.AccessKeyID != accessKeyID, s.Account != d.account:
		return auth.Credential{}, auth.ErrUnknownKey
	case !d.now().Before(s.Expires):
		return auth.Credential{}, auth.ErrExpired
	}
	p, ok := d.principalOf(&s)
	if !ok {
		return auth.Credential{}, auth.ErrUnknownKey
	}
	if p.Policies.Session, err = d.sessionPolicies(&s); err != nil {
		return auth.Credential{}, err
	}
	return auth.Credential{Secret: secret, Principal: p}, nil
}

// principalOf returns who a session is of, false when that has gone since.
func (d *Directory) principalOf(s *session.Session) (p auth.Principal, ok bool) {
	p = auth.Principal{Account: d.account, IssuedAt: s.Issued}
	d.read(func() {
		if r := d.roles.rows[fold(s.RoleName)]; s.RoleName != "" && r != nil && r.ID == s.RoleID {
			p.ARN, p.UserID, p.RoleARN = d.SessionARN(r.Name, s.Name), r.ID+":"+s.Name, d.RoleARN(r)
			p.Tags, p.Policies, ok = merged(r.Tags, s.Tags), d.policiesOf(&r.Grants), true
		}
		if u := d.users.rows[fold(s.UserName)]; s.UserName != "" && u != nil && u.ID == s.UserID {
			p.ARN, p.UserID, p.Name = d.UserARN(u), u.ID, u.Name
			p.Tags, p.Policies, ok = u.Tags, d.policiesOf(&u.Grants), true
		}
	})
	return p, ok
}

// merged returns the tags of a role's session: its own win, in whatever case their keys
// are.
func merged(role, session map[string]string) map[string]string {
	if len(session) == 0 {
		return role
	}
	all := maps.Clone(role)
	if all == nil {
		all = map[string]string{}
	}
	for k, v := range session {
		maps.DeleteFunc(all, func(other, _ string) bool { return fold(other) == fold(k) })
		all[k] = v
	}
	return all
}

// policiesOf collects what g says; the caller holds a lock.
func (d *Directory) policiesOf(g *Grants) auth.Policies {
	p := auth.Policies{Identity: make([]*policy.Document, 0, len(g.inline)+len(g.Attached))}
	p.Identity = append(p.Identity, g.inline...)
	for _, arn := range g.Attached {
		if a := d.policies.rows[arn]; a != nil {
			p.Identity = append(p.Identity, a.document)
		}
	}
	if g.Boundary != "" {
		p.Boundary = denyAll // a boundary that has gone allows nothing
		if b := d.policies.rows[g.Boundary]; b != nil {
			p.Boundary = b.document
		}
	}
	return p
}

var denyAll = policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)

// sessionPolicies returns the session policies of s, nil when it has none.
func (d *Directory) sessionPolicies(s *session.Session) ([]*policy.Document, error) {
	if s.Policy == "" && len(s.PolicyARNs) == 0 {
		return nil, nil
	}
	docs := []*policy.Document{}
	if s.Policy != "" {
		doc, err := policy.Parse(s.Policy, policy.SessionLimit)
		if err != nil {
			return nil, fmt.Errorf("read session policy: %w", err)
		}
		docs = append(docs, doc)
	}
	d.read(func() {
		for _, arn := range s.PolicyARNs {
			if p := d.policies.rows[arn]; p != nil {
				docs = append(docs, p.document)
			}
		}
	})
	return docs, nil
}

var _ auth.Keys = (*Directory)(nil)
