package auth

import (
	"fmt"
	"net/http"
)

// Kind says why a request was refused. Each protocol has its own name for it.
type Kind uint8

// The kinds of refusals.
const (
	Failure        Kind = iota // keys could not be looked up; not the caller's fault
	Missing                    // no authentication at all
	Incomplete                 // the header or the query cannot be understood
	BadSignature               // the signature is not that of this request
	Stale                      // the signature's date is too old or too new
	RequestExpired             // a presigned request past its expiry
	UnknownKey                 // no such key, or a foreign session token
	SessionExpired             // the session of the key has ended
	Denied                     // the principal may not do this
	WrongScope                 // signed for another service, region or day
	BodyTooLarge               // the body is too large to be verified
	BadBody                    // the body ended early or its chunks are malformed
)

// Protocol is how a service speaks, which decides the names of errors.
type Protocol uint8

// The protocols of the services.
const (
	RESTJSON Protocol = iota // xray, eks, aps
	JSON1                    // JSON 1.0 and 1.1: logs, monitoring
	Query                    // sts, iam: XML
)

// Error is the refusal of a request. Message is for the caller and has AWS's words.
type Error struct {
	Kind    Kind
	Message string
	Err     error // cause, for the log only; nil mostly

	// AccessKeyID is the key that the caller named, for the log; "" when none could be
	// read. Nothing says that the caller owns it.
	AccessKeyID string
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

// code is the name of a kind in each protocol. A status of 0 stands for 403, of JSON
// 1.x for 400.
var codes = map[Kind]struct {
	json, query             string
	restStatus, queryStatus int
}{
	Failure:        {"InternalFailure", "InternalFailure", http.StatusInternalServerError, http.StatusInternalServerError},
	Missing:        {"MissingAuthenticationTokenException", "MissingAuthenticationToken", http.StatusForbidden, http.StatusForbidden},
	Incomplete:     {"IncompleteSignatureException", "IncompleteSignature", http.StatusForbidden, http.StatusBadRequest},
	BadSignature:   {"InvalidSignatureException", "SignatureDoesNotMatch", http.StatusForbidden, http.StatusForbidden},
	Stale:          {"InvalidSignatureException", "SignatureDoesNotMatch", http.StatusForbidden, http.StatusForbidden},
	RequestExpired: {"InvalidSignatureException", "RequestExpired", http.StatusForbidden, http.StatusBadRequest},
	UnknownKey:     {"UnrecognizedClientException", "InvalidClientTokenId", http.StatusForbidden, http.StatusForbidden},
	SessionExpired: {"ExpiredTokenException", "ExpiredToken", http.StatusForbidden, http.StatusForbidden},
	Denied:         {"AccessDeniedException", "AccessDenied", http.StatusForbidden, http.StatusForbidden},
	WrongScope:     {"InvalidSignatureException", "SignatureDoesNotMatch", http.StatusForbidden, http.StatusForbidden},
	BodyTooLarge:   {"RequestEntityTooLargeException", "RequestEntityTooLarge", http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge},
	BadBody:        {"SerializationException", "MalformedInput", http.StatusBadRequest, http.StatusBadRequest},
}

// Code returns the name and the HTTP status that p has for the error.
func (e *Error) Code(p Protocol) (name string, status int) {
	c := codes[e.Kind]
	switch {
	case p == Query:
		return c.query, c.queryStatus
	case p == JSON1 && e.Kind != Missing && c.restStatus == http.StatusForbidden:
		return c.json, http.StatusBadRequest
	}
	return c.json, c.restStatus
}

const invalidToken = "The security token included in the request is invalid."

// incomplete returns the refusal of a request whose signature cannot be read.
func incomplete(format string, args ...any) *Error {
	return &Error{Kind: Incomplete, Message: fmt.Sprintf(format, args...)}
}
