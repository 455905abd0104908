package policy

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxDepth bounds the nesting of a document: policy, statements, statement,
// condition, operator, list of values.
const maxDepth = 8

// kind is what sort of JSON value it is.
type kind uint8

const (
	null kind = iota
	word
	number
	boolean
	list
	object
)

// value is a JSON value of a policy. Members keep their order, and a name may occur
// once: a reader that took the first or the last would leave open which one counts.
type value struct {
	kind   kind
	scalar string // text, number as written, true or false
	items  []*value
	object []member
}

type member struct {
	name  string
	value *value
}

// text returns a text, "" for every other value.
func (v *value) text() string {
	if v.kind != word {
		return ""
	}
	return v.scalar
}

// texts returns a text or a list of texts.
func (v *value) texts() ([]string, bool) {
	items := []*value{v}
	if v.kind == list {
		items = v.items
	}
	out := make([]string, len(items))
	for i, item := range items {
		if item.kind != word {
			return nil, false
		}
		out[i] = item.scalar
	}
	return out, true
}

// scalars returns a scalar or a list of scalars, as texts.
func (v *value) scalars() ([]string, bool) {
	items := []*value{v}
	if v.kind == list {
		items = v.items
	}
	out := make([]string, len(items))
	for i, item := range items {
		if item.kind != word && item.kind != number && item.kind != boolean {
			return nil, false
		}
		out[i] = item.scalar
	}
	return out, true
}

// readJSON reads one value and nothing behind it.
func readJSON(text string) (*value, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := readValue(dec, 1)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, e
		}
		return nil, syntax("the policy is not valid JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, syntax("there is something behind the policy")
	}
	return v, nil
}

func readValue(dec *json.Decoder, depth int) (*value, error) {
	if depth > maxDepth {
		return nil, syntax("the policy is nested too deeply")
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return &value{kind: word, scalar: t}, nil
	case json.Number:
		return &value{kind: number, scalar: t.String()}, nil
	case bool:
		if t {
			return &value{kind: boolean, scalar: "true"}, nil
		}
		return &value{kind: boolean, scalar: "false"}, nil
	case json.Delim:
		if t == '[' {
			return readList(dec, depth)
		}
		return readObject(dec, depth)
	}
	return &value{kind: null}, nil
}

func readList(dec *json.Decoder, depth int) (*value, error) {
	v := &value{kind: list}
	for dec.More() {
		item, err := readValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	_, err := dec.Token() // the closing bracket
	return v, err
}

func readObject(dec *json.Decoder, depth int) (*value, error) {
	v := &value{kind: object, object: []member{}}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, syntax("the policy is not valid JSON")
		}
		if seen[name] {
			return nil, syntax("%q occurs twice", name)
		}
		seen[name] = true
		item, err := readValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		v.object = append(v.object, member{name, item})
	}
	_, err := dec.Token() // the closing brace
	return v, err
}
