package main

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/radiograph/radiograph/problem"
)

// credentials returns the key that the environment names in AWS's variables. Without
// one requests are not signed: a service with auth.mode off does not mind.
func (p *program) credentials() aws.CredentialsProvider {
	id, secret := p.getenv("AWS_ACCESS_KEY_ID"), p.getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return aws.AnonymousCredentials{}
	}
	return credentials.NewStaticCredentialsProvider(id, secret, p.getenv("AWS_SESSION_TOKEN"))
}

// region is the one that requests are signed for.
func (p *program) region() string {
	return cmp.Or(p.getenv("AWS_REGION"), p.getenv("AWS_DEFAULT_REGION"), "us-east-1")
}

// base checks the URL of the service and returns it as clients want it.
func (e *endpoint) base() (string, error) {
	u, err := url.Parse(e.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", problem.New(problem.Invalid, "endpoint %q is not a URL such as %s", e.url, defaultEndpoint)
	}
	return strings.TrimSuffix(e.url, "/"), nil
}

// identities returns clients of IAM and STS.
func (e *endpoint) identities() (*iam.Client, *sts.Client, error) {
	base, client, err := e.http()
	if err != nil {
		return nil, nil, err
	}
	i := iam.New(iam.Options{Region: e.region, BaseEndpoint: &base, Credentials: e.credentials, HTTPClient: client, Retryer: aws.NopRetryer{}})
	s := sts.New(sts.Options{Region: e.region, BaseEndpoint: &base, Credentials: e.credentials, HTTPClient: client, Retryer: aws.NopRetryer{}})
	return i, s, nil
}

// classifyIdentity is classify for errors of IAM and STS.
func (e *endpoint) classifyIdentity(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return e.classify(err)
	}
	out := &problem.Error{Message: api.ErrorCode() + ": " + api.ErrorMessage()}
	switch api.ErrorCode() {
	case "NoSuchEntity":
		out.Kind = problem.NotFound
	case "EntityAlreadyExists":
		out.Kind = problem.Exists
	case "MissingAuthenticationToken":
		out.Kind, out.Hint = problem.Denied, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the first key comes from: radiograph iam bootstrap"
	case "AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "IncompleteSignature":
		out.Kind = problem.Denied
	case "ServiceFailure", "InternalFailure":
		out.Kind = problem.Internal
	default:
		out.Kind = problem.Invalid
	}
	return out
}

// missing says that what was asked for does not exist.
func missing(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorCode() == "NoSuchEntity"
}
