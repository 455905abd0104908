package cloudwatchlogstest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Error is an error as the service answers it.
type Error struct {
	Status  int // of HTTP; 0 means 400
	Code    string
	Message string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Throttled is what the service answers when there are too many requests.
func Throttled() *Error { return &Error{Code: "ThrottlingException", Message: "Rate exceeded"} }

// Unavailable is what the service answers when it is out of order.
func Unavailable() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailableException", Message: "The service cannot complete the request."}
}

// Denied is what the service answers when a policy does not allow the request.
func Denied(operation string) *Error {
	return &Error{Code: "AccessDeniedException", Message: "User: arn:aws:sts::111122223333:assumed-role/collector/radiograph-collector is not authorized to perform: logs:" + operation}
}

func invalid(format string, args ...any) error {
	return &Error{Code: "InvalidParameterException", Message: fmt.Sprintf(format, args...)}
}

var (
	errNoGroup  = &Error{Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}
	errNoStream = &Error{Code: "ResourceNotFoundException", Message: "The specified log stream does not exist."}
)

func exists(what string) error {
	return &Error{Code: "ResourceAlreadyExistsException", Message: "The specified log " + what + " already exists"}
}

// answer writes a result, or an error in the form of JSON 1.1.
func answer(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			e = &Error{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: err.Error()}
		}
		status = e.Status
		if status == 0 {
			status = http.StatusBadRequest
		}
		body := map[string]string{"__type": e.Code}
		if e.Message != "" {
			body["message"] = e.Message
		}
		out = body
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", rand.Text())
	w.WriteHeader(status)
	if out != nil {
		// The client may have gone; there is nobody else to tell.
		_ = json.NewEncoder(w).Encode(out)
	}
}
