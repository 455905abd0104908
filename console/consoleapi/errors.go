package consoleapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store"
)

// parameterError is a problem with one parameter.
type parameterError struct {
	parameter string
	source    string // the parameter's value, when the problem is a fault of a filter expression
	err       error
}

// Error returns the text of the problem.
func (e *parameterError) Error() string { return e.parameter + ": " + e.err.Error() }

// Unwrap returns the problem.
func (e *parameterError) Unwrap() error { return e.err }

// wrong returns the error of a parameter that makes no sense.
func wrong(parameter, format string, args ...any) error {
	return &parameterError{parameter: parameter, err: problem.New(problem.Invalid, format, args...)}
}

var errMethod = problem.New(problem.Invalid, "This method is not supported here")

// answers of kinds: the status, the name on the wire, and X-Ray's name.
var kinds = map[problem.Kind]struct {
	status     int
	name, code string
}{
	problem.Internal:    {http.StatusInternalServerError, "internal", "InternalFailure"},
	problem.Invalid:     {http.StatusBadRequest, "invalid", "InvalidRequestException"},
	problem.NotFound:    {http.StatusNotFound, "not-found", "ResourceNotFoundException"},
	problem.Exists:      {http.StatusBadRequest, "invalid", "InvalidRequestException"},
	problem.Throttled:   {http.StatusTooManyRequests, "throttled", "ThrottledException"},
	problem.Denied:      {http.StatusForbidden, "denied", "AccessDeniedException"},
	problem.Unavailable: {http.StatusServiceUnavailable, "unavailable", "ServiceUnavailableException"},
	problem.Unsupported: {http.StatusNotImplemented, "unsupported", "UnsupportedOperationException"},
}

// problemJSON is an error on the wire, see RFC 9457.
type problemJSON struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Kind      string  `json:"kind"`
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Detail    string  `json:"detail"`
	Parameter *string `json:"parameter,omitempty"`
	Position  *place  `json:"position,omitempty"`
}

// fail answers with err, and logs what the caller is not told.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody listens
	}
	out := problemOf(err)
	if out.Kind == "internal" {
		a.opts.Logger.ErrorContext(r.Context(), "console request failed", "path", r.URL.Path, "err", err)
	}
	if err := write(w, r, out.Status, "application/problem+json", out); err != nil {
		a.opts.Logger.ErrorContext(r.Context(), "console request failed", "path", r.URL.Path, "err", err)
	}
}

func problemOf(err error) problemJSON {
	kind := problem.KindOf(err)
	if errors.Is(err, store.ErrClosed) || errors.Is(err, context.Canceled) {
		kind = problem.Unavailable
	}
	k := kinds[kind]
	out := problemJSON{Type: "about:blank", Status: k.status, Kind: k.name, Code: k.code, Message: messageOf(err, kind)}
	if err == errMethod { //nolint:errorlint // it is never wrapped
		out.Status, out.Code = http.StatusMethodNotAllowed, "UnknownOperationException"
	}
	out.Title, out.Detail = http.StatusText(out.Status), out.Message
	if p, ok := errors.AsType[*parameterError](err); ok {
		out.Parameter = &p.parameter
		if syntax, ok := errors.AsType[*filter.SyntaxError](err); ok && p.source != "" {
			out.Position = new(placeOf(p.source, syntax))
		}
	}
	return out
}

// messageOf is what the caller may know of err.
func messageOf(err error, kind problem.Kind) string {
	switch kind { //nolint:exhaustive // the others are written for the caller
	case problem.Internal:
		return "The server has failed: see its log"
	case problem.Unavailable:
		return "The server is stopping: try again later"
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p.Message
	}
	return err.Error()
}
