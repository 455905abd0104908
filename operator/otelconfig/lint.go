package otelconfig

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Warning is something the author of a configuration should know.
type Warning struct {
	// Path is where it is, as the collector spells places: "receivers::otlp::protocols".
	Path string
	// Message says what is wrong and what to do.
	Message string
	// Refuse is set when a collector with this configuration cannot start or cannot do what
	// its author means, so that it is better refused than run.
	Refuse bool
}

// String returns the place and the message.
func (w Warning) String() string {
	if w.Path == "" {
		return w.Message
	}
	return w.Path + ": " + w.Message
}

func warn(path, format string, args ...any) Warning {
	return Warning{Path: path, Message: fmt.Sprintf(format, args...)}
}

func refuse(path, format string, args ...any) Warning {
	return Warning{Path: path, Message: fmt.Sprintf(format, args...), Refuse: true}
}

// Lint finds what is likely a mistake in a configuration, as its author wrote it: references
// to components that are not defined, placeholders of a template that were not replaced,
// variables that are not expanded, null objects, endpoints that nobody can reach, and what
// collectors no longer know. It is not the collector's own validation, which knows more.
func Lint(cfg *v1beta1.Config) []Warning {
	out := slices.Concat(lintReferences(cfg), lintPipelines(cfg), lintDeprecated(cfg), lintReach(cfg))
	var nulls []string
	walkConfig(cfg, func(path string, v any) {
		switch v := v.(type) {
		case nil:
			nulls = append(nulls, path)
		case string:
			out = append(out, lintText(path, v)...)
		}
	})
	if len(nulls) > 0 {
		out = append(out, warn("", "the configuration has null objects: %s; use empty objects, such as batch: {}, because other programs drop keys that are null",
			strings.Join(nulls, ", ")))
	}
	slices.SortStableFunc(out, func(a, b Warning) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message)) })
	return slices.Compact(out)
}

// walkConfig calls f for every value of components and telemetry that is no object or list.
func walkConfig(cfg *v1beta1.Config, f func(path string, v any)) {
	for _, name := range []string{receivers, exporters, processors, connectors, extensions} {
		if values := section(cfg, name); len(values) > 0 {
			walk(name, values, f)
		}
	}
	if cfg.Service.Telemetry != nil {
		walk("service::telemetry", cfg.Service.Telemetry.Values, f)
	}
}

func walk(path string, v any, f func(path string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(path+"::"+key, v[key], f)
		}
	case []any:
		for i, item := range v {
			walk(fmt.Sprintf("%s::%d", path, i), item, f)
		}
	default:
		f(path, v)
	}
}

