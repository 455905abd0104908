package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// Names of events and of what is in them.
const (
	eventException   = "exception"
	eventHTTPFailure = "HTTP request failure" // of the AWS SDK for Java under OpenTelemetry

	exceptionType       = "exception.type"
	exceptionMessage    = "exception.message"
	exceptionStacktrace = "exception.stacktrace"

	exceptionID        = "aws.xray.exception.id"
	exceptionRemote    = "aws.xray.exception.remote"
	exceptionTruncated = "aws.xray.exception.truncated"
	exceptionSkipped   = "aws.xray.exception.skipped"
	exceptionCause     = "aws.xray.exception.cause"
	exceptionStack     = "aws.xray.exception.stack"
)

// typeHTTPFailure is the type of the exception that an eventHTTPFailure becomes.
const typeHTTPFailure = "aws.http.error.event"

// cause sets the exceptions: those recorded as events, else one with what the
// status says.
func (e *Encoder) cause() {
	events := e.span.Events()
	failed := e.span.Status().Code() == ptrace.StatusCodeError
	if events.Len() == 0 && !failed {
		return
	}
	begin := e.exceptions.Begin()
	for _, ev := range events.All() {
		switch ev.Name() {
		case eventException:
			e.exception(begin, ev.Attributes())
		case eventHTTPFailure:
			e.httpFailure(begin, ev)
		}
	}
	if failed && len(e.exceptions.Open(begin)) == 0 {
		e.statusException(begin)
	}
	list := e.exceptions.End(begin)
	if list == nil {
		return
	}
	e.out.Cause = e.causes.One()
	e.out.Cause.Exceptions = list
}

// newException returns an exception with the id that the n-th of the span has.
func (e *Encoder) newException(begin int) segment.Exception {
	id := derive(e.out.TraceID, e.out.ID, 'x', len(e.exceptions.Open(begin)))
	return segment.Exception{
		ID:     e.texts.CloseString(id.AppendText(e.texts.Open(16))),
		Remote: e.called(),
	}
}

// exception adds the exception that an event records, and those that it was
// caused by.
func (e *Encoder) exception(begin int, attrs pcommon.Map) {
	x := e.newException(begin)
	trace, _, fromXRay := readException(&x, attrs)
	if fromXRay {
		x.Stack = e.xrayStack(x.Type, x.Message, trace)
		e.exceptions.Add(x)
		return
	}
	at := len(e.exceptions.Open(begin))
	e.exceptions.Add(x)
	if trace != "" {
		p := stackParser{e: e, begin: begin, at: at}
		p.parse(trace, e.resource.language)
	}
}

// readException sets the members of x that attrs have, and returns the stack trace
// as text, the frames as JSON, if a segment had such that no text can hold, and
// whether the exception has an id, which only those from a segment have.
func readException(x *segment.Exception, attrs pcommon.Map) (trace, frames string, fromXRay bool) {
	for k, v := range attrs.All() {
		switch k {
		case exceptionType:
			x.Type = v.Str()
		case exceptionMessage:
			x.Message = v.Str()
		case exceptionStacktrace:
			trace = v.Str()
		case exceptionStack:
			frames = v.Str()
		case exceptionID:
			if v.Str() != "" {
				x.ID, fromXRay = v.Str(), true
			}
		case exceptionRemote:
			x.Remote = v.Bool()
		case exceptionTruncated:
			n, _ := integerOf(v)
			x.Truncated = count(n)
		case exceptionSkipped:
			n, _ := integerOf(v)
			x.Skipped = count(n)
		case exceptionCause:
			x.Cause = v.Str()
		}
	}
	return trace, frames, fromXRay
}

// count bounds a number of frames or exceptions.
func count(n int64) int { return int(max(-1<<31, min(n, 1<<31-1))) }

// httpFailure adds the exception for a request of the AWS SDK that failed.
func (e *Encoder) httpFailure(begin int, ev ptrace.SpanEvent) {
	x := e.newException(begin)
	x.Type, x.Remote = typeHTTPFailure, true
	status, message := int64(0), ""
	for k, v := range ev.Attributes().All() {
		switch k {
		case names[httpResponseStatusCode], names[httpStatusCode]:
			status, _ = integerOf(v)
		case names[awsHTTPErrorMessage]:
			message = v.Str()
		}
	}
	b := appendInteger(e.texts.Open(64), status)
	micros := int64(ev.Timestamp()) / 1000
	b = appendInteger(append(b, '@'), micros/1e6)
	b = append(b, '.')
	for p := int64(1e5); p > 0; p /= 10 {
		b = append(b, byte('0'+micros/p%10))
	}
	b = append(append(b, '@'), message...)
	x.Message = e.texts.CloseString(b)
	e.exceptions.Add(x)
}

// statusException adds the exception that the status of a failed span stands for.
func (e *Encoder) statusException(begin int) {
	message := e.span.Status().Message()
	if message == "" {
		message = e.attributes.take(httpStatusText)
	}
	typ, k := e.attributes.either(errorType)
	if typ == "_OTHER" || isDigits(typ) {
		typ, k = "", unknown // the status of the response, which is there already
	}
	if message == "" && typ == "" {
		return
	}
	if k != unknown {
		e.attributes.use(k)
	}
	x := e.newException(begin)
	x.Message, x.Type = message, typ
	e.exceptions.Add(x)
}
