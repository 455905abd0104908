package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// nativeCause sets the cause: exceptions from events, what else it says from
// attributes.
func (e *Encoder) nativeCause() {
	a := &e.attributes
	begin := e.exceptions.Begin()
	for _, ev := range e.span.Events().All() {
		if nativeException(ev) {
			e.exceptions.Add(e.nativeOne(ev.Attributes()))
		}
	}
	var c segment.Cause
	c.Exceptions = e.exceptions.End(begin)
	c.WorkingDirectory = a.take(xrayCauseWorkingDirectory)
	if x := a.get(xrayCausePaths); x != nil && x.value.Type() == pcommon.ValueTypeSlice {
		x.used = true
		begin := e.paths.Begin()
		for _, v := range x.value.Slice().All() {
			e.paths.Add(v.Str())
		}
		c.Paths = e.paths.End(begin)
	}
	text := a.take(xrayCause)
	if c.Exceptions == nil && c.WorkingDirectory == "" && c.Paths == nil {
		switch {
		case text == "":
			return
		case text[0] == '{':
			c.ReferenceObject = true
			e.reader.Reset([]byte(text))
			for ok := e.reader.Object(); ok; ok = e.reader.Member() {
				if e.reader.Key() == memberID {
					c.Reference = e.texts.CloseString(append(e.texts.Open(16), e.reader.String()...))
				} else {
					e.reader.Skip()
				}
			}
		default:
			c.Reference = text
		}
		if _, ok := traceid.ParseEntityBytes([]byte(c.Reference)); !ok {
			c.Reference, c.ReferenceObject = "", false
		}
	}
	e.out.Cause = e.causes.One()
	*e.out.Cause = c
}

// nativeException reports whether ev is an exception that a segment had.
func nativeException(ev ptrace.SpanEvent) bool {
	if ev.Name() != eventException {
		return false
	}
	_, ok := ev.Attributes().Get(exceptionID)
	return ok
}

func (e *Encoder) nativeOne(attrs pcommon.Map) (x segment.Exception) {
	trace, stack, _ := readException(&x, attrs)
	if stack != "" {
		x.Stack = e.stackIn(stack)
	} else {
		x.Stack = e.xrayStack(x.Type, x.Message, trace)
	}
	return x
}

// stackIn reads the frames that are an array of objects, for those that no text
// can hold.
func (e *Encoder) stackIn(text string) []segment.Frame {
	begin := e.frames.Begin()
	r := &e.reader
	r.Reset([]byte(text))
	keep := func(s string) string { return e.texts.CloseString(append(e.texts.Open(len(s)), s...)) }
	for ok := r.Array(); ok; ok = r.Element() {
		var f segment.Frame
		for ok := r.Object(); ok; ok = r.Member() {
			switch r.Key() {
			case "path":
				f.Path = keep(r.String())
			case "line":
				n, _ := r.Integer()
				f.Line = count(n)
			case "label":
				f.Label = keep(r.String())
			default:
				r.Skip()
			}
		}
		e.frames.Add(f)
	}
	return e.frames.End(begin)
}

// statusOf returns the status of a span that is made from s.
func statusOf(s *segment.Segment) (ptrace.StatusCode, string) {
	failed := s.Error == segment.True || s.Fault == segment.True || s.Throttle == segment.True || s.Cause != nil ||
		s.HTTP != nil && s.HTTP.Status >= 400
	switch {
	case !failed:
		return ptrace.StatusCodeUnset, ""
	case s.Cause == nil:
		return ptrace.StatusCodeError, ""
	case len(s.Cause.Exceptions) > 0:
		return ptrace.StatusCodeError, s.Cause.Exceptions[0].Message
	}
	return ptrace.StatusCodeError, s.Cause.Reference
}
