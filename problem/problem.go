// Package problem classifies errors once, for every layer: a short closed list of
// kinds, a message for the caller, a hint for the operator, a cause for the log.
//
// The edges translate kinds: xrayapi to AWS error names and HTTP statuses, cmd to
// exit codes. An error without a kind is [Internal].
package problem

import (
	"errors"
	"fmt"
)

// Kind says what sort of problem it is.
type Kind uint8

// The closed list of kinds.
const (
	Internal    Kind = iota // a defect or a broken machine; details go to the log only
	Invalid                 // the caller's input is wrong
	NotFound                // what the caller names does not exist
	Exists                  // what the caller wants to create exists
	Throttled               // too much at once; the caller should slow down and try again
	Denied                  // the caller may not do this
	Unavailable             // shutting down or not ready; another try may succeed
	Unsupported             // the engine or the configuration cannot do this
)

// Error is an error with a kind. Message is for the caller, Hint (may be empty)
// tells an operator what to do, Err (may be nil) goes to the log only.
type Error struct {
	Kind    Kind
	Message string
	Hint    string
	Err     error
}

// New returns an error of kind k whose message is formatted from format and args.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
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

// KindOf returns the kind of the first [*Error] in err's chain, or [Internal].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
