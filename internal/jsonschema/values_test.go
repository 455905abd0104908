package jsonschema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someSchema = `{
  "$defs": {
    "text": {"type": "string", "default": "of the definition"},
    "loop": {"properties": {"again": {"$ref": "#/$defs/loop"}}},
    "self": {"$ref": "#/$defs/self"}
  },
  "definitions": {"old": {"type": ["string", "number"]}},
  "properties": {
    "replicas": {"type": "integer", "default": 1},
    "mode": {"enum": ["deployment", "daemonset", 3, null]},
    "name": {"$ref": "#/$defs/text"},
    "own": {"$ref": "#/$defs/text", "default": ""},
    "a.b": {"$ref": "#/definitions/old"},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "closed": {"type": "object", "additionalProperties": false},
    "ports": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "tuple": {"type": "array", "items": [{"type": "string"}]},
    "anything": true,
    "self": {"$ref": "#/$defs/self"},
    "nowhere": {"$ref": "https://example.com/schema"},
    "resources": {
      "default": {"limits": {"cpu": "1"}, "requests": 7},
      "properties": {"limits": {"type": "object"}, "requests": {"type": "object", "properties": {"cpu": {"type": "string"}}}}
    }
  }
}`

func TestValues(t *testing.T) {
	got, err := Values([]byte(someSchema))
	if err != nil {
		t.Fatal(err)
	}
	want := []Value{
		{`"a.b"`, "string|number", ""},
		{"anything", "any", ""},
		{"closed", "object", ""},
		{"labels", "object of string", ""},
		{"mode", "deployment|daemonset|3|null", ""},
		{"name", "string", "of the definition"},
		{"nowhere", "any", ""},
		{"own", "string", ""},
		{"ports", "array of array of integer", ""},
		{"replicas", "integer", "1"},
		{"resources.limits", "object", `{"cpu":"1"}`},
		{"resources.requests.cpu", "string", ""},
		{"self", "any", ""},
		{"tuple", "array", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := Values([]byte(`{"$defs":{"loop":{"properties":{"a":{"$ref":"#/$defs/loop"},"b":{"$ref":"#/$defs/loop"}}}},"properties":{"x":{"$ref":"#/$defs/loop"}}}`)); err != nil || len(got) != MaxValues {
		t.Errorf("a schema without an end has %d values, %v; want %d", len(got), err, MaxValues)
	}
	for _, text := range []string{"", "{", `{"properties":7}`, `{"properties":{"a":{"type":7}}}`, strings.Repeat(`{"items":`, 101) + "{}" + strings.Repeat("}", 101)} {
		if _, err := Values([]byte(text)); err == nil {
			t.Errorf("%q is read as a schema", text)
		}
	}
}

func FuzzValues(f *testing.F) {
	f.Add([]byte(someSchema))
	f.Add([]byte(`{"properties":{"a":{"items":{"$ref":"#/$defs/a"}}},"$defs":{"a":{"type":"array","items":{"$ref":"#/$defs/a"}}}}`))
	f.Add([]byte(`true`))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := Values(text)
		if err == nil && len(values) > MaxValues {
			t.Errorf("%d values", len(values))
		}
	})
}
