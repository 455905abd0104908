package filter

import (
	"slices"
	"strings"

	"github.com/radiograph/radiograph/problem"
)

// MaxTerms is how many comparisons and selectors an expression may have after its
// group references were replaced by the groups' filters. Filters that refer to
// each other could otherwise grow exponentially.
const MaxTerms = 10_000

// resolver replaces group references.
type resolver struct {
	group func(string) (string, bool)
	path  []string // the groups around the current node
	terms int
}

// resolve returns n without group references. It shares unchanged parts with n.
func (r *resolver) resolve(n node) (node, error) {
	switch n := n.(type) {
	case *and:
		terms, err := r.resolveAll(n.terms)
		if err != nil {
			return nil, err
		}
		return conjunction(terms), nil
	case *or:
		terms, err := r.resolveAll(n.terms)
		if err != nil {
			return nil, err
		}
		return disjunction(terms), nil
	case *not:
		term, err := r.resolve(n.term)
		return &not{term}, err
	}
	if r.terms++; r.terms > MaxTerms {
		return nil, problem.New(problem.Invalid, "the filter expression has more than %d terms, those of the groups it names included", MaxTerms)
	}
	g, ok := n.(*groupRef)
	if !ok {
		return n, nil
	}
	n, err := r.expand(g.group)
	if err == nil && g.negated {
		n = &not{n}
	}
	return n, err
}

func (r *resolver) resolveAll(nodes []node) ([]node, error) {
	out := make([]node, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = r.resolve(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expand returns the resolved filter of a group.
func (r *resolver) expand(group string) (node, error) {
	if i := slices.Index(r.path, group); i >= 0 {
		return nil, problem.New(problem.Invalid, "group filters form a cycle: %s", strings.Join(append(r.path[i:], group), " -> "))
	}
	if r.group == nil {
		return &constant{false}, nil
	}
	text, ok := r.group(group)
	if !ok {
		return &constant{false}, nil
	}
	e, err := Parse(text)
	if err != nil {
		return nil, problem.New(problem.Invalid, "filter of group %q: %v", group, err)
	}
	if e.root == nil {
		return &constant{true}, nil
	}
	r.path = append(r.path, group)
	defer func() { r.path = r.path[:len(r.path)-1] }()
	return r.resolve(e.root)
}
