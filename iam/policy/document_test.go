package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/iam/policy"
)

// fault returns the error of a document.
func fault(t *testing.T, err error) *policy.Error {
	t.Helper()
	e, ok := errors.AsType[*policy.Error](err)
	if !ok {
		t.Fatalf("%v is no *policy.Error", err)
	}
	return e
}

func TestDocumentsThatAreRefused(t *testing.T) {
	statement := func(members string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + members + `}}`
	}
	for _, tc := range []struct{ name, text, says string }{
		{"nothing", ``, "Syntax errors in policy."},
		{"no JSON", `{"Version":`, "Syntax errors in policy."},
		{"a list", `[]`, "Syntax errors in policy."},
		{"something behind", statement(`"Action":"*","Resource":"*"`) + `{}`, "Syntax errors in policy."},
		{"another version", `{"Version":"2020-01-01","Statement":{}}`, "Version must be"},
		{"version a number", `{"Version":2012,"Statement":{}}`, "Version must be"},
		{"no statement", `{"Version":"2012-10-17"}`, "no Statement"},
		{"empty statements", `{"Statement":[]}`, "no Statement"},
		{"statement a text", `{"Statement":"x"}`, "no object"},
		{"unknown element", `{"Statements":[]}`, `no element "Statements"`},
		{"lower case", `{"statement":[]}`, `no element "statement"`},
		{"unknown element of a statement", statement(`"Actions":"*","Resource":"*"`), `no element "Actions"`},
		{"an element twice", statement(`"Action":"a:b","Action":"*","Resource":"*"`), `"Action" occurs twice`},
		{"Effect twice", statement(`"Effect":"Deny","Action":"*","Resource":"*"`), `"Effect" occurs twice`},
		{"no effect", `{"Statement":{"Action":"*","Resource":"*"}}`, "Missing required field Effect"},
		{"another effect", `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, "Invalid effect: allow"},
		{"no action", statement(`"Resource":"*"`), "Policy statement must contain actions."},
		{"both actions", statement(`"Action":"*","NotAction":"a:b","Resource":"*"`), "both Action and NotAction"},
		{"no vendor", statement(`"Action":"PutTraceSegments","Resource":"*"`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"vendor with wildcard", statement(`"Action":"x*:Put","Resource":"*"`), "prefaced by a vendor"},
		{"action a number", statement(`"Action":1,"Resource":"*"`), "must be a text or a list of texts"},
		{"no actions", statement(`"Action":[],"Resource":"*"`), "must be a text or a list of texts"},
		{"no resource", statement(`"Action":"*"`), "Policy statement must contain resources."},
		{"both resources", statement(`"Action":"*","Resource":"*","NotResource":"*"`), "both Resource and NotResource"},
		{"no ARN", statement(`"Action":"*","Resource":"group/x"`), `Resource group/x must be in ARN format or "*".`},
		{"a principal", statement(`"Action":"*","Resource":"*","Principal":"*"`), "Policy document should not specify a principal."},
		{"Sid with spaces", statement(`"Sid":"a b","Action":"*","Resource":"*"`), "Statement IDs (SID) must be alpha-numeric."},
		{"a Sid twice", `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}`, "Statement IDs (SID) in a single policy must be unique."},
		{"unknown operator", statement(`"Action":"*","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}}`), "Invalid Condition type : StringEqual."},
		{"unknown set", statement(`"Action":"*","Resource":"*","Condition":{"ForSomeValues:StringEquals":{"a:b":"c"}}`), "Invalid Condition type"},
		{"Null if it exists", statement(`"Action":"*","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}`), "Invalid Condition type"},
		{"no network", statement(`"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`), `"10.0.0.0/33" is no value for it`},
		{"no number", statement(`"Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"x"}}`), `"x" is no value for it`},
		{"no date", statement(`"Action":"*","Resource":"*","Condition":{"DateLessThan":{"a:b":"soon"}}`), `"soon" is no value for it`},
		{"no truth", statement(`"Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"yes"}}`), `"yes" is no value for it`},
		{"key without vendor", statement(`"Action":"*","Resource":"*","Condition":{"StringEquals":{"b":"c"}}`), "must have a vendor"},
		{"no values", statement(`"Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":[]}}`), "a value or a list of values"},
		{"value an object", statement(`"Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":{}}}`), "a value or a list of values"},
		{"condition a text", statement(`"Action":"*","Resource":"*","Condition":"x"`), "Condition must be an object"},
		{"nested deeply", strings.Repeat(`{"Statement":[`, 3000), "nested too deeply"},
		{"nested lists", `{"Statement":` + strings.Repeat(`[`, 3000), "nested too deeply"},
		{"nested in something unknown", `{"Id":` + strings.Repeat(`[`, 20) + strings.Repeat(`]`, 20) + `}`, "nested too deeply"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := policy.Parse(tc.text, policy.ManagedLimit)
			e := fault(t, err)
			if e.Code == "LimitExceeded" {
				// The limit on size comes first; without it the depth is what stops it.
				_, err = policy.Parse(tc.text, 1<<20)
				e = fault(t, err)
			}
			if e.Code != "MalformedPolicyDocument" || !strings.Contains(e.Message, tc.says) {
				t.Errorf("got %s: %s, want %s", e.Code, e.Message, tc.says)
			}
		})
	}
}

func TestTrustPoliciesThatAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, members, says string }{
		{"a resource", `"Principal":"*","Action":"sts:AssumeRole","Resource":"*"`, "Has prohibited field Resource"},
		{"no principal", `"Action":"sts:AssumeRole"`, "Missing required field Principal"},
		{"everybody but", `"NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`, "Allow with NotPrincipal is not supported."},
		{"another action", `"Principal":"*","Action":"xray:GetGroup"`, "AssumeRole policy may only specify STS AssumeRole actions."},
		{"every action", `"Principal":"*","Action":"*"`, "AssumeRole policy may only specify STS AssumeRole actions."},
		{"all but one action", `"Principal":"*","NotAction":"sts:TagSession"`, "AssumeRole policy may only specify STS AssumeRole actions."},
		{"unknown kind", `"Principal":{"Kubernetes":"x"},"Action":"sts:AssumeRole"`, `Invalid principal in policy: "Kubernetes":"x"`},
		{"no ARN", `"Principal":{"AWS":"alice"},"Action":"sts:AssumeRole"`, `Invalid principal in policy: "AWS":"alice"`},
		{"a wildcard in an ARN", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"},"Action":"sts:AssumeRole"`, "Invalid principal in policy"},
		{"a text", `"Principal":"111122223333","Action":"sts:AssumeRole"`, "Invalid principal in policy"},
		{"no principals", `"Principal":{},"Action":"sts:AssumeRole"`, "Invalid principal in policy"},
		{"federated without a web identity", `"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/x.test"},"Action":"sts:AssumeRole"`, "Federated principals need the action"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := policy.ParseTrust(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + tc.members + `}}`)
			if e := fault(t, err); e.Code != "MalformedPolicyDocument" || !strings.Contains(e.Message, tc.says) {
				t.Errorf("got %s: %s, want %s", e.Code, e.Message, tc.says)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	document := func(n int) string {
		d := `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:a:::"}}`
		return strings.Replace(d, ":::", ":::"+strings.Repeat("x", n-len(d)), 1)
	}
	spaced := func(d string) string { return strings.ReplaceAll(d, ",", ", \n\t ") }
	for _, limit := range []int{policy.ManagedLimit, policy.RoleLimit, policy.SessionLimit} {
		if _, err := policy.Parse(spaced(document(limit)), limit); err != nil {
			t.Errorf("%d characters: %v", limit, err)
		}
		_, err := policy.Parse(document(limit+1), limit)
		if e := fault(t, err); e.Code != "LimitExceeded" {
			t.Errorf("%d characters: %v", limit+1, err)
		}
	}
	_, err := policy.ParseTrust(document(policy.TrustLimit + 1))
	if e := fault(t, err); e.Message != "Cannot exceed quota for ACLSizePerRole: 2048" {
		t.Errorf("got %v", e)
	}
	_, err = policy.Parse(document(100)+strings.Repeat(" ", 1<<17), policy.ManagedLimit)
	if e := fault(t, err); e.Code != "LimitExceeded" {
		t.Errorf("got %v", e)
	}
}

func TestManagedPolicies(t *testing.T) {
	for _, tc := range []struct {
		name, allows, refuses string
	}{
		{"AWSXRayDaemonWriteAccess", "xray:PutTraceSegments", "xray:GetTraceSummaries"},
		{"AWSXrayWriteOnlyAccess", "xray:GetSamplingTargets", "xray:BatchGetTraces"},
		{"AWSXrayReadOnlyAccess", "xray:BatchGetTraces", "xray:PutTraceSegments"},
		{"AWSXrayFullAccess", "xray:DeleteGroup", "logs:PutLogEvents"},
		{"AmazonPrometheusRemoteWriteAccess", "aps:RemoteWrite", "aps:QueryMetrics"},
		{"AmazonPrometheusQueryAccess", "aps:QueryMetrics", "aps:RemoteWrite"},
		{"CloudWatchAgentServerPolicy", "logs:PutLogEvents", "ssm:GetParameter"},
		{"AdministratorAccess", "iam:CreateRole", ""},
		{"RadiographWriteAccess", "xray:PutSpans", "xray:GetGroups"},
		{"RadiographViewerAccess", "radiograph:ConsoleRead", "xray:CreateGroup"},
		{"RadiographOperatorAccess", "xray:UpdateSamplingRule", "xray:DeleteGroup"},
		{"RadiographAdministratorAccess", "xray:PutEncryptionConfig", "iam:CreateUser"},
	} {
		m := policy.ManagedPolicy("arn:aws:iam::aws:policy/" + tc.name)
		if m == nil || m.Name != tc.name || m.Version == "" {
			t.Errorf("%s is not there", tc.name)
			continue
		}
		decide := func(action string) bool {
			return policy.Evaluate(policy.Request{Action: action, Resource: "*"}, []*policy.Document{&m.Document}, nil, nil).Allowed
		}
		if !decide(tc.allows) || tc.refuses != "" && decide(tc.refuses) {
			t.Errorf("%s: %s %v, %s %v", tc.name, tc.allows, decide(tc.allows), tc.refuses, decide(tc.refuses))
		}
		if _, err := policy.Parse(m.Text(), policy.ManagedLimit); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if policy.ManagedPolicy("arn:aws:iam::aws:policy/AWSXrayDaemonWriteAccess") != nil {
		t.Error("the case of names must matter")
	}
	if n := len(policy.ManagedPolicies()); n != 12 {
		t.Errorf("there are %d managed policies", n)
	}
}
