package auth

import (
	"context"
	"errors"
	"time"

	"github.com/radiograph/radiograph/iam/policy"
)

// Errors of [Keys].
var (
	// ErrUnknownKey says that there is no such access key, that it is inactive, or
	// that the session token is missing, foreign, belongs to another key, or came with a
	// key that has none.
	ErrUnknownKey = errors.New("unknown access key")
	// ErrExpired says that the session of a key has ended.
	ErrExpired = errors.New("session expired")
)

// Keys finds access keys. It is implemented by package iam and must be safe for
// concurrent use.
type Keys interface {
	// Lookup returns what belongs to an access key. sessionToken is "" when the request
	// carries none. Errors are ErrUnknownKey and ErrExpired, perhaps wrapped; any other
	// is answered as a failure of the service.
	//
	// Lookup is called before the signature is verified: it must not count as a use of
	// the key, and must not trust that the caller knows the secret.
	Lookup(ctx context.Context, accessKeyID, sessionToken string) (Credential, error)
}

// Credential is what belongs to an access key.
type Credential struct {
	Secret    string
	Principal Principal
}

// Principal is who makes a request, and what policies say about it.
type Principal struct {
	Account string // 12 digits
	ARN     string // arn:aws:iam::<account>:user/<name>, arn:aws:sts::<account>:assumed-role/<role>/<session>, …
	UserID  string // AIDA…, AROA…:<session>, or the account for its root

	// Name is the name of a user, for ${aws:username}; "" for sessions of roles.
	Name string
	// RoleARN is the role of a session, "" for users.
	RoleARN string
	// Tags are those of the user or role, and of the session: aws:PrincipalTag/<key>.
	Tags map[string]string
	// IssuedAt is when the session began: aws:TokenIssueTime. Zero for lasting keys.
	IssuedAt time.Time

	Policies Policies
}

// Policies are what decides about a principal, as of the lookup of its key.
type Policies struct {
	Identity []*policy.Document // attached and inline policies of the user or role
	Boundary *policy.Document   // nil: none
	Session  []*policy.Document // nil: none was given when the role was assumed
}

// Identity is a request's verified signer.
type Identity struct {
	Principal   Principal
	AccessKeyID string

	// Region and Service are the scope of the signature; empty for bearer tokens.
	Region, Service string
	// SignedAt is the date that the signature covers; zero for bearer tokens.
	SignedAt time.Time
	// Presigned says that the signature was in the query.
	Presigned bool

	// Values are the circumstances of the request for conditions, such as aws:SourceIp.
	// [Gate] fills them.
	Values policy.Context
}

// Authorizer decides what principals may do. [ByPolicy] is the one that follows
// their policies.
type Authorizer interface {
	// Authorize returns nil, or an *Error of kind Denied with AWS's text. values
	// adds to what the principal itself says, such as aws:SourceIp; it may be nil.
	Authorize(ctx context.Context, p *Principal, action, resource string, values policy.Context) error
}

// identityKey is the key of a request's Identity in its context.
type identityKey struct{}

// WithIdentity returns a context that carries id to handlers.
func WithIdentity(ctx context.Context, id *Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// FromContext returns who signed the request that ctx belongs to, nil when nobody
// has been asked to.
func FromContext(ctx context.Context) *Identity {
	id, _ := ctx.Value(identityKey{}).(*Identity)
	return id
}
