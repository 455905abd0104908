package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/segment"
)

// Limits of an expression. They bound the memory and the stack of everything that
// is done with one.
const (
	MaxLength = 32 << 10 // bytes
	MaxDepth  = 128      // parentheses, negations and bodies inside each other
)

// Expr is a parsed expression. The empty expression matches every trace.
type Expr struct {
	root node // nil when empty
}

// Parse reads an expression. The error, if any, is a [*SyntaxError].
func Parse(s string) (*Expr, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	root, err := p.filter()
	if err != nil {
		return nil, err
	}
	return &Expr{root: root}, nil
}

// Empty reports whether e is the empty expression.
func (e *Expr) Empty() bool { return e.root == nil }

type parser struct {
	src    string
	tokens []token // the current one first
	depth  int

	// When completing, hopes collects what could have stood at the end.
	completing bool
	hopes      []hope
}

func newParser(src string) (*parser, error) {
	if len(src) > MaxLength {
		return nil, errorAt(src, 0, "", fmt.Sprintf("the expression is longer than %d bytes", MaxLength))
	}
	return &parser{src: src, tokens: lex(src)}, nil
}

func (p *parser) tok() *token { return &p.tokens[0] }

// take returns the current token and goes on to the next.
func (p *parser) take() *token {
	t := p.tok()
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the current token if it is s.
func (p *parser) accept(s string) bool {
	if !p.tok().is(s) {
		return false
	}
	p.take()
	return true
}

// expect takes the current token, which must be s.
func (p *parser) expect(s string) error {
	p.hope(hope{kind: hopeSign, text: s})
	if p.accept(s) {
		return nil
	}
	if p.tok().kind == tokenEnd && strings.Contains(")}", s) {
		return errorAt(p.src, len(p.src), "", "missing '"+s+"' at end of expression")
	}
	return p.unexpected("expected " + s)
}

// unexpected is the error for the current token.
func (p *parser) unexpected(detail string) error {
	t := p.tok()
	switch {
	case t.kind == tokenEnd:
		return errorAt(p.src, len(p.src), p.src, detail)
	case t.kind == tokenBad:
		return errorAt(p.src, t.offset, t.text, t.value)
	case t.kind == tokenWord && !slices.Contains(vocabulary, t.value):
		return errorAt(p.src, t.offset, unknownSymbol(t.text), "unknown keyword '"+t.text+"', "+detail)
	}
	return errorAt(p.src, t.offset, t.text, detail)
}

// filter reads a whole expression.
func (p *parser) filter() (node, error) {
	if p.tok().kind == tokenEnd {
		p.hope(hope{kind: hopeTerm, scope: scopeTrace})
		return nil, nil
	}
	n, err := p.or(scopeTrace)
	if err != nil {
		return nil, err
	}
	if p.tok().kind != tokenEnd {
		return nil, p.unexpected("expected AND, OR or the end")
	}
	return n, nil
}

func (p *parser) or(s scope) (node, error) {
	var terms []node
	for {
		n, err := p.and(s)
		if err != nil {
			return nil, err
		}
		terms = append(terms, n)
		if !p.accept(wordOr) {
			return disjunction(terms), nil
		}
	}
}

func (p *parser) and(s scope) (node, error) {
	var terms []node
	for {
		n, err := p.unary(s)
		if err != nil {
			return nil, err
		}
		terms = append(terms, n)
		p.hope(hope{kind: hopeConnective, scope: s})
		if !p.accept(wordAnd) && !p.beginsTerm() {
			return conjunction(terms), nil
		}
	}
}

// beginsTerm reports whether another term follows without an AND.
func (p *parser) beginsTerm() bool {
	t := p.tok()
	return t.kind == tokenAnnotation || t.kind == tokenWord && t.value != wordOr || t.is("!") || t.is("(")
}

func (p *parser) unary(s scope) (node, error) {
	p.hope(hope{kind: hopeTerm, scope: s})
	if p.depth++; p.depth > MaxDepth {
		return nil, p.unexpected(fmt.Sprintf("nested more than %d deep", MaxDepth))
	}
	defer func() { p.depth-- }()
	switch {
	case p.accept("!"), p.accept(wordNot):
		n, err := p.unary(s)
		if err != nil {
			return nil, err
		}
		return &not{n}, nil
	case p.accept("("):
		n, err := p.or(s)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return p.term(s)
}

// term reads a comparison or a selector.
func (p *parser) term(s scope) (node, error) {
	t := p.tok()
	if t.kind == tokenAnnotation {
		return p.comparison(s, t.field)
	}
	if t.kind != tokenWord {
		return nil, p.unexpected("expected a keyword")
	}
	if n, ok, err := p.selector(s); ok || err != nil {
		return n, err
	}
	if t.value == wordAccountID {
		return nil, p.unexpected("account.id is only allowed in id()")
	}
	f, ok := lookup(t.value)
	switch {
	case !ok:
		return nil, p.unknown(s)
	case keywords[f].kind == kindAny:
		return nil, p.unexpected("write annotation.key or annotation[key]")
	}
	return p.comparison(s, f)
}

// unknown is the error for a word that begins no term.
func (p *parser) unknown(s scope) error {
	t := p.tok()
	if slices.Contains(vocabulary, t.value) {
		return p.unexpected("expected a keyword")
	}
	detail := "unknown keyword '" + t.text + "'"
	if near := nearest(t.text, terms(s)); near != "" {
		detail += ", did you mean " + near + "?"
	}
	return errorAt(p.src, t.offset, unknownSymbol(t.text), detail)
}

// comparison reads a keyword, which names f, and what follows it.
func (p *parser) comparison(s scope, f field) (node, error) {
	k := keywords[f]
	if k.scopes&s == 0 {
		return nil, p.unexpected(k.name + " is only allowed " + k.scopes.places())
	}
	c := &comparison{field: f}
	if t := p.take(); t.kind == tokenAnnotation {
		c.key = t.value
	}
	var err error
	if c.op, err = p.operator(k); err != nil || c.op == opNone {
		return c, err
	}
	c.value, err = p.value(c)
	return c, err
}

// operator reads the operator after keyword k, if there is one.
func (p *parser) operator(k keyword) (operator, error) {
	p.hope(hope{kind: hopeOperator, keyword: k})
	for op := opEqual; op <= opEndsWith; op++ {
		if !p.tok().is(strings.ToLower(op.String())) {
			continue
		}
		if allowed := operatorsOf(k.kind); !slices.Contains(allowed, op) {
			names := make([]string, len(allowed))
			for i, o := range allowed {
				names[i] = o.String()
			}
			return 0, p.unexpected(fmt.Sprintf("%s is not allowed for %s, only %s", op, k.name, strings.Join(names, " ")))
		}
		p.take()
		return op, nil
	}
	return opNone, nil
}

// value reads the value that c compares with and checks its type.
func (p *parser) value(c *comparison) (segment.Value, error) {
	k := keywords[c.field]
	p.hope(hope{kind: hopeValue, keyword: k, text: c.key})
	t := p.tok()
	var v segment.Value
	switch {
	case t.kind == tokenString && k.kind == kindBool && isBool(strings.ToLower(t.value)):
		v = segment.Value{Kind: segment.BooleanValue, Bool: strings.EqualFold(t.value, wordTrue)}
	case t.kind == tokenString:
		v = segment.Value{Kind: segment.StringValue, String: t.value}
	case t.kind == tokenNumber:
		v = segment.Value{Kind: segment.NumberValue, Number: t.number}
	case t.kind == tokenWord && isBool(t.value):
		v = segment.Value{Kind: segment.BooleanValue, Bool: t.value == wordTrue}
	default:
		return v, p.unexpected("expected a value")
	}
	if why := mismatch(k, c.op, v.Kind); why != "" {
		return v, p.unexpected(why)
	}
	p.take()
	return v, nil
}

func isBool(s string) bool { return s == wordTrue || s == wordFalse }

// mismatch says why a value of kind v cannot stand after keyword k and op, or
// returns "".
func mismatch(k keyword, op operator, v segment.ValueKind) string {
	switch {
	case k.kind == kindBool && v != segment.BooleanValue:
		return k.name + " is compared with true or false"
	case k.kind == kindNumber && v != segment.NumberValue:
		return k.name + " is compared with a number"
	case k.kind == kindString && v != segment.StringValue:
		return k.name + " is compared with a string in double quotes"
	case op >= opContains && v != segment.StringValue:
		return op.String() + " needs a string in double quotes"
	case op >= opLess && v == segment.BooleanValue:
		return op.String() + " needs a number or a string"
	}
	return ""
}
