package otelconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// defined lists the components of a section with this kind, whether they run or not.
func defined(cfg *v1beta1.Config, name, kind string) []component {
	values := section(cfg, name)
	var out []component
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if kindOf(id) == kind {
			settings, _ := values[id].(map[string]any)
			out = append(out, component{name, id, settings})
		}
	}
	return out
}

// dropSettings removes a key from the components of a kind.
func dropSettings(name, kind, key string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		change := ""
		for _, c := range defined(s.Config, name, kind) {
			if _, ok := c.settings[key]; ok {
				delete(c.settings, key)
				change = fmt.Sprintf("removed %s from %s", key, c.path())
			}
		}
		return change, nil
	}
}

// dropComponent removes the components of a kind, also from the pipelines.
func dropComponent(name, kind string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		change := ""
		for _, c := range defined(s.Config, name, kind) {
			delete(section(s.Config, name), c.id)
			eachReference(s.Config, name, func(id string) (string, bool) { return id, id != c.id })
			change = "removed " + c.path()
		}
		return change, nil
	}
}

// renameReceiver gives the receivers of a kind another type; names after the slash stay.
func renameReceiver(from, to string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		change := ""
		for _, c := range defined(s.Config, receivers, from) {
			_, name, slash := strings.Cut(c.id, "/")
			id := to
			if slash {
				id += "/" + name
			}
			values := section(s.Config, receivers)
			if _, taken := values[id]; taken {
				return "", fmt.Errorf("%s is now called %s, which is there already: remove one", c.path(), id)
			}
			values[id] = values[c.id]
			delete(values, c.id)
			eachReference(s.Config, receivers, func(ref string) (string, bool) {
				if ref == c.id {
					return id, true
				}
				return ref, true
			})
			change = fmt.Sprintf("renamed %s to %s", c.path(), id)
		}
		return change, nil
	}
}

// eachReference replaces the ids of a section in all pipelines by what f returns, and leaves
// out those that f does not want.
func eachReference(cfg *v1beta1.Config, name string, f func(id string) (string, bool)) {
	for _, p := range cfg.Service.Pipelines {
		if p == nil {
			continue
		}
		refs := &p.Receivers
		switch name {
		case processors:
			refs = &p.Processors
		case exporters:
			refs = &p.Exporters
		}
		var kept []string
		for _, id := range *refs {
			if id, keep := f(id); keep {
				kept = append(kept, id)
			}
		}
		if len(kept) != len(*refs) || !slices.Equal(kept, *refs) {
			*refs = kept
		}
	}
}

func dropArgs(names ...string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		var dropped []string
		for _, name := range names {
			if _, ok := s.Args[name]; ok {
				delete(s.Args, name)
				dropped = append(dropped, "--"+name)
			}
		}
		if dropped == nil {
			return "", nil
		}
		return "removed the flags " + strings.Join(dropped, ", "), nil
	}
}

// dropGate removes one gate from the flag feature-gates.
func dropGate(gate string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		value, ok := s.Args["feature-gates"]
		if !ok {
			return "", nil
		}
		gates := strings.Split(value, ",")
		kept := slices.DeleteFunc(slices.Clone(gates), func(g string) bool { return strings.TrimSpace(g) == gate })
		if len(kept) == len(gates) {
			return "", nil
		}
		if len(kept) == 0 {
			delete(s.Args, "feature-gates")
		} else {
			s.Args["feature-gates"] = strings.Join(kept, ",")
		}
		return "removed the feature gate " + gate, nil
	}
}

// healthCheckEndpoint turns health_check's port into its endpoint.
func healthCheckEndpoint(s *State) (string, error) {
	change := ""
	for _, c := range defined(s.Config, extensions, "healthcheck") {
		port := text(c.settings, "port")
		if port == "" {
			continue
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", fmt.Errorf("%s::port: %q is no port: write an endpoint instead", c.path(), port)
		}
		if text(c.settings, "endpoint") == "" {
			c.settings["endpoint"] = "0.0.0.0:" + port
		}
		delete(c.settings, "port")
		change = fmt.Sprintf("replaced %s::port by its endpoint", c.path())
	}
	return change, nil
}

// move takes settings from their old keys to new places below the same object.
func move(settings map[string]any, keys map[string][]string) bool {
	moved := false
	for _, from := range slices.Sorted(maps.Keys(keys)) {
		value, ok := settings[from]
		if !ok {
			continue
		}
		to := keys[from]
		parent := ensure(settings, to[:len(to)-1]...)
		if parent == nil {
			continue
		}
		if _, taken := parent[to[len(to)-1]]; !taken {
			parent[to[len(to)-1]] = value
		}
		delete(settings, from)
		moved = true
	}
	return moved
}

