package otlpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/radiograph/radiograph/internal/httpbody"
	"github.com/radiograph/radiograph/problem"
)

// fault is the answer to a request of which nothing was stored.
type fault struct {
	status  int        // of HTTP
	code    codes.Code // of gRPC, and in OTLP's HTTP bodies
	result  string     // in metrics
	message string
	retry   bool // the same request may succeed later
}

// Error returns the message.
func (f *fault) Error() string { return f.message }

// retryAfter is when clients should come again. OTLP's exporters spread their
// retries, and double this from the second on.
const retryAfter = time.Second

// malformed returns the fault of a body that cannot be read.
func malformed(format string, args ...any) *fault {
	return &fault{
		status: http.StatusBadRequest, code: codes.InvalidArgument, result: resultInvalid,
		message: fmt.Sprintf(format, args...),
	}
}

// bodyFault returns the fault of an error of package httpbody.
func bodyFault(err error, limit int64) *fault {
	switch {
	case errors.Is(err, httpbody.ErrTooLarge):
		return &fault{
			status: http.StatusRequestEntityTooLarge, code: codes.ResourceExhausted, result: resultInvalid,
			message: "request body is larger than " + strconv.FormatInt(limit, 10) + " bytes: send smaller batches",
		}
	case errors.Is(err, httpbody.ErrCoding):
		return &fault{
			status: http.StatusUnsupportedMediaType, code: codes.InvalidArgument, result: resultInvalid,
			message: err.Error(),
		}
	}
	return malformed("%v", err)
}

// faultOf translates an error of the store.
//
// What is not the client's fault is UNAVAILABLE rather than INTERNAL: exporters drop
// what they are told INTERNAL about, and keep the rest for another try.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	f := &fault{
		status: http.StatusServiceUnavailable, code: codes.Unavailable, result: resultFailed,
		message: "the spans could not be stored, try again", retry: true,
	}
	p, ok := errors.AsType[*problem.Error](err)
	switch {
	case !ok && errors.Is(err, context.Canceled):
		f.code, f.result, f.message = codes.Canceled, resultCanceled, "the client has gone"
	case !ok && errors.Is(err, context.DeadlineExceeded):
		f.code, f.result, f.message = codes.DeadlineExceeded, resultCanceled, "the client's deadline has passed"
	case !ok:
	case p.Kind == problem.Throttled:
		f.status, f.code, f.result, f.message = http.StatusTooManyRequests, codes.ResourceExhausted, resultThrottled, p.Message
	case p.Kind == problem.Unavailable:
		f.message = p.Message
	case p.Kind == problem.Invalid:
		f = malformed("%s", p.Message)
	}
	return f
}

// proto returns f as OTLP has it on the wire.
func (f *fault) proto() *rpc.Status {
	s := status.New(f.code, f.message)
	if f.retry {
		info := protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
		if with, err := s.WithDetails(info); err == nil {
			s = with
		}
	}
	return s.Proto()
}

// logFault logs what the client is not told.
func (a *API) logFault(ctx context.Context, p protocol, f *fault, err error) {
	if f.result == resultFailed && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "spans not stored", "protocol", string(p), "err", err)
	}
}
