package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/policy"
)

func identity(t *testing.T, document string) []*policy.Document {
	t.Helper()
	d, err := policy.Parse(document, policy.RoleLimit)
	if err != nil {
		t.Fatal(err)
	}
	return []*policy.Document{d}
}

func newGate(p auth.Principal) *auth.Gate {
	v := newVerifier()
	v.Keys = keys{keyID: {Secret: secret, Principal: p}, oldKeyID: {Secret: secret, Principal: p}, "AKIAEMPTY": {Principal: p}}
	return &auth.Gate{Verifier: *v, Authorizer: auth.ByPolicy{Account: account, Now: v.Now}}
}

func TestWhoMayDoWhat(t *testing.T) {
	for _, tc := range []struct {
		name     string
		document string
		change   func(*auth.Principal)
		action   string
		want     string // end of the message, "" when allowed
	}{
		{name: "allowed", document: `{"Statement":{"Effect":"Allow","Action":"xray:Get*","Resource":"*"}}`, action: "xray:GetGroups"},
		{
			name: "not allowed", document: `{"Statement":{"Effect":"Allow","Action":"xray:Get*","Resource":"*"}}`, action: "xray:DeleteGroup",
			want: "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: xray:DeleteGroup on resource: * because no identity-based policy allows the xray:DeleteGroup action",
		},
		{
			name: "denied", document: `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"xray:Delete*","Resource":"*"}]}`, action: "xray:DeleteGroup",
			want: "on resource: * with an explicit deny in an identity-based policy",
		},
		{
			name: "of another account", document: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, action: "xray:GetGroups",
			change: func(p *auth.Principal) { p.Account = "999999999999" },
			want:   "because no resource-based policy allows the xray:GetGroups action",
		},
		{
			name:     "who asks from where",
			document: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","aws:PrincipalTag/team":"blue","aws:PrincipalAccount":"111122223333","aws:PrincipalType":"User"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:SecureTransport":"false"},"DateLessThan":{"aws:CurrentTime":"2026-03-05"}}}}`,
			action:   "xray:GetGroups", change: func(p *auth.Principal) { p.Tags = map[string]string{"team": "blue"} },
		},
		{
			name:     "a session",
			document: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/R"},"StringEquals":{"aws:PrincipalType":"AssumedRole"},"Null":{"aws:username":"true"},"DateGreaterThan":{"aws:TokenIssueTime":"2026-03-01"}}}}`,
			action:   "xray:GetGroups", change: func(p *auth.Principal) {
				p.ARN, p.RoleARN, p.Name, p.IssuedAt = "arn:aws:sts::111122223333:assumed-role/R/s", "arn:aws:iam::111122223333:role/R", "", now.Add(-time.Minute)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := alice()
			p.Policies.Identity = identity(t, tc.document)
			if tc.change != nil {
				tc.change(&p)
			}
			g := newGate(p)
			r := received(t, signed(t, newRequest(t, http.MethodPost, "http://xray.test/GetGroups", ""), "", signing{}), nil)
			r.RemoteAddr = "192.0.2.7:1234"
			r, err := g.Identify(r)
			if err != nil {
				t.Fatal(err)
			}
			err = g.Allow(r.Context(), tc.action, "*", nil)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := errors.AsType[*auth.Error](err)
			if !ok || e.Kind != auth.Denied || !strings.HasSuffix(e.Message, tc.want) || e.AccessKeyID != keyID {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestCallersCannotInventCircumstances: what the request says must not replace what
// is known of how it came.
func TestCallersCannotInventCircumstances(t *testing.T) {
	p := alice()
	p.Policies.Identity = identity(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}`)
	g := newGate(p)
	ctx, err := g.IdentifyBearer(t.Context(), "Bearer "+keyID+":"+secret, "192.0.2.7:1234", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Allow(ctx, "xray:PutSpans", "*", policy.Context{"aws:SourceIp": {"10.0.0.1"}}); err == nil {
		t.Error("allowed")
	}
}

func TestNobodyMayDoNothing(t *testing.T) {
	err := newGate(alice()).Allow(t.Context(), "xray:GetGroups", "*", nil)
	if e, ok := errors.AsType[*auth.Error](err); !ok || e.Kind != auth.Missing {
		t.Errorf("got %v", err)
	}
}

func TestBearerTokens(t *testing.T) {
	g := newGate(alice())
	for header, want := range map[string]auth.Kind{
		"":                                         auth.Missing,
		"Basic x":                                  auth.Missing,
		"Bearer ":                                  auth.Incomplete,
		"Bearer " + keyID:                          auth.Incomplete,
		"Bearer " + keyID + ":":                    auth.Incomplete,
		"Bearer :" + secret:                        auth.Incomplete,
		"Bearer ../x:" + secret:                    auth.Incomplete,
		"Bearer " + keyID + ":" + secret + "x":     auth.UnknownKey,
		"Bearer " + keyID + ":" + secret[1:]:       auth.UnknownKey,
		"Bearer AKIANOBODY:" + secret:              auth.UnknownKey,
		"Bearer AKIAEMPTY:x":                       auth.UnknownKey,
		"Bearer " + oldKeyID + ":" + secret:        auth.UnknownKey,
		"Bearer " + oldKeyID + ":x:old":            auth.SessionExpired,
		"Bearer " + strings.Repeat("x", 1<<16):     auth.Missing,
		"Bearer AKIABROKENBROKENBROK:" + secret:    auth.Failure,
		"Bearer " + keyID + ":" + secret + ":more": auth.UnknownKey,
	} {
		_, err := g.IdentifyBearer(t.Context(), header, "127.0.0.1:1", false)
		if e, ok := errors.AsType[*auth.Error](err); !ok || e.Kind != want || strings.Contains(e.Message, secret) {
			t.Errorf("%.40s: got %v", header, err)
		}
	}
	for _, header := range []string{"Bearer " + keyID + ":" + secret, "bearer  " + keyID + ":" + secret, "Bearer " + oldKeyID + ":" + secret + ":" + token} {
		ctx, err := g.IdentifyBearer(t.Context(), header, "127.0.0.1:1", false)
		if err != nil {
			t.Errorf("%s: %v", header, err)
			continue
		}
		if id := auth.FromContext(ctx); id == nil || id.Principal.Name != "alice" {
			t.Errorf("got %+v", id)
		}
	}
}
