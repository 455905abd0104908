package filter_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/filter"
)

// Expressions and summaries are drawn from the same few values, so that they meet.
var (
	nodeNames   = []string{"web", "pay", "db"}
	nodeTypes   = []string{"AWS::Lambda", "client", "remote"}
	words       = []string{"x", "xy", "y\"\\\n", "", "ü"}
	urls        = []string{"http://a/x", "http://a/y"}
	timeSamples = []string{"0.5", "1", "1.5", "2", "-1", "1e3"}
	statuses    = []string{"200", "404", "429", "503", "0"}
	keys        = []string{"k", "k.l", "aws:x", "quo\"te"}
)

// drawExpr draws an expression for the outside of braces.
func drawExpr(t *rapid.T) string { return exprGen{t}.expr("trace", 4) }

// drawColumnExpr draws an expression that is likely to have conditions: few
// keywords, many disjunctions and negations.
func drawColumnExpr(t *rapid.T) string {
	g := exprGen{t}
	family := g.pick("flag", "observed flag", "time", "status", "url", "annotation", "user", "node", "group")
	term := func() string {
		switch family {
		case "flag":
			return g.pick("", "!") + g.pick("fault", "error", "throttle", "fault = false")
		case "observed flag":
			return "service() { " + g.pick("", "!") + g.pick("fault", "error", "throttle") + g.pick("", " OR fault", " OR !error") + " }"
		case "time":
			return g.pick("", "!") + g.pick("responsetime", "duration") + g.pick("", g.pick("=", "!=", "<", "<=", ">", ">=")+g.pick("0.5", "1", "1.5"))
		case "status":
			return g.pick("", "!") + "http.status" + g.pick("", g.pick("=", "!=", "<", "<=", ">", ">=")+g.pick(statuses...))
		case "url":
			return g.pick("", "!") + "http.url" + g.pick("", g.pick("=", "!=", " ENDSWITH ")+filter.Quote(g.pick(append(urls, "x")...)))
		case "annotation":
			return g.pick("", "!") + "annotation.k" + g.pick("", g.pick("=", "!=")+g.pick(`"x"`, "1.5", "true"))
		case "user":
			return g.pick("", "!") + "user" + g.pick("", g.pick("=", "!=", " ENDSWITH ")+g.pick(`"x"`, `"xy"`, `"y"`))
		case "node":
			return g.pick("", "!") + "service(" + g.node() + ")" + g.pick("", `{ name = "web" }`, `{ !(type = "remote") }`)
		}
		return "group.name" + g.equality() + g.pick(`"faults"`, `"nobody"`) + g.pick(" ok", " fault")
	}
	expr := term()
	for range rapid.IntRange(0, 2).Draw(t, "terms") {
		expr = g.pick("!(", "(") + expr + g.pick(" OR ", " OR ", " AND ") + term() + ")"
	}
	return expr
}

type exprGen struct{ *rapid.T }

func (g exprGen) pick(from ...string) string { return rapid.SampledFrom(from).Draw(g.T, "pick") }

func (g exprGen) expr(scope string, depth int) string {
	kind := "term"
	if depth > 0 {
		kind = g.pick("term", "term", "and", "or", "not", "parentheses", "juxtaposed")
	}
	switch kind {
	case "and":
		return g.expr(scope, depth-1) + g.pick(" AND ", " and ") + g.expr(scope, depth-1)
	case "or":
		return g.expr(scope, depth-1) + " OR " + g.expr(scope, depth-1)
	case "not":
		return g.pick("!", "not ") + g.expr(scope, depth-1)
	case "parentheses":
		return "(" + g.expr(scope, depth-1) + ")"
	case "juxtaposed":
		return g.expr(scope, depth-1) + "\n" + g.expr(scope, depth-1)
	}
	if scope == "trace" {
		return g.traceTerm(depth)
	}
	return g.comparison(scope)
}

func (g exprGen) traceTerm(depth int) string {
	switch g.pick("comparison", "service", "edge", "cause", "json", "group") {
	case "service":
		return "service(" + g.pick("", g.node()) + ")" + g.pick("", " {"+g.expr("service", depth-1)+"}")
	case "edge":
		return "edge(" + g.pick("", g.node()+","+g.node()) + ")" + g.pick("", "{ "+g.expr("edge", depth-1)+" }")
	case "cause":
		level := g.pick("service", "entity", "exception")
		category := g.pick("fault", "error", "ResponseTime")
		if level == "exception" {
			category = "fault"
		}
		return "rootcause." + category + "." + level + "{" + g.expr("cause "+level, depth-1) + "}"
	case "json":
		return `rootcause.json ` + g.equality() + ` #[` + g.pick("", `{"Services": [{"Name":"web"}]}`, `{"Services":[{"EntityPath":[{"Remote":true},{"Name":"pay"}]}]}`) + "]"
	case "group":
		return g.pick("group.name", "group.arn") + g.equality() + filter.Quote(g.pick("faults", "users", "everything", "nobody"))
	}
	return g.comparison("trace")
}

func (g exprGen) equality() string { return g.pick("=", "!=") }

