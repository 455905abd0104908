package segment

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/radiograph/radiograph/internal/escape"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns how many bytes at the front of b are ASCII that needs no look
// inside a JSON string: not a quote, a backslash or a control character.
func plain(b []byte) int {
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		quote, backslash := w^ones*'"', w^ones*'\\'
		// The lowest set bit is exact: borrows spread upwards only.
		if m := ((w - ones*' ') | (quote - ones) | (backslash - ones) | w) & highs; m != 0 {
			return n + bits.TrailingZeros64(m)/8
		}
	}
	for ; n < len(b); n++ {
		if c := b[n]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return n
}

// string reads the string at hand. It aliases the document unless it has escapes
// or invalid UTF-8, which reads as U+FFFD.
func (s *scanner) string() string {
	span, clean := s.scanString()
	if clean {
		return alias(span)
	}
	return alias(s.arena.Close(unescape(s.arena.Open(len(span)), span)))
}

// skipString passes the string at hand.
func (s *scanner) skipString() { s.scanString() }

// scanString passes the string at hand and returns what is between its quotes;
// clean is false when it has escapes or invalid UTF-8.
func (s *scanner) scanString() (span []byte, clean bool) {
	clean = true
	start := s.pos + 1
	for i := start; ; {
		i += plain(s.data[i:])
		if i == len(s.data) {
			s.fail()
			return nil, true
		}
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[start:i], clean
		case c == '\\':
			n := escapeLen(s.data[i:])
			if n == 0 {
				s.fail()
				return nil, true
			}
			clean = false
			i += n
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s.data[i:])
			if r == utf8.RuneError && n == 1 {
				clean, s.loose = false, true
			}
			i += n
		default: // a control character
			s.fail()
			return nil, true
		}
	}
}

// escapeLen returns the length of the escape at the front of b, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := escape.Unit(b); ok {
			return escape.UnitSize
		}
	}
	return 0
}

// unescape appends the text that span, which scanString has passed, stands for.
func unescape(dst, span []byte) []byte {
	for len(span) > 0 {
		n := plain(span)
		dst = append(dst, span[:n]...)
		span = span[n:]
		if len(span) == 0 {
			break
		}
		var r rune
		if span[0] == '\\' {
			r, n = unescapeOne(span)
		} else {
			r, n = utf8.DecodeRune(span)
		}
		dst = utf8.AppendRune(dst, r) // U+FFFD for lone surrogates
		span = span[n:]
	}
	return dst
}

// unescapeOne reads the valid escape at the front of b, two of them if they make
// a surrogate pair.
func unescapeOne(b []byte) (r rune, n int) {
	switch b[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, _ = escape.Unit(b)
		if low, ok := escape.Unit(b[escape.UnitSize:]); ok && utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 2 * escape.UnitSize
			}
		}
		return r, escape.UnitSize
	}
	return rune(b[1]), 2
}

// alias returns b as a string without copying; b must not change any more.
func alias(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // G103: documents may not change, and arenas only grow
}

// truncate cuts s to n code points.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
