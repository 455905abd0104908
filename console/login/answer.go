package login

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // texts, numbers and lists always encode
		body, status = []byte("{}"), http.StatusInternalServerError
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone when this fails
}

// problemJSON is an error as the console's API has them, see RFC 9457.
type problemJSON struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Kind      string `json:"kind"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
}

// problem answers with an error and logs it once.
func (a *API) problem(w http.ResponseWriter, r *http.Request, status int, kind, message string) {
	a.answer(w, &problemJSON{Status: status, Kind: kind, Message: message}, func(id string) {
		a.opts.Logger.WarnContext(r.Context(), "request refused", "operation", "Login", "request_id", id, "client", r.RemoteAddr, "err", message)
	})
}

// refuse answers who may not log in, and logs it once.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, operation string, err error) {
	e, ok := errors.AsType[*auth.Error](err)
	if !ok {
		e = &auth.Error{Kind: auth.Failure, Message: "The request could not be authenticated", Err: err}
	}
	out := &problemJSON{Kind: "unauthenticated", Message: e.Message}
	out.Code, out.Status = e.Code(auth.RESTJSON)
	log := a.opts.Logger.WarnContext
	switch {
	case e.Kind == auth.Denied:
		out.Kind = "denied"
	case e.Kind == auth.Failure:
		out.Kind, log = "internal", a.opts.Logger.ErrorContext
	case out.Status == http.StatusForbidden:
		out.Status = http.StatusUnauthorized
	}
	a.answer(w, out, func(id string) {
		log(r.Context(), "request refused", "operation", operation, "request_id", id, "client", r.RemoteAddr, "access_key_id", e.AccessKeyID, "err", e)
	})
}

func (a *API) answer(w http.ResponseWriter, out *problemJSON, log func(id string)) {
	out.Type, out.Title, out.Detail, out.RequestID = "about:blank", http.StatusText(out.Status), out.Message, uuid.NewString()
	log(out.RequestID)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Amzn-Requestid", out.RequestID)
	writeJSON(w, out.Status, out)
}
