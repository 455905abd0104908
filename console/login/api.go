package login

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam/secret"
)

// The paths of an [API].
const (
	SessionPath  = "/console/v1/session"        // GET: who one is; POST: log in with a key; DELETE: log out
	LoginPath    = "/console/v1/login"          // GET: go to the provider
	CallbackPath = "/console/v1/login/callback" // GET: back from the provider
)

// Options are what an [API] is made of.
type Options struct {
	// Gate verifies access keys and decides what people may do; nil means that everybody
	// may do everything, and nobody logs in.
	Gate    *auth.Gate
	Keys    auth.Keys
	Ring    *secret.Ring // seals the cookies
	Account string       // 12 digits
	Hosts   []string     // names by which browsers know this service behind a proxy, besides the Host header

	// OIDC is the provider; nil means that there are only access keys.
	OIDC *OIDC

	Idle     time.Duration // how long a session lasts without requests; 0 means 8 hours
	Lifetime time.Duration // how long it lasts at most; 0 means a day

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards
}

// API logs people in and out. It is safe for concurrent use.
type API struct {
	opts  Options
	mux   *http.ServeMux
	tries *tries
	ended *spent // sessions that were logged out
	flows *spent // logins that came back from the provider
}

// New returns an API.
func New(opts Options) (*API, error) {
	if opts.Gate != nil && (opts.Keys == nil || opts.Ring == nil) {
		return nil, errors.New("login: no keys")
	}
	opts.Idle, opts.Lifetime = cmp.Or(opts.Idle, 8*time.Hour), cmp.Or(opts.Lifetime, 24*time.Hour)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{opts: opts, mux: http.NewServeMux(), tries: newTries(opts.Now), ended: newSpent(opts.Now), flows: newSpent(opts.Now)}
	if opts.OIDC != nil {
		if err := opts.OIDC.check(); err != nil {
			return nil, err
		}
	}
	a.mux.HandleFunc("GET "+SessionPath, a.who)
	a.mux.HandleFunc("POST "+SessionPath, a.logIn)
	a.mux.HandleFunc("DELETE "+SessionPath, a.logOut)
	a.mux.HandleFunc("GET "+LoginPath, a.start)
	a.mux.HandleFunc("GET "+CallbackPath, a.callback)
	return a, nil
}

// Close ends what is open to the provider.
func (a *API) Close() {
	if a.opts.OIDC != nil {
		a.opts.OIDC.close()
	}
}

// ServeHTTP answers one request to one of the paths.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	a.mux.ServeHTTP(w, r)
}

// offered are the actions that the console has something for.
var offered = []string{
	"radiograph:ConsoleRead", "radiograph:ConsoleWrite",
	"xray:CreateGroup", "xray:UpdateGroup", "xray:DeleteGroup",
	"xray:CreateSamplingRule", "xray:UpdateSamplingRule", "xray:DeleteSamplingRule",
	"xray:TagResource", "xray:UntagResource",
	"xray:PutEncryptionConfig", "xray:UpdateIndexingRule", "xray:UpdateTraceSegmentDestination",
	"xray:PutResourcePolicy", "xray:DeleteResourcePolicy",
}

type userJSON struct {
	Name   string `json:"name"`
	ARN    string `json:"arn"`
	Method string `json:"method"` // key, oidc or signature
	Role   Role   `json:"role"`   // "" when the policies are those of none
}

type whoJSON struct {
	Authentication string    `json:"authentication"` // off or sigv4
	Methods        []string  `json:"methods"`        // ways to log in: key, oidc
	Provider       string    `json:"provider"`       // name of the provider's host
	User           *userJSON `json:"user"`           // null: nobody is logged in
	Expires        *float64  `json:"expires"`        // seconds since the epoch
	Allowed        []string  `json:"allowed"`        // of the actions that the console offers
}

// who says who asks, and what they may do.
func (a *API) who(w http.ResponseWriter, r *http.Request) {
	out := whoJSON{Authentication: "off", Methods: []string{}, Allowed: offered}
	if a.opts.Gate == nil {
		writeJSON(w, http.StatusOK, out)
		return
	}
	out.Authentication, out.Methods, out.Allowed = "sigv4", []string{"key"}, []string{}
	if a.opts.OIDC != nil {
		out.Methods, out.Provider = []string{"oidc", "key"}, a.opts.OIDC.host()
	}
	if signed(r) {
		id, err := a.opts.Gate.Identify(r)
		if err != nil {
			a.refuse(w, r, "WhoAmI", err)
			return
		}
		a.describe(id.Context(), &out, auth.FromContext(id.Context()), "signature")
		writeJSON(w, http.StatusOK, out)
		return
	}
	a.Admit(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := auth.FromContext(r.Context()); id != nil {
			s, err := a.session(r)
			if err == nil {
				a.describe(r.Context(), &out, id, methodOf(s))
				if s.Name != "" {
					out.User.Name = s.Name
				}
				end := float64(a.end(s).Unix())
				out.Expires = &end
			}
		}
		writeJSON(w, http.StatusOK, out)
	})).ServeHTTP(w, r)
}

func methodOf(s *session) string {
	if s.AccessKeyID != "" {
		return "key"
	}
	return "oidc"
}

// logOut ends the session, for good: a copy of the cookie is worth nothing.
func (a *API) logOut(w http.ResponseWriter, r *http.Request) {
	if !a.sameOrigin(r) {
		a.refuse(w, r, "LogOut", errCrossSite)
		return
	}
	if s, err := a.session(r); err == nil {
		a.ended.add(s.ID, a.end(s))
		a.opts.Logger.InfoContext(r.Context(), "logged out", "user", s.Name, "access_key_id", s.AccessKeyID, "client", r.RemoteAddr)
	}
	setCookie(w, r, sessionCookie, "", 0)
	w.WriteHeader(http.StatusNoContent)
}

var errCrossSite = &auth.Error{Kind: auth.Denied, Message: "Requests from pages of other origins are refused"}

// nameOf shortens an ARN to what people recognise.
func nameOf(p *auth.Principal) string {
	if p.Name != "" {
		return p.Name
	}
	return p.ARN[strings.LastIndex(p.ARN, "/")+1:]
}

// tries bounds how often somebody may try to log in.
type tries struct {
	now    func() time.Time
	all    *rate.Limiter
	byHost *hosts
}
