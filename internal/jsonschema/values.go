package jsonschema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Value is a value that documents of a schema may have.
type Value struct {
	Key     string // with dots between the names
	Type    string // its JSON type in words, or the values that it can have
	Default string // as JSON, a text as it is; "" when there is none
}

// schema is as much of a JSON schema as is shown.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        types             `json:"type"`
	Properties  map[string]schema `json:"properties"`
	Additional  *schema           `json:"additionalProperties"`
	Items       *schema           `json:"items"`
	Enum        []json.RawMessage `json:"enum"`
	Default     json.RawMessage   `json:"default"`
	Defs        map[string]schema `json:"$defs"`
	Definitions map[string]schema `json:"definitions"`
}

// UnmarshalJSON implements json.Unmarshaler. What is no object says nothing of the values:
// true, false, and the list of schemas that old drafts allow in items.
func (s *schema) UnmarshalJSON(text []byte) error {
	type members schema
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	return json.Unmarshal(text, (*members)(s))
}

// types is the member type: one name or a list of them.
type types []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *types) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(s))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*s = types{one}
	return err
}

// MaxValues bounds the values of a schema, which may refer to itself.
const MaxValues = 2000

const (
	maxDepth   = 16  // of references and of the values below each other
	maxNesting = 100 // of the text; each level is read once more by those above
)

// tooDeep reports whether a text nests deeper than is read.
func tooDeep(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return false // reading it says what is wrong
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxNesting {
				return true
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// Values lists the values of a JSON schema by their keys, the first [MaxValues] of them.
// References within the schema are followed; others stand for any value.
func Values(text []byte) ([]Value, error) {
	if tooDeep(text) {
		return nil, fmt.Errorf("read JSON schema: more than %d levels", maxNesting)
	}
	var root schema
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("read JSON schema: %w", err)
	}
	r := reader{defs: map[string]schema{}}
	for name, s := range root.Definitions {
		r.defs["#/definitions/"+name] = s
	}
	for name, s := range root.Defs {
		r.defs["#/$defs/"+name] = s
	}
	r.read("", root, nil, 0)
	return r.values, nil
}

type reader struct {
	defs   map[string]schema // by what $ref says
	values []Value
}

// resolve returns what a schema refers to, with its own default.
func (r *reader) resolve(s schema) schema {
	for range maxDepth {
		target, ok := r.defs[s.Ref]
		if !ok {
			break
		}
		if s.Default != nil {
			target.Default = s.Default
		}
		s = target
	}
	return s
}

// read adds the values below a key. initial is the default that a schema above gives.
func (r *reader) read(key string, s schema, initial json.RawMessage, depth int) {
	s = r.resolve(s)
	if s.Default != nil {
		initial = s.Default
	}
	if len(s.Properties) == 0 || depth == maxDepth {
		if key != "" && len(r.values) < MaxValues {
			r.values = append(r.values, Value{Key: key, Type: r.kind(s, 0), Default: plain(initial)})
		}
		return
	}
	var below map[string]json.RawMessage
	_ = json.Unmarshal(initial, &below) // what is no object has nothing for those below
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if len(r.values) == MaxValues {
			return
		}
		path := name
		if strings.ContainsAny(name, ". ") {
			path = `"` + name + `"`
		}
		if key != "" {
			path = key + "." + path
		}
		r.read(path, s.Properties[name], below[name], depth+1)
	}
}

// kind is the type of a value in words.
func (r *reader) kind(s schema, depth int) string {
	s = r.resolve(s)
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			words[i] = plain(value)
		}
		return strings.Join(words, "|")
	}
	name := cmp.Or(strings.Join(s.Type, "|"), "any")
	of := s.Items
	if name == "object" {
		of = s.Additional
	}
	if of == nil || depth == maxDepth || name != "object" && name != "array" {
		return name
	}
	if inner := r.kind(*of, depth+1); inner != "any" {
		return name + " of " + inner
	}
	return name
}

// plain is JSON in one line, a text as it is.
func plain(text json.RawMessage) string {
	var word string
	if len(text) > 0 && text[0] == '"' && json.Unmarshal(text, &word) == nil {
		return word
	}
	var b bytes.Buffer
	if len(text) == 0 || json.Compact(&b, text) != nil {
		return ""
	}
	return b.String()
}
