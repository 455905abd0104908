package iamapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/radiograph/radiograph/internal/issuertest"
)

// trustServiceAccount registers the issuer and makes a role for one service account.
func (r *rig) trustServiceAccount(role, namespace, serviceAccount string) string {
	r.t.Helper()
	if _, ok := r.dir.ProviderFor(r.issuer.URL); !ok {
		_, err := r.iam.CreateOpenIDConnectProvider(r.t.Context(), &awsiam.CreateOpenIDConnectProviderInput{Url: &r.issuer.URL, ClientIDList: []string{issuertest.Audience}})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	issuer := strings.TrimPrefix(r.issuer.URL, "https://")
	return r.createRole(role, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Federated":"arn:aws:iam::%s:oidc-provider/%s"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"%[2]s:sub":"system:serviceaccount:%[3]s:%[4]s","%[2]s:aud":"sts.amazonaws.com"}}}]}`,
		account, issuer, namespace, serviceAccount))
}

func webIdentity(role, token string) *sts.AssumeRoleWithWebIdentityInput {
	return &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: aws.String("pod-1"), WebIdentityToken: &token}
}

func static(c *types.Credentials) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	role := r.trustServiceAccount("collector", "aws-otel-eks", "aws-otel-collector")
	anonymous := r.stsAs(aws.AnonymousCredentials{})
	token := r.issuer.Token("aws-otel-eks", "aws-otel-collector")
	out, err := anonymous.AssumeRoleWithWebIdentity(ctx, webIdentity(role, token))
	if err != nil {
		t.Fatal(err)
	}
	if got := *out.AssumedRoleUser.Arn; got != "arn:aws:sts::"+account+":assumed-role/collector/pod-1" {
		t.Errorf("session is %s", got)
	}
	if *out.Audience != issuertest.Audience || *out.SubjectFromWebIdentityToken != "system:serviceaccount:aws-otel-eks:aws-otel-collector" || !strings.HasSuffix(*out.Provider, strings.TrimPrefix(r.issuer.URL, "https://")) {
		t.Errorf("answer %+v", out)
	}
	if left := time.Until(*out.Credentials.Expiration); left < 59*time.Minute || left > time.Hour || !strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") {
		t.Errorf("credentials %s for %v", *out.Credentials.AccessKeyId, left)
	}
	who, err := r.stsAs(static(out.Credentials)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != *out.AssumedRoleUser.Arn || *who.UserId != *out.AssumedRoleUser.AssumedRoleId || *who.Account != account {
		t.Errorf("caller %+v, %v", who, err)
	}
	used, err := r.iam.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("collector")})
	if err != nil || used.Role.RoleLastUsed.LastUsedDate == nil {
		t.Errorf("use of the role is not noted: %+v, %v", used, err)
	}
	_, err = anonymous.AssumeRoleWithWebIdentity(ctx, webIdentity(role, r.issuer.Token("aws-otel-eks", "other")))
	wantCode(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	_, err = anonymous.AssumeRoleWithWebIdentity(ctx, webIdentity(role+"x", token))
	wantCode(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")

	for name, tc := range map[string]struct {
		claims     map[string]any
		code, text string
	}{
		"audience": {map[string]any{"aud": "foo"}, "InvalidIdentityToken", "Incorrect token audience"},
		"expired":  {map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, "ExpiredTokenException", "Token expired"},
		"issuer":   {map[string]any{"iss": "https://other.example.com"}, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://other.example.com"},
		"subject":  {map[string]any{"sub": ""}, "IDPRejectedClaim", "sub"},
	} {
		t.Run(name, func(t *testing.T) {
			claims := r.issuer.Claims("aws-otel-eks", "aws-otel-collector")
			maps.Copy(claims, tc.claims)
			_, err := anonymous.AssumeRoleWithWebIdentity(t.Context(), webIdentity(role, issuertest.Sign(t, r.issuer.Key(), claims)))
			wantCode(t, err, tc.code, tc.text)
		})
	}
	_, err = anonymous.AssumeRoleWithWebIdentity(ctx, webIdentity(role, "not.a.token"))
	wantCode(t, err, "InvalidIdentityToken", "not a valid JWT")
	in := webIdentity(role, token)
	in.DurationSeconds = aws.Int32(7200)
	_, err = anonymous.AssumeRoleWithWebIdentity(ctx, in)
	wantCode(t, err, "ValidationError", "exceeds the MaxSessionDuration")
	in.DurationSeconds = aws.Int32(60)
	_, err = anonymous.AssumeRoleWithWebIdentity(ctx, in)
	wantCode(t, err, "ValidationError", "Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")
}

// TestIssuerDownIsRetryable is about an issuer that nobody has asked before.
func TestIssuerDownIsRetryable(t *testing.T) {
	r := newRig(t)
	role := r.trustServiceAccount("collector", "a", "b")
	token := r.issuer.Token("a", "b")
	r.issuer.Break(true)
	_, err := r.stsAs(aws.AnonymousCredentials{}).AssumeRoleWithWebIdentity(t.Context(), webIdentity(role, token))
	wantCode(t, err, "IDPCommunicationError", "verification key")
}

func assume(role string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("work")}
}

func TestAssumeRole(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	role := r.createRole("worker", trustAccount)
	nobody := r.stsAs(r.createUser("nobody", ""))
	_, err := nobody.AssumeRole(ctx, assume(role))
	wantCode(t, err, "AccessDenied", "User: arn:aws:iam::"+account+":user/nobody is not authorized to perform: sts:AssumeRole on resource: "+role)
	_, err = r.sts.AssumeRole(ctx, assume(role+"x"))
	wantCode(t, err, "AccessDenied", "not authorized to perform: sts:AssumeRole")

	in := assume(role)
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
	in.TransitiveTagKeys = []string{"team"}
	in.SourceIdentity = aws.String("ann")
	in.Policy = aws.String(readGroups)
	out, err := r.sts.AssumeRole(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if *out.PackedPolicySize < 1 || *out.SourceIdentity != "ann" {
		t.Errorf("answer %+v", out)
	}
	// The role may do nothing, so its session may not either; GetCallerIdentity needs nothing.
	session := static(out.Credentials)
	if _, err := r.stsAs(session).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
	_, err = r.iamAs(session).ListRoles(ctx, &awsiam.ListRolesInput{})
	wantCode(t, err, "AccessDenied", "assumed-role/worker/work is not authorized to perform: iam:ListRoles")
	in.TransitiveTagKeys = []string{"other"}
	_, err = r.sts.AssumeRole(ctx, in)
	wantCode(t, err, "InvalidInput", "transitive tag key")
	in.TransitiveTagKeys, in.Policy = nil, aws.String(`{"Version":"2012-10-17"}`)
	_, err = r.sts.AssumeRole(ctx, in)
	wantCode(t, err, "MalformedPolicyDocument", "")
	in.Policy = aws.String(strings.Replace(readGroups, "xray:GetGroups", "xray:"+strings.Repeat("x", 3000), 1))
	_, err = r.sts.AssumeRole(ctx, in)
	wantCode(t, err, "PackedPolicyTooLarge", "")
}

func TestRoleChaining(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	first := r.createRole("first", trustAccount)
	// The second role asks for the tag that the first session carries on.
	second := r.createRole("second", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+first+`"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
		"Condition":{"StringEquals":{"aws:RequestTag/team":"blue","sts:ExternalId":"x-1","sts:SourceIdentity":"ann"}}}]}`)
	if _, err := r.iam.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: aws.String("second"), MaxSessionDuration: aws.Int32(43200)}); err != nil {
		t.Fatal(err)
	}
	in := assume(first)
	in.Tags, in.TransitiveTagKeys, in.SourceIdentity = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}, []string{"team"}, aws.String("ann")
	out, err := r.sts.AssumeRole(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	chained := r.stsAs(static(out.Credentials))
	in = assume(second)
	_, err = chained.AssumeRole(ctx, in)
	wantCode(t, err, "AccessDenied", "assumed-role/first/work")
	in.ExternalId = aws.String("x-1")
	if _, err := chained.AssumeRole(ctx, in); err != nil {
		t.Errorf("the trust policy names the role: %v", err)
	}
	in.DurationSeconds = aws.Int32(3601)
	_, err = chained.AssumeRole(ctx, in)
	wantCode(t, err, "ValidationError", "1 hour session limit")
	in.DurationSeconds, in.SourceIdentity = nil, aws.String("bob")
	_, err = chained.AssumeRole(ctx, in)
	wantCode(t, err, "AccessDenied", "source identity")
	in.SourceIdentity, in.Tags = nil, []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}
	_, err = chained.AssumeRole(ctx, in)
	wantCode(t, err, "InvalidInput", "transitive")
	_, err = r.sts.AssumeRole(ctx, assume(second))
	wantCode(t, err, "AccessDenied", "user/administrator")
}

