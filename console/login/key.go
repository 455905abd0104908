package login

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/radiograph/radiograph/auth"
)

// What logging in with keys is bounded to. A secret has 240 bits: this is about the
// service, not about guessing.
const (
	triesAtOnce    = 10
	triesEach      = 6 * time.Second
	triesPerSecond = 50 // of all clients together
	maxHosts       = 4096
	maxKeyBody     = 4 << 10
)

// hosts has a limiter for each address that tried lately.
type hosts struct {
	mu   sync.Mutex
	each map[netip.Addr]*rate.Limiter
}

func newTries(now func() time.Time) *tries {
	return &tries{
		now: now, all: rate.NewLimiter(triesPerSecond, 2*triesPerSecond),
		byHost: &hosts{each: map[netip.Addr]*rate.Limiter{}},
	}
}

// allow reports whether the client at remote may try now, and if not, when.
func (t *tries) allow(remote string) (wait time.Duration, ok bool) {
	now := t.now()
	for _, l := range []*rate.Limiter{t.byHost.limiter(remote, now), t.all} {
		if r := l.ReserveN(now, 1); r.DelayFrom(now) > 0 {
			wait = r.DelayFrom(now)
			r.CancelAt(now)
			return wait, false
		}
	}
	return 0, true
}

// limiter returns that of an address. IPv6 clients have a network of 64 bits to
// choose from, which counts as one.
func (h *hosts) limiter(remote string, now time.Time) *rate.Limiter {
	var addr netip.Addr // what cannot be read counts as one, too
	if host, _, err := net.SplitHostPort(remote); err == nil {
		addr, _ = netip.ParseAddr(host)
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			addr = p.Addr()
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.each[addr]
	if l == nil {
		if len(h.each) >= maxHosts {
			h.drop(now)
		}
		l = rate.NewLimiter(rate.Every(triesEach), triesAtOnce)
		h.each[addr] = l
	}
	return l
}

// drop forgets who has not tried lately, and everybody when that is nobody: then the
// bound for all holds. The caller holds mu.
func (h *hosts) drop(now time.Time) {
	for k, l := range h.each {
		if l.TokensAt(now) >= triesAtOnce {
			delete(h.each, k)
		}
	}
	if len(h.each) >= maxHosts {
		clear(h.each)
	}
}

type keyJSON struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// logIn begins a session for the owner of an access key.
func (a *API) logIn(w http.ResponseWriter, r *http.Request) {
	switch media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case a.opts.Gate == nil:
		a.problem(w, r, http.StatusConflict, "invalid", "Nobody has to log in while auth.mode is off")
		return
	case !a.sameOrigin(r):
		a.refuse(w, r, "LogIn", errCrossSite)
		return
	case media != "application/json":
		a.problem(w, r, http.StatusUnsupportedMediaType, "invalid", "The body must be application/json")
		return
	}
	if wait, ok := a.tries.allow(r.RemoteAddr); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		a.problem(w, r, http.StatusTooManyRequests, "throttled", "Too many attempts to log in; try again later")
		return
	}
	in, err := readKey(w, r)
	if err != nil {
		a.problem(w, r, http.StatusBadRequest, "invalid", err.Error())
		return
	}
	ctx, err := a.identify(r, in)
	if err == nil {
		err = a.opts.Gate.Allow(ctx, "radiograph:ConsoleRead", "*", nil)
	}
	if err != nil {
		a.refuse(w, r, "LogIn", err)
		return
	}
	a.loggedIn(w, r.WithContext(ctx))
}

// identify verifies a key as a bearer token, whose parts have colons between them.
func (a *API) identify(r *http.Request, in keyJSON) (context.Context, error) {
	if strings.Contains(in.AccessKeyID, ":") || strings.Contains(in.SecretAccessKey, ":") {
		// It is not said which: what was typed may be the secret in the wrong field.
		return nil, &auth.Error{Kind: auth.UnknownKey, Message: "The security token included in the request is invalid."}
	}
	return a.opts.Gate.IdentifyBearer(r.Context(), "Bearer "+in.AccessKeyID+":"+in.SecretAccessKey, r.RemoteAddr, r.TLS != nil)
}

// loggedIn begins the session and says whose it is.
func (a *API) loggedIn(w http.ResponseWriter, r *http.Request) {
	id := auth.FromContext(r.Context())
	if err := a.begin(w, r, session{AccessKeyID: id.AccessKeyID, Name: nameOf(&id.Principal)}); err != nil {
		a.refuse(w, r, "LogIn", err)
		return
	}
	a.opts.Logger.InfoContext(r.Context(), "logged in", "user", id.Principal.ARN, "access_key_id", id.AccessKeyID, "client", r.RemoteAddr)
	out := whoJSON{Authentication: "sigv4", Methods: []string{"key"}}
	a.describe(r.Context(), &out, id, "key")
	writeJSON(w, http.StatusOK, out)
}

func readKey(w http.ResponseWriter, r *http.Request) (in keyJSON, err error) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxKeyBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, errors.New("the body must be an object with accessKeyId and secretAccessKey")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("the body must be one object")
	}
	return in, nil
}

// describe says who id is and what they may do.
func (a *API) describe(ctx context.Context, out *whoJSON, id *auth.Identity, method string) {
	out.Allowed = []string{}
	for _, action := range offered {
		if a.may(ctx, id, action) {
			out.Allowed = append(out.Allowed, action)
		}
	}
	out.User = &userJSON{Name: nameOf(&id.Principal), ARN: id.Principal.ARN, Method: method, Role: roleFor(out.Allowed)}
}

// may reports whether id may perform action, on some resource at least.
func (a *API) may(ctx context.Context, id *auth.Identity, action string) bool {
	if a.opts.Gate.Allow(auth.WithIdentity(ctx, id), action, "*", nil) == nil {
		return true
	}
	p := &id.Principal.Policies
	if p.Boundary != nil && !p.Boundary.Mentions(action) {
		return false
	}
	for _, d := range p.Identity {
		if d.Mentions(action) {
			return true
		}
	}
	return false
}

// roleFor names the role that what is allowed comes nearest to from below.
func roleFor(allowed []string) Role {
	has := map[string]bool{}
	for _, action := range allowed {
		has[action] = true
	}
	switch {
	case !has["radiograph:ConsoleRead"]:
		return NoRole
	case len(allowed) == len(offered):
		return Admin
	case has["xray:CreateGroup"] && has["xray:UpdateGroup"] && has["xray:CreateSamplingRule"] && has["xray:UpdateSamplingRule"]:
		return Operator
	}
	return Viewer
}
