package xrayapi

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/radiograph/radiograph/internal/decimal"
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
	dst = decimal.AppendSeconds(dst, int64(s))
	if s%oneSecond == 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// UnmarshalJSON reads a number. Texts are refused, as X-Ray does.
func (s *seconds) UnmarshalJSON(b []byte) error {
	d, err := number(b, s)
	if err == nil {
		*s = seconds(clamp(d.Times(nanoseconds), -maxTime, maxTime))
	}
	return err
}

// The powers of ten that turn seconds, and milliseconds, into nanoseconds.
const (
	nanoseconds             = 9
	millisecondsNanoseconds = 6
)

// reportedAt is a timestamp that a client's clock made. Some samplers send
// milliseconds, which are far in the future when taken for seconds.
type reportedAt struct{ seconds }

// UnmarshalJSON reads seconds or milliseconds.
func (t *reportedAt) UnmarshalJSON(b []byte) error {
	const largestSeconds = 100_000_000_000 // the year 5138
	d, err := number(b, t)
	if err != nil {
		return err
	}
	power := nanoseconds
	if d.Trunc() > largestSeconds {
		power = millisecondsNanoseconds
	}
	t.seconds = seconds(clamp(d.Times(power), -maxTime, maxTime))
	return nil
}

// integer is a whole number of 32 bits. Fractions are cut and numbers beyond the
// range become the nearest in it, as X-Ray does.
type integer int32

// UnmarshalJSON reads a number.
func (i *integer) UnmarshalJSON(b []byte) error {
	d, err := number(b, i)
	if err == nil {
		*i = integer(clamp(d.Trunc(), math.MinInt32, math.MaxInt32))
	}
	return err
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

// number returns the number that b, valid JSON, is; 0 for null. The error names no
// member: the decoder adds that to errors of this type.
func number(b []byte, into any) (decimal.Number, error) {
	switch c := b[0]; {
	case c == 'n':
		return decimal.Number{}, nil
	case c == '-' || '0' <= c && c <= '9':
		return decimal.Parse(b), nil
	case c == '"':
		return decimal.Number{}, &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeOf(into).Elem()}
	default:
		return decimal.Number{}, &json.UnmarshalTypeError{Value: "no number", Type: reflect.TypeOf(into).Elem()}
	}
}

func clamp(n, least, most int64) int64 { return min(max(n, least), most) }

// formatBytes prints a bound for people.
func formatBytes(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
