package filter

import (
	"math"

	"github.com/radiograph/radiograph/trace"
)

// Options are what compiling an expression needs from outside.
type Options struct {
	// Group returns the current filter expression of the group with that name or
	// ARN; nil means that no group exists. An unknown group matches nothing.
	Group func(nameOrARN string) (filter string, ok bool)
}

// Predicate is a compiled expression. It is safe for concurrent use.
type Predicate struct {
	test       test[traceView] // nil: everything matches
	conditions []Condition
}

// Compile compiles e. It fails, with a problem.Error of kind Invalid, on group
// references that form a cycle or expand to more than [MaxTerms] terms, and on a
// group whose filter does not parse.
func Compile(e *Expr, opts Options) (*Predicate, error) {
	if e.root == nil {
		return &Predicate{}, nil
	}
	r := resolver{group: opts.Group}
	root, err := r.resolve(e.root)
	if err != nil {
		return nil, err
	}
	return &Predicate{
		test:       compile(root, compileTrace),
		conditions: necessary(root, false, traceLeaf).conditions(),
	}, nil
}

// Match reports whether the trace of s satisfies the expression. A nil Predicate
// matches everything.
func (p *Predicate) Match(s *trace.Summary) bool {
	return p == nil || p.test == nil || p.test(traceView{s, always})
}

// MatchWithin is Match for TimeRangeType=Service: an observation satisfies a
// service or edge selector only if it ended in [from, to) (ns since the epoch).
func (p *Predicate) MatchWithin(s *trace.Summary, from, to int64) bool {
	return p == nil || p.test == nil || p.test(traceView{s, window{from, to}})
}

// window is a range of end times, without its end.
type window struct{ from, to int64 }

// always also has what has not ended.
var always = window{math.MinInt64, math.MaxInt64}

func (w window) has(end int64) bool {
	return w == always || end != trace.Unknown && w.from <= end && end < w.to
}
