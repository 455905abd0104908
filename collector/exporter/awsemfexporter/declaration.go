package awsemfexporter

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"
)

// maxDeclaredDimensions is how many dimensions a set of a declaration may have. A
// larger one is left out, as the original does.
const maxDeclaredDimensions = 10

// declarations are what metric_declarations says.
type declarations struct {
	all []declaration

	mu    sync.Mutex       // guards named
	named map[string][]int // a metric's name → which declarations select it
}

// maxNamed bounds how many names are remembered.
const maxNamed = 10_000

type declaration struct {
	dimensions [][]string // sorted
	names      []*regexp.Regexp
	matchers   []matcher
}

type matcher struct {
	names     []string
	separator string
	regex     *regexp.Regexp
}

// newDeclarations compiles a valid configuration.
func newDeclarations(config []MetricDeclaration, logger *zap.Logger) (*declarations, error) {
	d := &declarations{named: make(map[string][]int)}
	for i, c := range config {
		var one declaration
		for j, set := range c.Dimensions {
			set = slices.Compact(slices.Sorted(slices.Values(set)))
			if len(set) > maxDeclaredDimensions {
				logger.Warn("set of dimensions is left out: it has too many",
					zap.String("key", fmt.Sprintf("metric_declarations::%d::dimensions::%d", i, j)), zap.Int("dimensions", len(set)), zap.Int("max", maxDeclaredDimensions))
				continue
			}
			one.dimensions = append(one.dimensions, set)
		}
		for _, selector := range c.NameSelectors {
			re, err := regexp.Compile(selector)
			if err != nil {
				return nil, fmt.Errorf("metric_declarations::%d::metric_name_selectors: %w", i, err)
			}
			one.names = append(one.names, re)
		}
		for _, m := range c.LabelMatchers {
			re, err := regexp.Compile(m.Regex)
			if err != nil {
				return nil, fmt.Errorf("metric_declarations::%d::label_matchers: %w", i, err)
			}
			separator := m.Separator
			if separator == "" {
				separator = ";"
			}
			one.matchers = append(one.matchers, matcher{names: m.LabelNames, separator: separator, regex: re})
		}
		d.all = append(d.all, one)
	}
	return d, nil
}

// selecting returns the declarations that select a metric by its name. The caller
// must not change the result.
func (d *declarations) selecting(name string) []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.named[name]
	if ok {
		return found
	}
	for i, one := range d.all {
		if slices.ContainsFunc(one.names, func(re *regexp.Regexp) bool { return re.MatchString(name) }) {
			found = append(found, i)
		}
	}
	if len(d.named) >= maxNamed {
		clear(d.named)
	}
	d.named[name] = found
	return found
}

// accepts reports whether the labels are those a declaration is for.
func (d *declaration) accepts(l labels) bool {
	if len(d.matchers) == 0 {
		return true
	}
	return slices.ContainsFunc(d.matchers, func(m matcher) bool {
		values := make([]string, len(m.names))
		for i, name := range m.names {
			values[i] = l.get(name)
		}
		return m.regex.MatchString(strings.Join(values, m.separator))
	})
}
