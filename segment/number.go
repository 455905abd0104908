package segment

import (
	"math"
	"strconv"

	"github.com/radiograph/radiograph/internal/decimal"
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
	return decimal.Parse(s.number()).Trunc(), !s.failed
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
	ns = decimal.Parse(s.number()).Times(9)
	if s.failed || ns < -maxTime || ns > maxTime {
		return 0, false
	}
	return ns, true
}

// float reads the number at hand. What is too large saturates.
func (s *scanner) float() float64 {
	b := s.number()
	if n, ok := decimal.Parse(b).Exact(); ok {
		return float64(n)
	}
	f, err := strconv.ParseFloat(alias(b), 64)
	if err != nil {
		f = math.Copysign(math.MaxFloat64, f)
	}
	return f + 0 // no negative zero
}

// appendFloat appends f, which is finite, as plain decimals where they are short.
func appendFloat(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
