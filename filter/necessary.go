package filter

import (
	"math"
	"slices"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// maxConditions bounds what a store has to look at. Leaving conditions out is
// always correct.
const maxConditions = 32

// requirement is what a node needs: all of some conditions, or something that
// does not exist.
type requirement struct {
	never bool
	all   []Condition
}

func needs(c ...Condition) requirement { return requirement{all: c} }

func (r requirement) conditions() []Condition {
	if r.never {
		return []Condition{impossible}
	}
	return r.all
}

// necessary returns what n, or, when negated, the contrary of n needs. leaf
// answers for the leaves.
func necessary(n node, negated bool, leaf func(n node, negated bool) requirement) requirement {
	switch n := n.(type) {
	case *not:
		return necessary(n.term, !negated, leaf)
	case *and:
		return combine(n.terms, negated, negated, leaf)
	case *or:
		return combine(n.terms, negated, !negated, leaf)
	case *constant:
		return requirement{never: n.value == negated}
	}
	return leaf(n, negated)
}

// combine returns what some (union) or all of terms, each negated if so, need.
func combine(terms []node, negated, union bool, leaf func(node, bool) requirement) requirement {
	r := necessary(terms[0], negated, leaf)
	for _, t := range terms[1:] {
		next := necessary(t, negated, leaf)
		if union {
			r = anyOf(r, next)
		} else {
			r = allOf(r, next)
		}
	}
	return r
}

func allOf(a, b requirement) requirement {
	all := slices.Concat(a.all, b.all)
	return requirement{never: a.never || b.never, all: all[:min(len(all), maxConditions)]}
}

// anyOf unites each condition of a with the first of b that it can be united with.
func anyOf(a, b requirement) requirement {
	switch {
	case a.never:
		return b
	case b.never:
		return a
	}
	var r requirement
	for _, c := range a.all {
		for _, d := range b.all {
			if u, ok := unite(c, d); ok {
				r.all = append(r.all, u)
				break
			}
		}
	}
	return r
}

// traceLeaf is what a leaf outside of braces needs.
func traceLeaf(n node, negated bool) requirement {
	if c, ok := n.(*comparison); ok {
		return comparisonNeeds(c, negated)
	}
	if negated {
		return requirement{}
	}
	switch n := n.(type) {
	case *service:
		return bodyNeeds(n.body, n.node)
	case *edge:
		return bodyNeeds(n.body, n.from, n.to)
	}
	return requirement{}
}

// bodyNeeds is what some observation of nodes that fit the patterns needs to
// satisfy body. Both may be nil.
func bodyNeeds(body node, patterns ...*servicegraph.NodePattern) requirement {
	var r requirement
	for _, p := range patterns {
		if p != nil {
			r.all = append(r.all, Condition{Column: ColumnNode, TestNode: p.Match})
		}
	}
	if body != nil {
		r = allOf(r, necessary(body, false, observedLeaf))
	}
	return r
}

func comparisonNeeds(c *comparison, negated bool) requirement {
	switch c.field {
	case fieldError, fieldFault, fieldThrottle:
		return flagNeeds(ColumnFlags, c, negated)
	case fieldResponseTime:
		return rangeNeeds(ColumnResponseTime, c, negated)
	case fieldDuration:
		return rangeNeeds(ColumnDuration, c, negated)
	case fieldStatus:
		return statusNeeds(c, negated)
	case fieldURL:
		return needs(Condition{Column: ColumnURL, Test: negate(stringTest(c.op, c.value.String), negated)})
	case fieldMethod:
		return needs(Condition{Column: ColumnMethod, Test: negate(stringTest(c.op, c.value.String), negated)})
	case fieldUser:
		return userNeeds(c, negated)
	case fieldAnnotation:
		return annotationNeeds(c, negated)
	}
	return requirement{}
}

// observedLeaf is what a comparison in the body of service() or edge() needs.
func observedLeaf(n node, negated bool) requirement {
	c, ok := n.(*comparison)
	if !ok {
		return requirement{}
	}
	switch c.field {
	case fieldError, fieldFault, fieldThrottle:
		return flagNeeds(ColumnAnyFlags, c, negated)
	case fieldName:
		fits := negate(stringTest(c.op, c.value.String), negated)
		return needs(Condition{Column: ColumnNode, TestNode: func(n trace.Node) bool { return fits(n.Name) }})
	case fieldType:
		fits := negate(stringTest(c.op, c.value.String), negated)
		return needs(Condition{Column: ColumnNode, TestNode: func(n trace.Node) bool { return fits(n.Type) }})
	case fieldUser:
		return userNeeds(c, negated)
	case fieldAnnotation, fieldSourceAnnotation, fieldDestinationAnnotation:
		return annotationNeeds(c, negated)
	}
	return requirement{}
}

func negate[T any](fits func(T) bool, negated bool) func(T) bool {
	if !negated {
		return fits
	}
	return func(x T) bool { return !fits(x) }
}

// flagNeeds: that a flag is not set is no condition on any column.
func flagNeeds(column Column, c *comparison, negated bool) requirement {
	set := c.op == opNone || c.value.Bool == (c.op == opEqual)
	if set == negated {
		return requirement{}
	}
	return needs(Condition{Column: column, Flags: flagOf(c.field)})
}

// rangeNeeds: an unknown time satisfies every negation, so those need nothing.
func rangeNeeds(column Column, c *comparison, negated bool) requirement {
	if negated {
		return requirement{}
	}
	in := intervalOf(c)
	if in.outside {
		return needs(Condition{Column: column, Min: trace.Unknown + 1, Max: math.MaxInt64})
	}
	return needs(Condition{Column: column, Min: in.min, Max: in.max})
}

// statusNeeds: an absent status, 0 in the column, satisfies every negation.
func statusNeeds(c *comparison, negated bool) requirement {
	if !negated {
		return rangeNeeds(ColumnStatus, c, false)
	}
	in := intervalOf(c)
	if in.outside || in.max < math.MaxInt64 || in.min == trace.Unknown+1 {
		return requirement{}
	}
	return needs(Condition{Column: ColumnStatus, Min: math.MinInt64, Max: max(in.min-1, 0)})
}

// userNeeds and annotationNeeds: a trace has several, so that one of them fails a
// test says nothing.
func userNeeds(c *comparison, negated bool) requirement {
	if negated {
		return requirement{}
	}
	return needs(Condition{Column: ColumnUser, Test: stringTest(c.op, c.value.String)})
}

func annotationNeeds(c *comparison, negated bool) requirement {
	if negated {
		return requirement{}
	}
	return needs(Condition{Column: ColumnAnnotation, Key: c.key, TestValue: valueTest(c.op, c.value)})
}
