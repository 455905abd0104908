package otlpapi

import (
	"encoding/json"
	"errors"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// decodeJSON reads OTLP's JSON. The library stops at the first value, takes an empty
// name for the end of an object, and follows any nesting: what it must not see is
// refused before.
func decodeJSON(req ptraceotlp.ExportRequest, body []byte) error {
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return err
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	return req.UnmarshalJSON(body)
}

var errEmptyName = errors.New("a member has no name")

// checkJSON looks for deep nesting and empty names. The body is valid JSON.
func checkJSON(body []byte) error {
	const most = 2 * maxNesting // a list in a list is two messages, and three levels of JSON
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			if depth++; depth > most {
				return errNesting
			}
		case '}', ']':
			depth--
		case '"':
			end := endOfText(body, i)
			if end == i+1 && namesMember(body[end+1:]) {
				return errEmptyName
			}
			i = end
		}
	}
	return nil
}

// endOfText returns the index of the quote that ends the text that begins at i.
func endOfText(body []byte, i int) int {
	for i++; body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i
}

// namesMember reports whether the text before rest is the name of a member.
func namesMember(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c == ':'
	}
	return false
}