func TestSessionsEndWithTheirRole(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	role := r.createRole("worker", trustAccount)
	out, err := r.sts.AssumeRole(ctx, assume(role))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("worker")}); err != nil {
		t.Fatal(err)
	}
	r.createRole("worker", trustAccount) // of the same name, but another
	_, err = r.stsAs(static(out.Credentials)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId", "invalid")
}

func TestGetSessionToken(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	out, err := r.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	session := static(out.Credentials)
	if _, err := r.iamAs(session).ListRoles(ctx, &awsiam.ListRolesInput{}); err != nil {
		t.Errorf("a session of a user may what the user may: %v", err)
	}
	_, err = r.stsAs(session).GetSessionToken(ctx, &sts.GetSessionTokenInput{})
	wantCode(t, err, "AccessDenied", "session credentials")
	admin, err := r.admin.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	info, err := r.sts.GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &admin.AccessKeyID})
	if err != nil || *info.Account != account {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestPresignedCallerIdentity is what "aws eks get-token" makes and a cluster's
// authenticator asks.
func TestPresignedCallerIdentity(t *testing.T) {
	r := newRig(t)
	presigned, err := sts.NewPresignClient(r.sts).PresignGetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), presigned.Method, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, text(t, resp)
	}
	if status, body := get(presigned.URL); status != http.StatusOK || !strings.Contains(body, "user/administrator") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := get(presigned.URL + "0"); status != http.StatusForbidden || !strings.Contains(body, "SignatureDoesNotMatch") {
		t.Errorf("%d %s", status, body)
	}
}

