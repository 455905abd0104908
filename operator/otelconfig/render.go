package otelconfig

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Parse reads the configuration of a collector from YAML. It is [v1beta1.ParseConfig]; what
// the other functions of this package want of a configuration is written there.
func Parse(data []byte) (*v1beta1.Config, error) { return v1beta1.ParseConfig(data) }

// Render writes a configuration as YAML, the same text for the same configuration: keys in
// order, two spaces of indent, numbers as they were read, and every string that YAML 1.1 or
// 1.2 could take for something else in quotes. Parse reads it back without a difference.
func Render(cfg *v1beta1.Config) ([]byte, error) {
	tree, err := plain(cfg)
	if err != nil {
		return nil, fmt.Errorf("render the configuration: %w", err)
	}
	return renderTree(tree)
}

// renderTree writes a tree of objects, lists, strings, json.Number, booleans and nil.
func renderTree(tree any) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(node(tree)); err != nil {
		return nil, fmt.Errorf("render the configuration: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("render the configuration: %w", err)
	}
	return out.Bytes(), nil
}

// Hash returns the SHA-256 of a configuration in lower-case hexadecimal. It depends on what
// the configuration says and not on the order of its keys.
func Hash(cfg *v1beta1.Config) (string, error) {
	// encoding/json writes the keys of maps in order, and the fields of Config as declared.
	data, err := json.Marshal(cfg)
	if err != nil {
		return "", fmt.Errorf("hash the configuration: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// ShortHash is the part of a hash that names of ConfigMaps carry: 8 hexadecimal digits.
func ShortHash(hash string) string { return hash[:min(8, len(hash))] }

// plain returns the configuration as a tree of maps and lists, without what it leaves out.
func plain(cfg *v1beta1.Config) (map[string]any, error) {
	data, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	var tree v1beta1.Object
	if err := tree.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return tree.Values, nil
}

// node makes the YAML of a value. Nodes are made by hand because the encoder would write
// numbers from floats and leave words such as "on" bare.
func node(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, stringNode(key), node(v[key]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, item := range v {
			n.Content = append(n.Content, node(item))
		}
		return n
	case string:
		return stringNode(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	default:
		return numberNode(fmt.Sprint(v))
	}
}

func numberNode(literal string) *yaml.Node {
	tag := "!!int"
	_, signed := strconv.ParseInt(literal, 10, 64)
	_, unsigned := strconv.ParseUint(literal, 10, 64)
	if signed != nil && unsigned != nil {
		// YAML takes a whole number beyond 64 bits for a float, and so must the tag.
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: literal}
}

var (
	// bare matches the strings that need no quotes in any YAML: they begin as no number,
	// indicator or special value does, and have no ": " or " #" inside.
	bare = regexp.MustCompile(`^[A-Za-z_/$][-A-Za-z0-9_./$@%+=,(){}\[\]|]*(?:[: ][-A-Za-z0-9_./$@%+=(){}]+)*$`)
	// plainValue matches durations, sizes and addresses: they begin with a digit, and no YAML
	// takes them for a number.
	plainValue = regexp.MustCompile(`^(?:[0-9]+(?:ns|us|ms|s|m|h|KiB|MiB|GiB))+$|^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?$`)
	// special matches the words that some YAML takes for a boolean, null or number.
	special = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$`)
)

// stringNode quotes every string but those that are surely strings without.
func stringNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
	if bare.MatchString(s) && !special.MatchString(s) || plainValue.MatchString(s) {
		n.Style = 0
	}
	return n
}
