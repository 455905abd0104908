package filter_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

// inside lets cmp look into expressions.
var inside = cmp.Exporter(func(reflect.Type) bool { return true })

func mustCompile(t rapid.TB, expr string) *filter.Predicate {
	t.Helper()
	e, err := filter.Parse(expr)
	if err != nil {
		t.Fatalf("parse %s: %v", expr, err)
	}
	p, err := filter.Compile(e, testGroups)
	if err != nil {
		t.Fatalf("compile %s: %v", expr, err)
	}
	return p
}

func TestParseOfStringIsIdentity(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawExpr(rt)
		first, err := filter.Parse(text)
		if err != nil {
			rt.Fatalf("parse %s: %v", text, err)
		}
		printed := first.String()
		second, err := filter.Parse(printed)
		if err != nil {
			rt.Fatalf("parse %s, printed of %s: %v", printed, text, err)
		}
		if diff := cmp.Diff(first, second, inside); diff != "" {
			rt.Fatalf("%s printed as %s:\n%s", text, printed, diff)
		}
		if again := second.String(); again != printed {
			rt.Fatalf("%s printed as %s, then as %s", text, printed, again)
		}
	})
}

// Whatever matches satisfies every condition: a store may skip what does not.
func TestConditionsAreNecessary(t *testing.T) {
	t.Run("any expression", func(t *testing.T) { checkConditions(t, drawExpr, drawWritten) })
	t.Run("expressions on columns", func(t *testing.T) { checkConditions(t, drawColumnExpr, drawWritten) })
	t.Run("assembled traces", func(t *testing.T) { checkConditions(t, drawColumnExpr, drawAssembled) })
}

func drawWritten(t *rapid.T) (*trace.Summary, string) {
	text := drawSummary(t)
	return parseSummary(t, text), text
}

func drawAssembled(t *rapid.T) (*trace.Summary, string) {
	docs := tracetest.Random(t)
	assembled := trace.Assemble(docs[0].Segment.TraceID, docs)
	return assembled.Summary(), tracetest.Tree(assembled)
}

func checkConditions(t *testing.T, drawExpr func(*rapid.T) string, drawTrace func(*rapid.T) (*trace.Summary, string)) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawExpr(rt)
		p := mustCompile(rt, text)
		for range 8 {
			s, drawn := drawTrace(rt)
			from := rapid.Int64Range(1000, 1002).Draw(rt, "from") * second
			if !p.Match(s) && !p.MatchWithin(s, from, from+second) {
				continue
			}
			for i, c := range p.Conditions() {
				if !c.Holds(s) {
					rt.Fatalf("%s matches, but not its condition %d (%s):\n%s", text, i, c.Column, drawn)
				}
			}
		}
	})
}

// The connectives mean what they should, however an expression is nested.
func TestConnectives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawExpr(rt), drawExpr(rt)
		drawn := drawSummary(rt)
		s := parseSummary(t, drawn)
		match := func(expr string) bool { return mustCompile(rt, expr).Match(s) }
		for expr, want := range map[string]bool{
			"!(" + a + ")":                !match(a),
			"(" + a + ") AND (" + b + ")": match(a) && match(b),
			"(" + a + ") (" + b + ")":     match(a) && match(b),
			"(" + a + ") OR (" + b + ")":  match(a) || match(b),
		} {
			if got := match(expr); got != want {
				rt.Fatalf("%s: got %t, want %t for\n%s", expr, got, want, drawn)
			}
		}
	})
}

// A window that has every end gives the answer without a window, unless something
// is still in progress or exists only as a name.
func TestWideWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, drawn := drawExpr(rt), drawSummary(rt)
		if strings.Contains(drawn, "open") {
			return
		}
		p, s := mustCompile(rt, text), parseSummary(t, drawn)
		if got, want := p.MatchWithin(s, 0, 2000*second), p.Match(s); got != want {
			rt.Fatalf("%s: within a wide window %t, without %t for\n%s", text, got, want, drawn)
		}
	})
}
