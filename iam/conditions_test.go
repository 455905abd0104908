package iam_test

import (
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/problem"
)

func allow(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession"]},` +
		`{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":` + condition + `}]}`
}

// TestDeniesOfTrustPoliciesSeeWhatTheyAskFor is about keys that a deny asks for: where they
// are not set it would deny nothing.
func TestDeniesOfTrustPoliciesSeeWhatTheyAskFor(t *testing.T) {
	const caller = `{"AWS":"arn:aws:iam::111122223333:user/u"}`
	for name, condition := range map[string]string{
		"after a day":          `{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`,
		"after a second":       `{"NumericGreaterThan":{"aws:EpochTime":"1"}}`,
		"users":                `{"StringEquals":{"aws:PrincipalType":"User"}}`,
		"without TLS":          `{"Bool":{"aws:SecureTransport":"false"}}`,
		"by name":              `{"StringEquals":{"aws:username":"u"}}`,
		"by tag":               `{"StringEquals":{"aws:PrincipalTag/Team":"red"}}`,
		"by tag, another case": `{"StringEquals":{"AWS:principaltag/TEAM":"red"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			d, ctx := open(t, t.TempDir()), t.Context()
			if _, err := d.CreateUser(ctx, iam.User{Name: "u", Path: "/", Tags: iam.Tags{"Team": "red"}}); err != nil {
				t.Fatal(err)
			}
			role, err := d.CreateRole(ctx, iam.Role{Name: "r", Path: "/", Trust: allow(caller, condition)})
			if err != nil {
				t.Fatal(err)
			}
			key, _, err := d.CreateAccessKey(ctx, "u")
			if err != nil {
				t.Fatal(err)
			}
			c, err := d.Lookup(ctx, key.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Assume(ctx, &auth.Identity{Principal: c.Principal}, "", iam.AssumeRequest{
				RoleARN: d.RoleARN(role), SessionName: "s1", Values: policy.Context{"aws:SecureTransport": {"false"}},
			})
			if problem.KindOf(err) != problem.Denied {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRevokedSessionsStayRevoked is the way to end the sessions of a role: its policy denies
// everything to those that began before a time. They must not get new ones.
func TestRevokedSessionsStayRevoked(t *testing.T) {
	d, ctx := open(t, t.TempDir()), t.Context()
	const self = "arn:aws:iam::111122223333:role/r"
	role, err := d.CreateRole(ctx, iam.Role{Name: "r", Path: "/", Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	root := auth.Identity{Principal: auth.Principal{Account: account, ARN: d.ARN("root")}}
	first, err := d.Assume(ctx, &root, "", iam.AssumeRequest{RoleARN: self, SessionName: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() error{
		func() error {
			return d.ChangeRole(ctx, "r", func(r *iam.Role) error {
				r.Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + self + `"},"Action":"sts:AssumeRole"}]}`
				return nil
			})
		},
		func() error {
			return d.PutInline(ctx, iam.RoleKind, "r", "AWSRevokeOlderSessions", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
				"Condition":{"DateLessThan":{"aws:TokenIssueTime":"`+time.Now().Add(time.Minute).UTC().Format(time.RFC3339)+`"}}}}`)
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
	}
	c, err := d.Lookup(ctx, first.AccessKeyID, first.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Assume(ctx, &auth.Identity{Principal: c.Principal}, first.SessionToken, iam.AssumeRequest{RoleARN: d.RoleARN(role), SessionName: "s2"})
	if problem.KindOf(err) != problem.Denied {
		t.Errorf("a revoked session got a new one: %v", err)
	}
}

// TestSessionTagsReplaceThoseOfTheRole also where their keys differ in case.
func TestSessionTagsReplaceThoseOfTheRole(t *testing.T) {
	d, ctx := open(t, t.TempDir()), t.Context()
	role, err := d.CreateRole(ctx, iam.Role{Name: "r", Path: "/", Trust: trust, Tags: iam.Tags{"Team": "red", "Site": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	root := auth.Identity{Principal: auth.Principal{Account: account, ARN: d.ARN("root")}}
	s, err := d.Assume(ctx, &root, "", iam.AssumeRequest{RoleARN: d.RoleARN(role), SessionName: "s1", Tags: iam.Tags{"TEAM": "blue"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Lookup(ctx, s.AccessKeyID, s.SessionToken)
	if err != nil || len(c.Principal.Tags) != 2 || c.Principal.Tags["TEAM"] != "blue" || c.Principal.Tags["Site"] != "a" {
		t.Errorf("tags are %v, %v", c.Principal.Tags, err)
	}
}
