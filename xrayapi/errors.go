package xrayapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/radiograph/radiograph/internal/constraint"
	"github.com/radiograph/radiograph/problem"
)

// fault is an error as the wire has it.
type fault struct {
	status   int
	name     string // x-amzn-ErrorType
	message  string
	lower    bool   // the body's member is "message", not "Message"
	resource string // ResourceName, for the errors that have it
}

// Error returns name and message.
func (f *fault) Error() string { return f.name + ": " + f.message }

// The errors that are not about a caller's input.
var (
	errUnknownOperation = &fault{
		status: http.StatusNotFound, name: "UnknownOperationException",
		message: "no operation has this path", lower: true,
	}
	errMethodNotAllowed = &fault{
		status: http.StatusMethodNotAllowed, name: "UnknownOperationException",
		message: "operations are POST requests", lower: true,
	}
	errNotForDaemons = &fault{
		status: http.StatusForbidden, name: "AccessDeniedException",
		message: "a daemon answers for sampling rules and targets only: send signed requests to the service itself", lower: true,
	}
	errInternal = &fault{
		status: http.StatusInternalServerError, name: "InternalFailure",
		message: "internal error", lower: true,
	}
)

// invalid returns an InvalidRequestException, the error of everything that is
// semantically wrong.
func invalid(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, name: "InvalidRequestException", message: fmt.Sprintf(format, args...)}
}

// malformed returns a SerializationException, the error of JSON that does not fit
// the request's shape.
func malformed(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, name: "SerializationException", message: fmt.Sprintf(format, args...)}
}

// refused returns another modelled error of status 400.
func refused(name, format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, name: name, message: fmt.Sprintf(format, args...)}
}

// notFound returns a ResourceNotFoundException, which only tags, retrievals and
// indexing rules have.
func notFound(resource, format string, args ...any) *fault {
	return &fault{
		status: http.StatusNotFound, name: "ResourceNotFoundException",
		message: fmt.Sprintf(format, args...), resource: resource,
	}
}

// kinds maps the kinds of problems to X-Ray's errors. What is not found or exists
// already is an InvalidRequestException for X-Ray.
var kinds = map[problem.Kind]fault{
	problem.Invalid:     {status: http.StatusBadRequest, name: "InvalidRequestException"},
	problem.NotFound:    {status: http.StatusBadRequest, name: "InvalidRequestException"},
	problem.Exists:      {status: http.StatusBadRequest, name: "InvalidRequestException"},
	problem.Unsupported: {status: http.StatusBadRequest, name: "InvalidRequestException"},
	problem.Throttled:   {status: http.StatusTooManyRequests, name: "ThrottledException"},
	problem.Denied:      {status: http.StatusForbidden, name: "AccessDeniedException", lower: true},
	problem.Unavailable: {status: http.StatusServiceUnavailable, name: "ServiceUnavailableException", lower: true},
}

// faultOf translates err for the wire.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if e, ok := errors.AsType[*constraint.Error](err); ok {
		return &fault{status: http.StatusBadRequest, name: "ValidationException", message: e.Error(), lower: true}
	}
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return errInternal
	}
	f, ok := kinds[p.Kind]
	if !ok {
		return errInternal
	}
	f.message = p.Message
	return &f
}

// writeError answers with f and returns its status.
func writeError(w http.ResponseWriter, f *fault) int {
	member := "Message"
	if f.lower {
		member = "message"
	}
	fields := map[string]string{member: f.message}
	if f.resource != "" {
		fields["ResourceName"] = f.resource
	}
	body, err := json.Marshal(fields)
	if err != nil { // a map of strings always encodes
		body = []byte("{}")
	}
	h := w.Header()
	h.Set("X-Amzn-Errortype", f.name)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.status)
	_, _ = w.Write(body) // the client has gone when this fails
	return f.status
}
