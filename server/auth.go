package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
)

// signingService is the signing name of the X-Ray API, and of everything else on its
// address.
const signingService = "xray"

// Actions of what is not of X-Ray. Those of the console begin with
// radiograph:Console.
const (
	actionConsoleRead = "radiograph:ConsoleRead"
	actionBackup      = "radiograph:Backup"
	actionProfile     = "radiograph:Profile"
)

// newGate makes what stands before the APIs; nil when everybody may do everything.
func (s *Server) newGate(keys auth.Keys) {
	if s.config.Auth.Mode != config.AuthSigV4 {
		return
	}
	s.gate = &auth.Gate{
		Verifier: auth.Verifier{
			Keys:         keys,
			Services:     []string{signingService},
			Regions:      []string{s.config.Region},
			Hosts:        s.config.Auth.AcceptedHosts,
			ClockSkew:    s.config.Auth.ClockSkew,
			MaxBodyBytes: s.config.HTTP.MaxBody,
		},
		Authorizer: auth.ByPolicy{Account: s.config.AccountID},
		Used:       s.used,
	}
}

// used notes when keys and roles were used. A bearer token is for no service and region; it
// is used for what those of the X-Ray API are.
func (s *Server) used(ctx context.Context, id *auth.Identity) {
	if id.Service == "" {
		noted := *id
		noted.Service, noted.Region = signingService, s.config.Region
		id = &noted
	}
	s.identities.Used(ctx, id)
}

// guard lets those through who sign, or have a session where sessions are admitted,
// and may do action.
func (s *Server) guard(action string, next http.Handler) http.Handler {
	if s.gate == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed, err := r, error(nil)
		if auth.FromContext(r.Context()) == nil {
			signed, err = s.gate.Identify(r)
		}
		if err == nil {
			err = s.gate.Allow(signed.Context(), action, "*", nil)
		}
		if err != nil {
			s.refuse(w, r, action, err)
			return
		}
		next.ServeHTTP(w, signed)
	})
}

// guardPaths refuses paths that are not in normal form. The mux would redirect to what it
// takes them for, before anybody has looked at a signature.
func (s *Server) guardPaths(next http.Handler) http.Handler {
	if s.gate == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := auth.CheckPath(r.URL); err != nil {
			s.refuse(w, r, "Path", err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// guardBrowsers refuses what pages of other sites make a browser send, where nobody has to
// sign: a browser reaches this service also from behind a firewall, or on this machine.
func (s *Server) guardBrowsers(next http.Handler) http.Handler {
	if s.gate != nil {
		return next
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, "CrossOrigin", &auth.Error{Kind: auth.Denied, Message: "Pages of other sites may not use this service"})
	}))
	return protection.Handler(next)
}

// guardConsole guards the console's API. The page itself says nothing about traces.
func (s *Server) guardConsole(next http.Handler) http.Handler {
	return s.login.Admit(s.guard(actionConsoleRead, next))
}

// refusedJSON is a refusal as the console's API has errors, see RFC 9457.
type refusedJSON struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Kind      string `json:"kind"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
}

// refuse answers who may not do action, and logs it once.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, action string, err error) {
	e, ok := errors.AsType[*auth.Error](err)
	if !ok {
		e = &auth.Error{Kind: auth.Failure, Message: "The request could not be authenticated", Err: err}
	}
	out := refusedJSON{Type: "about:blank", Kind: "unauthenticated", Message: e.Message, Detail: e.Message, RequestID: uuid.NewString()}
	out.Code, out.Status = e.Code(auth.RESTJSON)
	log := s.log.WarnContext
	switch {
	case e.Kind == auth.Denied:
		out.Kind = "denied"
	case e.Kind == auth.Failure:
		out.Kind, log = "internal", s.log.ErrorContext
	case out.Status == http.StatusForbidden:
		out.Status = http.StatusUnauthorized
	}
	out.Title = http.StatusText(out.Status)
	log(r.Context(), "request refused", "operation", strings.TrimPrefix(action, "radiograph:"), "request_id", out.RequestID,
		"client", r.RemoteAddr, "access_key_id", e.AccessKeyID, "err", e)
	body, err := json.Marshal(out)
	if err != nil { // texts and a number always encode
		body = []byte("{}")
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Amzn-Requestid", out.RequestID)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(out.Status)
	_, _ = w.Write(body) // the client has gone when this fails
}
