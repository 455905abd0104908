package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/iam/policy"
)

const (
	groupARN = "arn:aws:xray:eu-west-1:111122223333:group/Blue/ABC"
	issuer   = "oidc.example.com/id/ABC"
	provider = "arn:aws:iam::111122223333:oidc-provider/" + issuer
)

func parse(t testing.TB, statements ...string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, policy.RoleLimit)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func documents(d ...*policy.Document) []*policy.Document { return d }

func TestActionsAndResources(t *testing.T) {
	for _, tc := range []struct {
		name, members string
		action, arn   string
		want          bool
	}{
		{"as written", `"Action":"xray:GetGroup","Resource":"*"`, "xray:GetGroup", groupARN, true},
		{"case", `"Action":"XRAY:getgroup","Resource":"*"`, "xray:GetGroup", groupARN, true},
		{"another", `"Action":"xray:GetGroup","Resource":"*"`, "xray:GetGroups", groupARN, false},
		{"a star", `"Action":"xray:Get*","Resource":"*"`, "xray:GetGroups", groupARN, true},
		{"a star for nothing", `"Action":"xray:GetGroups*","Resource":"*"`, "xray:GetGroups", groupARN, true},
		{"stars", `"Action":"xray:*Group*","Resource":"*"`, "xray:DeleteGroup", groupARN, true},
		{"a question mark", `"Action":"xray:GetGroup?","Resource":"*"`, "xray:GetGroups", groupARN, true},
		{"a question mark for nothing", `"Action":"xray:GetGroups?","Resource":"*"`, "xray:GetGroups", groupARN, false},
		{"one of several", `"Action":["a:b","xray:GetGroup"],"Resource":["arn:aws:s3:::x","*"]`, "xray:GetGroup", groupARN, true},
		{"not this action", `"NotAction":"xray:Put*","Resource":"*"`, "xray:GetGroup", groupARN, true},
		{"not that action", `"NotAction":"xray:Get*","Resource":"*"`, "xray:GetGroup", groupARN, false},
		{"its ARN", `"Action":"*","Resource":"` + groupARN + `"`, "xray:GetGroup", groupARN, true},
		{"the case of ARNs matters", `"Action":"*","Resource":"` + strings.ToUpper(groupARN[4:]) + `"`, "", "", false},
		{"a prefix", `"Action":"*","Resource":"arn:aws:xray:*:*:group/Blue/*"`, "xray:GetGroup", groupARN, true},
		{"another group", `"Action":"*","Resource":"arn:aws:xray:*:*:group/Blu/*"`, "xray:GetGroup", groupARN, false},
		{"a wildcard stays in its part", `"Action":"*","Resource":"arn:aws:*:group/Blue/ABC"`, "xray:GetGroup", groupARN, false},
		{"parts that are missing", `"Action":"*","Resource":"arn:aws:xray"`, "xray:GetGroup", groupARN, true},
		{"another account", `"Action":"*","Resource":"arn:aws:xray:*:999999999999:*"`, "xray:GetGroup", groupARN, false},
		{"no resource at all", `"Action":"*","Resource":"arn:aws:xray:*:*:*"`, "xray:GetGroups", "*", false},
		{"not this resource", `"Action":"*","NotResource":"arn:aws:xray:*:*:sampling-rule/*"`, "xray:GetGroup", groupARN, true},
		{"not that resource", `"Action":"*","NotResource":"arn:aws:xray:*:*:group/*"`, "xray:GetGroup", groupARN, false},
		{"a variable", `"Action":"*","Resource":"arn:aws:xray:*:*:group/${aws:username}/*"`, "xray:GetGroup", groupARN, true},
		{"the case of a variable", `"Action":"*","Resource":"arn:aws:xray:*:*:group/${AWS:UserName}/*"`, "xray:GetGroup", groupARN, true},
		{"a variable is taken literally", `"Action":"*","Resource":"arn:aws:xray:*:*:group/${star:name}/ABC"`, "xray:GetGroup", groupARN, false},
		{"a variable without value", `"Action":"*","Resource":["*","arn:aws:xray:*:*:group/${aws:nobody}"]`, "xray:GetGroup", groupARN, false},
		{"a variable of several values", `"Action":"*","Resource":"arn:aws:xray:*:*:${several:names}"`, "xray:GetGroup", groupARN, false},
		{"a default", `"Action":"*","Resource":"arn:aws:xray:*:*:group/${aws:nobody, 'Blue'}/*"`, "xray:GetGroup", groupARN, true},
		{"an escaped star", `"Action":"*","Resource":"arn:aws:xray:*:*:group/${*}/ABC"`, "xray:GetGroup", groupARN, false},
		{"not a resource with a variable without value", `"Action":"*","NotResource":"arn:aws:xray:*:*:group/${aws:nobody}"`, "xray:GetGroup", groupARN, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.action == "" {
				if _, err := policy.Parse(`{"Statement":{"Effect":"Allow",`+tc.members+`}}`, policy.RoleLimit); err == nil {
					t.Error("it was taken")
				}
				return
			}
			r := policy.Request{Action: tc.action, Resource: tc.arn, Context: policy.Context{
				"aws:username": {"Blue"}, "star:name": {"*"}, "several:names": {"a", "b"},
			}}
			if d := policy.Evaluate(r, documents(parse(t, `{"Effect":"Allow",`+tc.members+`}`)), nil, nil); d.Allowed != tc.want {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestOldVersionHasNoVariables(t *testing.T) {
	d, err := policy.Parse(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:xray:*:*:group/${aws:username}"}}`, policy.RoleLimit)
	if err != nil {
		t.Fatal(err)
	}
	r := policy.Request{Action: "a:b", Resource: "arn:aws:xray:r:a:group/Blue", Context: policy.Context{"aws:username": {"Blue"}}}
	if policy.Evaluate(r, documents(d), nil, nil).Allowed {
		t.Error("a variable was replaced")
	}
}

func TestConditions(t *testing.T) {
	context := policy.Context{
		"a:text": {"Blue"}, "a:many": {"x", "y"}, "a:none": {}, "a:number": {"42"}, "a:time": {"2026-03-04T05:06:07Z"},
		"aws:SourceIp": {"10.1.2.3"}, "a:v6": {"2001:db8::1"}, "a:mapped": {"::ffff:10.1.2.3"}, "a:arn": {groupARN}, "a:yes": {"true"}, "a:bytes": {"AAE="},
		"aws:username": {"Blue"}, "a:star": {"*"}, "a:Case": {"x"}, "a:cASE": {"y"},
	}
	for condition, want := range map[string]bool{
		`"StringEquals":{"a:text":"Blue"}`:                                   true,
		`"StringEquals":{"A:TEXT":"Blue"}`:                                   true,
		`"StringEquals":{"a:case":"x"}`:                                      true,
		`"StringEquals":{"a:case":"y"}`:                                      true,
		`"StringNotEquals":{"a:case":"x"}`:                                   false,
		`"StringEquals":{"a:text":"blue"}`:                                   false,
		`"StringEquals":{"a:text":"B*"}`:                                     false,
		`"StringEquals":{"a:text":["Red","Blue"]}`:                           true,
		`"StringEquals":{"a:text":"Blue","a:number":"43"}`:                   false,
		`"StringEquals":{"a:text":"Blue"},"StringLike":{"a:text":"R*"}`:      false,
		`"StringEquals":{"a:absent":"x"}`:                                    false,
		`"StringEquals":{"a:none":"x"}`:                                      false,
		`"StringEqualsIfExists":{"a:absent":"x"}`:                            true,
		`"StringEqualsIfExists":{"a:text":"x"}`:                              false,
		`"StringNotEquals":{"a:text":"Red"}`:                                 true,
		`"StringNotEquals":{"a:text":["Red","Blue"]}`:                        false,
		`"StringNotEquals":{"a:absent":"x"}`:                                 true,
		`"StringEqualsIgnoreCase":{"a:text":"BLUE"}`:                         true,
		`"StringNotEqualsIgnoreCase":{"a:text":"BLUE"}`:                      false,
		`"StringLike":{"a:text":"B?u*"}`:                                     true,
		`"StringNotLike":{"a:text":"B*"}`:                                    false,
		`"StringEquals":{"a:text":"${aws:username}"}`:                        true,
		`"StringLike":{"a:text":"${a:star}"}`:                                false,
		`"StringNotEquals":{"a:text":"${a:absent}"}`:                         false, // unknown never allows
		`"ForAnyValue:StringEquals":{"a:many":["y","z"]}`:                    true,
		`"ForAnyValue:StringEquals":{"a:many":["z"]}`:                        false,
		`"ForAnyValue:StringEquals":{"a:absent":["z"]}`:                      false,
		`"ForAnyValue:StringNotEquals":{"a:absent":["z"]}`:                   false,
		`"ForAnyValue:StringNotEquals":{"a:many":["x"]}`:                     true,
		`"ForAllValues:StringEquals":{"a:many":["x","y","z"]}`:               true,
		`"ForAllValues:StringEquals":{"a:many":["x"]}`:                       false,
		`"ForAllValues:StringLike":{"a:absent":["x"]}`:                       true,
		`"ForAllValues:StringNotEquals":{"a:many":["x"]}`:                    false,
		`"NumericEquals":{"a:number":42}`:                                    true,
		`"NumericEquals":{"a:number":"42.0"}`:                                true,
		`"NumericNotEquals":{"a:number":"42"}`:                               false,
		`"NumericLessThan":{"a:number":"42"}`:                                false,
		`"NumericLessThanEquals":{"a:number":"42"}`:                          true,
		`"NumericGreaterThan":{"a:number":"41.5"}`:                           true,
		`"NumericGreaterThanEquals":{"a:number":"43"}`:                       false,
		`"NumericLessThan":{"a:text":"42"}`:                                  false,
		`"DateEquals":{"a:time":"2026-03-04T06:06:07+01:00"}`:                true,
		`"DateNotEquals":{"a:time":"2026-03-04T05:06:07Z"}`:                  false,
		`"DateLessThan":{"a:time":"2026-03-05"}`:                             true,
		`"DateLessThanEquals":{"a:time":"2026-03-04T05:06:06Z"}`:             false,
		`"DateGreaterThan":{"a:time":"1700000000"}`:                          true,
		`"DateGreaterThanEquals":{"a:time":"2026-03-04T05:06:07Z"}`:          true,
		`"Bool":{"a:yes":true}`:                                              true,
		`"Bool":{"a:yes":"False"}`:                                           false,
		`"BinaryEquals":{"a:bytes":"AAE="}`:                                  true,
		`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`:                          true,
		`"IpAddress":{"aws:SourceIp":["192.0.2.0/24","10.1.2.3"]}`:           true,
		`"IpAddress":{"a:v6":"2001:db8::/32"}`:                               true,
		`"IpAddress":{"a:mapped":"10.0.0.0/8"}`:                              true,
		`"IpAddress":{"a:text":"10.0.0.0/8"}`:                                false,
		`"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}`:                       false,
		`"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}`:                     true,
		`"ArnLike":{"a:arn":"arn:aws:xray:*:111122223333:group/*"}`:          true,
		`"ArnEquals":{"a:arn":"arn:aws:xray:*:111122223333:group/Blue/A?C"}`: true,
		`"ArnLike":{"a:arn":"arn:aws:*:group/Blue/ABC"}`:                     false,
		`"ArnLike":{"a:arn":"arn:aws"}`:                                      false,
		`"ArnNotLike":{"a:arn":"arn:aws:xray:*:*:*"}`:                        false,
		`"ArnNotEquals":{"a:arn":"arn:aws:s3:*:*:*"}`:                        true,
		`"Null":{"a:absent":"true"}`:                                         true,
		`"Null":{"a:text":"true"}`:                                           false,
		`"Null":{"a:text":false}`:                                            true,
		`"Null":{"a:none":"true"}`:                                           true,
	} {
		d := parse(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+condition+`}}`)
		if got := policy.Evaluate(policy.Request{Action: "a:b", Resource: "*", Context: context}, documents(d), nil, nil); got.Allowed != want {
			t.Errorf("%s: %+v, want %v", condition, got, want)
		}
	}
}

// TestUnknownVariablesDoNotSoftenDenials: a deny with a variable that has no value
// must not vanish with it.
func TestUnknownVariablesDoNotSoftenDenials(t *testing.T) {
	allow := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	for _, deny := range []string{
		`{"Effect":"Deny","Action":"*","NotResource":"arn:aws:xray:*:*:group/${aws:nobody}"}`,
		`{"Effect":"Deny","Action":"*","Resource":["arn:aws:xray:*:*:${aws:nobody}","arn:aws:xray:*:*:group/Blue/*"]}`,
		`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"a:b":"${aws:nobody}"}}}`,
	} {
		if d := policy.Evaluate(policy.Request{Action: "a:b", Resource: groupARN}, documents(parse(t, allow, deny)), nil, nil); !d.Denied {
			t.Errorf("%s: %+v", deny, d)
		}
	}
}

func TestLayersAndReasons(t *testing.T) {
	all := parse(t, `{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}`)
	reads := parse(t, `{"Effect":"Allow","Action":"a:b","Resource":"*"}`, `{"Effect":"Allow","Action":"xray:Get*","Resource":"*"}`)
	denies := parse(t, `{"Sid":"No","Effect":"Deny","Action":"xray:Delete*","Resource":"*"}`)
	for _, tc := range []struct {
		name              string
		action            string
		identity          []*policy.Document
		boundary          *policy.Document
		session           []*policy.Document
		allowed           bool
		statement, reason string
	}{
		{"allowed", "xray:GetGroup", documents(reads), nil, nil, true, "#2", ""},
		{"nothing at all", "xray:GetGroup", nil, nil, nil, false, "", "because no identity-based policy allows the xray:GetGroup action"},
		{"no statement", "xray:DeleteGroup", documents(reads), nil, nil, false, "", "because no identity-based policy allows the xray:DeleteGroup action"},
		{"denied", "xray:DeleteGroup", documents(all, denies), nil, nil, false, "No", "with an explicit deny in an identity-based policy"},
		{"in the boundary", "xray:GetGroup", documents(all), reads, nil, true, "All", ""},
		{"beyond the boundary", "xray:DeleteGroup", documents(all), reads, nil, false, "", "because no permissions boundary allows the xray:DeleteGroup action"},
		{"denied by the boundary", "xray:DeleteGroup", documents(all), denies, nil, false, "No", "with an explicit deny in a permissions boundary"},
		{"in the session", "xray:GetGroup", documents(all), nil, documents(denies, reads), true, "All", ""},
		{"beyond the session", "xray:PutGroup", documents(all), nil, documents(reads), false, "", "because no session policy allows the xray:PutGroup action"},
		{"a session without policies", "xray:PutGroup", documents(all), nil, documents(), false, "", "because no session policy"},
		{"a session grants nothing", "xray:DeleteGroup", documents(reads), nil, documents(all), false, "", "because no identity-based policy"},
		{"a boundary grants nothing", "xray:DeleteGroup", nil, all, nil, false, "", "because no identity-based policy"},
		{"a deny anywhere", "xray:DeleteGroup", nil, nil, documents(denies), false, "No", "with an explicit deny in a session policy"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := tc.session
			if tc.name == "a session without policies" {
				session = []*policy.Document{}
			}
			d := policy.Evaluate(policy.Request{Action: tc.action, Resource: "*"}, tc.identity, tc.boundary, session)
			if d.Allowed != tc.allowed || d.Statement != tc.statement || !strings.HasPrefix(d.Reason(tc.action), tc.reason) || (tc.reason == "") != (d.Reason(tc.action) == "") {
				t.Errorf("got %+v: %s", d, d.Reason(tc.action))
			}
		})
	}
}

func TestTrust(t *testing.T) {
	web := func(sub string) policy.Request {
		return policy.Request{
			Action:    "sts:AssumeRoleWithWebIdentity",
			Principal: policy.Principal{Federated: provider},
			Context:   policy.Context{issuer + ":sub": {sub}, issuer + ":aud": {"sts.amazonaws.com"}},
		}
	}
	alice := policy.Request{Action: "sts:AssumeRole", Principal: policy.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/alice"}}
	session := policy.Request{Action: "sts:AssumeRole", Principal: policy.Principal{
		Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/R/s", RoleARN: "arn:aws:iam::111122223333:role/path/R",
	}}
	pods := policy.Request{Action: "sts:TagSession", Principal: policy.Principal{Service: "pods.eks.amazonaws.com"}}
	irsa := `"Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":`
	for _, tc := range []struct {
		name, members string
		request       policy.Request
		want          bool
	}{
		{"a service account", irsa + `{"StringEquals":{"` + issuer + `:sub":"system:serviceaccount:ns:sa","` + issuer + `:aud":"sts.amazonaws.com"}}`, web("system:serviceaccount:ns:sa"), true},
		{"another one", irsa + `{"StringEquals":{"` + issuer + `:sub":"system:serviceaccount:ns:sa"}}`, web("system:serviceaccount:ns:sb"), false},
		{"all of a namespace", irsa + `{"StringLike":{"` + issuer + `:sub":"system:serviceaccount:ns:*"}}`, web("system:serviceaccount:ns:sb"), true},
		{"of another namespace", irsa + `{"StringLike":{"` + issuer + `:sub":"system:serviceaccount:ns:*"}}`, web("system:serviceaccount:ns2:sb"), false},
		{"of another provider", strings.ReplaceAll(irsa, "/ABC", "/ABD") + `{"Null":{"a:b":"true"}}`, web("x"), false},
		{"a web identity is no account", `"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRoleWithWebIdentity"`, web("x"), false},
		{"another action", `"Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, web("x"), false},
		{"everybody", `"Principal":"*","Action":"sts:AssumeRole*"`, alice, true},
		{"the user", `"Principal":{"AWS":["arn:aws:iam::111122223333:user/bob","arn:aws:iam::111122223333:user/alice"]},"Action":"sts:AssumeRole"`, alice, true},
		{"the account", `"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`, alice, true},
		{"the account's root", `"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"`, alice, true},
		{"another account", `"Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"`, alice, false},
		{"the role of a session", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/path/R"},"Action":"sts:AssumeRole"`, session, true},
		{"one session", `"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/R/s"},"Action":"sts:AssumeRole"`, session, true},
		{"another session", `"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/R/t"},"Action":"sts:AssumeRole"`, session, false},
		{"pod identity", `"Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]`, pods, true},
		{"a service is no user", `"Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]`, alice, false},
		{"external id", `"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}`, alice, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := policy.ParseTrust(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + tc.members + `}}`)
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.EvaluateTrust(tc.request, d); got.Allowed != tc.want || got.Source != policy.Trust {
				t.Errorf("got %+v", got)
			}
			if policy.Evaluate(tc.request, documents(d), nil, nil).Allowed {
				t.Error("a trust policy allowed as an identity policy")
			}
		})
	}
}

func TestTrustDeniesEverybodyBut(t *testing.T) {
	d, err := policy.ParseTrust(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},
		{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:AssumeRole"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"alice": true, "bob": false} {
		r := policy.Request{Action: "sts:AssumeRole", Principal: policy.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/" + name}}
		if got := policy.EvaluateTrust(r, d); got.Allowed != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// drawStatement draws a statement; several draws overlap often.
func drawStatement(t *rapid.T, effects ...string) string {
	text := func(label string, of ...string) string {
		return fmt.Sprintf("%q", rapid.SampledFrom(of).Draw(t, label))
	}
	s := `{"Effect":` + text("effect", effects...)
	s += `,` + text("form", "Action", "NotAction") + `:[` + text("action", "*", "a:*", "a:b", "a:c?", "A:B") + `,` + text("action", "a:b", "b:b", "a:*c") + `]`
	s += `,` + text("form", "Resource", "NotResource") + `:` + text("resource", "*", "arn:aws:a:::x", "arn:aws:a:::*", "arn:aws:a:::${aws:username}", "arn:aws:a:::${aws:nobody}")
	if rapid.Bool().Draw(t, "conditional") {
		s += `,"Condition":{` + text("operator", "StringEquals", "StringNotEquals", "ForAllValues:StringLike", "StringEqualsIfExists") +
			`:{` + text("key", "aws:username", "aws:nobody", "a:many") + `:` + text("value", "x", "y", "*") + `}}`
	}
	return s + `}`
}

func drawRequest(t *rapid.T) policy.Request {
	return policy.Request{
		Action:   rapid.SampledFrom([]string{"a:b", "a:c", "a:cc", "b:b"}).Draw(t, "action"),
		Resource: rapid.SampledFrom([]string{"*", "arn:aws:a:::x", "arn:aws:a:::y"}).Draw(t, "resource"),
		Context:  policy.Context{"aws:username": {"x"}, "a:many": {"x", "y"}},
	}
}

func TestDenyWinsAndOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		statements := make([]string, rapid.IntRange(1, 6).Draw(rt, "statements"))
		for i := range statements {
			statements[i] = drawStatement(rt, "Allow", "Allow", "Deny")
		}
		r := drawRequest(rt)
		evaluate := func(statements []string) policy.Decision {
			return policy.Evaluate(r, documents(parse(t, statements...)), nil, nil)
		}
		got := evaluate(statements)
		var allowed, denied bool
		for _, s := range statements {
			d := evaluate([]string{s})
			allowed, denied = allowed || d.Allowed, denied || d.Denied
		}
		if got.Denied != denied || got.Allowed != (allowed && !denied) {
			rt.Errorf("got %+v, although alone they allow %v and deny %v", got, allowed, denied)
		}
		shuffled := rapid.Permutation(statements).Draw(rt, "order")
		if d := evaluate(shuffled); d.Allowed != got.Allowed || d.Denied != got.Denied {
			rt.Errorf("in another order %+v, not %+v", d, got)
		}
		var split []*policy.Document
		for _, s := range statements {
			split = append(split, parse(t, s))
		}
		if d := policy.Evaluate(r, split, nil, nil); d.Allowed != got.Allowed || d.Denied != got.Denied {
			rt.Errorf("in several documents %+v, not %+v", d, got)
		}
	})
}

func TestFurtherLayersOnlyTakeAway(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		layer := func() *policy.Document {
			return parse(t, drawStatement(rt, "Allow", "Deny"), drawStatement(rt, "Allow"))
		}
		identity, boundary, session := layer(), layer(), layer()
		r := drawRequest(rt)
		alone := func(d *policy.Document) policy.Decision { return policy.Evaluate(r, documents(d), nil, nil) }
		want := alone(identity).Allowed && alone(boundary).Allowed && alone(session).Allowed
		if got := policy.Evaluate(r, documents(identity), boundary, documents(session)); got.Allowed != want {
			rt.Errorf("got %+v, want %v", got, want)
		}
	})
}

// TestWildcardsAgainstAMatcherByRecursion compares globs with the plainest matcher.
func TestWildcardsAgainstAMatcherByRecursion(t *testing.T) {
	var match func(pattern, text string) bool
	match = func(pattern, text string) bool {
		switch {
		case pattern == "":
			return text == ""
		case pattern[0] == '*':
			return match(pattern[1:], text) || text != "" && match(pattern, text[1:])
		}
		return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && match(pattern[1:], text[1:])
	}
	rapid.Check(t, func(rt *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?]{1,8}`).Draw(rt, "pattern")
		text := rapid.StringMatching(`[ab]{0,10}`).Draw(rt, "text")
		d := parse(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:b":"`+pattern+`"}}}`)
		r := policy.Request{Action: "a:b", Resource: "*", Context: policy.Context{"a:b": {text}}}
		if got := policy.Evaluate(r, documents(d), nil, nil).Allowed; got != match(pattern, text) {
			rt.Errorf("%q matches %q: %v", pattern, text, got)
		}
	})
}
