package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/auth"
)

// Admit puts the identity of a request's session into its context. Requests without
// a session, with an ended one, with a signature of their own, and those that a page
// of another site made go on as they came: without an identity, so that auth.Gate
// refuses them. The context ends with the session.
func (a *API) Admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if signed(r) || !a.sameOrigin(r) {
			next.ServeHTTP(w, r)
			return
		}
		s, err := a.session(r)
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		id, err := a.identity(r, s)
		if err != nil {
			a.forget(w, r, s, err)
			next.ServeHTTP(w, r)
			return
		}
		if a.opts.Now().Sub(s.Seen) >= granularity {
			s.Seen = a.opts.Now().UTC()
			if err := a.keep(w, r, s); err != nil {
				a.opts.Logger.ErrorContext(r.Context(), "session not prolonged", "err", err)
			}
		}
		ctx, cancel := context.WithDeadline(auth.WithIdentity(r.Context(), id), a.end(s))
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// signed reports whether r says itself who sends it.
func signed(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || strings.Contains(r.URL.RawQuery, "X-Amz-")
}

// sameOrigin reports whether a page of this service made r, or, for requests that
// change nothing, no page at all. Browsers say so in Sec-Fetch-Site, or at least in
// Origin; a request that may change something and has neither is not from a browser,
// and has no use for a cookie.
func (a *API) sameOrigin(r *http.Request) bool {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin":
		return true
	case "none":
		return safe
	case "":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return safe
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Host == r.Host || slices.Contains(a.opts.Hosts, u.Host))
}

// identity is who s is of, with the policies of now.
func (a *API) identity(r *http.Request, s *session) (*auth.Identity, error) {
	id := &auth.Identity{AccessKeyID: s.AccessKeyID, Values: auth.Circumstances(r)}
	if s.AccessKeyID != "" {
		cred, err := a.opts.Keys.Lookup(r.Context(), s.AccessKeyID, "")
		if err != nil {
			return nil, fmt.Errorf("look up the access key of the session: %w", err)
		}
		id.Principal = cred.Principal
		return id, nil
	}
	doc := s.Role.document()
	if doc == nil {
		return nil, errNoSession
	}
	id.Principal = auth.Principal{
		Account: s.Account, ARN: "arn:aws:sts::" + s.Account + ":federated-user/" + s.Name,
		UserID: s.Account + ":" + s.Subject, IssuedAt: s.Began,
	}
	id.Principal.Policies.Identity = append(id.Principal.Policies.Identity, doc)
	return id, nil
}

// forget removes a session whose owner has gone. While keys cannot be looked up it
// stays.
func (a *API) forget(w http.ResponseWriter, r *http.Request, s *session, err error) {
	if errors.Is(err, auth.ErrUnknownKey) || errors.Is(err, auth.ErrExpired) || errors.Is(err, errNoSession) {
		setCookie(w, r, sessionCookie, "", 0)
		a.opts.Logger.InfoContext(r.Context(), "session ended", "access_key_id", s.AccessKeyID, "user", s.Name, "err", err)
		return
	}
	a.opts.Logger.ErrorContext(r.Context(), "session not admitted", "access_key_id", s.AccessKeyID, "err", err)
}
