package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// identity is who asks the service, from the variables that AWS's tools read. Without
// an access key requests are not signed.
type identity struct {
	keys   aws.Credentials
	region string
}

// readIdentity reads AWS_ACCESS_KEY_ID and its relatives.
func (p *program) readIdentity() identity {
	return identity{
		keys: aws.Credentials{
			AccessKeyID:     p.getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: p.getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    p.getenv("AWS_SESSION_TOKEN"),
		},
		region: cmp.Or(p.getenv("AWS_REGION"), p.getenv("AWS_DEFAULT_REGION")),
	}
}

// awsRegion is the region of signatures; the client of the SDK wants one always.
func (i *identity) awsRegion() string { return cmp.Or(i.region, "us-east-1") }

// credentials returns what the client of the SDK signs with.
func (i *identity) credentials() aws.CredentialsProvider {
	if !i.keys.HasKeys() {
		return aws.AnonymousCredentials{}
	}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return i.keys, nil })
}

// sign signs a request without a body.
func (i *identity) sign(r *http.Request) error {
	if !i.keys.HasKeys() {
		return nil
	}
	empty := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(r.Context(), i.keys, r, hex.EncodeToString(empty[:]), "xray", i.awsRegion(), time.Now()); err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	return nil
}
