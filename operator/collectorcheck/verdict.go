package collectorcheck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Verdict is what the collector says of a configuration.
type Verdict struct {
	// Problems are what is wrong; none means that the collector would start with it, as far
	// as it can tell without doing so.
	Problems []Problem
	// Inconclusive says why the problems may not be there where the collector runs, or why it
	// was not asked at all. It is empty when the verdict holds anywhere.
	Inconclusive string
	// Needs is what the collector must find where it runs to start at all, such as credentials;
	// that nobody can tell before is no problem of the configuration.
	Needs []string
}

// Valid reports whether nothing is wrong.
func (v Verdict) Valid() bool { return len(v.Problems) == 0 }

// Refuse reports whether the collector certainly will not start.
func (v Verdict) Refuse() bool { return !v.Valid() && v.Inconclusive == "" }

// String returns the problems as one line.
func (v Verdict) String() string {
	texts := make([]string, len(v.Problems))
	for i, p := range v.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

// Problem is one thing that is wrong.
type Problem struct {
	// Path is where, as the collector spells places: "receivers::otlp"; "" when not known.
	Path string
	// Line is the line in the text that was checked, counted from 1; 0 when not known.
	Line int
	// Message says what is wrong.
	Message string
}

// String returns the place and the message.
func (p Problem) String() string {
	switch {
	case p.Path != "" && p.Line > 0:
		return fmt.Sprintf("%s (line %d): %s", p.Path, p.Line, p.Message)
	case p.Path != "":
		return p.Path + ": " + p.Message
	case p.Line > 0:
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	default:
		return p.Message
	}
}

// What the collector's errors look like, as of v0.155.
var (
	// preambles open an error and say nothing to a user.
	preambles = []string{
		"Error: ", "failed to get config: ", "cannot unmarshal the configuration: ", "cannot resolve the configuration: ",
		"invalid configuration: ", "retrieved value (type=string) cannot be used as a Conf: ",
		"assuming string type since contents are not valid YAML: ",
	}
	listHeader  = "decoding failed due to the following error(s):"
	ofComponent = regexp.MustCompile(`^'([a-z]+)' error reading configuration for "([^"]+)": *(.*)$`)
	unknownType = regexp.MustCompile(`^'([a-z]+)' unknown type: "([^"]+)" for id: "([^"]+)" *(.*)$`)
	atPath      = regexp.MustCompile(`^((?:receivers|exporters|processors|connectors|extensions|service)(?:::[^:\s][^\s]*?)*): (.*)$`)
	yamlLine    = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)
	validValues = regexp.MustCompile(`^\(valid values: \[([^\]]*)\]\)$`)
)

// read turns what the collector wrote into problems.
func read(output string, config []byte) []Problem {
	var problems []Problem
	path := ""
	for line := range strings.Lines(output) {
		line = strip(strings.TrimSpace(line))
		if rest, ok := strings.CutSuffix(line, listHeader); ok {
			line = strings.TrimSpace(rest)
		}
		if line == "" {
			continue
		}
		if m := ofComponent.FindStringSubmatch(line); m != nil {
			path = m[1] + "::" + m[2]
			if line = strip(strings.TrimSpace(strings.TrimSuffix(m[3], listHeader))); line == "" {
				continue
			}
		}
		p := problem(line, path)
		p.Line = max(p.Line, lineOf(config, p.Path))
		problems = append(problems, p)
	}
	return problems
}

// problem reads one line of an error; path is the component that it is about, if known.
func problem(line, path string) Problem {
	if m := unknownType.FindStringSubmatch(line); m != nil {
		return Problem{Path: m[1] + "::" + m[3], Message: unknownMessage(m[1], m[2], m[4])}
	}
	if m := yamlLine.FindStringSubmatch(line); m != nil {
		p := Problem{Message: m[2]}
		_, _ = fmt.Sscan(m[1], &p.Line)
		return p
	}
	if m := atPath.FindStringSubmatch(line); m != nil {
		return Problem{Path: m[1], Message: m[2]}
	}
	return Problem{Path: path, Message: line}
}

// unknownMessage says that a component is not in the collector, and what is.
func unknownMessage(section, kind, rest string) string {
	text := fmt.Sprintf("this collector has no %s of type %q", strings.TrimSuffix(section, "s"), kind)
	m := validValues.FindStringSubmatch(rest)
	if m == nil {
		return text
	}
	return text + "; it has " + strings.Join(slices.Sorted(slices.Values(strings.Fields(m[1]))), ", ")
}

// strip removes what opens an error.
func strip(line string) string {
	for again := true; again; {
		again = false
		for _, p := range preambles {
			if rest, ok := strings.CutPrefix(line, p); ok {
				line, again = rest, true
			}
		}
	}
	return line
}

// lineOf returns the line of the deepest part of a path that is in the text; 0 for none.
func lineOf(config []byte, path string) int {
	if path == "" {
		return 0
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(config, &doc); err != nil || len(doc.Content) == 0 {
		return 0
	}
	node, line := doc.Content[0], 0
	for name := range strings.SplitSeq(path, "::") {
		if node.Kind != yaml.MappingNode {
			return line
		}
		found := false
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == name {
				line, node, found = node.Content[i].Line, node.Content[i+1], true
				break
			}
		}
		if !found {
			return line
		}
	}
	return line
}
