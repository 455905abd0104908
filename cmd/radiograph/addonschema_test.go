package main

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
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

func TestSchemaValues(t *testing.T) {
	got, err := schemaValues([]byte(someSchema))
	if err != nil {
		t.Fatal(err)
	}
	want := []schemaValue{
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
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(schemaValue{})); diff != "" {
		t.Error(diff)
	}
	if got, err := schemaValues([]byte(`{"$defs":{"loop":{"properties":{"a":{"$ref":"#/$defs/loop"},"b":{"$ref":"#/$defs/loop"}}}},"properties":{"x":{"$ref":"#/$defs/loop"}}}`)); err != nil || len(got) != maxSchemaValues {
		t.Errorf("a schema without an end has %d values, %v; want %d", len(got), err, maxSchemaValues)
	}
	for _, text := range []string{"", "{", `{"properties":7}`, `{"properties":{"a":{"type":7}}}`} {
		if _, err := schemaValues([]byte(text)); err == nil {
			t.Errorf("%q is read as a schema", text)
		}
	}
}

func FuzzSchemaValues(f *testing.F) {
	f.Add([]byte(someSchema))
	f.Add([]byte(`{"properties":{"a":{"items":{"$ref":"#/$defs/a"}}},"$defs":{"a":{"type":"array","items":{"$ref":"#/$defs/a"}}}}`))
	f.Add([]byte(`true`))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := schemaValues(text)
		if err == nil && len(values) > maxSchemaValues {
			t.Errorf("%d values", len(values))
		}
	})
}

func TestMinors(t *testing.T) {
	for want, versions := range map[string][]string{
		"":                     nil,
		"1.35":                 {"1.35"},
		"1.19–1.22, 1.25–1.26": {"1.26", "1.25", "1.22", "1.21", "1.20", "1.19"},
		"1.34, 2.0":            {"1.34", "2.0"},
		"1.9–1.10":             {"1.10", "1.9", "1.9"},
	} {
		if got := minors(versions); got != want {
			t.Errorf("%q are written %q, want %q", versions, got, want)
		}
	}
}

func TestWire(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	got := wire(&types.Addon{
		AddonName: aws.String("adot"), CreatedAt: &at, ConfigurationValues: aws.String(""), Tags: map[string]string{"Team": "a"},
		Health: &types.AddonHealth{Issues: []types.AddonIssue{}},
	}, asOnTheWire)
	want := map[string]any{
		"addonName": "adot", "createdAt": at, "configurationValues": "", "tags": map[string]string{"Team": "a"},
		"health": map[string]any{"issues": []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := wire([]types.Compatibility{}, asOnTheWire); !cmp.Equal(got, []any{}) {
		t.Errorf("an empty list is %#v", got)
	}
}