func (g exprGen) node() string {
	switch g.pick("name", "type", "both") {
	case "type":
		return "id(type: " + filter.Quote(g.pick(nodeTypes...)) + ")"
	case "both":
		return "id(type:" + filter.Quote(g.pick(nodeTypes...)) + " , name :" + filter.Quote(g.pick(nodeNames...)) + ")"
	}
	return filter.Quote(g.pick(nodeNames...))
}

func (g exprGen) comparison(scope string) string {
	bools, numbers, names := []string{"first", "last"}, []string{"index"}, []string{"name"}
	switch scope {
	case "cause service":
		bools, names = append(bools, "inferred"), append(names, "type")
	case "cause entity":
		bools = append(bools, "remote")
	case "cause exception":
		names = append(names, "message")
	default:
		return g.observed(scope)
	}
	return g.typed(bools, numbers, names)
}

func (g exprGen) observed(scope string) string {
	bools := []string{"ok", "error", "fault", "throttle", "partial", "Fault"}
	names := []string{"http.url", "http.method", "user", "instance.id", "resource.arn"}
	if scope != "edge" {
		bools = append(bools, "inferred")
	}
	if scope == "service" {
		bools = append(bools, "root")
		names = append(names, "name", "type")
	}
	if g.pick("keyword", "annotation") == "annotation" {
		return g.annotation(scope)
	}
	return g.typed(bools, []string{"responsetime", "duration", "http.status"}, names)
}

func (g exprGen) typed(bools, numbers, names []string) string {
	switch g.pick("bool", "number", "string") {
	case "bool":
		return g.pick(bools...) + g.pick("", " = true", "!=true", " = \"False\"")
	case "number":
		return g.pick(numbers...) + g.pick("", " ", g.pick("=", "!=", "<", "<=", ">", ">=")+g.pick(append(statuses, timeSamples...)...))
	}
	operator := g.pick("=", "!=", " contains ", " BEGINSWITH ", " EndsWith ")
	return g.pick(names...) + g.pick("", operator+filter.Quote(g.pick(append(append(urls, words...), nodeNames...)...)))
}

func (g exprGen) annotation(scope string) string {
	name := "annotation"
	if scope == "edge" {
		name = g.pick(name, "source.annotation", "destination.annotation")
	}
	key := g.pick(keys...)
	switch {
	case key == "k":
		name += g.pick(".k", "[k]", "[ \"k\" ]")
	case strings.Contains(key, `"`):
		name += "[" + filter.Quote(key) + "]"
	default:
		name += "[" + key + "]"
	}
	switch g.pick("set", "string", "number", "bool") {
	case "string":
		return name + " " + g.pick("=", "!=", "<", ">=", "CONTAINS", "BEGINSWITH") + filter.Quote(g.pick(words...))
	case "number":
		return name + g.pick("=", "!=", "<", ">=") + g.pick(timeSamples...)
	case "bool":
		return name + g.equality() + g.pick("true", "FALSE")
	}
	return name
}

// drawSummary draws the text of a summary, see parseSummary.
func drawSummary(t *rapid.T) string {
	g := exprGen{t}
	var lines []string
	present := []string{g.pick(nodeNames...)}
	lines = append(lines, g.pick("root ", "node ")+present[0]+" "+g.attributes())
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		name := g.pick(nodeNames...)
		switch g.pick("node", "edge", "cause", "trace") {
		case "node":
			lines = append(lines, "node "+name+" "+g.attributes())
			present = append(present, name)
		case "edge":
			lines = append(lines, "edge "+g.pick(present...)+" "+name+g.pick("", " inferred")+" "+g.attributes())
		case "cause":
			path := fmt.Sprintf("%s[%s,%s%s:0.5!E=x]", name, name, g.pick(nodeNames...), g.pick("", ":remote"))
			lines = append(lines, "cause "+g.pick("fault", "error", "responsetime")+" "+path+" > "+path)
		case "trace":
			lines = append(lines, "trace "+g.pick("partial", "duration=2"))
		}
	}
	return strings.Join(lines, "\n")
}

func (g exprGen) attributes() string {
	var out []string
	for range rapid.IntRange(0, 4).Draw(g.T, "attributes") {
		switch g.pick("time", "flag", "http", "annotation", "type", "user") {
		case "time":
			out = append(out, g.pick("0.5", "1", "1.5", "open"))
		case "flag":
			out = append(out, g.pick("error", "fault", "throttle"))
		case "http":
			out = append(out, "status="+g.pick(statuses...), "url="+g.pick(urls...))
		case "annotation":
			out = append(out, "@"+g.pick(keys...)+"="+g.pick("x", "xy", "1.5", "true", "false"))
		case "type":
			out = append(out, "type="+g.pick("AWS::Lambda", "remote"))
		case "user":
			out = append(out, "user="+g.pick("x", "xy"))
		}
	}
	return strings.Join(out, " ")
}

// testGroups has the groups that drawn expressions refer to.
var testGroups = filter.Options{Group: func(name string) (string, bool) {
	text, ok := map[string]string{
		"faults":     `fault OR service() { fault }`,
		"users":      `group.arn = "faults" AND user`,
		"everything": ``,
	}[name]
	return text, ok
}}
