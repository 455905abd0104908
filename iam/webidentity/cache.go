package webidentity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Times of the keys of an issuer.
const (
	freshFor = 10 * time.Minute // used without asking
	staleFor = time.Hour        // used when the issuer does not answer
	askAgain = 10 * time.Second // least time between requests to one issuer
)

// cached is the keys of one issuer.
type cached struct {
	// mu is held while the keys are fetched: whoever comes meanwhile waits for the
	// same answer. A fetch is bounded by fetchTimeout.
	mu      sync.Mutex
	keys    *jose.JSONWebKeySet
	fetched time.Time // when keys came
	asked   time.Time // when the issuer was asked last
	failure error     // of the last request
}

// keysFor returns the keys of an issuer with the id kid, and asks the issuer when
// there is none or what there is has become old.
func (v *Verifier) keysFor(ctx context.Context, issuer, kid string) ([]jose.JSONWebKey, error) {
	c := v.entry(issuer)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := v.opts.Now()
	known := c.keys != nil && len(c.keys.Key(kid)) > 0
	fresh := c.keys != nil && now.Sub(c.fetched) < freshFor
	if (!known || !fresh) && (c.asked.IsZero() || now.Sub(c.asked) >= askAgain) {
		c.asked = now
		// The answer serves others, too: it is not given up with this request.
		keys, err := v.fetch(context.WithoutCancel(ctx), issuer)
		if c.failure = err; err == nil {
			c.keys, c.fetched = keys, now
		} else {
			v.opts.Logger.WarnContext(ctx, "issuer does not tell its keys", "issuer", issuer, "err", err)
		}
	}
	switch {
	case c.keys == nil, now.Sub(c.fetched) >= staleFor:
		return nil, &Error{Fault: Unreachable, Message: "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements", Err: fmt.Errorf("fetch keys of %s: %w", issuer, c.failure)}
	case len(c.keys.Key(kid)) == 0:
		return nil, refuse(Invalid, "No matching key found in the key set of your identity provider for the key id in the token header")
	}
	return c.keys.Key(kid), nil
}

// entry returns the cache of an issuer. There are as many as registered issuers.
func (v *Verifier) entry(issuer string) *cached {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.issuers[issuer]
	if c == nil {
		c = &cached{}
		v.issuers[issuer] = c
	}
	return c
}
