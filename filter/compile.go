package filter

import (
	"slices"
	"sort"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// test is a compiled node: a predicate on a trace, an observation or a part of a
// root cause. Values are passed by value, so that a test allocates nothing.
type test[T any] func(T) bool

// compile compiles a tree whose leaves leaf compiles.
func compile[T any](n node, leaf func(node) test[T]) test[T] {
	switch n := n.(type) {
	case *and:
		return all(compileAll(n.terms, leaf))
	case *or:
		return some(compileAll(n.terms, leaf))
	case *not:
		term := compile(n.term, leaf)
		return func(x T) bool { return !term(x) }
	case *constant:
		return func(T) bool { return n.value }
	}
	return leaf(n)
}

func compileAll[T any](nodes []node, leaf func(node) test[T]) []test[T] {
	tests := make([]test[T], len(nodes))
	for i, n := range nodes {
		tests[i] = compile(n, leaf)
	}
	return tests
}

func all[T any](tests []test[T]) test[T] {
	if len(tests) == 2 {
		a, b := tests[0], tests[1]
		return func(x T) bool { return a(x) && b(x) }
	}
	return func(x T) bool {
		for _, t := range tests {
			if !t(x) {
				return false
			}
		}
		return true
	}
}

func some[T any](tests []test[T]) test[T] {
	if len(tests) == 2 {
		a, b := tests[0], tests[1]
		return func(x T) bool { return a(x) || b(x) }
	}
	return func(x T) bool {
		for _, t := range tests {
			if t(x) {
				return true
			}
		}
		return false
	}
}

// traceView is what an expression outside of braces sees.
type traceView struct {
	*trace.Summary
	window window
}

func compileTrace(n node) test[traceView] {
	switch n := n.(type) {
	case *comparison:
		return compileTraceComparison(n)
	case *service:
		return compileService(n)
	case *edge:
		return compileEdge(n)
	case *cause:
		return compileCause(n)
	case *causeJSON:
		return compileCauseJSON(n)
	}
	panic("filter: no such node outside of braces")
}

func compileTraceComparison(c *comparison) test[traceView] {
	switch keywords[c.field].kind {
	case kindBool:
		return boolTest(c, traceBool(c.field))
	case kindNumber:
		return compileTraceNumber(c)
	case kindString:
		return compileTraceString(c)
	}
	fits := valueTest(c.op, c.value)
	return func(t traceView) bool {
		// Sorted by key, unlike the annotations of an observation.
		i := sort.Search(len(t.Annotations), func(i int) bool { return t.Annotations[i].Key >= c.key })
		for ; i < len(t.Annotations) && t.Annotations[i].Key == c.key; i++ {
			if fits(t.Annotations[i].Value) {
				return true
			}
		}
		return false
	}
}

func traceBool(f field) test[traceView] {
	switch f {
	case fieldOK:
		return func(t traceView) bool { return t.HasRoot && t.Flags == 0 }
	case fieldPartial:
		return func(t traceView) bool { return t.IsPartial }
	case fieldInferred:
		return func(t traceView) bool {
			for i := range t.NodeObservations {
				if t.NodeObservations[i].Inferred {
					return true
				}
			}
			return false
		}
	}
	flag := flagOf(f)
	return func(t traceView) bool { return t.Flags&flag != 0 }
}

// flagOf returns the flag that f, one of error, fault and throttle, stands for.
func flagOf(f field) segment.Flags {
	switch f {
	case fieldError:
		return segment.FlagError
	case fieldFault:
		return segment.FlagFault
	case fieldThrottle:
		return segment.FlagThrottle
	}
	panic("filter: no such flag")
}

func compileTraceNumber(c *comparison) test[traceView] {
	in := intervalOf(c)
	switch c.field {
	case fieldResponseTime:
		return func(t traceView) bool { return in.has(t.ResponseTime) }
	case fieldDuration:
		return func(t traceView) bool { return in.has(t.Duration) }
	}
	return func(t traceView) bool { return in.has(statusOf(t.HTTP.Status)) }
}

// statusOf returns status as a number that an interval judges.
func statusOf(status int) int64 {
	if status == 0 {
		return trace.Unknown
	}
	return int64(status)
}

func compileTraceString(c *comparison) test[traceView] {
	fits := stringTest(c.op, c.value.String)
	var get func(*trace.Summary) []string
	switch c.field {
	case fieldUser:
		get = func(s *trace.Summary) []string { return s.Users }
	case fieldAvailabilityZone:
		get = func(s *trace.Summary) []string { return s.AvailabilityZones }
	case fieldInstanceID:
		get = func(s *trace.Summary) []string { return s.InstanceIDs }
	case fieldResourceARN:
		get = func(s *trace.Summary) []string { return s.ResourceARNs }
	default:
		part := httpString(c.field)
		return func(t traceView) bool { return fits(part(&t.HTTP)) }
	}
	return func(t traceView) bool { return slices.ContainsFunc(get(t.Summary), fits) }
}

func httpString(f field) func(*trace.HTTP) string {
	switch f {
	case fieldURL:
		return func(h *trace.HTTP) string { return h.URL }
	case fieldMethod:
		return func(h *trace.HTTP) string { return h.Method }
	case fieldUserAgent:
		return func(h *trace.HTTP) string { return h.UserAgent }
	case fieldClientIP:
		return func(h *trace.HTTP) string { return h.ClientIP }
	}
	panic("filter: no such part of a request")
}

// patternTest compiles a pattern; nil fits every node.
func patternTest(p *servicegraph.NodePattern) func(*trace.Node) bool {
	if p == nil {
		return func(*trace.Node) bool { return true }
	}
	if p.Name != nil && p.Type == nil && p.AccountID == nil {
		name := *p.Name
		return func(n *trace.Node) bool { return n.Name == name }
	}
	return func(n *trace.Node) bool { return p.Match(*n) }
}
