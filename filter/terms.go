package filter

// Terms returns the terms of a conjunction as expressions of their own: a trace that
// matches e matches each. What is no conjunction is one term; the empty expression
// has none.
func (e *Expr) Terms() []*Expr {
	switch n := e.root.(type) {
	case nil:
		return nil
	case *and:
		terms := make([]*Expr, len(n.terms))
		for i, t := range n.terms {
			terms[i] = &Expr{root: t}
		}
		return terms
	}
	return []*Expr{e}
}
