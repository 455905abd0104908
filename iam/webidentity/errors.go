package webidentity

import "fmt"

// Fault says what is wrong with a token.
type Fault uint8

// The faults.
const (
	Invalid       Fault = iota // not a token, not signed by the issuer, or for somebody else
	Expired                    // its time is over
	Rejected                   // its claims cannot be accepted
	Unreachable                // the issuer's keys could not be fetched
	UnknownIssuer              // nobody has registered the issuer
)

// Error is why a token was refused. Message is for the caller, Err (may be nil) for
// the log.
type Error struct {
	Fault   Fault
	Message string
	Err     error
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

func refuse(f Fault, format string, args ...any) *Error {
	return &Error{Fault: f, Message: fmt.Sprintf(format, args...)}
}