var (
	// placeholder matches <REGION>, but not the name of a group in a regular expression.
	placeholder = regexp.MustCompile(`(?:^|[^?P<A-Za-z0-9])(<[A-Z][A-Z0-9_-]*>)`)
	// wholePlaceholder matches a value that is nothing but a placeholder, in any case.
	wholePlaceholder = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9_ -]*>$`)
)

func lintText(path, s string) []Warning {
	var out []Warning
	replaceBare(s, func(name string) string {
		out = append(out, warn(path, "$%[1]s is not expanded by collectors since 0.105: write ${env:%[1]s}, or $$%[1]s if a dollar is meant", name))
		return name
	})
	found := wholePlaceholder.FindString(s)
	if m := placeholder.FindStringSubmatch(s); found == "" && m != nil {
		found = m[1]
	}
	if found != "" {
		out = append(out, refuse(path, "%s is a placeholder: replace it with the value for your account", found))
	}
	return out
}

// lintReferences finds ids of components that are not defined.
func lintReferences(cfg *v1beta1.Config) []Warning {
	var out []Warning
	for _, id := range cfg.Service.Extensions {
		if _, ok := section(cfg, extensions)[id]; !ok {
			out = append(out, refuse("service::extensions", "references extension %q which is not configured", id))
		}
	}
	for id, p := range cfg.Service.Pipelines {
		path := "service::pipelines::" + id
		for _, name := range []string{receivers, processors, exporters} {
			for _, ref := range references(p, name) {
				_, ok := section(cfg, name)[ref]
				if !ok && name != processors {
					_, ok = section(cfg, connectors)[ref]
				}
				if !ok {
					out = append(out, refuse(path, "references %s %q which is not configured", strings.TrimSuffix(name, "s"), ref))
				}
			}
		}
	}
	return out
}

// lintPipelines finds pipelines that no collector starts.
func lintPipelines(cfg *v1beta1.Config) []Warning {
	var out []Warning
	if len(cfg.Service.Pipelines) == 0 {
		out = append(out, warn("service::pipelines", "there is no pipeline: a collector does not start without one"))
	}
	for id, p := range cfg.Service.Pipelines {
		path := "service::pipelines::" + id
		signal, _, _ := strings.Cut(id, "/")
		if !slices.Contains([]string{"traces", "metrics", "logs", "profiles"}, signal) {
			out = append(out, refuse(path, "unknown signal %q: a pipeline is traces, metrics, logs or profiles, with a name after a slash if there are several", signal))
		}
		if p == nil || len(p.Receivers) == 0 {
			out = append(out, refuse(path, "must have at least one receiver"))
		}
		if p == nil || len(p.Exporters) == 0 {
			out = append(out, refuse(path, "must have at least one exporter"))
		}
	}
	return out
}

// lintReach finds endpoints that only the collector's own pod can reach.
func lintReach(cfg *v1beta1.Config) []Warning {
	var out []Warning
	for _, name := range []string{receivers, exporters, extensions} {
		for _, c := range enabled(cfg, name) {
			for _, l := range listenersOf(c) {
				endpoint := text(l.object(c.settings), l.endpointKey())
				if endpoint == "" || l.transport(c.settings) == "unix" {
					continue
				}
				path := strings.Join(slices.Concat([]string{c.path()}, l.path, []string{l.endpointKey()}), "::")
				switch a := parseEndpoint(endpoint); {
				case a.err != "":
					out = append(out, refuse(path, "%s", a.err))
				case a.local():
					out = append(out, warn(path, "%s is reachable from the collector's own pod only: use 0.0.0.0 for others", endpoint))
				}
			}
		}
	}
	return out
}

// gone has, by section and kind, the components that collectors no longer have, and what to
// use now.
var gone = map[string]map[string]string{
	exporters: {
		"jaeger":       "send OTLP, which Jaeger accepts",
		"jaegerthrift": "send OTLP, which Jaeger accepts",
		"logging":      "debug is its new name",
		"loki":         "send OTLP, which Loki accepts",
		"opencensus":   "send OTLP",
	},
	processors: {"queuedretry": "exporters queue and retry by themselves"},
	extensions: {"memoryballast": "GOMEMLIMIT does its work, and is set by the operator"},
	receivers:  {"opencensus": "receive OTLP"},
}

// lintDeprecated finds components and keys of older collectors.
func lintDeprecated(cfg *v1beta1.Config) []Warning {
	var out []Warning
	for name, kinds := range gone {
		for _, c := range enabled(cfg, name) {
			if instead, ok := kinds[c.kind()]; ok {
				out = append(out, warn(c.path(), "the %s is removed from current collectors: %s", strings.TrimSuffix(name, "s"), instead))
			}
		}
	}
	if cfg.Service.Telemetry != nil && text(cfg.Service.Telemetry.Values, "metrics", "address") != "" {
		out = append(out, warn("service::telemetry::metrics::address", "is removed from current collectors: use readers"))
	}
	for _, c := range enabled(cfg, receivers) {
		for _, protocol := range []string{grpc, http} {
			if v, _ := lookup(c.settings, "protocols", protocol, "tls_settings"); v != nil {
				out = append(out, warn(c.path()+"::protocols::"+protocol+"::tls_settings", "has been renamed to tls"))
			}
		}
	}
	for _, c := range enabled(cfg, processors) {
		if _, ok := c.settings["ballast_size_mib"]; ok && c.kind() == "memorylimiter" {
			out = append(out, warn(c.path()+"::ballast_size_mib", "is removed from current collectors"))
		}
	}
	return out
}
