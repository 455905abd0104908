package v1beta1

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// kindOf names what a node is, for messages.
func kindOf(n *yaml.Node) string {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return fmt.Sprintf("the value %.40q", n.Value)
	default:
		return "no value"
	}
}

// enter is called for each value. It reports false when there are too many of them, or when
// they are nested too deep, as an alias within its own anchor is. Then nothing more is read.
func (p *parser) enter(n *yaml.Node) bool {
	p.left--
	p.depth++
	switch {
	case p.left < 0:
		return false
	case p.left == 0:
		p.fail(n, "the configuration has more than %d values, its aliases counted as what they stand for", maxValues)
	case p.depth > maxDepth:
		p.fail(n, "the configuration is nested more than %d deep", maxDepth)
		p.left = 0
	}
	return p.left > 0
}

// value makes the value that a node stands for: string, bool, json.Number, nil, []any or
// map[string]any. After a problem the value is of no use.
func (p *parser) value(n *yaml.Node) any {
	ok := p.enter(n)
	defer func() { p.depth-- }()
	if !ok {
		return nil
	}
	switch n = resolve(n); n.Kind {
	case yaml.ScalarNode:
		return p.scalar(n)
	case yaml.SequenceNode:
		p.collection(n, "!!seq")
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, p.value(item))
		}
		return list
	case yaml.MappingNode:
		p.collection(n, "!!map")
		object := make(map[string]any, len(n.Content)/2)
		for key, value := range p.entries(n) {
			object[key] = p.value(value)
		}
		return object
	default:
		p.fail(n, "this is no value")
		return nil
	}
}

// fields yields the entries of a mapping that has a fixed set of keys, or none for null.
func (p *parser) fields(n *yaml.Node, path, known string) iter.Seq2[string, *yaml.Node] {
	at := resolve(n)
	switch {
	case at.Kind == yaml.MappingNode:
		p.collection(at, "!!map")
		return p.entries(at)
	case at.Kind != yaml.ScalarNode || at.ShortTag() != "!!null":
		p.fail(n, "%s must be a mapping with %s, and is %s", path, known, kindOf(n))
	}
	return func(func(string, *yaml.Node) bool) {}
}

func (p *parser) collection(n *yaml.Node, tag string) {
	if n.ShortTag() != tag {
		p.fail(n, "the tag %s is not known", n.ShortTag())
	}
}

// entries yields the keys of a mapping with their values: first its own, then those that its
// merge keys bring and that it does not have itself.
func (p *parser) entries(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		lines := map[string]int{}
		var merged []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := resolve(n.Content[i]), n.Content[i+1]
			if name.Kind == yaml.ScalarNode && name.ShortTag() == "!!merge" {
				merged = append(merged, value)
				continue
			}
			key, ok := p.key(name)
			if !ok {
				continue
			}
			if line, twice := lines[key]; twice {
				p.fail(n.Content[i], "the key %q is already set in line %d", key, line)
				continue
			}
			lines[key] = n.Content[i].Line
			if !yield(key, value) {
				return
			}
		}
		for _, source := range merged {
			for key, value := range p.merge(source) {
				if _, own := lines[key]; own {
					continue
				}
				lines[key] = source.Line
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// merge yields the entries that a merge key brings: those of a mapping, or of several, the first
// of which wins.
func (p *parser) merge(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		ok := p.enter(n)
		defer func() { p.depth-- }()
		if !ok {
			return
		}
		sources := []*yaml.Node{n}
		if at := resolve(n); at.Kind == yaml.SequenceNode {
			sources = at.Content
		}
		seen := map[string]bool{}
		for _, source := range sources {
			at := resolve(source)
			if at.Kind != yaml.MappingNode {
				p.fail(source, "<< must be a mapping or a list of mappings, and is %s", kindOf(source))
				continue
			}
			for key, value := range p.entries(at) {
				if seen[key] {
					continue
				}
				seen[key] = true
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// key returns the text of a key. Numbers and booleans are keys by their text, as collectors
// read them.
func (p *parser) key(n *yaml.Node) (string, bool) {
	known := []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}
	if n.Kind != yaml.ScalarNode || !slices.Contains(known, n.ShortTag()) {
		p.fail(n, "a key must be a string, and this is %s", kindOf(n))
		return "", false
	}
	return n.Value, true
}

// scalar makes the value of a scalar, by its tag or by what the text looks like.
func (p *parser) scalar(n *yaml.Node) any {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!bool", "!!int", "!!float":
		var value any
		if err := n.Decode(&value); err != nil {
			p.fail(n, "%q is no %s", n.Value, strings.TrimPrefix(tag, "!!"))
			return nil
		}
		return p.resolved(n, value)
	default:
		p.fail(n, "the tag %s is not known", tag)
		return nil
	}
}

// resolved turns what the YAML package made of a scalar into a value of ours.
func (p *parser) resolved(n *yaml.Node, value any) any {
	switch value := value.(type) {
	case bool, string:
		return value
	case int:
		return integer(n.Value, int64(value))
	case int64:
		return integer(n.Value, value)
	case uint64:
		return p.large(n, strconv.FormatUint(value, 10), float64(value))
	case float64:
		return p.float(n, value)
	case time.Time:
		return n.Value
	default:
		p.fail(n, "%s cannot be read", kindOf(n))
	}
	return nil
}

// integer returns the literal of a whole number, or its value where JSON has no such literal:
// 0x10, 017, 1_000.
func integer(literal string, value int64) json.Number {
	if json.Valid([]byte(literal)) {
		return json.Number(literal)
	}
	return json.Number(strconv.FormatInt(value, 10))
}

// large returns the literal of a whole number beyond 64 bits with a sign. An API server holds it
// as a float, so it is refused when it would be rounded.
func (p *parser) large(n *yaml.Node, literal string, value float64) any {
	rounded := strconv.FormatFloat(value, 'f', -1, 64)
	if rounded != literal {
		p.fail(n, "%s does not fit 64 bits with a sign and would be rounded to %s: quote it if it is meant as text", n.Value, rounded)
		return nil
	}
	return json.Number(literal)
}

// float returns the literal of a number with a fraction or an exponent.
func (p *parser) float(n *yaml.Node, value float64) any {
	literal := strings.TrimPrefix(strings.ReplaceAll(n.Value, "_", ""), "+")
	switch {
	case math.IsInf(value, 0) || math.IsNaN(value):
		p.fail(n, "%s is no number that an object can hold: quote it if it is meant as text", n.Value)
		return nil
	case !strings.ContainsAny(literal, ".eE"):
		return p.large(n, literal, value)
	case json.Valid([]byte(literal)):
		return json.Number(literal)
	default:
		// .5, 5. and 007.5 are numbers in YAML and not in JSON.
		return json.Number(strconv.FormatFloat(value, 'g', -1, 64))
	}
}
