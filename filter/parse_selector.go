package filter

import (
	"slices"
	"strings"

	"github.com/radiograph/radiograph/servicegraph"
)

// selector reads a term with a syntax of its own. ok is false when the current
// word does not begin one.
func (p *parser) selector(s scope) (n node, ok bool, err error) {
	word := p.tok().value
	var read func() (node, error)
	switch word {
	case wordService:
		read = p.service
	case wordEdge:
		read = p.edge
	case wordGroupName, wordGroupARN:
		read = p.groupRef
	case wordCauseJSON:
		read = p.causeJSON
	default:
		i := slices.IndexFunc(causeSelectors[:], func(c causeSelector) bool { return c.word() == word })
		if i < 0 {
			return nil, false, nil
		}
		read = func() (node, error) { return p.cause(causeSelectors[i]) }
	}
	if s != scopeTrace {
		return nil, false, p.unexpected(word + " is not allowed in braces")
	}
	n, err = read()
	return n, true, err
}

func (p *parser) service() (node, error) {
	p.take()
	n := &service{}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	p.hope(hope{kind: hopeSign, text: ")"})
	var err error
	if !p.tok().is(")") {
		if n.node, err = p.node(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	n.body, err = p.optionalBody(scopeService)
	return n, err
}

func (p *parser) edge() (node, error) {
	p.take()
	n := &edge{}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	p.hope(hope{kind: hopeSign, text: ")"})
	var err error
	if !p.tok().is(")") {
		if n.from, n.to, err = p.twoNodes(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	n.body, err = p.optionalBody(scopeEdge)
	return n, err
}

func (p *parser) twoNodes() (from, to *servicegraph.NodePattern, err error) {
	if from, err = p.node(); err != nil {
		return nil, nil, err
	}
	if err = p.expect(","); err != nil {
		return nil, nil, err
	}
	to, err = p.node()
	return from, to, err
}

// node reads a name or id(…).
func (p *parser) node() (*servicegraph.NodePattern, error) {
	p.hope(hope{kind: hopeNode})
	t := p.tok()
	switch {
	case t.kind == tokenString:
		p.take()
		return &servicegraph.NodePattern{Name: &t.value}, nil
	case p.accept(wordID):
		return p.id()
	}
	return nil, p.unexpected("expected a name in double quotes or id(…)")
}

// id reads what follows the word id.
func (p *parser) id() (*servicegraph.NodePattern, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	n := &servicegraph.NodePattern{}
	for {
		if err := p.idField(n); err != nil {
			return nil, err
		}
		p.hope(hope{kind: hopeSign, text: ","})
		if !p.accept(",") {
			return n, p.expect(")")
		}
	}
}

func (p *parser) idField(n *servicegraph.NodePattern) error {
	p.hope(hope{kind: hopeIDField})
	var member **string
	word := p.tok().value
	switch {
	case p.tok().kind != tokenWord:
	case word == "name":
		member = &n.Name
	case word == "type":
		member = &n.Type
	case word == wordAccountID:
		member = &n.AccountID
	}
	switch {
	case member == nil:
		return p.unexpected("expected name, type or account.id")
	case *member != nil:
		return p.unexpected(word + " is there twice")
	}
	p.take()
	if err := p.expect(":"); err != nil {
		return err
	}
	p.hope(hope{kind: hopeIDValue, text: word})
	t := p.tok()
	if t.kind != tokenString {
		return p.unexpected("expected a string in double quotes")
	}
	*member = &t.value
	p.take()
	return nil
}

// optionalBody reads {…}, if it is there.
func (p *parser) optionalBody(s scope) (node, error) {
	p.hope(hope{kind: hopeSign, text: "{"})
	if !p.tok().is("{") {
		return nil, nil
	}
	return p.body(s)
}

func (p *parser) body(s scope) (node, error) {
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	n, err := p.or(s)
	if err != nil {
		return nil, err
	}
	return n, p.expect("}")
}

func (p *parser) cause(c causeSelector) (node, error) {
	p.take()
	body, err := p.body(c.scope())
	if err != nil {
		return nil, err
	}
	return &cause{selector: c, body: body}, nil
}

// equality reads = or != and reports which.
func (p *parser) equality() (negated bool, err error) {
	p.hope(hope{kind: hopeOperator})
	if p.accept("!=") {
		return true, nil
	}
	return false, p.expect("=")
}

func (p *parser) groupRef() (node, error) {
	n := &groupRef{byARN: p.take().value == wordGroupARN}
	var err error
	if n.negated, err = p.equality(); err != nil {
		return nil, err
	}
	p.hope(hope{kind: hopeGroup, byARN: n.byARN})
	t := p.tok()
	if t.kind != tokenString {
		return nil, p.unexpected("expected a string in double quotes")
	}
	n.group = t.value
	p.take()
	return n, nil
}

func (p *parser) causeJSON() (node, error) {
	p.take()
	n := &causeJSON{}
	var err error
	if n.negated, err = p.equality(); err != nil {
		return nil, err
	}
	p.hope(hope{kind: hopeSign, text: "#["})
	t := p.tok()
	if t.kind != tokenJSON {
		return nil, p.unexpected("expected #[…]")
	}
	if _, err := decodeCauses(t.value); err != nil {
		return nil, p.unexpected(err.Error())
	}
	n.json = t.value
	p.take()
	return n, nil
}

// ParseSelector reads an entity selector: service(node) or edge(node, node), where
// node is a string or id(…). Everything else is refused, as X-Ray does. The error,
// if any, is a [*SyntaxError].
func ParseSelector(s string) (*servicegraph.Selector, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	sel := &servicegraph.Selector{}
	word := strings.ToLower(p.tok().text)
	if !p.accept(wordService) && !p.accept(wordEdge) {
		return nil, p.unexpected("expected service(…) or edge(…, …)")
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if word == wordService {
		sel.To, err = p.node()
	} else {
		sel.From, sel.To, err = p.twoNodes()
	}
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if p.tok().kind != tokenEnd {
		return nil, p.unexpected("an entity selector has nothing behind its parenthesis")
	}
	return sel, nil
}
