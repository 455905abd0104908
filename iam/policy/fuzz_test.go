package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/iam/policy"
)

func FuzzParse(f *testing.F) {
	for _, m := range policy.ManagedPolicies() {
		f.Add(m.Text(), "xray:PutTraceSegments", "*", "aws:username", "x")
	}
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"a:*","NotResource":"arn:aws:a:${aws:b, 'c'}","Condition":{"ForAllValues:StringNotLikeIfExists":{"a:b":["${*}","?"]}}}}`, "a:b", "arn:aws:a:::x", "a:b", "c")
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"DateLessThan":{"a:b":1}}}]}`, "sts:AssumeRole", "*", "a:b", "1")
	f.Add(strings.Repeat(`{"Statement":[`, 50), "", "", "", "")
	f.Fuzz(func(t *testing.T, text, action, resource, key, value string) {
		r := policy.Request{Action: action, Resource: resource, Context: policy.Context{key: {value}}}
		d, err := policy.Parse(text, policy.ManagedLimit)
		if err == nil {
			if got := policy.Evaluate(r, []*policy.Document{d}, d, []*policy.Document{d}); got.Allowed && got.Denied {
				t.Errorf("got %+v", got)
			}
			if again, err := policy.Parse(d.Text(), policy.ManagedLimit); err != nil || policy.Evaluate(r, []*policy.Document{again}, nil, nil) != policy.Evaluate(r, []*policy.Document{d}, nil, nil) {
				t.Errorf("the text does not mean the same: %v", err)
			}
		} else if e, ok := errors.AsType[*policy.Error](err); !ok || e.Code == "" || d != nil {
			t.Errorf("%v is no *policy.Error", err)
		}
		if d, err := policy.ParseTrust(text); err == nil {
			policy.EvaluateTrust(r, d)
		}
	})
}
