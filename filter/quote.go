package filter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Quote returns s as a string literal of the language.
func Quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// unquote reads the string literal at the start of s, which begins with a quote.
// It returns the value and the length of the literal. When closed is false, n is
// where reading stopped: at the end of s, or at an escape that does not exist.
func unquote(s string) (value string, n int, closed bool) {
	i := 1
	for i < len(s) && s[i] != '"' && s[i] != '\\' {
		i++
	}
	if i < len(s) && s[i] == '"' {
		return s[1:i], i + 1, true
	}
	b := []byte(s[1:i])
	for i < len(s) {
		switch s[i] {
		case '"':
			return string(b), i + 1, true
		case '\\':
			r, size := unescape(s[i:])
			if size == 0 {
				return string(b), i, false
			}
			b = utf8.AppendRune(b, r)
			i += size
		default:
			b = append(b, s[i])
			i++
		}
	}
	return string(b), i, false
}

const (
	escapes   = `"\/bfnrt`
	unescaped = "\"\\/\b\f\n\r\t"
)

// unescape reads the JSON escape at the start of s; size is 0 when there is none.
func unescape(s string) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(escapes, s[1]); i >= 0 {
		return rune(unescaped[i]), 2
	}
	r, ok := unescapeUnit(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := unescapeUnit(s[6:]); ok {
			if r := utf16.DecodeRune(r, low); r != utf8.RuneError {
				return r, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// unescapeUnit reads \uXXXX at the start of s.
func unescapeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