// otlpTLS renames tls_settings of the otlp receiver, and gathers what exporters had beside
// each other.
func otlpTLS(s *State) (string, error) {
	change := ""
	for _, c := range defined(s.Config, receivers, "otlp") {
		for _, protocol := range []string{grpc, http} {
			v, _ := lookup(c.settings, "protocols", protocol)
			if object, ok := v.(map[string]any); ok && move(object, map[string][]string{"tls_settings": {"tls"}}) {
				change = fmt.Sprintf("renamed tls_settings of %s to tls", c.path())
			}
		}
	}
	keys := map[string][]string{}
	for _, key := range []string{"ca_file", "cert_file", "key_file", "insecure", "insecure_skip_verify", "min_version", "max_version", "server_name_override"} {
		keys[key] = []string{"tls", key}
	}
	for _, kind := range []string{"otlp", "otlphttp", "jaeger"} {
		for _, c := range defined(s.Config, exporters, kind) {
			if c.settings != nil && move(c.settings, keys) {
				change = fmt.Sprintf("moved the TLS settings of %s below tls", c.path())
			}
		}
	}
	return change, nil
}

// otlpCORS gathers the CORS settings of the otlp receiver.
func otlpCORS(s *State) (string, error) {
	change := ""
	for _, c := range defined(s.Config, receivers, "otlp") {
		v, _ := lookup(c.settings, "protocols", http)
		if object, ok := v.(map[string]any); ok && move(object, map[string][]string{
			"cors_allowed_origins": {"cors", "allowed_origins"},
			"cors_allowed_headers": {"cors", "allowed_headers"},
		}) {
			change = fmt.Sprintf("moved the CORS settings of %s below cors", c.path())
		}
	}
	return change, nil
}

// argsToTelemetry turns flags into settings of service.telemetry; what is configured wins.
func argsToTelemetry(group string, flags map[string]string) func(*State) (string, error) {
	return func(s *State) (string, error) {
		var moved []string
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			value, ok := s.Args[name]
			if !ok {
				continue
			}
			if s.Config.Service.Telemetry == nil {
				s.Config.Service.Telemetry = &v1beta1.Object{}
			}
			telemetry := s.Config.Service.Telemetry
			if telemetry.Values == nil {
				telemetry.Values = map[string]any{}
			}
			settings := ensure(telemetry.Values, group)
			if settings == nil {
				return "", fmt.Errorf("service::telemetry::%s is no object: the flag --%s cannot be moved there", group, name)
			}
			if _, set := settings[flags[name]]; !set {
				settings[flags[name]] = telemetryValue(name, value)
			}
			delete(s.Args, name)
			moved = append(moved, "--"+name)
		}
		if moved == nil {
			return "", nil
		}
		return fmt.Sprintf("moved the flags %s to service::telemetry::%s", strings.Join(moved, ", "), group), nil
	}
}

func telemetryValue(flag, value string) any {
	if flag == "log-profile" {
		return strings.EqualFold(value, "dev")
	}
	return value
}

// noRemoteSampling refuses what has no successor.
func noRemoteSampling(s *State) (string, error) {
	for _, c := range defined(s.Config, receivers, "jaeger") {
		if _, ok := c.settings["remote_sampling"]; ok {
			return "", fmt.Errorf("%s::remote_sampling: the jaeger receiver serves no sampling strategies any more: use the extension jaegerremotesampling, and remove the key", c.path())
		}
	}
	return "", nil
}

// braceVariables spells $NAME as ${env:NAME}, which is the only spelling that is expanded
// since. "$$" is a dollar, and stays.
func braceVariables(s *State) (string, error) {
	count := 0
	replace := func(v string) string {
		return replaceBare(v, func(name string) string {
			count++
			return "${env:" + name + "}"
		})
	}
	for _, name := range []string{receivers, exporters, processors, connectors, extensions} {
		eachText(section(s.Config, name), replace)
	}
	if s.Config.Service.Telemetry != nil {
		eachText(s.Config.Service.Telemetry.Values, replace)
	}
	if count == 0 {
		return "", nil
	}
	return fmt.Sprintf("spelled %d variables ${env:NAME}", count), nil
}

// eachText replaces every string below v in place, and returns v's replacement.
func eachText(v any, replace func(string) string) any {
	switch v := v.(type) {
	case string:
		return replace(v)
	case map[string]any:
		for key, value := range v {
			v[key] = eachText(value, replace)
		}
	case []any:
		for i, value := range v {
			v[i] = eachText(value, replace)
		}
	}
	return v
}

// addressToReader turns the address of the collector's metrics into a reader.
func addressToReader(s *State) (string, error) {
	if s.Config.Service.Telemetry == nil {
		return "", nil
	}
	v, _ := lookup(s.Config.Service.Telemetry.Values, "metrics")
	metrics, _ := v.(map[string]any)
	address := text(metrics, "address")
	if address == "" {
		return "", nil
	}
	a := parseEndpoint(address)
	if a.port == 0 || a.host == unknown {
		return "", fmt.Errorf("service::telemetry::metrics::address: %q cannot be divided into host and port: write readers instead", address)
	}
	delete(metrics, "address")
	if metrics["readers"] == nil {
		metrics["readers"] = readers(a.host, a.port)
	}
	return "replaced service::telemetry::metrics::address by a reader", nil
}

// readers is the list with one reader that Prometheus scrapes. The three flags keep the names
// of the metrics as the collector's own default has them.
func readers(host string, port int32) []any {
	return []any{map[string]any{"pull": map[string]any{"exporter": map[string]any{
		"prometheus": map[string]any{
			"host": host, "port": json.Number(strconv.FormatInt(int64(port), 10)),
			"without_scope_info": true, "without_type_suffix": true, "without_units": true,
		},
	}}}}
}
