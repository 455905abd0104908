package segment

import (
	"strconv"
	"unicode/utf8"

	"github.com/radiograph/radiograph/internal/decimal"
	"github.com/radiograph/radiograph/traceid"
)

// AppendJSON appends the processed document of s, embedded subsegments included:
// canonical key order, numbers in plain decimals, embedded subsegments without
// type, trace_id and parent_id, resource_names recomputed from [Segment.Resource].
// What Decode has accepted decodes and appends to the same bytes again.
func (s *Segment) AppendJSON(dst []byte) []byte { return s.append(dst, processed, false) }

// AppendDocument appends the document that a client sends for s. It is what
// AppendJSON appends, but with traced, which processing takes away, and without
// resource_names, which it adds.
func (s *Segment) AppendDocument(dst []byte) []byte { return s.append(dst, sent, false) }

// form tells apart the two documents of a Segment.
type form uint8

const (
	processed form = iota
	sent
)

func (s *Segment) append(dst []byte, f form, embedded bool) []byte {
	dst = append(dst, '{')
	dst = appendID(dst, "id", s.ID)
	dst = appendKey(dst, "name")
	dst = appendString(dst, s.Name)
	dst = decimal.AppendSeconds(appendKey(dst, "start_time"), s.StartTime)
	if !embedded {
		dst = append(s.TraceID.AppendText(append(appendKey(dst, "trace_id"), '"')), '"')
	}
	if s.InProgress {
		dst = appendTrue(dst, "in_progress", true)
	} else {
		dst = decimal.AppendSeconds(appendKey(dst, "end_time"), s.EndTime)
	}
	if !embedded && !s.ParentID.IsZero() {
		dst = appendID(dst, "parent_id", s.ParentID)
	}
	if !embedded && s.Kind == KindSubsegment {
		dst = appendText(dst, "type", typeSubsegment)
	}
	dst = appendFlag(dst, "fault", s.Fault)
	dst = appendFlag(dst, "error", s.Error)
	dst = appendFlag(dst, "throttle", s.Throttle)
	dst = appendTrue(dst, "inferred", s.Inferred)
	if f == sent {
		dst = appendTrue(dst, "traced", s.Traced)
	}
	dst = s.appendDetails(dst, f)
	if len(s.Subsegments) == 0 {
		return append(dst, '}')
	}
	dst = append(appendKey(dst, "subsegments"), '[')
	for i, sub := range s.Subsegments {
		dst = sub.append(separate(dst, i), f, true)
	}
	return append(dst, ']', '}')
}

func (s *Segment) appendDetails(dst []byte, f form) []byte {
	if s.HTTP != nil {
		dst = s.HTTP.append(dst)
	}
	if s.AWS != nil {
		var name string
		if f == processed {
			name, _, _ = s.awsResource()
		}
		dst = s.AWS.append(dst, name)
	}
	dst = appendText(dst, "user", s.User)
	dst = appendText(dst, "origin", s.Origin)
	dst = appendText(dst, "resource_arn", s.ResourceARN)
	if !s.Inferred {
		dst = appendText(dst, "namespace", s.Namespace)
	}
	if s.SQL != nil {
		dst = s.SQL.append(dst)
	}
	if s.Cause != nil {
		dst = s.Cause.append(dst)
	}
	if s.Service != nil {
		dst = append(appendKey(dst, "service"), s.Service...)
	}
	if len(s.Annotations) > 0 {
		dst = appendAnnotations(dst, s.Annotations)
	}
	if s.Metadata != nil {
		dst = append(appendKey(dst, "metadata"), s.Metadata...)
	}
	if len(s.Links) > 0 {
		dst = appendLinks(dst, s.Links)
	}
	if len(s.Precursors) > 0 {
		dst = appendPrecursors(dst, s.Precursors)
	}
	return dst
}

// separate appends a comma before every element but the first.
func separate(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// appendKey appends a key, which needs no escaping, to an object that is being
// written.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

func appendText(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return appendString(appendKey(dst, key), value)
}

func appendInt(dst []byte, key string, value int) []byte {
	if value == 0 {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), int64(value), 10)
}

func appendTrue(dst []byte, key string, value bool) []byte {
	if !value {
		return dst
	}
	return append(appendKey(dst, key), "true"...)
}

func appendFlag(dst []byte, key string, value Tri) []byte {
	if value == Unset {
		return dst
	}
	return appendBool(appendKey(dst, key), value == True)
}

func appendBool(dst []byte, value bool) []byte { return strconv.AppendBool(dst, value) }

func appendID(dst []byte, key string, id traceid.EntityID) []byte {
	return append(id.AppendText(append(appendKey(dst, key), '"')), '"')
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		n := plain([]byte(s))
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		if s[0] >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s)
			dst = utf8.AppendRune(dst, r)
			s = s[n:]
			continue
		}
		dst = appendEscape(dst, s[0])
		s = s[1:]
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
