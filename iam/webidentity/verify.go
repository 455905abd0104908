package webidentity

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Bounds of tokens.
const (
	maxTokenBytes = 20000 // WebIdentityToken of the STS API Reference
	minRSABits    = 2048
	leeway        = time.Minute // by which clocks may differ
)

// Options are what a verifier is made of.
type Options struct {
	Sources map[string]Source // by issuer; the others are asked for their discovery document
	Roots   *x509.CertPool    // that issuers are verified against; nil for those of the system

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	opts Options

	mu      sync.Mutex // guards issuers; not held while an issuer is asked
	issuers map[string]*cached
}

// New returns a verifier.
func New(opts Options) *Verifier {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Verifier{opts: opts, issuers: map[string]*cached{}}
}

// Claims are what a verified token says.
type Claims struct {
	Issuer  string
	Subject string
	// Audience is whom the token is for: azp when it is there, else the first of aud
	// that was asked for.
	Audience  string
	Audiences []string
	Issued    time.Time
	Expires   time.Time

	// All are the claims that are texts, numbers, truth values or lists of these, by
	// name, for the conditions of policies.
	All map[string][]string

	Kubernetes Kubernetes
}

// Kubernetes is the claim kubernetes.io of a service account's token. It is empty for
// other tokens.
type Kubernetes struct {
	Namespace      string    `json:"namespace"`
	ServiceAccount Reference `json:"serviceaccount"`
	Pod            Reference `json:"pod"`
}

// Reference names an object of a cluster.
type Reference struct {
	Name string `json:"name"`
	UID  string `json:"uid"`
}

// Accept says whether an issuer is registered, and for which audiences its tokens
// may be.
type Accept func(issuer string) (audiences []string, ok bool)

// claims are the members of a token that are looked at.
type claims struct {
	Issuer     string           `json:"iss"`
	Subject    string           `json:"sub"`
	Audience   jwt.Audience     `json:"aud"`
	Party      string           `json:"azp"`
	Expires    *jwt.NumericDate `json:"exp"`
	NotBefore  *jwt.NumericDate `json:"nbf"`
	Issued     *jwt.NumericDate `json:"iat"`
	Kubernetes Kubernetes       `json:"kubernetes.io"`
}

// Verify checks a token and returns what it says. The error is an *[Error] unless ctx
// ends. No issuer is asked that accept does not know.
func (v *Verifier) Verify(ctx context.Context, token string, accept Accept) (*Claims, error) {
	if len(token) > maxTokenBytes {
		return nil, refuse(Invalid, "The ID Token provided is too long")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil || len(parsed.Headers) != 1 {
		return nil, &Error{Fault: Invalid, Message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", Err: err}
	}
	var unverified claims
	if err := parsed.UnsafeClaimsWithoutVerification(&unverified); err != nil {
		return nil, &Error{Fault: Invalid, Message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", Err: err}
	}
	audiences, ok := accept(unverified.Issuer)
	if !ok {
		return nil, refuse(UnknownIssuer, "No OpenIDConnect provider found in your account for %s", unverified.Issuer)
	}
	c, all, err := v.verified(ctx, parsed, unverified.Issuer)
	if err != nil {
		return nil, err
	}
	if err := v.checkTimes(c); err != nil {
		return nil, err
	}
	return c.accepted(audiences, all)
}

// verified returns the claims once a key of the issuer has verified the signature.
func (v *Verifier) verified(ctx context.Context, token *jwt.JSONWebToken, issuer string) (*claims, map[string]any, error) {
	header := token.Headers[0]
	if header.KeyID == "" {
		return nil, nil, refuse(Invalid, "Missing a required header parameter: kid")
	}
	keys, err := v.keysFor(ctx, issuer, header.KeyID)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		if !fits(&k, header.Algorithm) {
			continue
		}
		c, all := &claims{}, map[string]any{}
		if err := token.Claims(k.Key, c, &all); err == nil {
			return c, all, nil
		}
	}
	return nil, nil, refuse(Invalid, "Could not validate the signature of the ID token with the keys of your identity provider")
}

// fits says whether a key may verify a signature of that algorithm. What the key set
// says decides, never what the token says alone.
func fits(k *jose.JSONWebKey, algorithm string) bool {
	if k.Algorithm != "" && k.Algorithm != algorithm || k.Use != "" && k.Use != "sig" {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return algorithm == string(jose.RS256) && key.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return algorithm == string(jose.ES256) && key.Curve == elliptic.P256()
	}
	return false
}

func (v *Verifier) checkTimes(c *claims) error {
	now := v.opts.Now()
	switch {
	case c.Expires == nil:
		return refuse(Invalid, "Missing a required claim: exp")
	case !now.Add(-leeway).Before(c.Expires.Time()):
		return refuse(Expired, "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), c.Expires.Time().Unix())
	case c.NotBefore != nil && now.Add(leeway).Before(c.NotBefore.Time()):
		return refuse(Invalid, "The ID Token provided is not valid yet")
	case c.Issued != nil && now.Add(leeway).Before(c.Issued.Time()):
		return refuse(Invalid, "The ID Token provided was issued in the future")
	}
	return nil
}

// accepted checks whom the token is about and for.
func (c *claims) accepted(audiences []string, all map[string]any) (*Claims, error) {
	if c.Subject == "" {
		return nil, refuse(Rejected, "Missing a required claim: sub")
	}
	if len(c.Audience) == 0 && c.Party == "" {
		return nil, refuse(Invalid, "Missing a required claim: aud")
	}
	offered := []string(c.Audience)
	if c.Party != "" {
		offered = []string{c.Party}
	}
	i := slices.IndexFunc(offered, func(a string) bool { return slices.Contains(audiences, a) })
	if i < 0 {
		return nil, refuse(Invalid, "Incorrect token audience")
	}
	return &Claims{
		Issuer: c.Issuer, Subject: c.Subject, Audience: offered[i], Audiences: c.Audience,
		Issued: cmp.Or(c.Issued, new(jwt.NumericDate)).Time(), Expires: c.Expires.Time(),
		All: texts(all), Kubernetes: c.Kubernetes,
	}, nil
}

// texts returns the claims that conditions can be about.
func texts(all map[string]any) map[string][]string {
	out := map[string][]string{}
	for name, value := range all {
		items, ok := value.([]any)
		if !ok {
			items = []any{value}
		}
		list := make([]string, 0, len(items))
		for _, item := range items {
			switch item := item.(type) {
			case string:
				list = append(list, item)
			case bool, float64, json.Number:
				if text, err := json.Marshal(item); err == nil {
					list = append(list, string(text))
				}
			}
		}
		if len(list) == len(items) {
			out[name] = list
		}
	}
	return out
}
