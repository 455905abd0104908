package iamapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/radiograph/radiograph/iam"
)

// TestDeniesSeeWhatTheyAskFor is about somebody who may manage identities, but not
// everything about them.
func TestDeniesSeeWhatTheyAskFor(t *testing.T) {
	const full, read = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AWSXrayReadOnlyAccess"
	r, ctx := newRig(t), t.Context()
	if _, err := r.dir.CreateUser(ctx, iam.User{Name: "delegate", Path: "/"}); err != nil {
		t.Fatal(err)
	}
	for _, u := range []iam.User{{Name: "guarded", Path: "/", Tags: iam.Tags{"guarded": "true"}}, {Name: "bounded", Path: "/", Grants: iam.Grants{Boundary: read}}, {Name: "plain", Path: "/"}} {
		if _, err := r.dir.CreateUser(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	key, secret, err := r.dir.CreateAccessKey(ctx, "delegate")
	if err != nil {
		t.Fatal(err)
	}
	api := r.iamAs(credentials.NewStaticCredentialsProvider(key.ID, secret, ""))
	attach := func(user, arn string) func() error {
		return func() error {
			_, err := api.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn})
			return err
		}
	}
	create := func(name string, boundary *string, tags ...types.Tag) func() error {
		return func() error {
			_, err := api.CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name, PermissionsBoundary: boundary, Tags: tags})
			return err
		}
	}
	team := types.Tag{Key: aws.String("team"), Value: aws.String("red")}
	for name, tc := range map[string]struct {
		condition      string
		refused, taken func() error
	}{
		"a policy":          {`{"ArnEquals":{"iam:PolicyARN":"` + full + `"}}`, attach("plain", full), attach("plain", read)},
		"no boundary":       {`{"StringNotEquals":{"iam:PermissionsBoundary":"` + read + `"}}`, create("free", nil), create("bound", aws.String(read))},
		"another boundary":  {`{"StringNotEquals":{"iam:PermissionsBoundary":"` + read + `"}}`, create("free", aws.String(full)), attach("bounded", full)},
		"a tagged user":     {`{"StringEquals":{"aws:ResourceTag/guarded":"true"}}`, attach("guarded", read), attach("plain", read)},
		"iam's own key":     {`{"StringEquals":{"iam:ResourceTag/guarded":"true"}}`, attach("GUARDED", read), attach("plain", read)},
		"a tag":             {`{"StringEquals":{"aws:RequestTag/team":"red"}}`, create("red", nil, team), create("blue", nil)},
		"the key of a tag":  {`{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}`, create("red2", nil, team), create("blue2", nil)},
		"without TLS":       {`{"Bool":{"aws:SecureTransport":"false"}}`, attach("plain", read), nil},
		"without being new": {`{"Null":{"aws:UserAgent":"false"}}`, attach("plain", read), nil},
	} {
		t.Run(name, func(t *testing.T) {
			document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":` + tc.condition + `}]}`
			if err := r.dir.PutInline(ctx, iam.UserKind, "delegate", "p", document); err != nil {
				t.Fatal(err)
			}
			wantCode(t, tc.refused(), "AccessDenied", "explicit deny")
			if tc.taken != nil {
				if err := tc.taken(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestTagsAreJudgedAsTheyAreRead sends a tag that the operation does not read.
func TestTagsAreJudgedAsTheyAreRead(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	if _, err := r.dir.CreateUser(ctx, iam.User{Name: "delegate", Path: "/"}); err != nil {
		t.Fatal(err)
	}
	if err := r.dir.PutInline(ctx, iam.UserKind, "delegate", "p", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"blue"}}}}`); err != nil {
		t.Fatal(err)
	}
	key, secret, err := r.dir.CreateAccessKey(ctx, "delegate")
	if err != nil {
		t.Fatal(err)
	}
	r.admin = credentials.NewStaticCredentialsProvider(key.ID, secret, "")
	resp := r.signed("Action=CreateUser&Version=2010-05-08&UserName=eve&Tags.member.01.Key=team&Tags.member.01.Value=blue", "iam")
	if body := text(t, resp); resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp = r.signed("Action=CreateUser&Version=2010-05-08&UserName=eve&Tags.member.1.Key=team&Tags.member.1.Value=blue", "iam")
	if body := text(t, resp); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func get(t *testing.T, h http.Handler, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
	return w
}

// TestIAMIsPostOnly is about pages of other sites, for which a browser sends GET requests
// without a word, where nobody has to sign.
func TestIAMIsPostOnly(t *testing.T) {
	api := unauthenticated(t)
	w := get(t, api, "/?Action=CreateUser&Version=2010-05-08&UserName=eve")
	if w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w = get(t, api, "/?Action=GetCallerIdentity&Version=2011-06-15"); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
