package collectorcheck

import (
	"regexp"
	"strings"
)

// reference matches a reference to an environment variable as the collector expands it:
// ${NAME}, ${env:NAME}, each with or without a default after ":-"
// (https://opentelemetry.io/docs/collector/configuration/#environment-variables). A default
// that holds another reference, or could become one, does not match.
var reference = regexp.MustCompile(`^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-[^${}]*)?\}`)

// references returns the names of the variables that a configuration refers to, and whether
// that is all it refers to. It is not when it has a reference to a file, a URL or anything
// else, or one within another: such a text is not to be given to a collector here.
func references(config string) (names []string, onlyEnv bool) {
	seen := make(map[string]bool)
	for {
		at := strings.IndexByte(config, '$')
		if at < 0 {
			return names, true
		}
		config = config[at:]
		switch {
		case strings.HasPrefix(config, "$$"):
			config = config[2:]
		case strings.HasPrefix(config, "${"):
			match := reference.FindStringSubmatch(config)
			if match == nil {
				return names, false
			}
			if name := match[1]; !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
			config = config[len(match[0]):]
		default:
			config = config[1:]
		}
	}
}

// environment returns the values to give for the names, and those that are not known. A value
// with a dollar in it is treated as unknown, for the collector would expand it again.
func environment(names []string, env map[string]string) (values, unknown []string) {
	for _, name := range names {
		if value, ok := env[name]; ok && !strings.ContainsAny(value, "$\x00") {
			values = append(values, name+"="+value)
		} else {
			unknown = append(unknown, name)
		}
	}
	return values, unknown
}
