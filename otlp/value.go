package otlp

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

// Attribute values are JSON: strings, booleans, arrays and objects as such,
// integers without a fraction, doubles with one or with an exponent. What JSON has
// not is an object with one member, the wrapper:
//
//	{"$bytes":"base64"}  {"$double":"NaN"}  {"$empty":true}  {"$map":{…}}
//
// where $double is one of NaN, Infinity, -Infinity and -0, and $map is a map that
// would be read as a wrapper.
const (
	wrapBytes  = "$bytes"
	wrapDouble = "$double"
	wrapEmpty  = "$empty"
	wrapMap    = "$map"
)

// isWrapper reports whether an object with the one member key is a wrapper.
func isWrapper(key string) bool {
	switch key {
	case wrapBytes, wrapDouble, wrapEmpty, wrapMap:
		return true
	}
	return false
}

// maxValueDepth bounds the nesting of a value that is written as JSON, so that a
// document stays within what segment.Decode reads.
const maxValueDepth = 64

// values writes attribute values as JSON.
type values struct {
	// inexact says that something was written which does not read as it was: a
	// string that is not UTF-8, a value that nests too deep, a key twice.
	inexact bool
	// plain says that nothing is a wrapper and null is empty, for what came from
	// JSON.
	plain bool
}

// text appends s as a JSON string.
func (w *values) text(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		w.inexact = true
	}
	return segment.AppendString(dst, s)
}

// value appends v.
func (w *values) value(dst []byte, v pcommon.Value) []byte { return w.nested(dst, v, maxValueDepth) }

// nested appends v, which may nest depth deep.
func (w *values) nested(dst []byte, v pcommon.Value, depth int) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return w.text(dst, v.Str())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(dst, v.Bool())
	case pcommon.ValueTypeDouble:
		return appendDouble(dst, v.Double())
	case pcommon.ValueTypeBytes:
		return appendBytes(dst, v.Bytes())
	case pcommon.ValueTypeMap:
		return w.mapValue(dst, v.Map(), depth-1)
	case pcommon.ValueTypeSlice:
		return w.slice(dst, v.Slice(), depth-1)
	case pcommon.ValueTypeEmpty:
	}
	if w.plain {
		return append(dst, "null"...)
	}
	return append(dst, `{"`+wrapEmpty+`":true}`...)
}

// attributes appends the map m as an object.
func (w *values) attributes(dst []byte, m pcommon.Map) []byte {
	return w.object(dst, m, maxValueDepth)
}

func (w *values) object(dst []byte, m pcommon.Map, depth int) []byte {
	dst = append(dst, '{')
	for k, v := range m.All() {
		dst = w.nested(w.key(dst, k), v, depth)
	}
	return append(dst, '}')
}

func (w *values) mapValue(dst []byte, m pcommon.Map, depth int) []byte {
	if depth <= 0 {
		w.inexact = true
		return append(dst, "{}"...)
	}
	if m.Len() == 1 && !w.plain {
		for k := range m.All() {
			if isWrapper(k) {
				dst = append(dst, `{"`+wrapMap+`":`...)
				return append(w.object(dst, m, depth), '}')
			}
		}
	}
	return w.object(dst, m, depth)
}

func (w *values) slice(dst []byte, s pcommon.Slice, depth int) []byte {
	if depth <= 0 {
		w.inexact = true
		return append(dst, "[]"...)
	}
	dst = append(dst, '[')
	for i, v := range s.All() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.nested(dst, v, depth)
	}
	return append(dst, ']')
}

// key appends a key to an object that is being written.
func (w *values) key(dst []byte, k string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(w.text(dst, k), ':')
}

// appendName appends a key that needs no escaping to an object that is being
// written.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// appendDouble appends f so that it cannot be taken for an integer.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `{"`+wrapDouble+`":"NaN"}`...)
	case math.IsInf(f, 1):
		return append(dst, `{"`+wrapDouble+`":"Infinity"}`...)
	case math.IsInf(f, -1):
		return append(dst, `{"`+wrapDouble+`":"-Infinity"}`...)
	case f == 0 && math.Signbit(f):
		return append(dst, `{"`+wrapDouble+`":"-0"}`...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') >= 0 {
		return dst
	}
	return append(dst, '.', '0')
}

func appendBytes(dst []byte, b pcommon.ByteSlice) []byte {
	dst = append(dst, `{"`+wrapBytes+`":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, b.AsRaw())
	return append(dst, '"', '}')
}
