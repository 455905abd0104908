package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) addonSchema() *cobra.Command {
	var a addonAPI
	var version string
	cmd := &cobra.Command{
		Use:   "schema ADDON",
		Short: "Show the configuration values that an add-on takes",
		Long: `Lists the configuration values that a version of an add-on takes, and the service accounts
that can be given roles with --pod-identity. Without --version it is the version that is
installed, else the one that would be. With --output json it is the JSON schema.`,
		Example: "  radiograph addon schema adot\n  radiograph addon schema adot --version v0.151.0-eksbuild.2 --output json",
		Args:    oneAddon,
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) (err error) {
		if version == "" {
			if version, err = a.currentVersion(ctx, args[0]); err != nil {
				return err
			}
		}
		out, err := a.client.DescribeAddonConfiguration(ctx, &eks.DescribeAddonConfigurationInput{AddonName: &args[0], AddonVersion: &version})
		if err != nil {
			return err
		}
		if a.output == asJSON {
			return p.printSchemaText(aws.ToString(out.ConfigurationSchema))
		}
		return p.printSchema(args[0], version, aws.ToString(out.ConfigurationSchema), out.PodIdentityConfiguration)
	})
	a.flags(p, cmd)
	cmd.Flags().StringVar(&version, "version", "", "version of the add-on")
	return cmd
}

// printSchemaText prints the schema as it is, indented.
func (p *program) printSchemaText(text string) error {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return &problem.Error{Kind: problem.Internal, Message: "the schema is not JSON", Err: err}
	}
	p.printf("%s\n", bytes.TrimSpace(b.Bytes()))
	return nil
}

func (p *program) printSchema(name, version, text string, accounts []types.AddonPodIdentityConfiguration) error {
	values, err := schemaValues([]byte(text))
	if err != nil {
		return &problem.Error{Kind: problem.Internal, Message: "the schema", Err: err}
	}
	p.printf("%s %s\n\n", printable(name), printable(version))
	rows := make([][]string, 0, len(values))
	for _, v := range values {
		rows = append(rows, []string{v.key, v.kind, v.initial})
	}
	if err := p.table("It takes no configuration values.", []string{"VALUE", "TYPE", "DEFAULT"}, rows); err != nil {
		return err
	}
	if len(accounts) == 0 {
		return nil
	}
	rows = rows[:0]
	for _, account := range accounts {
		rows = append(rows, []string{aws.ToString(account.ServiceAccount), strings.Join(account.RecommendedManagedPolicies, ", ")})
	}
	p.printf("\n")
	return p.table("", []string{"SERVICE ACCOUNT", "RECOMMENDED POLICIES"}, rows)
}

// schemaValue is a configuration value that a schema has.
type schemaValue struct {
	key     string // with dots between the names
	kind    string // its JSON type, or the values that it can have
	initial string // as JSON, a text as it is; "" when there is none
}

// jsonSchema is as much of a JSON schema as is shown.
type jsonSchema struct {
	Ref         string                `json:"$ref"`
	Type        schemaTypes           `json:"type"`
	Properties  map[string]jsonSchema `json:"properties"`
	Additional  *jsonSchema           `json:"additionalProperties"`
	Items       *jsonSchema           `json:"items"`
	Enum        []json.RawMessage     `json:"enum"`
	Default     json.RawMessage       `json:"default"`
	Defs        map[string]jsonSchema `json:"$defs"`
	Definitions map[string]jsonSchema `json:"definitions"`
}

// UnmarshalJSON implements json.Unmarshaler. What is no object says nothing of the values:
// true, false, and the list of schemas that old drafts allow in items.
func (s *jsonSchema) UnmarshalJSON(text []byte) error {
	type members jsonSchema
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	return json.Unmarshal(text, (*members)(s))
}

// schemaTypes is the member type: one name or a list of them.
type schemaTypes []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *schemaTypes) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(s))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*s = schemaTypes{one}
	return err
}

// Bounds of what is shown of a schema, which may refer to itself.
const (
	maxSchemaDepth  = 16
	maxSchemaValues = 2000
)

// schemaValues lists the values of a JSON schema by their keys.
func schemaValues(text []byte) ([]schemaValue, error) {
	var root jsonSchema
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("read JSON schema: %w", err)
	}
	r := schemaReader{defs: map[string]jsonSchema{}}
	for name, s := range root.Definitions {
		r.defs["#/definitions/"+name] = s
	}
	for name, s := range root.Defs {
		r.defs["#/$defs/"+name] = s
	}
	r.read("", root, nil, 0)
	return r.values, nil
}

type schemaReader struct {
	defs   map[string]jsonSchema // by what $ref says
	values []schemaValue
}

// resolve returns what a schema refers to, with its own default.
func (r *schemaReader) resolve(s jsonSchema) jsonSchema {
	for range maxSchemaDepth {
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
func (r *schemaReader) read(key string, s jsonSchema, initial json.RawMessage, depth int) {
	s = r.resolve(s)
	if s.Default != nil {
		initial = s.Default
	}
	if len(s.Properties) == 0 || depth == maxSchemaDepth {
		if key != "" && len(r.values) < maxSchemaValues {
			r.values = append(r.values, schemaValue{key: key, kind: r.kind(s, 0), initial: plain(initial)})
		}
		return
	}
	var below map[string]json.RawMessage
	_ = json.Unmarshal(initial, &below) // what is no object has nothing for those below
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if len(r.values) == maxSchemaValues {
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
func (r *schemaReader) kind(s jsonSchema, depth int) string {
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
	if of == nil || depth == maxSchemaDepth || name != "object" && name != "array" {
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
