package escape_test

import (
	"testing"

	"github.com/radiograph/radiograph/internal/escape"
)

func TestUnit(t *testing.T) {
	for in, want := range map[string]rune{
		`\u0041`: 'A', `\u00e9…`: 'é', `\uD83d`: 0xd83d, `\uABCDEF`: 0xabcd,
	} {
		if got, ok := escape.Unit([]byte(in)); !ok || got != want {
			t.Errorf("%s: got %U, %t, want %U", in, got, ok, want)
		}
	}
	for _, in := range []string{``, `\u004`, `\u00g0`, `u0041x`, `\n0041`, `\U0041`, `\u+041`} {
		if got, ok := escape.Unit([]byte(in)); ok {
			t.Errorf("%s: got %U, want none", in, got)
		}
	}
}
