package filter

import (
	"math"
	"slices"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// Column names what a Condition looks at.
type Column uint8

// The columns.
const (
	ColumnFlags        Column = iota // Condition.Flags: all of these set on the root (Summary.Flags)
	ColumnAnyFlags                   // Condition.Flags: each set on some node or edge observation
	ColumnResponseTime               // Min ≤ response time (ns) ≤ Max; Unknown never satisfies
	ColumnDuration                   // Min ≤ duration (ns) ≤ Max; Unknown never satisfies
	ColumnStatus                     // Min ≤ root's HTTP status (0 when absent) ≤ Max
	ColumnURL                        // Test on the root's URL (may be empty)
	ColumnMethod                     // Test on the root's method (may be empty)
	ColumnNode                       // TestNode: some node of the trace satisfies it
	ColumnAnnotation                 // Key is set on some entity; TestValue, if not nil, holds for one of its values
	ColumnUser                       // Test holds for some user
)

var columns = [...]string{
	ColumnFlags:        "flags",
	ColumnAnyFlags:     "any flags",
	ColumnResponseTime: "response time",
	ColumnDuration:     "duration",
	ColumnStatus:       "status",
	ColumnURL:          "url",
	ColumnMethod:       "method",
	ColumnNode:         "node",
	ColumnAnnotation:   "annotation",
	ColumnUser:         "user",
}

// String returns the column's name.
func (c Column) String() string { return columns[c] }

// Condition is one necessary condition; see [Predicate.Conditions]. Which members
// are used depends on Column.
type Condition struct {
	Column    Column
	Flags     segment.Flags
	Min, Max  int64
	Key       string
	Test      func(string) bool
	TestNode  func(trace.Node) bool
	TestValue func(segment.Value) bool
}

// impossible is the condition that no trace satisfies: an empty range.
var impossible = Condition{Column: ColumnDuration, Min: 1, Max: 0}

// Conditions are necessary conditions: a trace that fails one of them cannot
// match. A store tests them on columns before it decodes a summary, and skips
// whole blocks by them. They are not sufficient: Match has the last word. They
// are necessary for MatchWithin, too, whatever the window. A range with Min > Max
// is empty: then nothing matches.
func (p *Predicate) Conditions() []Condition {
	if p == nil {
		return nil
	}
	return slices.Clone(p.conditions)
}

// Holds reports whether s satisfies c. It defines what conditions mean; stores
// evaluate them on their columns instead.
func (c Condition) Holds(s *trace.Summary) bool {
	switch c.Column {
	case ColumnFlags:
		return s.Flags&c.Flags == c.Flags
	case ColumnAnyFlags:
		return anyFlags(s)&c.Flags == c.Flags
	case ColumnResponseTime:
		return s.ResponseTime != trace.Unknown && c.inRange(s.ResponseTime)
	case ColumnDuration:
		return s.Duration != trace.Unknown && c.inRange(s.Duration)
	case ColumnStatus:
		return c.inRange(int64(s.HTTP.Status))
	case ColumnURL:
		return c.Test(s.HTTP.URL)
	case ColumnMethod:
		return c.Test(s.HTTP.Method)
	case ColumnNode:
		return slices.ContainsFunc(s.Nodes, c.TestNode)
	case ColumnAnnotation:
		return slices.ContainsFunc(s.Annotations, func(a segment.Annotation) bool {
			return a.Key == c.Key && (c.TestValue == nil || c.TestValue(a.Value))
		})
	case ColumnUser:
		return slices.ContainsFunc(s.Users, c.Test)
	}
	return true
}

func (c Condition) inRange(n int64) bool { return c.Min <= n && n <= c.Max }

// anyFlags returns the flags of all observations of s.
func anyFlags(s *trace.Summary) segment.Flags {
	var flags segment.Flags
	for i := range s.NodeObservations {
		flags |= s.NodeObservations[i].Flags
	}
	for i := range s.EdgeObservations {
		flags |= s.EdgeObservations[i].Flags
	}
	return flags
}

// unite returns a condition that holds whenever a or b does. ok is false when
// there is none.
func unite(a, b Condition) (c Condition, ok bool) {
	if a.Column != b.Column || a.Key != b.Key {
		return Condition{}, false
	}
	switch a.Column {
	case ColumnFlags, ColumnAnyFlags:
		a.Flags &= b.Flags
		return a, a.Flags != 0
	case ColumnResponseTime, ColumnDuration, ColumnStatus:
		a.Min, a.Max = min(a.Min, b.Min), max(a.Max, b.Max)
		return a, a.Min > math.MinInt64 || a.Max < math.MaxInt64
	case ColumnNode:
		a.TestNode = either(a.TestNode, b.TestNode)
	case ColumnAnnotation:
		if a.TestValue = either(a.TestValue, b.TestValue); b.TestValue == nil {
			a.TestValue = nil
		}
	default:
		a.Test = either(a.Test, b.Test)
	}
	return a, true
}

// either returns the union of two tests; without a there is none.
func either[T any](a, b func(T) bool) func(T) bool {
	if a == nil {
		return nil
	}
	return func(x T) bool { return a(x) || b(x) }
}
