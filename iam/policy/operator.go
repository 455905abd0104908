package policy

import (
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator without its prefix and suffix.
type operator struct {
	negated bool
	isNull  bool

	// valid reports whether a policy may name value.
	valid func(value string) bool
	// test makes the comparison with one value of a policy; nil when a variable in it
	// has no value, or a value that does not suit the operator.
	test func(value string, x *expansion) func(have string) bool
}

// prepare makes the comparisons with the values of a policy.
func (o *operator) prepare(values []string, x *expansion) []func(string) bool {
	tests := make([]func(string) bool, 0, len(values))
	for _, v := range values {
		if t := o.test(v, x); t != nil {
			tests = append(tests, t)
		}
	}
	return tests
}

// operators are those of "IAM JSON policy elements: Condition operators" in the IAM
// User Guide.
var operators = map[string]operator{
	"StringEquals":              texts(equal),
	"StringNotEquals":           not(texts(equal)),
	"StringEqualsIgnoreCase":    texts(strings.EqualFold),
	"StringNotEqualsIgnoreCase": not(texts(strings.EqualFold)),
	"StringLike":                patterns(likeText),
	"StringNotLike":             not(patterns(likeText)),
	"ArnEquals":                 patterns(likeARN),
	"ArnNotEquals":              not(patterns(likeARN)),
	"ArnLike":                   patterns(likeARN),
	"ArnNotLike":                not(patterns(likeARN)),

	"NumericEquals":            parsed(parseNumber, func(have, want float64) bool { return have == want }),
	"NumericNotEquals":         not(parsed(parseNumber, func(have, want float64) bool { return have == want })),
	"NumericLessThan":          parsed(parseNumber, func(have, want float64) bool { return have < want }),
	"NumericLessThanEquals":    parsed(parseNumber, func(have, want float64) bool { return have <= want }),
	"NumericGreaterThan":       parsed(parseNumber, func(have, want float64) bool { return have > want }),
	"NumericGreaterThanEquals": parsed(parseNumber, func(have, want float64) bool { return have >= want }),

	"DateEquals":            parsed(parseDate, func(have, want time.Time) bool { return have.Equal(want) }),
	"DateNotEquals":         not(parsed(parseDate, func(have, want time.Time) bool { return have.Equal(want) })),
	"DateLessThan":          parsed(parseDate, func(have, want time.Time) bool { return have.Before(want) }),
	"DateLessThanEquals":    parsed(parseDate, func(have, want time.Time) bool { return !have.After(want) }),
	"DateGreaterThan":       parsed(parseDate, func(have, want time.Time) bool { return have.After(want) }),
	"DateGreaterThanEquals": parsed(parseDate, func(have, want time.Time) bool { return !have.Before(want) }),

	"Bool":         parsed(parseBool, func(have, want bool) bool { return have == want }),
	"BinaryEquals": parsed(parseBinary, func(have, want string) bool { return have == want }),
	"IpAddress":    addresses(),
	"NotIpAddress": not(addresses()),
	"Null":         {isNull: true, valid: func(v string) bool { return v == "true" || v == "false" }},
}

func not(o operator) operator {
	o.negated = true
	return o
}

func equal(have, want string) bool { return have == want }

func anyText(string) bool { return true }

// texts is an operator that compares whole texts.
func texts(compare func(have, want string) bool) operator {
	return operator{valid: anyText, test: func(value string, x *expansion) func(string) bool {
		want, ok := x.literal(value)
		if !ok {
			return nil
		}
		return func(have string) bool { return compare(have, want) }
	}}
}

// patterns is an operator whose values have wildcards.
func patterns(compile func(value string, x *expansion) func(string) bool) operator {
	return operator{valid: anyText, test: compile}
}

func likeText(value string, x *expansion) func(string) bool {
	return x.glob(value).match
}

// likeARN compares the parts of ARNs one by one.
func likeARN(value string, x *expansion) func(string) bool {
	if value == "*" {
		return anyText
	}
	parts := splitARN(value, x.enabled)
	if len(parts) != arnParts {
		return func(string) bool { return false }
	}
	pattern := [arnParts]string(parts)
	matchARN(pattern, "", x) // notes variables without a value, whatever is compared
	return func(have string) bool { return matchARN(pattern, have, x) }
}

// parsed is an operator on values of a type.
func parsed[T any](parse func(string) (T, bool), compare func(have, want T) bool) operator {
	return operator{
		valid: func(v string) bool { _, ok := parse(v); return ok },
		test: func(value string, x *expansion) func(string) bool {
			value, ok := x.literal(value)
			if !ok {
				return nil
			}
			want, ok := parse(value)
			if !ok {
				x.unknown = true // a variable whose value does not suit
				return nil
			}
			return func(have string) bool {
				h, ok := parse(have)
				return ok && compare(h, want)
			}
		},
	}
}

func parseNumber(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// parseDate reads the W3C's profile of ISO 8601, or seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "20060102T150405Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}

func parseBool(s string) (value, ok bool) {
	return strings.EqualFold(s, "true"), strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
}

func parseBinary(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}

// addresses is the operator of IP addresses in networks.
func addresses() operator {
	return operator{
		valid: func(v string) bool { _, ok := parseNetwork(v); return ok },
		test: func(value string, x *expansion) func(string) bool {
			value, ok := x.literal(value)
			if !ok {
				return nil
			}
			network, ok := parseNetwork(value)
			if !ok {
				x.unknown = true
				return nil
			}
			return func(have string) bool {
				ip, err := netip.ParseAddr(have)
				return err == nil && network.Contains(ip.Unmap().WithZone(""))
			}
		},
	}
}

// parseNetwork reads an address or a network in CIDR notation.
func parseNetwork(s string) (netip.Prefix, bool) {
	if ip, err := netip.ParseAddr(s); err == nil {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}
