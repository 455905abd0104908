package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net"
	"net/http"
	"strings"

	"github.com/radiograph/radiograph/iam/policy"
)

// Gate is what stands before a service: it finds out who asks, and asks whether they
// may. It is safe for concurrent use.
type Gate struct {
	Verifier   Verifier
	Authorizer Authorizer

	// Used is told of everybody whose signature or token was good; nil means nobody is. It
	// is called for every request and must be cheap.
	Used func(ctx context.Context, id *Identity)
}

// Identify verifies the signature of r and returns r with the [Identity] in its
// context. Like [Verifier.Verify] it must come before anything that changes r.
func (g *Gate) Identify(r *http.Request) (*http.Request, error) {
	id, err := g.Verifier.Verify(r)
	if err != nil {
		return nil, err
	}
	id.Values = Circumstances(r)
	return r.WithContext(g.identified(r.Context(), &id)), nil
}

// IdentifyBearer finds out who sends a bearer token, for clients that can send a
// fixed header but cannot sign: the value of Authorization is
//
//	Bearer <access key id>:<secret access key>[:<session token>]
//
// The token is the secret itself: it must not travel without TLS beyond this machine.
// remote is the client's address with its port, and secure says that it came by TLS.
func (g *Gate) IdentifyBearer(ctx context.Context, authorization, remote string, secure bool) (context.Context, error) {
	token, ok := CutBearer(authorization)
	if !ok || len(token) > maxAuthorization {
		return nil, &Error{Kind: Missing, Message: "Missing Authentication Token"}
	}
	keyID, rest, _ := strings.Cut(token, ":")
	secret, session, _ := strings.Cut(rest, ":")
	if !keyIDPattern.MatchString(keyID) || secret == "" {
		return nil, &Error{Kind: Incomplete, Message: "A bearer token has the form <access key id>:<secret access key>, with :<session token> for temporary keys."}
	}
	cred, err := g.Verifier.Keys.Lookup(ctx, keyID, session)
	if err := keyError(err); err != nil {
		return nil, withKey(err, keyID)
	}
	// Hashes have one length: comparing them tells nothing of that of the secret.
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(cred.Secret))
	if cred.Secret == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return nil, &Error{Kind: UnknownKey, Message: invalidToken, AccessKeyID: keyID}
	}
	return g.identified(ctx, &Identity{
		Principal: cred.Principal, AccessKeyID: keyID, Values: circumstances(remote, secure, ""),
	}), nil
}

// identified returns a context with id.
func (g *Gate) identified(ctx context.Context, id *Identity) context.Context {
	if g.Used != nil {
		g.Used(ctx, id)
	}
	return WithIdentity(ctx, id)
}

// CutBearer returns the token of an Authorization header with the scheme Bearer.
func CutBearer(authorization string) (token string, ok bool) {
	const scheme = "Bearer "
	if len(authorization) < len(scheme) || !strings.EqualFold(authorization[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(authorization[len(scheme):]), true
}

// Allow asks whether the signer of the request that ctx belongs to may do action to
// resource. values adds to what conditions may ask for; it may be nil. A request that
// nobody signed is refused.
func (g *Gate) Allow(ctx context.Context, action, resource string, values policy.Context) error {
	id := FromContext(ctx)
	if id == nil {
		return &Error{Kind: Missing, Message: "Missing Authentication Token"}
	}
	all := make(policy.Context, len(id.Values)+len(values))
	maps.Copy(all, values)
	maps.Copy(all, id.Values)
	return withKey(g.Authorizer.Authorize(ctx, &id.Principal, action, resource, all), id.AccessKeyID)
}

// withKey notes in a refusal whose key it was.
func withKey(err error, keyID string) error {
	if e, ok := err.(*Error); ok && e != nil { //nolint:errorlint // an error of this package itself, not one that it wraps
		e.AccessKeyID = keyID
	}
	return err
}

// Circumstances are what conditions may ask for about how r came, for identities that
// no signature made.
func Circumstances(r *http.Request) policy.Context {
	return circumstances(r.RemoteAddr, r.TLS != nil, r.UserAgent())
}

// circumstances are what conditions may ask for about how a request came. Behind a
// proxy the address is that of the proxy.
func circumstances(remote string, secure bool, agent string) policy.Context {
	c := policy.Context{"aws:SecureTransport": {"false"}}
	if secure {
		c["aws:SecureTransport"] = []string{"true"}
	}
	if host, _, err := net.SplitHostPort(remote); err == nil {
		c["aws:SourceIp"] = []string{host}
	}
	if agent != "" {
		c["aws:UserAgent"] = []string{agent}
	}
	return c
}
