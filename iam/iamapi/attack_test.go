package iamapi_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/radiograph/radiograph/iam/iamapi"
	"github.com/radiograph/radiograph/iam/webidentity"
)

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fault is the body of a refusal.
type fault struct {
	XMLName   xml.Name
	Error     struct{ Type, Code, Message string }
	RequestId string
}

// wantFault fails unless a form without a signature is refused like this.
func (r *rig) wantFault(form string, status int, code, message string) {
	r.t.Helper()
	resp := r.post(form)
	var f fault
	body := text(r.t, resp)
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		r.t.Fatalf("%v in %s", err, body)
	}
	if resp.StatusCode != status || f.Error.Code != code || !strings.Contains(f.Error.Message, message) || f.RequestId != resp.Header.Get("X-Amzn-Requestid") || f.RequestId == "" {
		r.t.Errorf("%.100s is answered by %d %s, want %d %s", form, resp.StatusCode, body, status, code)
	}
}

func TestUnsignedRequests(t *testing.T) {
	r := newRig(t)
	r.wantFault("Action=ListRoles&Version=2010-05-08", 403, "MissingAuthenticationToken", "")
	r.wantFault("Action=AssumeRole&Version=2011-06-15", 403, "MissingAuthenticationToken", "")
	r.wantFault("Action=GetCallerIdentity&Version=2011-06-15", 403, "MissingAuthenticationToken", "")
	r.wantFault("Action=NoSuchThing&Version=2010-05-08", 403, "MissingAuthenticationToken", "")
	r.wantFault("", 403, "MissingAuthenticationToken", "")
	// The one unsigned operation is no way into the other service.
	r.wantFault("Action=AssumeRoleWithWebIdentity&Version=2010-05-08", 403, "MissingAuthenticationToken", "")
	r.wantFault("Action=AssumeRoleWithWebIdentity&Version=2011-06-15", 400, "ValidationError", "3 validation errors detected")
	r.wantFault("Action=AssumeRoleWithWebIdentity&Action=ListRoles&Version=2011-06-15", 400, "MalformedInput", "Duplicate parameter Action")
}

func TestNamesThatAreNone(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"../../etc/passwd", "a/b", "a b", "a\x00b", "<a>", "*", "a:b", "ä", strings.Repeat("a", 65)} {
		_, err := r.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustAccount)})
		wantCode(t, err, "ValidationError", "at 'roleName' failed to satisfy constraint")
		_, err = r.iam.PutUserPolicy(t.Context(), &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: aws.String(readGroups)})
		wantCode(t, err, "ValidationError", "userName")
	}
	for _, path := range []string{"x", "/x", "/ä/", "/a b/", "//" + strings.Repeat("x", 512)} {
		_, err := r.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("a"), Path: &path, AssumeRolePolicyDocument: aws.String(trustAccount)})
		wantCode(t, err, "ValidationError", "path")
	}
	if roles := r.dir.Roles(); len(roles) != 0 {
		t.Errorf("%d roles were made", len(roles))
	}
}

func TestAnswersEscapeWhatTheyRepeat(t *testing.T) {
	r := newRig(t)
	const evil = `]]><Code>x</Code>&"'`
	r.wantFault("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/x&RoleSessionName="+
		url.QueryEscape(evil)+"&WebIdentityToken=aaaa", 400, "ValidationError", evil)
	description := "a <b> & ]]> \t\r\n'\""
	if _, err := r.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("a"), AssumeRolePolicyDocument: aws.String(trustAccount), Description: &description}); err != nil {
		t.Fatal(err)
	}
	got, err := r.iam.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("a")})
	if err != nil || *got.Role.Description != description {
		t.Errorf("%q, %v", *got.Role.Description, err)
	}
	control := "a\x01b"
	_, err = r.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("b"), AssumeRolePolicyDocument: aws.String(trustAccount), Description: &control})
	wantCode(t, err, "ValidationError", "description")
}

func TestTokensAreNotRepeated(t *testing.T) {
	r := newRig(t)
	resp := r.post("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/x&RoleSessionName=ab&WebIdentityToken=" + strings.Repeat("s3cret", 4000))
	if body := text(t, resp); resp.StatusCode != http.StatusBadRequest || strings.Contains(body, "s3cret") {
		t.Errorf("%d %.300s", resp.StatusCode, body)
	}
}

