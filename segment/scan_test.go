package segment_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
)

// TestStringsAgainstEncodingJSON builds string literals of everything that may
// and may not be inside one.
func TestStringsAgainstEncodingJSON(t *testing.T) {
	fragments := []string{
		"a", "ascii text", "é", "€", "😀", `\"`, `\\`, `\/`, `\b\f\n\r\t`, `\u0041`, `\u00E9`, `\u00AF`, `\u0000`,
		`\ud83d`, `\ude00`, `\ud83d\ude00`, `\uD83D\uDE00`, "\xff", "\xc3", "\xed\xa0\x80", "\x7f", `\u2028`,
		`\x`, `\u12`, "\x01", "\n", `\`,
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 12).Draw(t, "parts")
		literal := `"` + strings.Join(parts, "") + `"`
		var want string
		wantErr := json.Unmarshal([]byte(literal), &want)
		s, err := segment.Decode([]byte(root(`"user":` + literal)))
		switch {
		case (err != nil) != (wantErr != nil):
			t.Fatalf("%q: error %v, encoding/json says %v", literal, err, wantErr)
		case err == nil && s.User != want:
			t.Fatalf("%q reads as %q, encoding/json says %q", literal, s.User, want)
		}
	})
}

// TestTimesAgainstExactArithmetic compares with rational numbers.
func TestTimesAgainstExactArithmetic(t *testing.T) {
	digits := rapid.StringMatching(`(0|[1-9][0-9]{0,24})(\.[0-9]{1,30})?(e[+-]?[0-9]{1,2})?`)
	limit := new(big.Int).Lsh(big.NewInt(1), 62)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign") + digits.Draw(t, "digits")
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("not a number: %s", text)
		}
		ns := exact.Mul(exact, big.NewRat(1e9, 1))
		want := new(big.Int)
		if _, ok := want.SetString(ns.FloatString(0), 10); !ok { // rounds half away from zero
			t.Fatalf("not an integer: %s", ns.FloatString(0))
		}
		s, err := segment.Decode([]byte(root(`"start_time":` + text)))
		if fits := want.CmpAbs(limit) <= 0; fits != (err == nil) {
			t.Fatalf("%s is %v ns: error %v", text, want, err)
		}
		if err == nil && s.StartTime != want.Int64() {
			t.Fatalf("%s reads as %d ns, want %v", text, s.StartTime, want)
		}
	})
}

// TestAnnotationNumbersAgainstEncodingJSON compares the nearest float64.
func TestAnnotationNumbersAgainstEncodingJSON(t *testing.T) {
	digits := rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := digits.Draw(t, "digits")
		var want float64
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s, err := segment.Decode([]byte(root(`"annotations":{"n":` + text + `}`)))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Annotations[0].Value.Number; got != want {
			t.Fatalf("%s reads as %v, want %v", text, got, want)
		}
	})
}
