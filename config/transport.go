package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxHSTS is two years, what lists of browsers ask for.
const maxHSTS = 2 * 365 * day

// maxSession bounds how long a session of the console may last.
const maxSession = 30 * day

// tlsFaults are those of the section tls.
func (c *Config) tlsFaults() (all []fault) {
	t := &c.TLS
	check := func(ok bool, path, text string) {
		if !ok {
			all = append(all, fault{path, text})
		}
	}
	check(t.CertFile == "" || t.KeyFile != "", "tls.key_file", "must name the key of tls.cert_file")
	check(t.KeyFile == "" || t.CertFile != "", "tls.cert_file", "must name the certificate of tls.key_file")
	switch t.ClientAuth {
	case ClientAuthOff:
		check(t.ClientCAFile == "", "tls.client_auth", "must be request or require, or nobody is verified against tls.client_ca_file")
	case ClientAuthRequest, ClientAuthRequire:
		check(t.ClientCAFile != "", "tls.client_ca_file", "must name the authorities of clients while tls.client_auth is "+t.ClientAuth)
		check(t.CertFile != "", "tls.cert_file", "must name a certificate while tls.client_auth is "+t.ClientAuth)
	default:
		check(false, "tls.client_auth", strconv.Quote(t.ClientAuth)+" is not one of off, request, require")
	}
	for _, l := range t.Listeners {
		check(slices.Contains([]string{ListenerHTTP, ListenerOTLPGRPC, ListenerOTLPHTTP}, l), "tls.listeners", strconv.Quote(l)+" is not one of http.listen, otlp.grpc, otlp.http")
	}
	check(t.HSTS == 0 || t.HSTS >= time.Second && t.HSTS <= maxHSTS, "tls.hsts", "must be 0, or from 1s to "+FormatDuration(maxHSTS))
	return all
}

// loginFaults are those of the section login.
func (c *Config) loginFaults() (all []fault) {
	check := func(ok bool, path, text string) {
		if !ok {
			all = append(all, fault{path, text})
		}
	}
	check(c.Login.Lifetime >= c.Login.Idle && c.Login.Lifetime <= maxSession, "login.lifetime", "must be at least login.idle and at most "+FormatDuration(maxSession))
	o := &c.Login.OIDC
	if o.Issuer == "" {
		check(o.ClientID == "" && o.RedirectURL == "", "login.oidc.issuer", "must name the provider")
		return all
	}
	check(c.Auth.Mode == AuthSigV4, "login.oidc.issuer", "has no effect while auth.mode is off: nobody has to log in")
	check(isSecureURL(o.Issuer), "login.oidc.issuer", strconv.Quote(o.Issuer)+" is not a URL such as https://login.example.com, without a query")
	check(o.ClientID != "", "login.oidc.client_id", "must be what the provider knows the console as")
	check(isSecureURL(o.RedirectURL), "login.oidc.redirect_url", strconv.Quote(o.RedirectURL)+" is not a URL such as https://traces.example.com/console/v1/login/callback; http is for loopback addresses")
	check(o.RedirectURL == "" || strings.HasSuffix(o.RedirectURL, "/console/v1/login/callback"), "login.oidc.redirect_url", "must end in /console/v1/login/callback")
	check(slices.Contains(o.Scopes, "openid"), "login.oidc.scopes", "must have openid")
	check(o.RolesClaim != "", "login.oidc.roles_claim", "must name a claim")
	check(len(o.ViewerValues)+len(o.OperatorValues)+len(o.AdminValues) > 0, "login.oidc.admin_values", "nobody could log in: name values of the claim for at least one of the roles")
	return all
}

// isSecureURL reports whether s is an absolute https URL, or an http URL of this
// machine.
func isSecureURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()+":80")
}

// Plain returns the addresses that other machines can reach, where clients must
// authenticate, and where there is no TLS: something before the service should have it.
func (c *Config) Plain() (addrs []string) {
	for _, a := range c.addresses() {
		if a.addr != "" && a.guarded && !c.TLS.On(a.path) && !isLoopback(a.addr) {
			addrs = append(addrs, a.addr)
		}
	}
	return addrs
}
