package server_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/internal/issuertest"
	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/server"
)

// TestCollectorsWay goes the way of a collector's pod: a role for its service account,
// credentials by web identity, refused before the policy is attached and accepted
// after, without new credentials.
func TestCollectorsWay(t *testing.T) {
	ctx := t.Context()
	is := issuertest.New(t)
	cfg := local(t)
	cfg.Auth.Mode = config.AuthSigV4
	cfg.IAM.Issuers = []string{is.URL + " jwks=" + is.JWKS() + " ca=" + is.CAFile()}
	d, err := server.OpenDirectory(cfg, iam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, secret, err := d.Bootstrap(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	s := run(t, cfg)
	admin := awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoint()), Credentials: credentials.NewStaticCredentialsProvider(key.ID, secret, "")})
	if _, err := admin.CreateOpenIDConnectProvider(ctx, &awsiam.CreateOpenIDConnectProviderInput{Url: &is.URL, ClientIDList: []string{issuertest.Audience}}); err != nil {
		t.Fatal(err)
	}
	provider := "arn:aws:iam::" + cfg.AccountID + ":oidc-provider/" + is.URL[len("https://"):]
	role, err := admin.CreateRole(ctx, &awsiam.CreateRoleInput{
		RoleName: aws.String("collector"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},
			"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"` + is.URL[len("https://"):] + `:sub":"system:serviceaccount:aws-otel-eks:aws-otel-collector"}}}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	token := is.Token("aws-otel-eks", "aws-otel-collector")
	session, err := sts.New(sts.Options{Region: cfg.Region, BaseEndpoint: aws.String(s.Endpoint())}).AssumeRoleWithWebIdentity(ctx,
		&sts.AssumeRoleWithWebIdentityInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("pod"), WebIdentityToken: &token})
	if err != nil {
		t.Fatal(err)
	}
	c := session.Credentials
	exporter := xray.New(xray.Options{
		Region: cfg.Region, BaseEndpoint: aws.String(s.Endpoint()), Retryer: aws.NopRetryer{}, HTTPClient: &wholebody.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken),
	})
	put := func() error {
		_, err := exporter.PutTraceSegments(ctx, &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{"{}"}})
		return err
	}
	wantCode(t, put(), "AccessDeniedException")
	if _, err := admin.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: aws.String("collector"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess")}); err != nil {
		t.Fatal(err)
	}
	if err := put(); err != nil {
		t.Errorf("after the policy was attached: %v", err)
	}
	_, err = exporter.GetGroups(ctx, &xray.GetGroupsInput{})
	wantCode(t, err, "AccessDeniedException")
}

// run runs a server until the test ends.
func run(t *testing.T, cfg config.Config) *server.Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg, server.Options{})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// wantCode fails unless err has that name in the API.
func wantCode(t *testing.T, err error, name string) {
	t.Helper()
	if code, _ := codeOf(err); code != name {
		t.Errorf("got %v, want %s", err, name)
	}
}
