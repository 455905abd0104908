package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/radiograph/radiograph/problem"
)

// SyntaxError is a fault in an expression. Its text has X-Ray's form with a
// helpful tail:
//
//	Error Location: line 1, position 5 : Invalid input symbol: 'ma' : unknown keyword 'madeup'
//
// Which symbol is reported where follows the recorded answers:
//
//   - A word that the language does not have is located at its first letter. The
//     symbol is the shortest beginning of the word that begins no X-Ray word, that
//     is, the letters up to the one where a lexer has to give up ("ma": message
//     begins with m, nothing with ma).
//   - A word or sign in the wrong place is located at its first character and
//     reported whole.
//   - An expression that ends too early is reported whole, one position past its
//     end. A missing closing bracket there is reported by itself: the Symbol is
//     empty and the text is "… position 7 : missing ')' at end of expression".
//
// Only the first fault is reported.
type SyntaxError struct {
	Line     int // from 1
	Position int // from 1, in characters of the line
	Offset   int // from 0, in bytes of the expression
	Symbol   string
	Detail   string // may be empty, unless Symbol is
}

// Error returns the text described at [SyntaxError].
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("Error Location: line %d, position %d", e.Line, e.Position)
	if e.Symbol != "" {
		s += " : Invalid input symbol: '" + e.Symbol + "'"
	}
	if e.Detail != "" {
		s += " : " + e.Detail
	}
	return s
}

// As makes every layer see a [problem.Error] of kind Invalid in a SyntaxError.
func (e *SyntaxError) As(target any) bool {
	p, ok := target.(**problem.Error)
	if ok {
		*p = problem.New(problem.Invalid, "%s", e.Error())
	}
	return ok
}

// errorAt returns a SyntaxError at a byte offset of src.
func errorAt(src string, offset int, symbol, detail string) *SyntaxError {
	before := src[:offset]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &SyntaxError{Line: line, Position: column, Offset: offset, Symbol: symbol, Detail: detail}
}

// unknownSymbol is the part of an unknown word that is reported: the shortest
// beginning that begins none of X-Ray's words, or all of it.
func unknownSymbol(word string) string {
	for i, r := range word {
		end := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			return word
		}
		if !beginsWord(strings.ToLower(word[:end])) {
			return word[:end]
		}
	}
	return word
}

func beginsWord(prefix string) bool {
	for _, w := range vocabulary {
		if strings.HasPrefix(w, prefix) {
			return true
		}
	}
	return false
}

// nearest returns the candidate that word is probably a misspelling of, or "".
func nearest(word string, candidates []string) string {
	best, limit := "", max(1, min(2, len(word)/3))
	for _, c := range candidates {
		if len(word) > len(c)+limit {
			continue
		}
		if d := distance(strings.ToLower(word), c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// distance is the number of letters to insert, remove, replace or swap with a
// neighbour to make b of a.
func distance(a, b string) int {
	// The rows of the usual table for a[:i-2], a[:i-1] and a[:i].
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
