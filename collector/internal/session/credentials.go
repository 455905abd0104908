package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// ErrNoCredentials says that there is no source of credentials at all: nothing in
// the environment, the shared files, a web identity or a container's endpoint, no
// role to assume, and no metadata service that gives any. A server that asks for
// none may be sent unsigned requests then.
var ErrNoCredentials = errors.New("no AWS credentials")

const (
	// sourceRetry is how long a failure of a source of credentials is remembered, so
	// that every request of a busy collector does not ask again.
	sourceRetry = 5 * time.Second
	// noneRetry is the same where there is no source: the last resort, the metadata
	// service, takes seconds to not answer.
	noneRetry = 5 * time.Minute
	// credentialsTimeout bounds how long a request waits for credentials.
	credentialsTimeout = 15 * time.Second
)

// credentials returns the provider of cfg, or of the role, that remembers failures.
func (c *Config) credentials(cfg aws.Config) aws.CredentialsProvider {
	if c.RoleARN == "" {
		last := aws.IsCredentialsProvider(cfg.Credentials, (*ec2rolecreds.Provider)(nil))
		return &provider{inner: cfg.Credentials, what: "get AWS credentials", last: last}
	}
	role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), c.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "radiograph-collector"
		if c.ExternalID != "" {
			o.ExternalID = &c.ExternalID
		}
	})
	return &provider{inner: aws.NewCredentialsCache(role), what: "assume role " + c.RoleARN}
}

// provider gives the credentials of inner, which has a cache.
type provider struct {
	inner aws.CredentialsProvider
	what  string
	last  bool // inner is the end of the chain: the metadata service

	mu    sync.Mutex // guards the fields below; never held while inner is asked
	err   error      // of the last attempt
	until time.Time  // when inner is asked again
}

// Retrieve gives the credentials, or the error of a moment ago.
func (p *provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if err := p.remembered(); err != nil {
		return aws.Credentials{}, err
	}
	wait, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	creds, err := p.inner.Retrieve(wait)
	if err == nil {
		return creds, nil
	}
	retry := sourceRetry
	switch {
	case p.last:
		err, retry = fmt.Errorf("%w: the environment, the shared files and the instance's metadata have none: %w", ErrNoCredentials, err), noneRetry
	default:
		err = fmt.Errorf("%s: %w", p.what, err)
	}
	if ctx.Err() != nil {
		return aws.Credentials{}, err // the caller's haste says nothing about the source
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.until = err, time.Now().Add(retry)
	return aws.Credentials{}, err
}

func (p *provider) remembered() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil && time.Now().After(p.until) {
		p.err = nil
	}
	return p.err
}
