package awsemfexporter

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

const hexDigits = "0123456789abcdef"

// appendString appends valid UTF-8 as a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// appendFloat appends a finite number, in the shortest form that reads back the same.
func appendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendValue appends the value of a metric.
func appendValue(b []byte, v *value) []byte {
	switch v.kind {
	case integer:
		return strconv.AppendInt(b, v.i, 10)
	case float:
		return appendFloat(b, v.f)
	case distribution:
		b = append(b, `{"Values":[`...)
		for i, f := range v.values {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendFloat(b, f)
		}
		b = append(b, `],"Counts":[`...)
		for i, n := range v.counts {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, n, 10)
		}
		b = append(b, `],"Max":`...)
	case statistics:
		b = append(b, `{"Max":`...)
	}
	b = appendFloat(b, v.max)
	b = appendFloat(append(b, `,"Min":`...), v.min)
	b = strconv.AppendUint(append(b, `,"Count":`...), v.n, 10)
	b = appendFloat(append(b, `,"Sum":`...), v.f)
	return append(b, '}')
}

// isJSONStructure reports whether a label holds JSON that is not a string: once it is
// restored, it cannot be a dimension.
func isJSONStructure(s string) bool {
	return json.Valid([]byte(s)) && !strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), `"`)
}

// appendRestored appends a label that holds JSON as that JSON. What is not JSON stays
// a string.
func appendRestored(b []byte, s string) []byte {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(s)) != nil {
		return appendString(b, s)
	}
	return append(b, compact.Bytes()...)
}
