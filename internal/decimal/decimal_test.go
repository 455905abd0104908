package decimal_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/internal/decimal"
)

func TestNumber(t *testing.T) {
	for _, tc := range []struct {
		in           string
		trunc, nanos int64
		exact        bool
	}{
		{in: "0", exact: true},
		{in: "-0", exact: true},
		{in: "7", trunc: 7, nanos: 7e9, exact: true},
		{in: "-2.9", trunc: -2, nanos: -2900e6},
		{in: "1478293361.271", trunc: 1478293361, nanos: 1478293361271e6},
		{in: "1.478293361271E9", trunc: 1478293361, nanos: 1478293361271e6},
		{in: "1478293361271e-3", trunc: 1478293361, nanos: 1478293361271e6},
		{in: "0.0000000005", nanos: 1},
		{in: "0.00000000049999999999999999999999", nanos: 0},
		{in: "1e300", trunc: math.MaxInt64, nanos: math.MaxInt64},
		{in: "-1e300", trunc: -math.MaxInt64, nanos: -math.MaxInt64},
		{in: "1e-300"},
		{in: "1e99999999999999999999", trunc: math.MaxInt64, nanos: math.MaxInt64},
		{in: "9007199254740991", trunc: 1<<53 - 1, nanos: math.MaxInt64, exact: true},
		{in: "9007199254740992", trunc: 1 << 53, nanos: math.MaxInt64},
	} {
		d := decimal.Parse([]byte(tc.in))
		if got := d.Trunc(); got != tc.trunc {
			t.Errorf("%s: Trunc() = %d, want %d", tc.in, got, tc.trunc)
		}
		if got := d.Times(9); got != tc.nanos {
			t.Errorf("%s: Times(9) = %d, want %d", tc.in, got, tc.nanos)
		}
		if n, ok := d.Exact(); ok != tc.exact || ok && n != tc.trunc {
			t.Errorf("%s: Exact() = %d, %t, want %t", tc.in, n, ok, tc.exact)
		}
	}
}

// Times is what arithmetic without bounds gives, halves rounded away from zero.
func TestTimesIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.StringMatching(`-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?`).Draw(rt, "number")
		value, ok := new(big.Rat).SetString(in)
		if !ok {
			rt.Fatalf("%s is no number", in)
		}
		value.Mul(value, big.NewRat(1e9, 1))
		twice := new(big.Int).Mul(value.Num(), big.NewInt(2))
		half := new(big.Int).Set(value.Denom())
		if value.Sign() < 0 {
			half.Neg(half)
		}
		want := twice.Add(twice, half)
		want.Quo(want, new(big.Int).Mul(value.Denom(), big.NewInt(2)))
		most := big.NewInt(math.MaxInt64)
		switch {
		case want.CmpAbs(most) <= 0:
		case want.Sign() < 0:
			want.Neg(most)
		default:
			want.Set(most)
		}
		if got := decimal.Parse([]byte(in)).Times(9); got != want.Int64() {
			rt.Fatalf("%s: Times(9) = %d, want %d", in, got, want)
		}
	})
}

func TestSecondsSurvive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.Int64Min(-math.MaxInt64).Draw(rt, "ns")
		text := decimal.AppendSeconds(nil, want)
		if got := decimal.Parse(text).Times(9); got != want {
			rt.Fatalf("%d is printed as %s and read as %d", want, text, got)
		}
	})
}
