package login

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// session is what the cookie says. One with an AccessKeyID is of the owner of that
// key, and lasts no longer than the key; others are of who Subject is to Issuer.
type session struct {
	ID string `json:"id"`

	AccessKeyID string `json:"k,omitempty"`

	Issuer  string `json:"iss,omitempty"`
	Subject string `json:"sub,omitempty"`
	Name    string `json:"n,omitempty"`
	Role    Role   `json:"r,omitempty"`

	Account string    `json:"a"`
	Began   time.Time `json:"t"`
	Seen    time.Time `json:"s"` // the last request, to within granularity
}

// What is sealed for one purpose does not open for another.
const (
	sessionContext = "console session"
	flowContext    = "console login"
)

// granularity is how exact session.Seen is: every cookie is a header to be sent.
const granularity = time.Minute

// maxCookieBytes is what browsers keep of a cookie, RFC 6265, section 6.1.
const maxCookieBytes = 4096

// errNoSession says that a request has no session that is good.
var errNoSession = errors.New("no session")

// secure reports whether the browser came by TLS. A proxy that says so may be lied
// about by nobody but the browser itself, to its own disadvantage.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// cookieName is the name of a cookie. With the prefix __Host- browsers take it from
// this very host only, over TLS, so that no neighbour can plant one.
func cookieName(r *http.Request, name string) string {
	if secure(r) {
		return "__Host-" + name
	}
	return name
}

const (
	sessionCookie = "radiograph-session"
	flowCookie    = "radiograph-login"
)

// setCookie sets a cookie that ends after lifetime; 0 or less removes it.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, lifetime time.Duration) {
	c := &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; without it browsers would not keep the cookie
		Name: cookieName(r, name), Value: value, Path: "/", MaxAge: int(lifetime / time.Second),
		HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode,
	}
	if lifetime <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// seal makes the value of a cookie.
func (a *API) seal(v any, context string) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode cookie: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(a.opts.Ring.Seal(text, context))
	if len(value) > maxCookieBytes-100 { // the name and the attributes
		return "", fmt.Errorf("encode cookie: %d bytes are more than browsers keep", len(value))
	}
	return value, nil
}

// unseal reads the cookie of that name. There may be several, as when a neighbour set
// one for the whole domain: that is no session.
func (a *API) unseal(r *http.Request, name, context string, v any) error {
	cookies := r.CookiesNamed(cookieName(r, name))
	if len(cookies) != 1 || len(cookies[0].Value) > maxCookieBytes {
		return errNoSession
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookies[0].Value)
	if err != nil {
		return errNoSession
	}
	text, err := a.opts.Ring.Open(sealed, context)
	if err != nil {
		return errNoSession
	}
	if err := json.Unmarshal(text, v); err != nil {
		return errNoSession
	}
	return nil
}

// begin gives the browser a new session. The old one, whoever gave it, ends.
func (a *API) begin(w http.ResponseWriter, r *http.Request, s session) error {
	if old, err := a.session(r); err == nil {
		a.ended.add(old.ID, a.end(old))
	}
	s.ID, s.Account, s.Began = uuid.NewString(), a.opts.Account, a.opts.Now().UTC()
	s.Seen = s.Began
	return a.keep(w, r, &s)
}

// keep writes the cookie of s.
func (a *API) keep(w http.ResponseWriter, r *http.Request, s *session) error {
	value, err := a.seal(s, sessionContext)
	if err != nil {
		return err
	}
	left := min(a.opts.Idle, a.end(s).Sub(a.opts.Now()))
	setCookie(w, r, sessionCookie, value, max(left, time.Second))
	return nil
}

// end is when s ends at the latest.
func (a *API) end(s *session) time.Time { return s.Began.Add(a.opts.Lifetime) }

// session returns the session of r.
func (a *API) session(r *http.Request) (*session, error) {
	s := &session{}
	if err := a.unseal(r, sessionCookie, sessionContext, s); err != nil {
		return nil, err
	}
	now := a.opts.Now()
	switch {
	case s.ID == "" || s.Account != a.opts.Account,
		!now.Before(s.Seen.Add(a.opts.Idle)), !now.Before(a.end(s)), a.ended.has(s.ID):
		return nil, errNoSession
	case s.AccessKeyID == "" && (a.opts.OIDC == nil || s.Issuer != a.opts.OIDC.Issuer):
		return nil, errNoSession // the provider is trusted no more
	}
	return s, nil
}
