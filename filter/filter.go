package filter

import (
	"fmt"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// SyntaxError is a fault in an expression. Its text has X-Ray's form with a
// helpful tail:
//
//	Error Location: line 1, position 5 : Invalid input symbol: 'ma' : unknown keyword 'madeup'
type SyntaxError struct {
	Line     int // from 1
	Position int // from 1, in characters of the line
	Offset   int // from 0, in bytes of the expression
	Symbol   string
	Detail   string // may be empty
}

// Error returns the text described at [SyntaxError].
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("Error Location: line %d, position %d : Invalid input symbol: '%s'", e.Line, e.Position, e.Symbol)
	if e.Detail != "" {
		s += " : " + e.Detail
	}
	return s
}

// Expr is a parsed expression. The empty expression matches every trace.
type Expr struct{}

// Parse reads an expression. The error, if any, is a [*SyntaxError].
func Parse(s string) (*Expr, error) { panic("filter: Parse") }

// String prints the expression in canonical form: Parse of it gives an equal Expr.
func (e *Expr) String() string { panic("filter: String") }

// Options are what compiling an expression needs from outside.
type Options struct {
	// Group returns the current filter expression of the group with that name or
	// ARN; nil means that no group exists. An unknown group matches nothing.
	Group func(nameOrARN string) (filter string, ok bool)
}

// Predicate is a compiled expression. It is safe for concurrent use.
type Predicate struct{}

// Compile compiles e. It fails on group references that form a cycle.
func Compile(e *Expr, opts Options) (*Predicate, error) { panic("filter: Compile") }

// Match reports whether the trace of s satisfies the expression. A nil Predicate
// matches everything.
func (p *Predicate) Match(s *trace.Summary) bool { panic("filter: Match") }

// MatchWithin is Match for TimeRangeType=Service: an observation satisfies a
// service or edge selector only if it ended in [from, to) (ns since the epoch).
func (p *Predicate) MatchWithin(s *trace.Summary, from, to int64) bool { panic("filter: MatchWithin") }

// Conditions are necessary conditions: a trace that fails one of them cannot
// match. A store tests them on columns before it decodes a summary, and skips
// whole blocks by them. They are not sufficient: Match has the last word.
func (p *Predicate) Conditions() []Condition { panic("filter: Conditions") }

// Column names what a Condition looks at.
type Column uint8

// The columns.
const (
	ColumnFlags        Column = iota // Condition.Flags: all of these set on the root (Summary.Flags)
	ColumnAnyFlags                   // Condition.Flags: each set on some node or edge observation
	ColumnResponseTime               // Min ≤ response time (ns) ≤ Max; Unknown never satisfies
	ColumnDuration                   // Min ≤ duration (ns) ≤ Max; Unknown never satisfies
	ColumnStatus                     // Min ≤ root's HTTP status ≤ Max
	ColumnURL                        // Test on the root's URL (may be empty)
	ColumnMethod                     // Test on the root's method
	ColumnNode                       // TestNode: some node of the trace satisfies it
	ColumnAnnotation                 // Key is set on some entity; TestValue, if not nil, holds for one of its values
	ColumnUser                       // Test holds for some user
)

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

// ParseSelector reads an entity selector: service(node) or edge(node, node), where
// node is a string or id(…). Everything else is refused, as X-Ray does.
func ParseSelector(s string) (*servicegraph.Selector, error) { panic("filter: ParseSelector") }
