package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

const day = 24 * time.Hour

// ParseDuration reads a duration such as 500ms, 10s, 1h30m or 30d.
func ParseDuration(s string) (time.Duration, error) {
	days, ok := strings.CutSuffix(s, "d")
	if !ok {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration such as 10s, 1h30m or 30d", s)
		}
		return d, nil
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > float64(math.MaxInt64/day) {
		return 0, fmt.Errorf("%q is not a duration such as 10s, 1h30m or 30d", s)
	}
	return time.Duration(n * float64(day)), nil
}

// FormatDuration writes d so that [ParseDuration] reads it, in days if it is whole days.
func FormatDuration(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// units are the suffixes of sizes, longest first where one ends with another.
var units = []struct {
	suffix string
	bytes  int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// ParseSize reads a number of bytes such as 64MiB, 1.5GB or 4096.
func ParseSize(s string) (int64, error) {
	number, factor := s, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n >= 0 && n <= math.MaxInt64/factor {
		return n * factor, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !(f >= 0) || f*float64(factor) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 64MiB, 1.5GB or 4096", s)
	}
	return int64(f * float64(factor)), nil
}

// FormatSize writes n so that [ParseSize] reads it, in the largest binary unit
// that divides it.
func FormatSize(n int64) string {
	for _, u := range units[:4] {
		if n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

// value is a pflag.Value made of two functions.
type value struct {
	typ string
	get func() string
	set func(string) error
}

func (v value) String() string {
	if v.get == nil {
		return ""
	}
	return v.get()
}
func (v value) Set(s string) error { return v.set(s) }
func (v value) Type() string       { return v.typ }

// IsBoolFlag lets --insecure stand for --insecure=true.
func (v value) IsBoolFlag() bool { return v.typ == "bool" }

func text(p *string) pflag.Value {
	return value{"string", func() string { return *p }, func(s string) error { *p = s; return nil }}
}

func boolean(p *bool) pflag.Value {
	return value{"bool", func() string { return strconv.FormatBool(*p) }, func(s string) error {
		b, err := strconv.ParseBool(s)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", s)
		}
		*p = b
		return nil
	}}
}

func duration(p *time.Duration) pflag.Value {
	return value{"duration", func() string { return FormatDuration(*p) }, parsed(p, ParseDuration)}
}

func size(p *int64) pflag.Value {
	return value{"size", func() string { return FormatSize(*p) }, parsed(p, ParseSize)}
}

// parsed sets p to what parse makes of a text, and leaves it alone when it fails.
func parsed[T any](p *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := parse(s)
		if err != nil {
			return err
		}
		*p = v
		return nil
	}
}

// list is several texts, written with commas between them.
func list(p *[]string) pflag.Value {
	return value{"list", func() string { return strings.Join(*p, ",") }, func(s string) error {
		*p = nil
		if s == "" {
			return nil
		}
		for part := range strings.SplitSeq(s, ",") {
			*p = append(*p, strings.TrimSpace(part))
		}
		return nil
	}}
}

func choice(p *string, allowed ...string) pflag.Value {
	return value{strings.Join(allowed, "|"), func() string { return *p }, func(s string) error {
		if !slices.Contains(allowed, s) {
			return fmt.Errorf("%q is not one of %s", s, strings.Join(allowed, ", "))
		}
		*p = s
		return nil
	}}
}
