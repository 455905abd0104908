package config

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/radiograph/radiograph/problem"
)

// Source is where values come from. All members may be zero.
type Source struct {
	File  string            // name of the YAML file, for messages
	YAML  []byte            // its text
	Env   []string          // as os.Environ returns it
	Flags map[string]string // values of flags that were given, by flag name
}

// Loaded is a configuration with the origin of each value.
type Loaded struct {
	Config
	origin map[string]string // by path; absent means default
	line   map[string]int    // by path, of values from the file
	file   string
}

// Origin says where the value of a key comes from: "default", "file.yaml:3",
// "RADIOGRAPH_REGION" or "--region".
func (l *Loaded) Origin(path string) string {
	if o, ok := l.origin[path]; ok {
		return o
	}
	return "default"
}

// Load merges base, the file, the environment and the flags, of which the later
// wins, and validates the result. The error, a problem of kind Invalid, lists
// everything that is wrong. Environment variables that begin with RADIOGRAPH_ but
// name no key are ignored: Kubernetes sets such variables for a service that is
// called radiograph.
func Load(base Config, src Source) (*Loaded, error) {
	l := &Loaded{Config: base, origin: map[string]string{}, line: map[string]int{}, file: src.File}
	keys := l.Keys()
	var faults []string
	set := func(k Key, origin, text string) {
		if err := k.Value.Set(text); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %s: %v", origin, k.Path, err))
		}
		l.origin[k.Path] = origin
	}
	l.readFile(src, keys, set, &faults)
	for _, k := range keys {
		if v, ok := lookup(src.Env, k.Env()); ok {
			set(k, k.Env(), v)
		}
	}
	for _, k := range keys {
		if v, ok := src.Flags[k.Flag]; ok {
			set(k, "--"+k.Flag, v)
		}
	}
	for _, f := range l.faults() {
		faults = append(faults, l.Origin(f.path)+": "+f.path+": "+f.text)
	}
	if len(faults) > 0 {
		return nil, problem.New(problem.Invalid, "configuration: %s", strings.Join(faults, "\n"))
	}
	return l, nil
}

func lookup(env []string, name string) (string, bool) {
	for _, e := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// readFile calls set for each scalar of the file and appends what is wrong to faults.
func (l *Loaded) readFile(src Source, keys []Key, set func(Key, string, string), faults *[]string) {
	var doc yaml.Node
	if err := yaml.Unmarshal(src.YAML, &doc); err != nil {
		*faults = append(*faults, src.File+": "+strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if len(doc.Content) == 0 {
		return
	}
	seen := map[string]int{}
	var walk func(prefix string, n *yaml.Node)
	walk = func(prefix string, n *yaml.Node) {
		at := fmt.Sprintf("%s:%d", src.File, n.Line)
		switch {
		case n.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				name := n.Content[i].Value
				if prefix != "" {
					name = prefix + "." + name
				}
				at := fmt.Sprintf("%s:%d", src.File, n.Content[i].Line)
				if first, twice := seen[name]; twice {
					*faults = append(*faults, fmt.Sprintf("%s: %s is written twice, first in line %d", at, name, first))
					continue
				}
				seen[name] = n.Content[i].Line
				if !known(keys, name) {
					*faults = append(*faults, fmt.Sprintf("%s: unknown key %s%s", at, name, suggest(keys, name)))
					continue
				}
				walk(name, n.Content[i+1])
			}
		case n.Kind == yaml.ScalarNode && n.Tag == "!!null" && isSection(keys, prefix):
			// "http:" with nothing below it, perhaps only comments.
		case n.Kind == yaml.ScalarNode && prefix != "" && !isSection(keys, prefix):
			i := slices.IndexFunc(keys, func(k Key) bool { return k.Path == prefix })
			l.line[prefix] = n.Line
			set(keys[i], at, n.Value)
		case isList(keys, prefix) && scalars(n) != nil:
			i := slices.IndexFunc(keys, func(k Key) bool { return k.Path == prefix })
			l.line[prefix] = n.Line
			set(keys[i], at, strings.Join(scalars(n), ","))
		default:
			want := "one value"
			if isList(keys, prefix) {
				want = "a list of values"
			}
			if prefix == "" || isSection(keys, prefix) {
				want = "keys"
			}
			*faults = append(*faults, fmt.Sprintf("%s: %s must hold %s", at, orFile(prefix), want))
		}
	}
	walk("", doc.Content[0])
}

func orFile(prefix string) string {
	if prefix == "" {
		return "the file"
	}
	return prefix
}

// known reports whether name is a key or a section.
func known(keys []Key, name string) bool {
	return slices.ContainsFunc(keys, func(k Key) bool { return k.Path == name }) || isSection(keys, name)
}

func isSection(keys []Key, name string) bool {
	return name == "" || slices.ContainsFunc(keys, func(k Key) bool { return strings.HasPrefix(k.Path, name+".") })
}

func isList(keys []Key, name string) bool {
	return slices.ContainsFunc(keys, func(k Key) bool { return k.Path == name && k.Value.Type() == "list" })
}

// scalars returns the values of a list, nil when n is none or holds anything else.
func scalars(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	values := make([]string, len(n.Content))
	for i, v := range n.Content {
		if v.Kind != yaml.ScalarNode {
			return nil
		}
		values[i] = v.Value
	}
	return values
}

// Write prints the effective configuration as YAML with the origin of each value.
func (l *Loaded) Write(w io.Writer) error {
	section := ""
	for _, k := range l.Keys() {
		s, name, nested := strings.Cut(k.Path, ".")
		indent := "  "
		if !nested {
			s, name, indent = "", k.Path, ""
		}
		if s != section {
			section = s
			if _, err := fmt.Fprintf(w, "%s:\n", s); err != nil {
				return err
			}
		}
		line := indent + name + ": " + scalar(k)
		if _, err := fmt.Fprintf(w, "%-44s # %s\n", line, l.Origin(k.Path)); err != nil {
			return err
		}
	}
	return nil
}

// scalar spells a value as YAML. Text is quoted where YAML would read something
// else than text.
func scalar(k Key) string {
	v := k.Value.String()
	switch k.Value.Type() {
	case "string":
	case "list":
		if v == "" {
			return "[]"
		}
	default:
		return v
	}
	b, err := yaml.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%q", v)
	}
	return strings.TrimSpace(string(b))
}
