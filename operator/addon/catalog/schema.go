package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"sigs.k8s.io/yaml"
)

// MaxValues is how many bytes of configuration values are accepted.
const MaxValues = 256 << 10

// noValues is the schema of versions that take no configuration values.
const noValues = `{"$schema":"https://json-schema.org/draft/2019-09/schema","type":"object","additionalProperties":false}`

// Problem is one thing that is wrong with configuration values.
type Problem struct {
	// Path is the JSON path of the value, such as "$.collector.otlpIngest".
	Path string
	// Reason says what is wrong with it.
	Reason string
}

// String is the path and the reason.
func (p Problem) String() string { return p.Path + ": " + p.Reason }

// compile reads a JSON schema. It must not refer to other documents.
func compile(name, text string) (schema, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return schema{}, fmt.Errorf("schema %s: %w", name, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2019)
	compiler.UseLoader(noLoader{})
	url := "package:///" + name
	if err := compiler.AddResource(url, document); err != nil {
		return schema{}, fmt.Errorf("schema %s: %w", name, err)
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		return schema{}, fmt.Errorf("schema %s: %w", name, err)
	}
	return schema{text: text, compiled: compiled}, nil
}

// noLoader refuses references to other documents.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("refers to %s, which is another document", url)
}

// Validate returns what is wrong with configuration values, which are YAML or JSON; none if
// nothing is. Empty text is no values at all, and the same as "{}".
func (v *Version) Validate(values string) []Problem {
	if len(values) > MaxValues {
		return []Problem{{"$", fmt.Sprintf("is %d bytes long, but %d are the most", len(values), MaxValues)}}
	}
	var whole any
	if strings.TrimSpace(values) == "" {
		whole = map[string]any{}
	} else {
		data, err := yaml.YAMLToJSONStrict([]byte(values))
		if err != nil {
			return []Problem{{"$", "is neither YAML nor JSON: " + oneLine(err)}}
		}
		if whole, err = jsonschema.UnmarshalJSON(bytes.NewReader(data)); err != nil {
			return []Problem{{"$", "is neither YAML nor JSON: " + oneLine(err)}}
		}
	}
	if _, ok := whole.(map[string]any); !ok {
		return []Problem{{"$", "must be a mapping"}}
	}
	err := v.schema.compiled.Validate(whole)
	if err == nil {
		return v.renderable(values)
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []Problem{{"$", oneLine(err)}}
	}
	var problems []Problem
	collect(invalid, &problems)
	slices.SortStableFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(problems)
}

// renderable returns what the charts themselves say against values that the schema allows. A
// template refuses values by "fail", of which the text is kept.
func (v *Version) renderable(values string) []Problem {
	if strings.TrimSpace(strings.Trim(strings.TrimSpace(values), "{}")) == "" {
		return nil // the defaults of a chart, which the site's values may complete
	}
	_, err := v.Render(Input{Values: values})
	if err == nil {
		return nil
	}
	text := oneLine(err)
	if _, reason, ok := strings.Cut(text, "execution error at ("); ok {
		if _, after, ok := strings.Cut(reason, "): "); ok {
			text = after
		}
	}
	return []Problem{{"$", text}}
}

var english = message.NewPrinter(language.English)

// collect adds the leaves of an error: those that have no cause of their own.
func collect(e *jsonschema.ValidationError, into *[]Problem) {
	for _, cause := range e.Causes {
		collect(cause, into)
	}
	if len(e.Causes) > 0 {
		return
	}
	path := jsonPath(e.InstanceLocation)
	if extra, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		for _, name := range extra.Properties {
			*into = append(*into, Problem{jsonPath(append(slices.Clone(e.InstanceLocation), name)), "is not defined in the schema"})
		}
		return
	}
	*into = append(*into, Problem{path, e.ErrorKind.LocalizedString(english)})
}

// jsonPath writes the keys that lead to a value.
func jsonPath(keys []string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, key := range keys {
		if key == "" || strings.ContainsAny(key, ".[]'\" ") {
			fmt.Fprintf(&b, "[%q]", key)
			continue
		}
		b.WriteByte('.')
		b.WriteString(key)
	}
	return b.String()
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
