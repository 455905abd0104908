package iam

import (
	"fmt"
	"net/http"

	"github.com/radiograph/radiograph/problem"
)

// Code is the name of an error in the IAM and STS APIs.
type Code string

// The codes that this package and the APIs on it use.
const (
	NoSuchEntity            Code = "NoSuchEntity"
	EntityAlreadyExists     Code = "EntityAlreadyExists"
	DeleteConflict          Code = "DeleteConflict"
	LimitExceeded           Code = "LimitExceeded"
	MalformedPolicyDocument Code = "MalformedPolicyDocument"
	InvalidInput            Code = "InvalidInput"
	ValidationError         Code = "ValidationError"
	PolicyNotAttachable     Code = "PolicyNotAttachable"
	AccessDenied            Code = "AccessDenied"
	PackedPolicyTooLarge    Code = "PackedPolicyTooLarge"

	InvalidIdentityToken  Code = "InvalidIdentityToken"
	ExpiredToken          Code = "ExpiredTokenException"
	IDPRejectedClaim      Code = "IDPRejectedClaim"
	IDPCommunicationError Code = "IDPCommunicationError"

	InvalidAction     Code = "InvalidAction"
	MalformedInput    Code = "MalformedInput"
	InvalidPagination Code = "InvalidPaginationToken"
	ServiceFailure    Code = "ServiceFailure"
)

// meaning is what a code means elsewhere.
var meaning = map[Code]struct {
	status int
	kind   problem.Kind
}{
	NoSuchEntity:        {http.StatusNotFound, problem.NotFound},
	EntityAlreadyExists: {http.StatusConflict, problem.Exists},
	DeleteConflict:      {http.StatusConflict, problem.Invalid},
	LimitExceeded:       {http.StatusConflict, problem.Invalid},
	AccessDenied:        {http.StatusForbidden, problem.Denied},
	IDPRejectedClaim:    {http.StatusForbidden, problem.Denied},
	ServiceFailure:      {http.StatusInternalServerError, problem.Internal},
}

// Status returns the HTTP status of a code.
func (c Code) Status() int {
	if m, ok := meaning[c]; ok {
		return m.status
	}
	return http.StatusBadRequest
}

// Error is a refusal in the words of IAM or STS. Message is for the caller, Err (may
// be nil) for the log.
type Error struct {
	Code    Code
	Message string
	Err     error
}

// Errorf returns an error with a formatted message.
func Errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// Error returns the message, and the cause when there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause, and a problem that classifies the error for those who
// do not know this package.
func (e *Error) Unwrap() []error {
	kind := problem.Invalid
	if m, ok := meaning[e.Code]; ok {
		kind = m.kind
	}
	p := &problem.Error{Kind: kind, Message: e.Message}
	if e.Err == nil {
		return []error{p}
	}
	return []error{p, e.Err}
}
