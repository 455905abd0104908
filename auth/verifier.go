package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Verifier verifies signatures. Its zero members mean the defaults; Keys and
// Services are required. It is safe for concurrent use and must not be changed
// while it is used.
type Verifier struct {
	Keys Keys

	// Services are the signing names that are accepted, such as xray. Error messages
	// name the first.
	Services []string
	// Regions are the regions that are accepted; empty means every region.
	Regions []string
	// Hosts are names, with the port if it is not the scheme's own, under which clients
	// reach the service through a proxy that changes the Host header. Signatures are
	// accepted over these as well as over the Host header that arrives.
	Hosts []string

	// ClockSkew is how far the date of a signature may lie from now; 0 means
	// [DefaultClockSkew].
	ClockSkew time.Duration
	// MaxBodyBytes bounds a body as it arrives, before decompression; 0 means 10 MiB.
	MaxBodyBytes int64

	Now func() time.Time // nil means time.Now
}

// DefaultClockSkew is that of most of AWS's services.
const DefaultClockSkew = 5 * time.Minute

const defaultMaxBodyBytes = 10 << 20

// Verify finds out who signed r. The error is always an *[Error].
//
// The body is read and replaced by a copy in memory, so that r can be handled as if
// nobody had read it; with UNSIGNED-PAYLOAD it is left alone. Verify looks at r as it
// was received: it must come before anything that changes headers, path or query.
func (v *Verifier) Verify(r *http.Request) (Identity, error) {
	c, err := readClaim(r)
	if err != nil {
		return Identity{}, err
	}
	id, err := v.verify(r, c)
	return id, withKey(err, c.accessKeyID)
}

// verify judges a request by what it claims.
func (v *Verifier) verify(r *http.Request, c *claim) (Identity, error) {
	if err := v.checkClaim(c); err != nil {
		return Identity{}, err
	}
	if err := checkRequest(r, c); err != nil {
		return Identity{}, err
	}
	cred, err := v.lookup(r.Context(), c)
	if err != nil {
		return Identity{}, err
	}
	p, err := readPayload(r, cmp.Or(v.MaxBodyBytes, defaultMaxBodyBytes))
	if err != nil {
		return Identity{}, err
	}
	key := signingKey(cred.Secret, c)
	if err := v.checkSignature(r, c, key, p.hash); err != nil {
		return Identity{}, err
	}
	if err := p.finish(r, c, key); err != nil {
		return Identity{}, err
	}
	return Identity{
		Principal: cred.Principal, AccessKeyID: c.accessKeyID,
		Region: c.region, Service: c.service, SignedAt: c.at, Presigned: c.presigned,
	}, nil
}

func (v *Verifier) now() time.Time {
	if v.Now != nil {
		return v.Now()
	}
	return time.Now()
}

func (v *Verifier) lookup(ctx context.Context, c *claim) (Credential, error) {
	cred, err := v.Keys.Lookup(ctx, c.accessKeyID, c.token)
	return cred, keyError(err)
}

// keyError words the errors of [Keys].
func keyError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnknownKey):
		return &Error{Kind: UnknownKey, Message: invalidToken}
	case errors.Is(err, ErrExpired):
		return &Error{Kind: SessionExpired, Message: "The security token included in the request is expired"}
	}
	return &Error{Kind: Failure, Message: "The request could not be authenticated", Err: err}
}

// checkClaim judges date and scope. The texts about the clock make SDKs adjust theirs.
func (v *Verifier) checkClaim(c *claim) error {
	if c.terminator != terminator {
		return &Error{Kind: WrongScope, Message: "Credential should be scoped with a valid terminator: 'aws4_request', not '" + c.terminator + "'."}
	}
	if !slices.Contains(v.Services, c.service) {
		return &Error{Kind: WrongScope, Message: "Credential should be scoped to correct service: '" + v.Services[0] + "'."}
	}
	if len(v.Regions) > 0 && !slices.Contains(v.Regions, c.region) {
		return &Error{Kind: WrongScope, Message: "Credential should be scoped to a valid region, not '" + c.region + "'."}
	}
	if c.day != c.timestamp[:len(dayLayout)] {
		return &Error{Kind: WrongScope, Message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			c.day + "' != '" + c.timestamp[:len(dayLayout)] + "', from '" + c.timestamp + "'."}
	}
	return v.checkDate(c)
}

func (v *Verifier) checkDate(c *claim) error {
	now, skew := v.now().UTC(), cmp.Or(v.ClockSkew, DefaultClockSkew)
	minutes := strconv.FormatFloat(skew.Minutes(), 'f', -1, 64)
	if latest := now.Add(skew); c.at.After(latest) {
		return &Error{Kind: Stale, Message: "Signature not yet current: " + c.timestamp + " is still later than " +
			latest.Format(timeLayout) + " (" + now.Format(timeLayout) + " + " + minutes + " min.)"}
	}
	if c.presigned {
		if now.After(c.at.Add(c.expires)) {
			return &Error{Kind: RequestExpired, Message: "Request has expired. Timestamp date is " + c.timestamp}
		}
		return nil
	}
	if earliest := now.Add(-skew); c.at.Before(earliest) {
		return &Error{Kind: Stale, Message: "Signature expired: " + c.timestamp + " is now earlier than " +
			earliest.Format(timeLayout) + " (" + now.Format(timeLayout) + " - " + minutes + " min.)"}
	}
	return nil
}

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// checkSignature compares the signature with that of every host name by which the
// client may know the service, and with both orders of parameters that clients use.
// None of them leaves out any part of the request.
func (v *Verifier) checkSignature(r *http.Request, c *claim, key []byte, payload string) error {
	queries := canonicalQueries(r.URL.RawQuery, c.presigned)
	for host := range v.hosts(r.Host) {
		for _, query := range queries {
			if hmac.Equal(sign(key, r, c, host, query, payload), c.signature[:]) {
				return nil
			}
		}
	}
	return &Error{Kind: BadSignature, Message: mismatch}
}

// hosts yields the Host header, without the port that clients leave out when they
// sign, and the names that proxies replace.
func (v *Verifier) hosts(received string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(received) {
			return
		}
		for _, port := range []string{":80", ":443"} {
			if name, ok := strings.CutSuffix(received, port); ok && !yield(name) {
				return
			}
		}
		for _, name := range v.Hosts {
			if name != received && !yield(name) {
				return
			}
		}
	}
}
