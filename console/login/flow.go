package login

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
)

// flow is a login that has gone to the provider. It is in a cookie, so that it comes
// back only in the browser that began it.
type flow struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"` // PKCE, RFC 7636
	Return   string    `json:"r"`
	Until    time.Time `json:"u"`
}

// flowLifetime is how long people may take at the provider.
const flowLifetime = 10 * time.Minute

// The reasons that the login page knows, in its parameter login.
const (
	reasonState    = "state"    // not the login that began here, or too long ago
	reasonCanceled = "canceled" // the provider or the person said no
	reasonProvider = "provider" // the provider cannot be reached or is misconfigured
	reasonToken    = "token"    // what the provider sent is not good
	reasonRole     = "role"     // the person has no role here
)

// start sends the browser to the provider.
func (a *API) start(w http.ResponseWriter, r *http.Request) {
	o := a.opts.OIDC
	if a.opts.Gate == nil || o == nil {
		a.problem(w, r, http.StatusNotFound, "not-found", "There is no provider to log in with")
		return
	}
	p, err := o.discover(r.Context())
	if err != nil {
		a.sendBack(w, r, reasonProvider, err)
		return
	}
	f := flow{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Return: returnTo(r.URL.Query().Get("return"), a.home()), Until: a.opts.Now().Add(flowLifetime).UTC(),
	}
	value, err := a.seal(f, flowContext)
	if err != nil {
		a.sendBack(w, r, reasonState, err)
		return
	}
	setCookie(w, r, flowCookie, value, flowLifetime)
	to := o.oauth(p).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// callback is where the provider sends the browser back to.
func (a *API) callback(w http.ResponseWriter, r *http.Request) {
	o := a.opts.OIDC
	if a.opts.Gate == nil || o == nil {
		a.problem(w, r, http.StatusNotFound, "not-found", "There is no provider to log in with")
		return
	}
	var f flow
	err := a.unseal(r, flowCookie, flowContext, &f)
	setCookie(w, r, flowCookie, "", 0)
	q := r.URL.Query()
	switch {
	case err != nil:
		a.sendBack(w, r, reasonState, errors.New("this browser has not begun a login"))
		return
	case len(q["state"]) != 1 || subtle.ConstantTimeCompare([]byte(q["state"][0]), []byte(f.State)) != 1:
		a.sendBack(w, r, reasonState, errors.New("the state is that of another login"))
		return
	case !a.opts.Now().Before(f.Until):
		a.sendBack(w, r, reasonState, errors.New("the login began too long ago"))
		return
	case !a.flows.add(f.State, f.Until):
		a.sendBack(w, r, reasonState, errors.New("the login has come back already"))
		return
	case q.Get("error") != "":
		reason := reasonProvider
		if code := q.Get("error"); code == "access_denied" || code == "login_required" || code == "consent_required" || code == "interaction_required" {
			reason = reasonCanceled
		}
		a.sendBack(w, r, reason, errors.New("the provider says "+clean(q.Get("error"))+": "+clean(q.Get("error_description"))))
		return
	case len(q["code"]) != 1 || q.Has("iss") && q.Get("iss") != o.Issuer: // RFC 9207
		a.sendBack(w, r, reasonToken, errors.New("there is no code of this provider"))
		return
	}
	who, err := o.redeem(r.Context(), q.Get("code"), f.Nonce, f.Verifier)
	if err != nil {
		a.sendBack(w, r, reasonOf(err), err)
		return
	}
	if err := a.begin(w, r, session{Issuer: o.Issuer, Subject: who.subject, Name: who.name, Role: who.role}); err != nil {
		a.sendBack(w, r, reasonToken, err)
		return
	}
	a.opts.Logger.InfoContext(r.Context(), "logged in", "user", who.name, "subject", who.subject, "role", string(who.role), "client", r.RemoteAddr)
	http.Redirect(w, r, f.Return, http.StatusSeeOther)
}

func reasonOf(err error) string {
	switch {
	case errors.Is(err, errNoRole):
		return reasonRole
	case errors.Is(err, errToken):
		return reasonToken
	}
	if _, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return reasonToken // the code was used, or is of another login
	}
	return reasonProvider
}

// sendBack sends the browser to the login page, which says why nobody was logged in,
// and logs it once.
func (a *API) sendBack(w http.ResponseWriter, r *http.Request, reason string, err error) {
	id := uuid.NewString()
	a.opts.Logger.WarnContext(r.Context(), "request refused", "operation", "LogIn", "request_id", id, "client", r.RemoteAddr, "reason", reason, "err", err)
	w.Header().Set("X-Amzn-Requestid", id)
	http.Redirect(w, r, a.home()+"?"+url.Values{"login": {reason}, "request": {id}}.Encode(), http.StatusSeeOther)
}

// home is the path of the console as the browser knows it: a proxy may have put a
// prefix before it.
func (a *API) home() string {
	u, err := url.Parse(a.opts.OIDC.RedirectURL)
	if err != nil {
		return "/"
	}
	return strings.TrimSuffix(u.EscapedPath(), CallbackPath) + "/"
}

// maxReturn bounds the address that a login returns to: it travels in the cookie.
const maxReturn = 1500

// returnTo is the address to go to after a login: a path of this host, or otherwise
// home. Browsers read a backslash as a slash and drop tabs and line breaks, so none
// of these may be there.
func returnTo(address, home string) string {
	if len(address) > maxReturn || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.Contains(address, `\`) {
		return home
	}
	for _, r := range address {
		if r <= ' ' || r >= 0x7f {
			return home
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil {
		return home
	}
	return address
}
