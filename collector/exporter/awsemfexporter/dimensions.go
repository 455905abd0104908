package awsemfexporter

import (
	"slices"
	"strconv"
)

// maxDimensions is how many dimensions a set may have in the format.
const maxDimensions = 30

// Lengths of what CloudWatch takes: see Dimension.
const (
	maxDimensionName  = 255
	maxDimensionValue = 1024
)

// dimensionsOf returns the names of the labels that can be dimensions, sorted.
// CloudWatch takes no dimension without a value, with a very long one, or with one
// that is not text; other labels of the event are hidden by a metric of the same
// name. An event that named one of these would be refused, with all its metrics.
func (t *translator) dimensionsOf(g *group) []string {
	names := make([]string, 0, len(g.labels))
	for _, l := range g.labels {
		if t.isDimension(l) && !g.hides(t, l.name) {
			names = append(names, l.name)
		}
	}
	return names
}

func (t *translator) isDimension(l label) bool {
	if !isPrintable(l.name, maxDimensionName) || l.name[0] == ':' || !isPrintable(l.value, maxDimensionValue) {
		return false
	}
	return !t.json[l.name] || !isJSONStructure(l.value)
}

// isPrintable reports whether text has something to be seen, no control characters
// and not too many bytes.
func isPrintable(text string, maxBytes int) bool {
	visible := false
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c == 0x7f:
			return false
		case c != ' ':
			visible = true
		}
	}
	return visible && len(text) <= maxBytes
}

// rollup returns the sets of dimensions that the option adds for labels.
func rollup(option string, names []string) [][]string {
	if option == noRollup {
		return nil
	}
	var zero, others []string
	for _, name := range names {
		if name == scopeLabel {
			zero = []string{scopeLabel}
		} else {
			others = append(others, name)
		}
	}
	var sets [][]string
	if option == zeroAndSingleRollup && len(others) > 0 {
		sets = append(sets, zero)
	}
	for _, name := range others {
		set := append(slices.Clone(zero), name)
		slices.Sort(set)
		sets = append(sets, set)
	}
	return sets
}

// directive is metrics with the sets of dimensions they are stored with.
type directive struct {
	dimensions [][]string
	metrics    []*metric
}

// directives returns what CloudWatch is to make of some metrics of a group; none
// when they stay in the log alone.
func (t *translator) directives(g *group, metrics []*metric) []directive {
	if t.config.DisableMetricExtraction {
		return nil
	}
	extra := rollup(t.config.DimensionRollupOption, g.dimensions)
	if len(t.declarations.all) > 0 {
		return t.declared(g, metrics, extra)
	}
	sets := extra
	if len(g.dimensions) <= maxDimensions {
		sets = append([][]string{g.dimensions}, extra...)
	}
	if sets = unique(sets); len(sets) == 0 {
		return nil
	}
	return []directive{{dimensions: sets, metrics: metrics}}
}

// declared returns a directive for each combination of declarations that selects
// some of the metrics.
func (t *translator) declared(g *group, metrics []*metric, extra [][]string) []directive {
	accepted := make([]bool, len(t.declarations.all))
	for i := range t.declarations.all {
		accepted[i] = t.declarations.all[i].accepts(g.labels)
	}
	var all []directive
	places := make(map[string]int) // a combination → its place in all, or -1
	var key []byte
	for _, m := range metrics {
		key = key[:0]
		var sets [][]string
		for _, i := range t.declarations.selecting(m.name) {
			if !accepted[i] {
				continue
			}
			key = append(strconv.AppendInt(key, int64(i), 10), ' ')
			for _, set := range t.declarations.all[i].dimensions {
				if containsAll(g.dimensions, set) {
					sets = append(sets, set)
				}
			}
		}
		if len(key) == 0 {
			continue
		}
		at, seen := places[string(key)]
		if !seen {
			at = -1
			if sets = unique(append(sets, extra...)); len(sets) > 0 {
				at = len(all)
				all = append(all, directive{dimensions: sets})
			}
			places[string(key)] = at
		}
		if at >= 0 {
			all[at].metrics = append(all[at].metrics, m)
		}
	}
	return all
}

func containsAll(sorted, set []string) bool {
	for _, name := range set {
		if _, ok := slices.BinarySearch(sorted, name); !ok {
			return false
		}
	}
	return true
}

// unique returns the sets without repetitions, in their order.
func unique(sets [][]string) [][]string {
	if len(sets) < 2 {
		return sets
	}
	seen := make(map[string]bool, len(sets))
	return slices.DeleteFunc(sets, func(set []string) bool {
		var key []byte
		for _, name := range set {
			key = appendKey(key, name)
		}
		known := seen[string(key)]
		seen[string(key)] = true
		return known
	})
}
