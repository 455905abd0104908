package filter

import (
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
)

// String prints the expression in canonical form: Parse of it gives an equal Expr.
func (e *Expr) String() string {
	if e.root == nil {
		return ""
	}
	var p printer
	p.node(e.root)
	return string(p.out)
}

type printer struct{ out []byte }

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		p.out = append(p.out, s...)
	}
}

func (p *printer) node(n node) {
	switch n := n.(type) {
	case *or:
		for i, t := range n.terms {
			if i > 0 {
				p.write(" OR ")
			}
			p.node(t)
		}
	case *and:
		for i, t := range n.terms {
			if i > 0 {
				p.write(" AND ")
			}
			_, loose := t.(*or)
			p.operand(t, loose)
		}
	case *not:
		p.write("!")
		switch n.term.(type) {
		case *or, *and:
			p.operand(n.term, true)
		default:
			p.node(n.term)
		}
	default:
		p.term(n)
	}
}

// operand prints n, in parentheses when it binds more loosely than what is around.
func (p *printer) operand(n node, loose bool) {
	if !loose {
		p.node(n)
		return
	}
	p.write("(")
	p.node(n)
	p.write(")")
}

func (p *printer) term(n node) {
	switch n := n.(type) {
	case *comparison:
		p.comparison(n)
	case *service:
		p.write(wordService, "(")
		if n.node != nil {
			p.pattern(n.node)
		}
		p.write(")")
		p.body(n.body)
	case *edge:
		p.write(wordEdge, "(")
		if n.from != nil {
			p.pattern(n.from)
			p.write(", ")
			p.pattern(n.to)
		}
		p.write(")")
		p.body(n.body)
	case *cause:
		p.write(n.selector.word())
		p.body(n.body)
	case *causeJSON:
		p.write(wordCauseJSON, " ", equality(n.negated).String(), " #", n.json)
	case *groupRef:
		word := wordGroupName
		if n.byARN {
			word = wordGroupARN
		}
		p.write(word, " ", equality(n.negated).String(), " ", Quote(n.group))
	}
}

func equality(negated bool) operator {
	if negated {
		return opNotEqual
	}
	return opEqual
}

func (p *printer) body(n node) {
	if n == nil {
		return
	}
	p.write(" { ")
	p.node(n)
	p.write(" }")
}

func (p *printer) comparison(c *comparison) {
	k := keywords[c.field]
	p.write(k.name)
	if k.kind == kindAny {
		p.write(annotationKey(c.key))
	}
	if c.op == opNone {
		return
	}
	p.write(" ", c.op.String(), " ")
	switch c.value.Kind {
	case segment.NumberValue:
		p.write(strconv.FormatFloat(c.value.Number, 'g', -1, 64))
	case segment.BooleanValue:
		p.write(strconv.FormatBool(c.value.Bool))
	default:
		p.write(Quote(c.value.String))
	}
}

// annotationKey returns what follows the word annotation for that key.
func annotationKey(key string) string {
	plain, word := key != "", key != ""
	for i := range len(key) {
		c := key[i]
		alnum := isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		word = word && alnum
		plain = plain && (alnum || strings.IndexByte(".:/-@", c) >= 0)
	}
	switch {
	case word:
		return "." + key
	case plain:
		return "[" + key + "]"
	}
	return "[" + Quote(key) + "]"
}

// pattern prints a pattern: the short form when it has just a name.
func (p *printer) pattern(n *servicegraph.NodePattern) {
	if n.Name != nil && n.Type == nil && n.AccountID == nil {
		p.write(Quote(*n.Name))
		return
	}
	p.write(wordID, "(")
	separator := ""
	for _, f := range []struct {
		word  string
		value *string
	}{{"name", n.Name}, {"type", n.Type}, {wordAccountID, n.AccountID}} {
		if f.value != nil {
			p.write(separator, f.word, ": ", Quote(*f.value))
			separator = ", "
		}
	}
	p.write(")")
}