func TestParameterBombs(t *testing.T) {
	r := newRig(t)
	const start = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/x&RoleSessionName=ab&WebIdentityToken=aaaa"
	r.wantFault(start+"&PolicyArns.member.2147483647.arn=x&PolicyArns.member.0.arn=x&PolicyArns.member.-1.arn=x&PolicyArns.member.01.arn=x", 400, "InvalidIdentityToken", "")
	var many strings.Builder
	for i := range 500 {
		many.WriteString("&PolicyArns.member." + strconv.Itoa(i+1) + ".arn=x")
	}
	r.wantFault(start+many.String(), 400, "ValidationError", "policyArns")
	r.wantFault(start+strings.Repeat("&a", 2000), 400, "MalformedInput", "parameters")
	r.wantFault(start+"&Policy=%zz", 400, "MalformedInput", "")
	r.wantFault(start+"&Policy=%ff", 400, "MalformedInput", "UTF-8")
	r.wantFault("Policy="+strings.Repeat("a", 2<<20), 413, "RequestEntityTooLarge", "")
}

func TestPoliciesThatAreBombs(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	nested := `{"Version":"2012-10-17","Statement":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`
	large := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:` + strings.Repeat("a", 7000) + `","Resource":"*"}]}`
	for _, tc := range []struct{ document, code string }{
		{nested, "MalformedPolicyDocument"},
		{large, "LimitExceeded"},
		{"{", "MalformedPolicyDocument"},
		{`{"Version":"2020-01-01","Statement":[]}`, "MalformedPolicyDocument"},
	} {
		_, err := r.iam.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &tc.document})
		wantCode(t, err, tc.code, "")
		_, err = r.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &tc.document})
		wantCode(t, err, tc.code, "")
	}
	for range 2 {
		_, err := r.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(readGroups)})
		wantCode(t, err, "MalformedPolicyDocument", "")
	}
}

func TestTags(t *testing.T) {
	r := newRig(t)
	create := func(tags ...types.Tag) error {
		_, err := r.iam.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("u"), Tags: tags})
		return err
	}
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	wantCode(t, create(tag("a", ""), tag("A", "")), "InvalidInput", "Duplicate tag keys")
	wantCode(t, create(tag("aws:x", "")), "InvalidInput", "reserved")
	wantCode(t, create(tag("a\x07", "")), "ValidationError", "key")
	wantCode(t, create(tag("a", strings.Repeat("x", 257))), "ValidationError", "value")
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = tag(strconv.Itoa(i), "")
	}
	wantCode(t, create(many...), "InvalidInput", "50 tags")
}

func TestSignedForTheOtherService(t *testing.T) {
	r := newRig(t)
	// A signature for sts is none for iam, although the handler is the same.
	form := "Action=ListRoles&Version=2010-05-08"
	resp := r.signed(form, "sts")
	if body := text(t, resp); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "SignatureDoesNotMatch") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp = r.signed(form, "iam")
	if body := text(t, resp); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp = r.signed("Action=ListRoles&Version=2011-06-15", "sts")
	if body := text(t, resp); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "InvalidAction") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// FuzzRequest sends anything to a service that does not authenticate.
func FuzzRequest(f *testing.F) {
	for _, form := range []string{
		"Action=CreateRole&Version=2010-05-08&RoleName=a&AssumeRolePolicyDocument=%7B%7D", "Action=AssumeRoleWithWebIdentity&WebIdentityToken=a.b.c",
		"Action=TagRole&RoleName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&Version=2010-05-08", "Action=ListPolicies&Version=2010-05-08&MaxItems=1&Marker=YQ",
		"Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2Fa", "Action=%00&Version=2010-05-08",
	} {
		f.Add(form)
	}
	api := unauthenticated(f)
	f.Fuzz(func(t *testing.T, form string) {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(form)))
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%q fails: %s", form, w.Body)
		}
		if err := xml.Unmarshal(w.Body.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%q is answered by %s: %v", form, w.Body, err)
		}
	})
}

func unauthenticated(tb testing.TB) *iamapi.API {
	tb.Helper()
	api, err := iamapi.New(iamapi.Options{Directory: temporary(tb), Tokens: webidentity.New(webidentity.Options{})})
	if err != nil {
		tb.Fatal(err)
	}
	return api
}
