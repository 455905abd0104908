package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// sign signs a request without a body that no client of the SDK makes. Without an
// access key it leaves the request as it is.
func (e *endpoint) sign(r *http.Request) error {
	if e.credentials == nil || aws.IsCredentialsProvider(e.credentials, aws.AnonymousCredentials{}) {
		return nil
	}
	keys, err := e.credentials.Retrieve(r.Context())
	if err == nil {
		empty := sha256.Sum256(nil)
		err = v4.NewSigner().SignHTTP(r.Context(), keys, r, hex.EncodeToString(empty[:]), "xray", e.region, time.Now())
	}
	if err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	return nil
}
