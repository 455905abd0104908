package eksapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/radiograph/radiograph/operator/addon/association"
)

// code is the name of an error in the API.
type code string

// The names, and in statuses the HTTP status of each.
const (
	resourceNotFound    code = "ResourceNotFoundException"
	resourceInUse       code = "ResourceInUseException"
	invalidParameter    code = "InvalidParameterException"
	invalidRequest      code = "InvalidRequestException"
	limitExceeded       code = "ResourceLimitExceededException"
	serverFailure       code = "ServerException"
	unavailable         code = "ServiceUnavailableException"
	accessDenied        code = "AccessDeniedException"
	missingToken        code = "MissingAuthenticationTokenException"
	badRequest          code = "BadRequestException"
	notFound            code = "NotFoundException"
	unknownOperation    code = "UnknownOperationException"
	methodNotAllowed    code = "MethodNotAllowedException"
	requestEntityTooBig code = "RequestEntityTooLargeException"
)

var statuses = map[code]int{
	resourceNotFound:    http.StatusNotFound,
	resourceInUse:       http.StatusConflict,
	invalidParameter:    http.StatusBadRequest,
	invalidRequest:      http.StatusBadRequest,
	limitExceeded:       http.StatusBadRequest,
	serverFailure:       http.StatusInternalServerError,
	unavailable:         http.StatusServiceUnavailable,
	accessDenied:        http.StatusForbidden,
	missingToken:        http.StatusForbidden,
	badRequest:          http.StatusBadRequest,
	notFound:            http.StatusNotFound,
	unknownOperation:    http.StatusNotFound,
	methodNotAllowed:    http.StatusMethodNotAllowed,
	requestEntityTooBig: http.StatusRequestEntityTooLarge,
}

// failure is an error as the caller gets it.
type failure struct {
	code    code
	message string
	// cause goes to the log alone.
	cause error
}

// Error is the message, and the cause if there is one.
func (f *failure) Error() string {
	if f.cause != nil {
		return string(f.code) + ": " + f.message + ": " + f.cause.Error()
	}
	return string(f.code) + ": " + f.message
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

func fail(c code, format string, args ...any) *failure {
	return &failure{code: c, message: fmt.Sprintf(format, args...)}
}

// failureOf is how an error is told to the caller. What went wrong inside is not.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if conflict, ok := errors.AsType[*association.ConflictError](err); ok {
		return &failure{code: resourceInUse, message: fmt.Sprintf(
			"Association already exists: %s. Delete it, or leave the service account out.", conflict.Error())}
	}
	switch {
	case apierrors.IsRequestEntityTooLargeError(err), strings.Contains(err.Error(), "request is too large"): // of etcd
		return &failure{code: invalidParameter, message: "The configuration values are too large to be stored.", cause: err}
	case apierrors.IsConflict(err):
		return &failure{code: resourceInUse, message: "The resource is being changed by another request. Try again.", cause: err}
	case apierrors.IsInvalid(err):
		return &failure{code: invalidParameter, message: err.Error()}
	case apierrors.IsForbidden(err):
		return &failure{code: serverFailure, message: "The add-on manager lacks a permission in the cluster: " + err.Error()}
	case meta.IsNoMatchError(err):
		return &failure{code: unavailable, message: "The cluster has no definitions of addons.radiograph.dev.", cause: err}
	case apierrors.IsServerTimeout(err), apierrors.IsTimeout(err), apierrors.IsTooManyRequests(err), apierrors.IsServiceUnavailable(err):
		return &failure{code: unavailable, message: "The API server of the cluster does not answer. Try again.", cause: err}
	}
	return &failure{code: serverFailure, message: "Internal error.", cause: err}
}
