package iamapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/iamapi"
	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/internal/issuertest"
	"github.com/radiograph/radiograph/internal/wholebody"
)

const account = "111122223333"

// rig is the APIs of an account behind a server, with an administrator.
type rig struct {
	t      *testing.T
	dir    *iam.Directory
	issuer *issuertest.Issuer
	url    string
	iam    *awsiam.Client // of the administrator
	sts    *sts.Client
	admin  aws.CredentialsProvider
}

func openDirectory(t testing.TB, dir, number, master string) *iam.Directory {
	t.Helper()
	d, err := iam.Open(dir, iam.Options{Account: number, MasterKey: master})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func temporary(t testing.TB) *iam.Directory {
	t.Helper()
	dir := t.TempDir()
	return openDirectory(t, dir, account, filepath.Join(dir, "master.key"))
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t, temporary(t))
}

func newRigOf(t *testing.T, d *iam.Directory) *rig {
	t.Helper()
	r := &rig{t: t, dir: d, issuer: issuertest.New(t)}
	api, err := iamapi.New(iamapi.Options{
		Directory: d, Tokens: webidentity.New(webidentity.Options{Roots: r.issuer.Roots}),
		STS: &auth.Verifier{Keys: d, Services: []string{"sts"}},
		IAM: &auth.Verifier{Keys: d, Services: []string{"iam"}},

		CloudFormation: &auth.Verifier{Keys: d, Services: []string{"cloudformation"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	r.url = server.URL
	key, secret, err := d.Bootstrap(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	r.admin = credentials.NewStaticCredentialsProvider(key.ID, secret, "")
	r.iam, r.sts = r.iamAs(r.admin), r.stsAs(r.admin)
	return r
}

func (r *rig) iamAs(c aws.CredentialsProvider) *awsiam.Client {
	return awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: aws.String(r.url), Credentials: c, Retryer: aws.NopRetryer{}, HTTPClient: &wholebody.Client{}})
}

func (r *rig) stsAs(c aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: aws.String(r.url), Credentials: c, Retryer: aws.NopRetryer{}, HTTPClient: &wholebody.Client{}})
}

// trustAccount is a trust policy that leaves it to the account's policies.
const trustAccount = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`

// createRole makes a role and returns its ARN.
func (r *rig) createRole(name, trust string) string {
	r.t.Helper()
	out, err := r.iam.CreateRole(r.t.Context(), &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		r.t.Fatal(err)
	}
	return *out.Role.Arn
}

// createUser makes a user with a key and, unless it is empty, an inline policy.
func (r *rig) createUser(name, document string) aws.CredentialsProvider {
	r.t.Helper()
	if _, err := r.iam.CreateUser(r.t.Context(), &awsiam.CreateUserInput{UserName: &name}); err != nil {
		r.t.Fatal(err)
	}
	if document != "" {
		_, err := r.iam.PutUserPolicy(r.t.Context(), &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("own"), PolicyDocument: &document})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	out, err := r.iam.CreateAccessKey(r.t.Context(), &awsiam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		r.t.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(*out.AccessKey.AccessKeyId, *out.AccessKey.SecretAccessKey, "")
}

// wantCode fails unless err has that code, and a message with text.
func wantCode(t *testing.T, err error, code, text string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("got %v, want %s with %q", err, code, text)
	}
}

// post sends a form without a signature.
func (r *rig) post(form string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url, strings.NewReader(form))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// signed sends a form that the administrator has signed for a service.
func (r *rig) signed(form, service string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/", strings.NewReader(form))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	key, err := r.admin.Retrieve(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(form))
	if err := v4.NewSigner().SignHTTP(r.t.Context(), key, req, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
