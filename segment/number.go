package segment

import (
	"math"
	"strconv"
)

// maxTime bounds times on both sides of the epoch, so that the difference of any
// two fits into an int64.
const maxTime = 1 << 62

// number passes the number at hand and returns its text.
func (s *scanner) number() []byte {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else {
		s.digits()
	}
	if s.peek() == '.' {
		s.pos++
		s.digits()
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		s.digits()
	}
	if s.failed {
		return nil
	}
	return s.data[start:s.pos]
}

// digits passes at least one digit.
func (s *scanner) digits() {
	i := s.pos
	for i < len(s.data) && s.data[i]-'0' <= 9 {
		i++
	}
	if i == s.pos {
		s.fail()
		return
	}
	s.pos = i
}

// isNumber reports whether the value at hand is a number.
func (s *scanner) isNumber() bool {
	c := s.peek()
	return c == '-' || c-'0' <= 9
}

// integer reads a number as an integer: fractions are cut off, what is too large
// saturates. Any other value is not ok.
func (s *scanner) integer() (v int64, ok bool) {
	if !s.isNumber() {
		s.skip()
		return 0, false
	}
	d := parseDecimal(s.number())
	n, _, fits := d.shift(0)
	if !fits || n > math.MaxInt64 {
		n = math.MaxInt64
	}
	return d.sign(n), !s.failed
}

// count reads an integer that is small and not negative in good documents.
func (s *scanner) count() int {
	v, _ := s.integer()
	return int(max(math.MinInt32, min(v, math.MaxInt32)))
}

// seconds reads a number of seconds as the nearest nanosecond. Other values and
// times beyond maxTime are not ok.
func (s *scanner) seconds() (ns int64, ok bool) {
	if !s.isNumber() {
		s.skip()
		return 0, false
	}
	d := parseDecimal(s.number())
	n, half, fits := d.shift(9)
	if half {
		n++
	}
	if s.failed || !fits || n > maxTime {
		return 0, false
	}
	return d.sign(n), true
}

// float reads the number at hand. What is too large saturates.
func (s *scanner) float() float64 {
	b := s.number()
	d := parseDecimal(b)
	if d.exp == 0 && d.mantissa < 1<<53 {
		return float64(d.sign(d.mantissa))
	}
	f, err := strconv.ParseFloat(alias(b), 64)
	if err != nil {
		f = math.Copysign(math.MaxFloat64, f)
	}
	return f + 0 // no negative zero
}

// decimal is the number ±mantissa × 10^exp. A mantissa keeps 19 digits; half says
// that the digits behind them are worth half a unit or more.
type decimal struct {
	mantissa uint64
	exp      int
	negative bool
	half     bool
}

// parseDecimal reads the text of a valid JSON number.
func parseDecimal(b []byte) (d decimal) {
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
func (d decimal) shift(by int) (n uint64, half, fits bool) {
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

// sign applies the sign of d to n, which must not exceed math.MaxInt64.
func (d decimal) sign(n uint64) int64 {
	if d.negative {
		return -int64(n)
	}
	return int64(n)
}

// appendSeconds appends ns as seconds in plain decimals.
func appendSeconds(dst []byte, ns int64) []byte {
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

// appendFloat appends f, which is finite, as plain decimals where they are short.
func appendFloat(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
