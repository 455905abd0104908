package otlp

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// outcome sets the flags: by what an X-Ray SDK said, else by the status of the HTTP
// response, else by that of the RPC, else by the span's own.
func (e *Encoder) outcome() {
	s := e.out
	if e.flags() {
		return
	}
	status := 0
	if s.HTTP != nil {
		status = s.HTTP.Status
	}
	switch {
	case status >= 400 && status < 500:
		s.Error = segment.True
		if status == 429 || e.isThrottling() {
			s.Throttle = segment.True
		}
		return
	case status >= 500 && status < 600:
		s.Fault = segment.True
		return
	}
	if status == 0 {
		if known := e.rpcOutcome(); known {
			return
		}
	}
	if e.span.Status().Code() == ptrace.StatusCodeError {
		if e.isThrottling() {
			s.Error, s.Throttle = segment.True, segment.True
			return
		}
		s.Fault = segment.True
	}
}

// flags takes the flags that are written as attributes, if there are any.
func (e *Encoder) flags() bool {
	a := &e.attributes
	if !a.has(xrayError) && !a.has(xrayFault) && !a.has(xrayThrottle) {
		return false
	}
	e.out.Error, e.out.Fault, e.out.Throttle = a.tri(xrayError), a.tri(xrayFault), a.tri(xrayThrottle)
	return true
}

// tri returns the boolean k, Unset if it is not there, and uses it.
func (a *attributes) tri(k key) segment.Tri {
	v, ok := a.flag(k)
	switch {
	case !ok:
		return segment.Unset
	case v:
		a.use(k)
		return segment.True
	}
	a.use(k)
	return segment.False
}

// Status codes of gRPC that are the caller's fault, and the one that says it asks
// too often. The others are the service's. Source: google.rpc.Code.
const (
	grpcOK                = 0
	grpcResourceExhausted = 8
)

var grpcErrors = map[int64]bool{
	1: true, 3: true, 5: true, 6: true, 7: true, 9: true, 10: true, 11: true, 16: true,
}

var grpcCodes = map[string]int64{
	"OK": 0, "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "ALREADY_EXISTS": 6,
	"PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "ABORTED": 10, "OUT_OF_RANGE": 11,
	"UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
}

// rpcOutcome sets the flags by the status of a gRPC call; it reports whether there
// is one.
func (e *Encoder) rpcOutcome() bool {
	a := &e.attributes
	code, ok := a.integer(rpcGRPCStatusCode)
	k := rpcGRPCStatusCode
	if !ok {
		k = rpcResponseStatusCode
		if code, ok = grpcCodes[a.str(k)]; !ok {
			code, ok = a.integer(k)
		}
	}
	if !ok || code < 0 || code > 16 {
		return false
	}
	a.use(k)
	s := e.out
	switch {
	case code == grpcOK:
		return e.span.Status().Code() != ptrace.StatusCodeError
	case code == grpcResourceExhausted:
		s.Error, s.Throttle = segment.True, segment.True
	case grpcErrors[code]:
		s.Error = segment.True
	default:
		s.Fault = segment.True
	}
	return true
}

// throttling are the errors by which AWS says that it is asked too often.
var throttling = map[string]bool{
	"Throttling": true, "ThrottlingException": true, "ThrottledException": true, "RequestThrottled": true,
	"RequestThrottledException": true, "TooManyRequestsException": true, "ProvisionedThroughputExceededException": true,
	"RequestLimitExceeded": true, "BandwidthLimitExceeded": true, "LimitExceededException": true, "SlowDown": true,
	"PriorRequestNotComplete": true, "TransactionInProgressException": true,
}

// isThrottling reports whether AWS refused the call because of too many.
func (e *Encoder) isThrottling() bool {
	return e.out.Namespace == segment.NamespaceAWS && throttling[e.attributes.str(errorType)]
}

func appendInteger(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }
