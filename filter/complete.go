package filter

import (
	"slices"
	"strings"
)

// SuggestionKind says what a [Suggestion] is.
type SuggestionKind string

// Kinds whose Text can be inserted.
const (
	SuggestKeyword  SuggestionKind = "keyword"
	SuggestOperator SuggestionKind = "operator" // comparison, AND, OR, brackets
	SuggestLiteral  SuggestionKind = "literal"  // true, false
)

// Kinds that ask the caller for values: Text is what has been typed of one so far,
// without its quote. Detail of annotation values is the annotation's key, of
// SuggestValue the keyword.
const (
	SuggestNodeName        SuggestionKind = "node-name"
	SuggestNodeType        SuggestionKind = "node-type"
	SuggestAccount         SuggestionKind = "account"
	SuggestAnnotationKey   SuggestionKind = "annotation-key"
	SuggestAnnotationValue SuggestionKind = "annotation-value"
	SuggestGroupName       SuggestionKind = "group-name"
	SuggestGroupARN        SuggestionKind = "group-arn"
	SuggestValue           SuggestionKind = "value"
)

// Suggestion is one way to go on at the cursor.
type Suggestion struct {
	Text   string         `json:"text"`
	Kind   SuggestionKind `json:"kind"`
	Detail string         `json:"detail,omitempty"`

	// Offset is where Text belongs (bytes): it replaces what is between Offset and
	// the cursor.
	Offset int `json:"offset"`
}

// Complete suggests how expression can go on at offset (bytes). What is behind the
// cursor does not matter. There are no suggestions behind a fault.
func Complete(expression string, offset int) []Suggestion {
	src := expression[:max(0, min(offset, len(expression)))]
	p, err := newParser(src)
	if err != nil {
		return nil
	}
	c := completion{offset: len(src)}
	if ok := c.cut(p); !ok || c.key {
		return c.suggestions
	}
	p.completing = true
	if _, err := p.filter(); err != nil && p.tok().kind != tokenEnd {
		return nil
	}
	for _, h := range p.hopes {
		c.add(h)
	}
	return c.suggestions
}

type completion struct {
	offset int
	typed  string // the beginning of the word or string at the cursor
	quoted bool   // it is a string
	key    bool   // it is the key of an annotation: nothing else is possible

	suggestions []Suggestion
}

// cut removes the unfinished word, string or key at the end of p's tokens. ok is
// false when there is a fault.
func (c *completion) cut(p *parser) (ok bool) {
	i := len(p.tokens) - 1
	last := &p.tokens[i]
	switch {
	case last.kind == tokenBad && !last.open:
		return false
	case last.kind == tokenEnd:
		if i == 0 || p.tokens[i-1].end() < last.offset {
			return true
		}
		i--
		last = &p.tokens[i]
	}
	switch {
	case keywords[last.field].kind == kindAny:
		if strings.HasSuffix(last.text, "]") {
			return true
		}
		c.key = true
		name := len(keywords[last.field].name)
		c.typed = strings.TrimLeft(last.text[name+1:], " \t\r\n\"")
		c.offset = last.offset
		c.suggest(SuggestAnnotationKey, c.typed, keywords[last.field].name)
		return true
	case last.kind == tokenBad && strings.HasPrefix(last.text, `"`):
		c.typed, _, _ = unquote(last.text)
		c.quoted = true
	case last.kind == tokenBad:
		return false
	case last.kind == tokenWord:
		c.typed = last.value
	default:
		return true
	}
	c.offset = last.offset
	p.tokens[i] = token{kind: tokenEnd, offset: last.offset}
	p.tokens = p.tokens[:i+1]
	return true
}

func (c *completion) suggest(kind SuggestionKind, text, detail string) {
	s := Suggestion{Text: text, Kind: kind, Detail: detail, Offset: c.offset}
	if !slices.Contains(c.suggestions, s) {
		c.suggestions = append(c.suggestions, s)
	}
}

// word suggests text if it continues what was typed.
func (c *completion) word(kind SuggestionKind, text, detail string) {
	if !c.quoted && strings.HasPrefix(strings.ToLower(text), c.typed) {
		c.suggest(kind, text, detail)
	}
}

// value asks for values, which are strings unless kind has others as well.
func (c *completion) value(kind SuggestionKind, detail string) {
	if c.quoted || c.typed == "" {
		c.suggest(kind, c.typed, detail)
	}
}

// hope is something that could stand at the end of the expression.
type hope struct {
	kind    hopeKind
	scope   scope   // hopeTerm, hopeConnective
	keyword keyword // hopeOperator, hopeValue
	text    string  // the sign; the key of an annotation; the word in id()
	byARN   bool    // hopeGroup
}

type hopeKind uint8

const (
	hopeTerm hopeKind = iota
	hopeConnective
	hopeOperator
	hopeValue
	hopeSign
	hopeNode
	hopeIDField
	hopeIDValue
	hopeGroup
)

// hope notes h if the expression ends here.
func (p *parser) hope(h hope) {
	if p.completing && p.tok().kind == tokenEnd {
		p.hopes = append(p.hopes, h)
	}
}

func (c *completion) add(h hope) {
	switch h.kind {
	case hopeTerm:
		c.terms(h.scope)
	case hopeConnective:
		c.word(SuggestOperator, "AND", "both")
		c.word(SuggestOperator, "OR", "either")
		if c.typed != "" {
			c.terms(h.scope)
		}
	case hopeOperator:
		for _, op := range operatorsOf(h.keyword.kind) {
			c.word(SuggestOperator, op.String(), "")
		}
	case hopeValue:
		c.values(h)
	case hopeSign:
		c.word(SuggestOperator, h.text, "")
	case hopeNode:
		c.value(SuggestNodeName, "")
		c.word(SuggestKeyword, wordID+"(", "node by name, type or account")
	case hopeIDField:
		c.word(SuggestKeyword, "name:", "name of the node")
		c.word(SuggestKeyword, "type:", "type of the node")
		c.word(SuggestKeyword, wordAccountID+":", "account of the node")
	case hopeIDValue:
		c.value(map[string]SuggestionKind{
			"name": SuggestNodeName, "type": SuggestNodeType, wordAccountID: SuggestAccount,
		}[h.text], "")
	case hopeGroup:
		if h.byARN {
			c.value(SuggestGroupARN, "")
		} else {
			c.value(SuggestGroupName, "")
		}
	}
}

// terms suggests what can begin a term in scope s.
func (c *completion) terms(s scope) {
	for _, k := range keywords {
		switch {
		case k.scopes&s == 0:
		case k.kind == kindAny:
			c.word(SuggestKeyword, k.name+".", k.detail)
		default:
			c.word(SuggestKeyword, k.name, k.detail)
		}
	}
	if s&scopeTrace == 0 {
		return
	}
	c.word(SuggestKeyword, wordService+"(", "the trace touches a node")
	c.word(SuggestKeyword, wordEdge+"(", "one node calls another")
	c.word(SuggestKeyword, wordGroupName, "filter of a group")
	c.word(SuggestKeyword, wordGroupARN, "filter of a group")
	for _, s := range causeSelectors {
		c.word(SuggestKeyword, s.word(), causeLevels[s.level]+" on the way to the root cause")
	}
	c.word(SuggestKeyword, wordCauseJSON, "root cause with that structure")
}

func (c *completion) values(h hope) {
	switch h.keyword.kind {
	case kindBool:
		c.word(SuggestLiteral, wordTrue, "")
		c.word(SuggestLiteral, wordFalse, "")
	case kindAny:
		c.value(SuggestAnnotationValue, h.text)
		c.word(SuggestLiteral, wordTrue, "")
		c.word(SuggestLiteral, wordFalse, "")
	default:
		kind := SuggestValue
		switch h.keyword.name {
		case "name":
			kind = SuggestNodeName
		case "type":
			kind = SuggestNodeType
		}
		c.value(kind, h.keyword.name)
	}
}
