package otelconfig

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Parse reads the configuration of a collector from YAML. Numbers are kept as they are
// written, nulls stay nulls, and aliases are replaced by what they stand for. An error says
// the line; a key that is no part of a configuration, or has the wrong type, is an error too.
// Sections that must be there and are not are empty in the result.
func Parse(data []byte) (*v1beta1.Config, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("parse the configuration: it is empty")
		}
		return nil, fmt.Errorf("parse the configuration: %w", err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("parse the configuration: more than one YAML document")
	}
	r := reader{budget: maxValues}
	tree, err := r.value(&doc, 0)
	if err != nil {
		return nil, fmt.Errorf("parse the configuration: %w", err)
	}
	root, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("parse the configuration: it is no mapping of receivers, exporters, service and so on")
	}
	cfg, err := fromTree(root)
	if err != nil {
		return nil, fmt.Errorf("parse the configuration: %w", err)
	}
	return cfg, nil
}

// fromTree gives the tree the form of a configuration.
func fromTree(root map[string]any) (*v1beta1.Config, error) {
	data, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	cfg := &v1beta1.Config{}
	if err := dec.Decode(cfg); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s: has a %s where a %s is wanted", strings.ReplaceAll(wrong.Field, ".", "::"), wrong.Value, wrong.Type)
		}
		return nil, err
	}
	complete(cfg)
	return cfg, nil
}

// complete makes the objects and lists that a configuration must have but left out.
func complete(cfg *v1beta1.Config) {
	for _, object := range []*v1beta1.Object{&cfg.Receivers, &cfg.Exporters} {
		if object.Values == nil {
			object.Values = map[string]any{}
		}
	}
	if cfg.Service.Pipelines == nil {
		cfg.Service.Pipelines = map[string]*v1beta1.Pipeline{}
	}
	for id, p := range cfg.Service.Pipelines {
		if p == nil {
			p = &v1beta1.Pipeline{}
			cfg.Service.Pipelines[id] = p
		}
		for _, refs := range []*[]string{&p.Receivers, &p.Exporters} {
			if *refs == nil {
				*refs = []string{}
			}
		}
	}
}

const (
	// maxValues bounds what aliases can make of a small text.
	maxValues = 1 << 18
	// maxDepth bounds the nesting; encoding/json has its own bound of 10000.
	maxDepth = 200
)

// reader makes the values of Object from YAML.
type reader struct {
	budget int
}

func (r *reader) value(n *yaml.Node, depth int) (any, error) {
	r.budget--
	if r.budget < 0 {
		return nil, fmt.Errorf("line %d: more than %d values, aliases counted", n.Line, maxValues)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: nested more than %d deep", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return r.value(n.Content[0], depth)
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			v, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		return r.mapping(n, depth)
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil, nil
}

// mapping reads an object. Keys that are merged by "<<" count where the object does not have
// them itself.
func (r *reader) mapping(n *yaml.Node, depth int) (any, error) {
	out := make(map[string]any, len(n.Content)/2)
	merged := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		v, err := r.value(value, depth+1)
		if err != nil {
			return nil, err
		}
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			if err := merge(merged, v); err != nil {
				return nil, fmt.Errorf("line %d: %w", key.Line, err)
			}
			continue
		}
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a string", key.Line)
		}
		if _, twice := out[key.Value]; twice {
			return nil, fmt.Errorf("line %d: the key %q is there twice", key.Line, key.Value)
		}
		out[key.Value] = v
	}
	for key, v := range merged {
		if _, own := out[key]; !own {
			out[key] = v
		}
	}
	return out, nil
}

// merge adds the keys of one object or a list of them; what comes first counts.
func merge(into map[string]any, v any) error {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if _, there := into[key]; !there {
				into[key] = value
			}
		}
		return nil
	case []any:
		for _, item := range v {
			object, ok := item.(map[string]any)
			if !ok {
				return errors.New("<< wants mappings")
			}
			if err := merge(into, object); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("<< wants a mapping or a list of them")
}

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return nil, err
		}
		return b, nil
	case "!!int":
		v, err := integer(n.Value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	case "!!float":
		v, err := float(n.Value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	case "!!binary":
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return nil, fmt.Errorf("line %d: decode !!binary: %w", n.Line, err)
		}
		return strings.ToValidUTF8(string(raw), "\uFFFD"), nil
	default:
		return n.Value, nil
	}
}

// integer returns a number as JSON writes it: decimal, without underscores or plus.
func integer(s string) (json.Number, error) {
	literal := strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
	if isJSONNumber(literal) {
		return json.Number(literal), nil
	}
	n, ok := new(big.Int).SetString(literal, 0)
	if !ok {
		return "", fmt.Errorf("%q is no integer", s)
	}
	return json.Number(n.String()), nil
}

// float returns a number as JSON writes it; the digits stay.
func float(s string) (json.Number, error) {
	literal := strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
	if isJSONNumber(literal) {
		return json.Number(literal), nil
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return "", fmt.Errorf("%q is a number that JSON does not have", s)
	}
	out := json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	if !isJSONNumber(out.String()) {
		return "", fmt.Errorf("%q is a number that JSON does not have", s)
	}
	if !strings.ContainsAny(out.String(), ".e") {
		out += ".0"
	}
	return out, nil
}

func isJSONNumber(s string) bool {
	return s != "" && s[0] != '"' && strings.Trim(s, "-+.eE0123456789") == "" && json.Valid([]byte(s))
}
