package login

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is a provider of OpenID Connect that knows the people. Its fields must not be
// changed after [New].
type OIDC struct {
	Issuer      string // as the provider's tokens have it
	ClientID    string
	Secret      string // "" for clients without one
	RedirectURL string // of this service: ends in CallbackPath
	Scopes      []string

	// RolesClaim is where the provider says what groups or roles a person has; dots lead
	// into objects.
	RolesClaim                                string
	ViewerValues, OperatorValues, AdminValues []string

	CAFile string // PEM, to verify the provider against; "" means the system's authorities

	client *http.Client

	mu       sync.Mutex // is held while the provider is asked, so that it is asked once
	provider *oidc.Provider
}

// providerTimeout bounds each request to the provider.
const providerTimeout = 15 * time.Second

// check reads what can be wrong before somebody logs in.
func (o *OIDC) check() error {
	if !strings.HasSuffix(o.RedirectURL, CallbackPath) {
		return fmt.Errorf("the redirect URL %s does not end in %s", o.RedirectURL, CallbackPath)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	if o.CAFile != "" {
		text, err := os.ReadFile(o.CAFile)
		if err != nil {
			return fmt.Errorf("read authorities of the provider: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("there is no certificate in %s", o.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	o.client = &http.Client{Transport: transport, Timeout: providerTimeout}
	return nil
}

// close ends idle connections to the provider.
func (o *OIDC) close() { o.client.CloseIdleConnections() }

func (o *OIDC) host() string {
	u, err := url.Parse(o.Issuer)
	if err != nil {
		return o.Issuer
	}
	return u.Hostname()
}

// discover returns the provider. It is asked when somebody logs in first, and again
// until it answers: the service starts without it.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider keeps the context for its keys, so it must not end with the request.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the provider: %w", err)
	}
	o.provider = p
	return p, nil
}

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.Secret, Endpoint: p.Endpoint(), RedirectURL: o.RedirectURL, Scopes: o.Scopes}
}

// person is whom a provider vouched for.
type person struct {
	subject, name string
	role          Role
	values        []string // of the roles claim
}

var (
	errToken  = errors.New("the provider's token is not good")
	errNoRole = errors.New("the provider names no role for this person")
)

// redeem exchanges a code for the person it was given for. The nonce and the verifier
// are those that the code was asked for with.
func (o *OIDC) redeem(ctx context.Context, code, nonce, verifier string) (*person, error) {
	p, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: there is no ID token", errToken)
	}
	id, err := p.Verifier(&oidc.Config{ClientID: o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errToken, err)
	}
	if id.Nonce != nonce {
		return nil, fmt.Errorf("%w: its nonce is that of another login", errToken)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, fmt.Errorf("%w: %w", errToken, err)
	}
	return o.person(ctx, p, id.Subject, claims, token)
}

// person reads the claims; what the ID token lacks, the provider may say when asked
// for the person.
func (o *OIDC) person(ctx context.Context, p *oidc.Provider, subject string, claims map[string]any, token *oauth2.Token) (*person, error) {
	values, ok := claim(claims, o.RolesClaim)
	if !ok && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, fmt.Errorf("ask the provider for the person: %w", err)
		}
		if info.Subject != subject { // OpenID Connect Core, section 5.3.2
			return nil, fmt.Errorf("%w: it is of another person than the provider tells of", errToken)
		}
		more := map[string]any{}
		if err := info.Claims(&more); err != nil {
			return nil, fmt.Errorf("%w: %w", errToken, err)
		}
		values, _ = claim(more, o.RolesClaim)
		for k, v := range more {
			if _, ok := claims[k]; !ok {
				claims[k] = v
			}
		}
	}
	out := &person{subject: subject, name: displayName(claims, subject), role: o.roleOf(values), values: values}
	if out.role == NoRole {
		return out, errNoRole
	}
	return out, nil
}

// maxName bounds the name of a person: it travels in the cookie.
const maxName = 128

// displayName is how a person is called, here and in the log.
func displayName(claims map[string]any, subject string) string {
	for _, key := range []string{"preferred_username", "email", "name"} {
		if name, _ := claims[key].(string); name != "" {
			return clean(name)
		}
	}
	return clean(subject)
}

// clean drops what would confuse a log or an ARN, and shortens.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '/' || r == 0x2028 || r == 0x2029 {
			return -1
		}
		return r
	}, name)
	for i := range name {
		if i > maxName {
			return name[:i]
		}
	}
	return name
}
