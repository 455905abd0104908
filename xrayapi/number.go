package xrayapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// seconds is a time since the epoch, or a duration, in ns. On the wire it is a
// number of seconds, always with a fraction: readers that take every timestamp
// for a float are right.
type seconds int64

// maxTime bounds what is read on both sides of the epoch, so that the difference
// of any two times fits.
const maxTime = math.MaxInt64 / 2

// at returns t for the wire.
func at(t time.Time) *seconds {
	s := seconds(t.UnixNano())
	return &s
}

// wholeSecondsAt is [at] without the fraction of a second, rounded down.
func wholeSecondsAt(t time.Time) *seconds { return at(time.Unix(t.Unix(), 0)) }

// time returns the point in time that s stands for.
func (s seconds) time() time.Time { return time.Unix(0, int64(s)) }

// floor returns s rounded down to whole seconds.
func (s seconds) floor() seconds {
	rest := s % oneSecond
	if rest < 0 {
		rest += oneSecond
	}
	return s - rest
}

const oneSecond = seconds(time.Second)

// MarshalJSON returns a decimal number.
func (s seconds) MarshalJSON() ([]byte, error) { return s.append(make([]byte, 0, 24)), nil }

func (s seconds) append(dst []byte) []byte {
	if s == 0 {
		return append(dst, "0.0"...)
	}
	whole, rest := int64(s)/1e9, int64(s)%1e9
	if s < 0 {
		dst = append(dst, '-')
		whole, rest = -whole, -rest
	}
	dst = strconv.AppendInt(dst, whole, 10)
	dst = append(dst, '.')
	digits := strconv.AppendInt(make([]byte, 0, 10), 1e9+rest, 10)[1:]
	digits = bytes.TrimRight(digits, "0")
	if len(digits) == 0 {
		return append(dst, '0')
	}
	return append(dst, digits...)
}

// UnmarshalJSON reads a number. Texts are refused, as X-Ray does.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text, err := numberText(b, "timestamp")
	if err != nil || text == "" {
		return err
	}
	if ns, ok := parseDecimalNanoseconds(text); ok {
		*s = seconds(min(max(ns, -maxTime), maxTime))
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return fmt.Errorf("timestamp %s: %w", text, err)
	}
	*s = seconds(saturate(math.Round(f*1e9), -maxTime, maxTime))
	return nil
}

// parseDecimalNanoseconds reads a decimal number of seconds without loss; digits
// beyond the ninth of the fraction are cut. ok is false for what does not fit.
func parseDecimalNanoseconds(text string) (ns int64, ok bool) {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if text, ok = shiftPoint(text[:i], text[i+1:]); !ok {
			return 0, false
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits, negative := strings.CutPrefix(whole, "-")
	if len(digits) > 9 && digits > "9223372035" || len(digits) > 10 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return 0, false
	}
	fraction = (fraction + "000000000")[:9]
	f, err := strconv.ParseUint(fraction, 10, 63)
	if err != nil {
		return 0, false
	}
	ns = int64(n*1e9 + f)
	if negative {
		ns = -ns
	}
	return ns, true
}

// shiftPoint writes mantissa and exponent as a plain number, if the exponent is one
// that points in time have.
func shiftPoint(mantissa, exponent string) (plain string, ok bool) {
	e, err := strconv.Atoi(exponent)
	if err != nil || e < 0 || e > 10 {
		return "", false
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	fraction += strings.Repeat("0", max(0, e-len(fraction)))
	whole += fraction[:e]
	sign := ""
	if digits, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", digits
	}
	whole = strings.TrimLeft(whole[:len(whole)-1], "0") + whole[len(whole)-1:]
	return sign + whole + "." + fraction[e:], true
}

// reportedAt is a timestamp that a client's clock made. Some samplers send
// milliseconds, which are far in the future when taken for seconds.
type reportedAt struct{ seconds }

// UnmarshalJSON reads seconds or milliseconds.
func (t *reportedAt) UnmarshalJSON(b []byte) error {
	const largestSeconds = 1e11 // the year 5138
	text, err := numberText(b, "timestamp")
	if err != nil || text == "" {
		return err
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f > largestSeconds {
		t.seconds = seconds(saturate(math.Round(f*1e6), -maxTime, maxTime))
		return nil
	}
	return t.seconds.UnmarshalJSON(b)
}

// integer is a whole number of 32 bits. Fractions are cut and numbers beyond the
// range become the nearest in it, as X-Ray does.
type integer int32

// UnmarshalJSON reads a number.
func (i *integer) UnmarshalJSON(b []byte) error {
	text, err := numberText(b, "integer")
	if err != nil || text == "" {
		return err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return fmt.Errorf("integer %s: %w", text, err)
	}
	*i = integer(saturate(math.Trunc(f), math.MinInt32, math.MaxInt32))
	return nil
}

// int returns *i, or 0.
func (i *integer) int() int {
	if i == nil {
		return 0
	}
	return int(*i)
}

// pointer returns i for packages that take an int; nil for nil.
func (i *integer) pointer() *int {
	if i == nil {
		return nil
	}
	n := int(*i)
	return &n
}

// numberText returns the number that b is; "" for null.
func numberText(b []byte, what string) (string, error) {
	var n *json.Number
	if len(b) > 0 && b[0] == '"' {
		return "", fmt.Errorf("%s is a text, not a number", what)
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return "", fmt.Errorf("%s is not a number", what)
	}
	if n == nil {
		return "", nil
	}
	return n.String(), nil
}

func saturate(f float64, least, most int64) int64 {
	switch {
	case f <= float64(least):
		return least
	case f >= float64(most):
		return most
	}
	return int64(f)
}

// formatBytes prints a bound for people.
func formatBytes(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
