package otlpapi

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxNesting is how deep messages may be in each other: what protobuf's C++ and Java
// allow. An attribute can be a list of lists of lists …, and the library follows them
// without a bound: without this one a single request could use up the stack, which
// ends the process.
const maxNesting = 100

var errNesting = errors.New("messages are nested too deep")

// message is a kind of message of which some can hold themselves.
type message uint8

const (
	msgNone message = iota
	msgRequest
	msgResourceSpans
	msgResource
	msgScopeSpans
	msgScope
	msgSpan
	msgEvent
	msgLink
	msgKeyValue
	msgAnyValue
	msgArray
	msgKeyValueList
)

// fields are the messages in messages that lead to attributes, by field number.
// Source: opentelemetry/proto/{collector/trace,trace,resource,common}/v1/*.proto.
var fields = [...]map[protowire.Number]message{
	msgRequest:       {1: msgResourceSpans},
	msgResourceSpans: {1: msgResource, 2: msgScopeSpans},
	msgResource:      {1: msgKeyValue},
	msgScopeSpans:    {1: msgScope, 2: msgSpan},
	msgScope:         {3: msgKeyValue},
	msgSpan:          {9: msgKeyValue, 11: msgEvent, 13: msgLink},
	msgEvent:         {3: msgKeyValue},
	msgLink:          {4: msgKeyValue},
	msgKeyValue:      {2: msgAnyValue},
	msgAnyValue:      {5: msgArray, 6: msgKeyValueList},
	msgArray:         {1: msgAnyValue},
	msgKeyValueList:  {1: msgKeyValue},
}

// harmless bytes of protobuf cannot nest so deep that it matters for the stack.
// Looking into smaller requests as well would cost more than it is worth.
const harmless = 256 << 10

// checkNesting returns errNesting when b, an ExportTraceServiceRequest, is nested too
// deep for the library. What is malformed is left for the library to complain about.
func checkNesting(b []byte) error {
	if len(b) <= harmless {
		return nil
	}
	return walk(b, msgRequest, maxNesting)
}

func walk(b []byte, m message, levels int) error {
	if levels == 0 {
		return errNesting
	}
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if typ != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, typ, b); n < 0 {
				return nil
			}
			b = b[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if inner := fields[m][number]; inner != msgNone {
			if err := walk(value, inner, levels-1); err != nil {
				return err
			}
		}
	}
	return nil
}
