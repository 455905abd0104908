// Package decimal reads decimal numbers as JSON has them without the loss of a
// detour over floating point, and prints times: a float64 has no room for the
// nanoseconds of a point in time.
package decimal

import (
	"math"
	"strconv"
)

// Number is the number ±mantissa × 10^exp. A mantissa keeps 19 digits; half says
// that the digits behind them are worth half a unit or more.
type Number struct {
	mantissa uint64
	exp      int
	negative bool
	half     bool
}

// Parse reads the text of a valid JSON number.
func Parse(b []byte) (d Number) {
	kept, seen, fraction := 0, 0, 0
	i := 0
	if len(b) > 0 && b[0] == '-' {
		d.negative = true
		i = 1
	}
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '.':
			fraction = 1
			continue
		case c == 'e' || c == 'E':
			d.exp += parseExponent(b[i+1:])
			return d
		case kept < 19:
			d.mantissa = d.mantissa*10 + uint64(c-'0')
			if d.mantissa > 0 {
				kept++
			}
			d.exp -= fraction
			continue
		case seen == 0:
			d.half = c >= '5'
		}
		seen++ // a digit that is not kept
		d.exp += 1 - fraction
	}
	return d
}

// Trunc returns d without its fraction. What is too large saturates.
func (d Number) Trunc() int64 {
	n, _, fits := d.shift(0)
	return d.saturate(n, fits)
}

// Times returns the integer nearest to d × 10^exp. What is too large saturates.
func (d Number) Times(exp int) int64 {
	n, half, fits := d.shift(exp)
	if half {
		n++
	}
	return d.saturate(n, fits)
}

// Exact returns d if it is written as an integer that a float64 holds exactly.
func (d Number) Exact() (n int64, ok bool) {
	if d.exp != 0 || d.mantissa >= 1<<53 {
		return 0, false
	}
	return d.saturate(d.mantissa, true), true
}

// saturate applies the sign of d to n, or to the largest integer.
func (d Number) saturate(n uint64, fits bool) int64 {
	if !fits || n > math.MaxInt64 {
		n = math.MaxInt64
	}
	if d.negative {
		return -int64(n)
	}
	return int64(n)
}

// parseExponent reads an exponent; absurd ones stay absurd.
func parseExponent(b []byte) int {
	negative := b[0] == '-'
	if b[0] == '-' || b[0] == '+' {
		b = b[1:]
	}
	v := 0
	for _, c := range b {
		v = min(v*10+int(c-'0'), 1<<40)
	}
	if negative {
		return -v
	}
	return v
}

var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// shift returns the whole part of |d| × 10^by, whether the rest is a half or
// more, and whether the whole part fits.
func (d Number) shift(by int) (n uint64, half, fits bool) {
	e := d.exp + by
	switch {
	case d.mantissa == 0:
		return 0, false, true
	case e == 0:
		return d.mantissa, d.half, true
	case e < -19:
		return 0, false, true
	case e < 0:
		p := powers[-e]
		n, rest := d.mantissa/p, d.mantissa%p
		return n, rest >= p-rest, true
	case e < len(powers) && d.mantissa <= math.MaxUint64/powers[e]:
		return d.mantissa * powers[e], false, true
	}
	return 0, false, false
}

// AppendSeconds appends ns as seconds in plain decimals.
func AppendSeconds(dst []byte, ns int64) []byte {
	n := uint64(ns)
	if ns < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = strconv.AppendUint(dst, n/1e9, 10)
	rest := n % 1e9
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for p := uint64(1e8); rest > 0; p /= 10 {
		dst = append(dst, byte('0'+rest/p))
		rest %= p
	}
	return dst
}
