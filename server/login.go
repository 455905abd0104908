package server

import (
	"os"
	"strings"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/console/login"
	"github.com/radiograph/radiograph/problem"
)

// newLogin makes what lets people into the console.
func (s *Server) newLogin(keys auth.Keys) (err error) {
	opts := login.Options{
		Gate: s.gate, Keys: keys, Ring: s.identities.Ring(), Account: s.config.AccountID, Hosts: s.config.Auth.AcceptedHosts,
		Idle: s.config.Login.Idle, Lifetime: s.config.Login.Lifetime, Logger: s.log,
	}
	if opts.OIDC, err = s.provider(); err != nil {
		return err
	}
	if s.login, err = login.New(opts); err != nil {
		return &problem.Error{Kind: problem.Invalid, Message: "login.oidc", Err: err}
	}
	return nil
}

// provider is what people log in with, nil when there are access keys only.
func (s *Server) provider() (*login.OIDC, error) {
	c := s.config.Login.OIDC
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // there need not be one
	}
	secret := ""
	if c.ClientSecretFile != "" {
		text, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			return nil, &problem.Error{Kind: problem.Invalid, Message: "login.oidc.client_secret_file", Err: err}
		}
		secret = strings.TrimSpace(string(text))
	}
	return &login.OIDC{
		Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret, RedirectURL: c.RedirectURL, Scopes: c.Scopes,
		RolesClaim: c.RolesClaim, ViewerValues: c.ViewerValues, OperatorValues: c.OperatorValues, AdminValues: c.AdminValues,
		CAFile: c.CAFile,
	}, nil
}
