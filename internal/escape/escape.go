// Package escape reads the escape sequences of JSON texts that stand for a code
// unit of UTF-16.
package escape

// UnitSize is the length of a sequence.
const UnitSize = len(`\u0000`)

// Unit reads the sequence \uXXXX at the front of b. The result may be half a pair of
// surrogates.
func Unit(b []byte) (r rune, ok bool) {
	if len(b) < UnitSize || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:UnitSize] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
