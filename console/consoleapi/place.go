package consoleapi

import (
	"strings"
	"unicode/utf8"

	"github.com/radiograph/radiograph/filter"
)

// place is where in an expression something is wrong. Offset and Length count
// UTF-16 units.
type place struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	Symbol string `json:"symbol"`
	Hint   string `json:"hint"`
}

// placeOf returns the place of a fault in src.
func placeOf(src string, e *filter.SyntaxError) place {
	at := min(max(e.Offset, 0), len(src))
	return place{
		Line: e.Line, Column: e.Position, Symbol: e.Symbol, Hint: e.Detail,
		Offset: units(src[:at]), Length: units(src[at : at+faulty(src[at:], e.Symbol)]),
	}
}

// faulty returns how many bytes at the beginning of rest are at fault: the symbol,
// and all of the word that it begins.
func faulty(rest, symbol string) int {
	if rest == "" {
		return 0
	}
	n := 0
	if strings.HasPrefix(rest, symbol) {
		n = len(symbol)
	}
	if n == 0 || isWord(rest[n-1]) {
		for n < len(rest) && isWord(rest[n]) {
			n++
		}
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(rest)
	}
	return n
}

func isWord(c byte) bool {
	return c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// units returns the length of s in UTF-16 units, as JavaScript counts.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

func width(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// bytesOf returns the offset in bytes of the place in s that is n UTF-16 units from
// its beginning. What is beyond the end is the end; what is inside of a character is
// its beginning.
func bytesOf(s string, n int) int {
	for i, r := range s {
		if n < width(r) {
			return i
		}
		n -= width(r)
	}
	return len(s)
}
