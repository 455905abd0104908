package otelconfig

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// The sections of a configuration that hold components.
const (
	receivers  = "receivers"
	exporters  = "exporters"
	processors = "processors"
	connectors = "connectors"
	extensions = "extensions"
)

// component is one entry of a section: its id and its settings, which are nil for a null.
type component struct {
	section  string
	id       string
	settings map[string]any
}

// kind is the component's type in the spelling that the tables of this package use: lower
// case and without underscores, so that a type and its alias are the same.
func (c component) kind() string { return kindOf(c.id) }

func kindOf(id string) string {
	kind, _, _ := strings.Cut(id, "/")
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(kind), "_", ""))
}

// path is where the component stands in the configuration.
func (c component) path() string { return c.section + "::" + c.id }

// section returns the components of a section by id, nil when there are none.
func section(cfg *v1beta1.Config, name string) map[string]any {
	var object *v1beta1.Object
	switch name {
	case receivers:
		object = &cfg.Receivers
	case exporters:
		object = &cfg.Exporters
	case processors:
		object = cfg.Processors
	case connectors:
		object = cfg.Connectors
	case extensions:
		object = cfg.Extensions
	}
	if object == nil {
		return nil
	}
	return object.Values
}

// enabled lists the components of a section that run, in the order of their ids: those that a
// pipeline or service.extensions refers to and that are defined.
func enabled(cfg *v1beta1.Config, name string) []component {
	used := map[string]bool{}
	if name == extensions {
		for _, id := range cfg.Service.Extensions {
			used[id] = true
		}
	}
	for _, pipeline := range cfg.Service.Pipelines {
		for _, id := range references(pipeline, name) {
			used[id] = true
		}
	}
	defined := section(cfg, name)
	var out []component
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if value, ok := defined[id]; ok {
			settings, _ := value.(map[string]any)
			out = append(out, component{name, id, settings})
		}
	}
	return out
}

// references lists the ids in a pipeline that may mean a component of the section. A
// connector stands among the receivers of one pipeline and the exporters of another.
func references(p *v1beta1.Pipeline, name string) []string {
	if p == nil {
		return nil
	}
	switch name {
	case receivers:
		return p.Receivers
	case exporters:
		return p.Exporters
	case processors:
		return p.Processors
	case connectors:
		return slices.Concat(p.Receivers, p.Exporters)
	}
	return nil
}

// lookup returns what stands at the path below v.
func lookup(v any, path ...string) (any, bool) {
	for _, key := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// text returns the string or number at the path as text, and "" for everything else.
func text(v any, path ...string) string {
	v, _ = lookup(v, path...)
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// flag returns the boolean at the path, and def when there is none.
func flag(v any, def bool, path ...string) bool {
	v, _ = lookup(v, path...)
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return def
}

// list returns the list at the path; a single string is a list of one, as the collector
// itself reads it.
func list(v any, path ...string) []any {
	v, _ = lookup(v, path...)
	switch v := v.(type) {
	case []any:
		return v
	case string:
		return []any{v}
	}
	return nil
}

// ensure returns the object at the path below root; missing ones and nulls are made. It
// returns nil when something else than an object is in the way.
func ensure(root map[string]any, path ...string) map[string]any {
	for _, key := range path {
		next, ok := root[key].(map[string]any)
		if !ok {
			if root[key] != nil {
				return nil
			}
			next = map[string]any{}
			root[key] = next
		}
		root = next
	}
	return root
}
