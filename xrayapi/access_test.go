package xrayapi_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/xrayapi"
)

// oneKey is the only access key that there is.
type oneKey auth.Credential

func (k oneKey) Lookup(context.Context, string, string) (auth.Credential, error) {
	return auth.Credential(k), nil
}

const keySecret = "secret"

// guarded returns a function that calls an operation of an API as a principal with
// that policy.
func guarded(t *testing.T, document string) func(path, body string) (status int, answer string) {
	t.Helper()
	d, err := policy.Parse(document, policy.RoleLimit)
	if err != nil {
		t.Fatal(err)
	}
	api := newAPI(t, func(o *xrayapi.Options) {
		o.Gate = &auth.Gate{
			Verifier: auth.Verifier{
				Keys: oneKey{Secret: keySecret, Principal: auth.Principal{
					Account: testAccount, ARN: "arn:aws:iam::" + testAccount + ":user/alice",
					Policies: auth.Policies{Identity: []*policy.Document{d}},
				}},
				Services: []string{"xray"}, Regions: []string{testRegion},
			},
			Authorizer: auth.ByPolicy{Account: testAccount},
		}
	})
	return func(path, body string) (int, string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		sum := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: keySecret}, r, hex.EncodeToString(sum[:]), "xray", testRegion, time.Now()); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
}

// call is an operation and what becomes of it: denied, or not.
type call struct {
	path, body string
	denied     bool
}

func check(t *testing.T, do func(path, body string) (int, string), calls []call) {
	t.Helper()
	for _, c := range calls {
		status, answer := do(c.path, c.body)
		if (status == http.StatusForbidden) != c.denied {
			t.Errorf("%s %s: %d %s, want denied %v", c.path, c.body, status, answer, c.denied)
		}
	}
}

func TestTagsOfRequestsAreKnownToPolicies(t *testing.T) {
	do := guarded(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"xray:CreateGroup","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestTag/team":"blue"}}},
		{"Effect":"Deny","Action":["xray:TagResource","xray:UntagResource"],"Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}}]}`)
	rule := `{"ResourceARN":"` + arnPrefix + `sampling-rule/Default",`
	check(t, do, []call{
		{"/CreateGroup", `{"GroupName":"A","FilterExpression":"ok"}`, true},
		{"/CreateGroup", `{"GroupName":"A","FilterExpression":"ok","Tags":[{"Key":"team","Value":"red"}]}`, true},
		{"/CreateGroup", `{"GroupName":"A","FilterExpression":"ok","Tags":[{"Key":"team","Value":"blue"}]}`, false},
		{"/TagResource", rule + `"Tags":[{"Key":"team","Value":"blue"}]}`, true},
		{"/TagResource", rule + `"Tags":[{"Key":"other","Value":"blue"}]}`, false},
		{"/UntagResource", rule + `"TagKeys":["other","team"]}`, true},
		{"/UntagResource", rule + `"TagKeys":["other"]}`, false},
	})
}

func TestTagsOfResourcesAreKnownToPolicies(t *testing.T) {
	do := guarded(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":["xray:DeleteGroup","xray:UpdateGroup"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/keep":"yes"}}}]}`)
	check(t, do, []call{
		{"/CreateGroup", `{"GroupName":"A","FilterExpression":"ok","Tags":[{"Key":"keep","Value":"yes"}]}`, false},
		{"/CreateGroup", `{"GroupName":"B","FilterExpression":"ok","Tags":[{"Key":"keep","Value":"no"}]}`, false},
		{"/UpdateGroup", `{"GroupName":"A","FilterExpression":"fault"}`, true},
		{"/DeleteGroup", `{"GroupName":"A"}`, true},
		{"/deletegroup", `{"GroupName":"A"}`, false}, // no such path
		{"/DeleteGroup", `{"groupname":"A"}`, true},  // whatever the case, what is judged is what is deleted
		{"/DeleteGroup", `{"GroupName":"B","GroupName":"A"}`, true},
		{"/GetGroup", `{"GroupName":"A"}`, false},
		{"/DeleteGroup", `{"GroupName":"B"}`, false},
	})
}

// TestResourcesThatAreNotNamedProperly must not slip through a deny or a narrow allow.
func TestResourcesThatAreNotNamedProperly(t *testing.T) {
	do := guarded(t, `{"Statement":{"Effect":"Allow","Action":"xray:*","Resource":"`+arnPrefix+`group/A/*"}}`)
	check(t, do, []call{
		{"/DeleteGroup", `{}`, true},
		{"/DeleteGroup", `{"GroupName":"A","GroupARN":"` + arnPrefix + `group/Default"}`, true},
		{"/DeleteGroup", `{"GroupARN":"` + arnPrefix + `group/A/x"}`, true},
		{"/DeleteGroup", `{"GroupName":"Default/../A"}`, true},
		{"/GetGroup", `{"GroupName":"Default"}`, true},
		{"/TagResource", `{"ResourceARN":"` + arnPrefix + `group/A/x","Tags":[]}`, true},
		{"/UpdateSamplingRule", `{}`, true},
		{"/CreateSamplingRule", `{}`, true},
		{"/DeleteSamplingRule", `{"RuleName":"A","RuleARN":"x"}`, true},
		{"/CreateGroup", `{"GroupName":"A","FilterExpression":"ok"}`, false},
		{"/GetGroup", `{"GroupName":"A"}`, false},
	})
}