// TestConfusedDeputy has two accounts that share master keys, as replicas of one
// installation do.
func TestConfusedDeputy(t *testing.T) {
	master := filepath.Join(t.TempDir(), "master.key")
	mine := newRigOf(t, openDirectory(t, t.TempDir(), account, master))
	other := newRigOf(t, openDirectory(t, t.TempDir(), "999988887777", master))
	ctx := t.Context()
	trust := strings.ReplaceAll(trustAccount, account, "999988887777")
	out, err := other.iam.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("worker"), AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	session, err := other.sts.AssumeRole(ctx, assume(*out.Role.Arn))
	if err != nil {
		t.Fatal(err)
	}
	// A session of the other account is nobody here, and its roles are not ours to give.
	_, err = mine.stsAs(static(session.Credentials)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId", "invalid")
	_, err = mine.sts.AssumeRole(ctx, assume(*out.Role.Arn))
	wantCode(t, err, "AccessDenied", "not authorized")
	_, err = mine.stsAs(other.admin).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId", "invalid")

	// A token of a provider that only the other account knows.
	role := mine.trustServiceAccount("collector", "a", "b")
	_, err = mine.stsAs(aws.AnonymousCredentials{}).AssumeRoleWithWebIdentity(ctx, webIdentity(role, other.issuer.Token("a", "b")))
	wantCode(t, err, "InvalidIdentityToken", "No OpenIDConnect provider")
	// A provider of this account that the role does not trust.
	second := issuertest.New(t)
	if _, err := mine.iam.CreateOpenIDConnectProvider(ctx, &awsiam.CreateOpenIDConnectProviderInput{Url: &second.URL, ClientIDList: []string{issuertest.Audience}}); err != nil {
		t.Fatal(err)
	}
	claims := second.Claims("a", "b")
	claims[strings.TrimPrefix(mine.issuer.URL, "https://")+":sub"] = "system:serviceaccount:a:b"
	_, err = mine.stsAs(aws.AnonymousCredentials{}).AssumeRoleWithWebIdentity(ctx, webIdentity(role, issuertest.Sign(t, second.Key(), claims)))
	wantCode(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

func TestSessionTokenOfAnotherKey(t *testing.T) {
	r := newRig(t)
	role := r.createRole("worker", trustAccount)
	a, err := r.sts.AssumeRole(t.Context(), assume(role))
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.sts.AssumeRole(t.Context(), assume(role))
	if err != nil {
		t.Fatal(err)
	}
	mixed := *a.Credentials
	mixed.SessionToken = b.Credentials.SessionToken
	_, err = r.stsAs(static(&mixed)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId", "invalid")
}
