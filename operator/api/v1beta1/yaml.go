package v1beta1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseError is something in the text of a configuration that cannot be read, and where.
//
// +kubebuilder:object:generate=false
type ParseError struct {
	// Line counts from 1; it is 0 when it is not known.
	Line int
	// Message says what is wrong.
	Message string
}

// Error returns the line and the message.
func (e *ParseError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// ParseConfig reads the configuration of a collector from the text of its YAML file. Anchors,
// aliases and merge keys are resolved; numbers keep their literal where JSON has it, and their
// value where not (0x10 becomes 16); a date stays the text it is. The empty text is the empty
// configuration.
//
// The error joins a ParseError for everything that is wrong: syntax, keys that are there twice
// or that no collector knows, and values that an object of JSON cannot hold exactly.
func ParseConfig(text []byte) (*Config, error) {
	root, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	cfg := &Config{}
	p := &parser{left: maxValues}
	if root != nil {
		p.config(root, cfg)
	}
	if err := errors.Join(p.problems...); err != nil {
		return nil, err
	}
	cfg.FillRequired()
	return cfg, nil
}

// FillRequired replaces what must not be null in a stored object by what is empty, so that it
// means the same: receivers, exporters, pipelines and their lists.
func (c *Config) FillRequired() {
	if c.Receivers.Values == nil {
		c.Receivers.Values = map[string]any{}
	}
	if c.Exporters.Values == nil {
		c.Exporters.Values = map[string]any{}
	}
	if c.Service.Pipelines == nil {
		c.Service.Pipelines = map[string]*Pipeline{}
	}
	for id, pipeline := range c.Service.Pipelines {
		if pipeline == nil {
			pipeline = &Pipeline{}
			c.Service.Pipelines[id] = pipeline
		}
		if pipeline.Receivers == nil {
			pipeline.Receivers = []string{}
		}
		if pipeline.Exporters == nil {
			pipeline.Exporters = []string{}
		}
	}
}

// IsEmpty reports whether the configuration says nothing at all.
func (c *Config) IsEmpty() bool {
	return len(c.Receivers.Values) == 0 && len(c.Exporters.Values) == 0 &&
		c.Processors == nil && c.Connectors == nil && c.Extensions == nil &&
		c.Service.Extensions == nil && c.Service.Telemetry == nil && len(c.Service.Pipelines) == 0
}

// parseDocument returns the one value of a YAML text, nil when there is none.
func parseDocument(text []byte) (root *yaml.Node, err error) {
	// A text that makes the YAML package panic is one that cannot be read, and no more: it may
	// be stored already, and then it would take every list of collectors with it.
	defer func() {
		if reason := recover(); reason != nil {
			root, err = nil, &ParseError{Message: fmt.Sprintf("the text cannot be read: %v", reason)}
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntaxError(err)
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &ParseError{Line: second.Line, Message: "there is a second document, but a configuration is one"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// syntaxError takes the line out of an error of the YAML package, which writes it into the
// text: counted from 1 when its scanner fails, from 0 when its parser does, and not at all in the
// first line.
func syntaxError(err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if n, _ := fmt.Sscanf(message, "line %d:", &line); n == 1 {
		_, message, _ = strings.Cut(message, ": ")
	}
	if line == 0 && !unplaced.MatchString(message) {
		line = 1
	} else if line > 0 && ofParser.MatchString(message) {
		line++
	}
	return &ParseError{Line: line, Message: message}
}

var (
	// ofParser matches the errors of the YAML package's parser; all others are its scanner's.
	ofParser = regexp.MustCompile(`^(did not find expected (<|node content|key|'-' indicator|',' or)|found (undefined|incompatible|duplicate))`)
	// unplaced matches the errors for which it knows no line.
	unplaced = regexp.MustCompile(`anchor|UTF|octet|surrogate|control characters|input error`)
)

// parser walks the nodes of a configuration and collects what is wrong with them.
type parser struct {
	problems []error
	left     int // how many values may still be made
	depth    int
}

const (
	// maxValues bounds what aliases of aliases may grow to. The largest configurations known
	// have some ten thousand values.
	maxValues = 100_000
	// maxDepth is far beyond any configuration and far below what exhausts a stack.
	maxDepth = 200
)

// fail notes a problem. Of many only the first are kept: the rest rarely helps.
func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	if len(p.problems) < 20 {
		p.problems = append(p.problems, &ParseError{Line: n.Line, Message: fmt.Sprintf(format, args...)})
	}
}

func (p *parser) config(n *yaml.Node, cfg *Config) {
	for key, value := range p.fields(n, "the configuration", "receivers, processors, exporters, connectors, extensions and service") {
		switch key {
		case "receivers":
			cfg.Receivers = p.required(value, key)
		case "exporters":
			cfg.Exporters = p.required(value, key)
		case "processors":
			cfg.Processors = p.object(value, key)
		case "connectors":
			cfg.Connectors = p.object(value, key)
		case "extensions":
			cfg.Extensions = p.object(value, key)
		case "service":
			p.service(value, &cfg.Service)
		default:
			p.unknown(value, key, "receivers, processors, exporters, connectors, extensions and service")
		}
	}
}

func (p *parser) service(n *yaml.Node, s *Service) {
	for key, value := range p.fields(n, "service", "extensions, telemetry and pipelines") {
		switch key {
		case "extensions":
			s.Extensions = p.ids(value, "service.extensions")
		case "telemetry":
			s.Telemetry = p.object(value, "service.telemetry")
		case "pipelines":
			s.Pipelines = map[string]*Pipeline{}
			for id, value := range p.fields(value, "service.pipelines", "the ids of pipelines") {
				s.Pipelines[id] = p.pipeline(value, "service.pipelines."+id)
			}
		default:
			p.unknown(value, "service."+key, "extensions, telemetry and pipelines")
		}
	}
}

func (p *parser) pipeline(n *yaml.Node, path string) *Pipeline {
	pipeline := &Pipeline{}
	for key, value := range p.fields(n, path, "receivers, processors and exporters") {
		switch key {
		case "receivers":
			pipeline.Receivers = p.ids(value, path+".receivers")
		case "processors":
			pipeline.Processors = p.ids(value, path+".processors")
		case "exporters":
			pipeline.Exporters = p.ids(value, path+".exporters")
		default:
			p.unknown(value, path+"."+key, "receivers, processors and exporters")
		}
	}
	return pipeline
}

func (p *parser) unknown(n *yaml.Node, path, known string) {
	p.fail(n, "%s is not known here: there are %s", path, known)
}

// required reads an object that is there even when the text says null.
func (p *parser) required(n *yaml.Node, path string) Object {
	if object := p.object(n, path); object != nil {
		return *object
	}
	return Object{}
}

// object reads a block of components, nil for a null.
func (p *parser) object(n *yaml.Node, path string) *Object {
	value := p.value(n)
	switch value := value.(type) {
	case nil:
		return nil
	case map[string]any:
		return &Object{Values: value}
	default:
		p.fail(n, "%s must be a mapping and is %s", path, kindOf(n))
		return nil
	}
}

// ids reads a list of component ids. A collector also takes one string, split at its commas.
func (p *parser) ids(n *yaml.Node, path string) []string {
	switch value := p.value(n).(type) {
	case nil:
		return nil
	case string:
		return strings.Split(value, ",")
	case []any:
		ids := make([]string, 0, len(value))
		for i, item := range value {
			id, ok := item.(string)
			if !ok {
				p.fail(resolve(resolve(n).Content[i]), "%s must be a list of component ids, but its item %d is %s", path, i, kindOf(resolve(n).Content[i]))
				continue
			}
			ids = append(ids, id)
		}
		return ids
	default:
		p.fail(n, "%s must be a list of component ids and is %s", path, kindOf(n))
		return nil
	}
}
