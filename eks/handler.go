package eks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strings"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
)

// Options are what a [Handler] is made of.
type Options struct {
	Scope    Scope
	Upstream *Upstream    // nil when there is no add-on manager
	Gate     *auth.Gate   // nil when everybody may do everything
	Logger   *slog.Logger // slog.DiscardHandler when nil

	// PodIdentity serves the EKS Auth API with the cluster's name as the path value "name"; nil
	// without an add-on manager. It verifies callers by itself.
	PodIdentity http.Handler
}

// Handler serves the paths of the EKS API that [Handles] names. It is safe for concurrent use.
type Handler struct {
	opts  Options
	log   *slog.Logger
	proxy *httputil.ReverseProxy
}

// New returns a handler.
func New(opts Options) *Handler {
	h := &Handler{opts: opts, log: opts.Logger}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.proxy = &httputil.ReverseProxy{
		Rewrite:        rewrite,
		Transport:      transport{opts.Upstream},
		ModifyResponse: check,
		ErrorHandler:   func(w http.ResponseWriter, r *http.Request, err error) { h.refuse(w, r, err) },
		ErrorLog:       slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	return h
}

// Error is a refusal with its name in the EKS API. It unwraps to its cause.
type Error struct {
	Name    string
	Status  int
	Message string
	Err     error // cause, for the log only
}

// Error returns the message, and the cause when there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func unavailable(err error) *Error {
	return &Error{"ServiceUnavailableException", http.StatusServiceUnavailable, "The add-on manager cannot be reached", err}
}

// notConfigured is the refusal where there is no add-on manager. It must not say that a thing
// was not found: clients would believe that it is gone.
func notConfigured() *Error {
	return &Error{Name: "UnknownOperationException", Status: http.StatusNotFound, Message: "No add-on manager is configured here: set eks.url to its address"}
}

// assume is the end of the only path of the EKS Auth API.
const assume = "/assume-role-for-pod-identity"

// ServeHTTP verifies a request and hands it to the add-on manager, or to the EKS Auth API.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/clusters/"), assume); ok && r.Method == http.MethodPost && names.MatchString(name) {
		if h.opts.PodIdentity == nil {
			h.refuse(w, r, notConfigured())
			return
		}
		r.SetPathValue("name", name)
		h.opts.PodIdentity.ServeHTTP(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
	signed, body, err := h.admit(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	signed.Body, signed.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	h.proxy.ServeHTTP(w, signed)
}

// admit finds out whether the request may go on, and returns it with its body. Nothing is said
// to who has not signed.
func (h *Handler) admit(r *http.Request) (*http.Request, []byte, error) {
	if h.opts.Gate != nil {
		signed, err := h.opts.Gate.Identify(r)
		if err != nil {
			return nil, nil, err
		}
		r = signed
	}
	op, ok := h.opts.Scope.Find(r.Method, r.URL.EscapedPath())
	if !ok {
		return nil, nil, &Error{Name: "UnknownOperationException", Status: http.StatusNotFound, Message: "No operation of the EKS API is served at " + r.Method + " " + r.URL.Path}
	}
	if h.opts.Gate != nil {
		if err := h.opts.Gate.Allow(r.Context(), "eks:"+op.Name, op.Resource, nil); err != nil {
			return nil, nil, err
		}
	}
	if h.opts.Upstream == nil {
		return nil, nil, notConfigured()
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, nil, &Error{"InvalidRequestException", http.StatusRequestEntityTooLarge, "The request's body is larger than 1 MiB", err}
	}
	if err != nil {
		return nil, nil, &Error{"InvalidRequestException", http.StatusBadRequest, "The request's body could not be read", err}
	}
	if h.opts.Gate != nil {
		if err := h.mayPass(r, body); err != nil {
			return nil, nil, err
		}
	}
	return r, body, nil
}

// rewrite leaves path and query as they were received and drops what was meant for this
// service alone: the signature, and what only this service may say.
func rewrite(p *httputil.ProxyRequest) {
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	for name := range p.Out.Header {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); {
		case strings.HasPrefix(canonical, "X-Radiograph-"), strings.HasPrefix(canonical, "X-Forwarded-"),
			strings.HasPrefix(canonical, "X-Amz-"), canonical == "Cookie", canonical == "Forwarded":
			p.Out.Header.Del(name)
			delete(p.Out.Header, name)
		}
	}
}

// transport is an [Upstream] as the proxy needs it.
type transport struct{ *Upstream }

// RoundTrip says who asks and sends the request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	caller := t.root()
	if id := auth.FromContext(r.Context()); id != nil {
		caller = id.Principal.ARN
	}
	if err := t.direct(r, caller); err != nil {
		return nil, err
	}
	return t.Upstream.RoundTrip(r)
}

// check keeps a quarrel between this service and the manager from clients, who would take it
// for theirs.
func check(resp *http.Response) error {
	if resp.StatusCode == http.StatusUnauthorized {
		return errors.New("the add-on manager does not accept this service's token")
	}
	return nil
}

// refuse answers a request that went no further, and logs it once.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*Error](err)
	keyID := ""
	if a, isAuth := errors.AsType[*auth.Error](err); isAuth {
		e, ok = &Error{Message: a.Message, Err: a.Err}, true
		e.Name, e.Status = a.Code(auth.RESTJSON)
		keyID = a.AccessKeyID
	}
	if !ok {
		e = unavailable(err)
	}
	id := uuid.NewString()
	log := h.log.WarnContext
	if e.Status >= http.StatusInternalServerError {
		log = h.log.ErrorContext
	}
	log(r.Context(), "request refused", "service", "eks", "request_id", id, "method", r.Method, "path", r.URL.Path,
		"code", e.Name, "client", r.RemoteAddr, "access_key_id", keyID, "err", err)
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("X-Amzn-Requestid", id)
	head.Set("X-Amzn-Errortype", e.Name)
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	// The client has gone when this fails.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": e.Name, "message": e.Message})
}
