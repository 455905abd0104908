package filter

import (
	"cmp"
	"math"
	"strings"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// boolTest compiles a comparison of the boolean that get returns.
func boolTest[T any](c *comparison, get test[T]) test[T] {
	if c.op == opNone || c.value.Bool == (c.op == opEqual) {
		return get
	}
	return func(x T) bool { return !get(x) }
}

// stringTest compiles "s op want". An empty s is an absent one and satisfies
// nothing.
func stringTest(op operator, want string) func(string) bool {
	switch op {
	case opEqual:
		return func(s string) bool { return s != "" && s == want }
	case opNotEqual:
		return func(s string) bool { return s != "" && s != want }
	case opContains:
		return func(s string) bool { return s != "" && strings.Contains(s, want) }
	case opBeginsWith:
		return func(s string) bool { return s != "" && strings.HasPrefix(s, want) }
	case opEndsWith:
		return func(s string) bool { return s != "" && strings.HasSuffix(s, want) }
	}
	return func(s string) bool { return s != "" }
}

// numberTest compiles "n op want". A bare number is always true.
func numberTest(op operator, want float64) func(float64) bool {
	if op == opNone {
		return func(float64) bool { return true }
	}
	return func(n float64) bool { return holds(op, cmp.Compare(n, want)) }
}

// holds reports whether op holds when comparing the sides gave order.
func holds(op operator, order int) bool {
	switch op {
	case opEqual:
		return order == 0
	case opNotEqual:
		return order != 0
	case opLess:
		return order < 0
	case opLessEqual:
		return order <= 0
	case opGreater:
		return order > 0
	}
	return order >= 0
}

// valueTest compiles a comparison of an annotation's value. Values of another type
// than want satisfy nothing. A bare annotation is true when it is set, or, when it
// is a boolean, true.
func valueTest(op operator, want segment.Value) func(segment.Value) bool {
	if op == opNone {
		return func(v segment.Value) bool { return v.Kind != segment.BooleanValue || v.Bool }
	}
	switch want.Kind {
	case segment.NumberValue:
		fits := numberTest(op, want.Number)
		return func(v segment.Value) bool { return v.Kind == segment.NumberValue && fits(v.Number) }
	case segment.BooleanValue:
		return func(v segment.Value) bool {
			return v.Kind == segment.BooleanValue && (v.Bool == want.Bool) == (op == opEqual)
		}
	}
	return func(v segment.Value) bool {
		return v.Kind == segment.StringValue && annotationString(op, v.String, want.String)
	}
}

// annotationString reports whether "s op want" holds. Unlike other strings, those
// of annotations may be empty, and have an order.
func annotationString(op operator, s, want string) bool {
	switch op {
	case opContains:
		return strings.Contains(s, want)
	case opBeginsWith:
		return strings.HasPrefix(s, want)
	case opEndsWith:
		return strings.HasSuffix(s, want)
	}
	return holds(op, strings.Compare(s, want))
}

// interval is a set of integers: those between min and max, or, when outside is
// set, the others. It never has trace.Unknown.
type interval struct {
	min, max int64
	outside  bool
}

func (in interval) has(n int64) bool {
	return n != trace.Unknown && (in.min <= n && n <= in.max) != in.outside
}

// intervalOf returns the integers n, in the unit in which summaries have the field
// (ns, or plain status codes), for which "n op value" holds.
func intervalOf(c *comparison) interval {
	unit := 1e9
	if c.field == fieldStatus {
		unit = 1
	}
	const lowest = trace.Unknown + 1
	everything := interval{min: lowest, max: math.MaxInt64}
	if c.op == opNone {
		return everything
	}
	v := c.value.Number
	first := firstInt(func(n int64) bool { return float64(n)/unit >= v })
	after := firstInt(func(n int64) bool { return float64(n)/unit > v })
	switch c.op {
	case opEqual:
		return interval{min: first, max: after - 1}
	case opNotEqual:
		return interval{min: first, max: after - 1, outside: true}
	case opLess:
		return interval{min: lowest, max: first - 1}
	case opLessEqual:
		return interval{min: lowest, max: after - 1}
	case opGreater:
		return interval{min: after, max: math.MaxInt64}
	}
	return interval{min: first, max: math.MaxInt64}
}

// firstInt returns the least n for which ok holds, in the range that times and
// status codes can have. ok must stay true once it is.
func firstInt(ok func(int64) bool) int64 {
	const bound = 1 << 61
	low, high := int64(-bound), int64(bound)
	for low < high {
		mid := low + (high-low)/2
		if ok(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}
