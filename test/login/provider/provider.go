// Package provider is an OpenID Connect provider for tests: the real one of
// github.com/zitadel/oidc with its login page, over HTTPS, and a few people. It has a
// module of its own so that the service does not carry what only tests need.
package provider

import (
	"context"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// What the provider knows radiograph as, and the password of everybody.
const (
	ClientID = "radiograph"
	Secret   = "a-secret-of-the-client"
	Password = "verysecure"
)

// groups are the people, and what the provider says of them. Nobody has no claim at
// all, and outsider has one that means nothing here.
var groups = map[string][]string{
	"viewer":   {"staff", "tracing-viewers"},
	"operator": {"tracing-viewers", "tracing-operators"},
	"admin":    {"tracing-admins"},
	"outsider": {"accounting"},
	"nobody":   nil,
}

// Options say how the provider behaves.
type Options struct {
	RedirectURL string
	// InUserinfo makes the provider tell the groups only when it is asked for the person,
	// and not in the ID token.
	InUserinfo bool
}

// Provider is a running provider.
type Provider struct {
	Issuer string
	server *httptest.Server
}

// Start starts a provider on a free port of this machine. It must be closed.
func Start(opts Options) *Provider {
	s := httptest.NewUnstartedServer(nil)
	p := &Provider{Issuer: "https://" + s.Listener.Addr().String(), server: s}
	clients := map[string]*storage.Client{ClientID: storage.WebClient(ClientID, Secret, opts.RedirectURL)}
	people := people{storage.NewStorageWithClients(users{}, clients), opts.InUserinfo}
	s.Config.Handler = exampleop.SetupServer(p.Issuer, people, slog.New(slog.DiscardHandler), false)
	s.StartTLS()
	return p
}

// Close stops the provider.
func (p *Provider) Close() { p.server.Close() }

// Authority is the certificate, PEM, that the provider's is verified against.
func (p *Provider) Authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
}

// Client is a client that trusts the provider, and no others.
func (p *Provider) Client() *http.Client { return p.server.Client() }

// users implements storage.UserStore.
type users struct{}

// GetUserByID implements storage.UserStore.
func (users) GetUserByID(id string) *storage.User {
	if _, ok := groups[id]; !ok {
		return nil
	}
	return &storage.User{ID: id, Username: id, Password: Password, FirstName: id, Email: id + "@example.com", EmailVerified: true}
}

// GetUserByUsername implements storage.UserStore.
func (u users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }

// ExampleClientID implements storage.UserStore.
func (users) ExampleClientID() string { return "service" }

// people adds groups to what the provider says of a person.
type people struct {
	*storage.Storage
	inUserinfo bool
}

// SetUserinfoFromRequest implements op.CanSetUserinfoFromRequest: it is for the ID
// token.
func (p people) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	if err := p.Storage.SetUserinfoFromRequest(ctx, info, request, scopes); err != nil {
		return err
	}
	if !p.inUserinfo {
		tell(info, request.GetSubject())
	}
	return nil
}

// SetUserinfoFromToken implements op.Storage: it is for the userinfo endpoint.
func (p people) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := p.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	tell(info, subject)
	return nil
}

func tell(info *oidc.UserInfo, subject string) {
	if g := groups[subject]; g != nil {
		info.AppendClaims("groups", g)
	}
}
