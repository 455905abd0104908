package filter

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
)

// node is a node of the syntax tree. Conjunctions and disjunctions have at least
// two terms and none of their own type: (a AND b) AND c has three terms.
type node interface{ isNode() }

type (
	and struct{ terms []node }
	or  struct{ terms []node }
	not struct{ term node }

	// comparison is "field op value", or a bare field when op is opNone.
	comparison struct {
		field field
		key   string // of annotations
		op    operator
		value segment.Value
	}

	// service is service(node){body}. A nil pattern stands for any node, a nil
	// body for "exists". The same holds for edge.
	service struct {
		node *servicegraph.NodePattern
		body node
	}

	edge struct {
		from, to *servicegraph.NodePattern // both nil or none
		body     node
	}

	cause struct {
		selector causeSelector
		body     node
	}

	// causeJSON is rootcause.json = #[…].
	causeJSON struct {
		negated bool
		json    string // compact
	}

	groupRef struct {
		byARN   bool
		negated bool
		group   string
	}

	// constant is what a reference to an unknown group becomes. It has no syntax.
	constant struct{ value bool }
)

func (*and) isNode()        {}
func (*or) isNode()         {}
func (*not) isNode()        {}
func (*comparison) isNode() {}
func (*service) isNode()    {}
func (*edge) isNode()       {}
func (*cause) isNode()      {}
func (*causeJSON) isNode()  {}
func (*groupRef) isNode()   {}
func (*constant) isNode()   {}

// causeSelector names a level of a category of root causes.
type causeSelector struct {
	category causeCategory
	level    causeLevel
}

type causeCategory uint8

const (
	categoryFault causeCategory = iota
	categoryError
	categoryResponseTime
)

type causeLevel uint8

const (
	levelService causeLevel = iota
	levelEntity
	levelException
)

var (
	causeCategories = [...]string{categoryFault: "fault", categoryError: "error", categoryResponseTime: "responsetime"}
	causeLevels     = [...]string{levelService: "service", levelEntity: "entity", levelException: "exception"}
)

// causeSelectors has all that exist: response times have no exceptions.
var causeSelectors = [...]causeSelector{
	{categoryFault, levelService},
	{categoryFault, levelEntity},
	{categoryFault, levelException},
	{categoryError, levelService},
	{categoryError, levelEntity},
	{categoryError, levelException},
	{categoryResponseTime, levelService},
	{categoryResponseTime, levelEntity},
}

// word returns the selector as it is written.
func (c causeSelector) word() string {
	return wordCause + causeCategories[c.category] + "." + causeLevels[c.level]
}

// scope returns the scope of the selector's body.
func (c causeSelector) scope() scope {
	switch {
	case c.level == levelService:
		return scopeCauseService
	case c.level == levelException:
		return scopeCauseException
	case c.category == categoryResponseTime:
		return scopeTimeEntity
	}
	return scopeCauseEntity
}

// conjunction returns the node for all of terms, which are at least one.
func conjunction(terms []node) node {
	var flat []node
	for _, t := range terms {
		if a, ok := t.(*and); ok {
			flat = append(flat, a.terms...)
		} else {
			flat = append(flat, t)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &and{flat}
}

// disjunction returns the node for any of terms, which are at least one.
func disjunction(terms []node) node {
	var flat []node
	for _, t := range terms {
		if o, ok := t.(*or); ok {
			flat = append(flat, o.terms...)
		} else {
			flat = append(flat, t)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &or{flat}
}
