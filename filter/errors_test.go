package filter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/servicegraph"
)

// faults has expressions that are wrong, with what Error says behind "Error
// Location: ".
var faults = []struct{ name, expr, err string }{
	{"unknown word", `madeup`, `line 1, position 1 : Invalid input symbol: 'ma' : unknown keyword 'madeup'`},
	{"unknown word behind others", `ok AND madeup = 1`, `line 1, position 8 : Invalid input symbol: 'ma' : unknown keyword 'madeup'`},
	{"unknown word on another line", "ok\nAND madeup", `line 2, position 5 : Invalid input symbol: 'ma' : unknown keyword 'madeup'`},
	{"position counts characters", `user = "ü" madeup`, `line 1, position 12 : Invalid input symbol: 'ma' : unknown keyword 'madeup'`},
	{"misspelt keyword", `responsetme > 1`, `line 1, position 1 : Invalid input symbol: 'responsetm' : unknown keyword 'responsetme', did you mean responsetime?`},
	{"swapped letters", `falut`, `line 1, position 1 : Invalid input symbol: 'falu' : unknown keyword 'falut', did you mean fault?`},
	{"beginning of a keyword", `faul`, `line 1, position 1 : Invalid input symbol: 'faul' : unknown keyword 'faul', did you mean fault?`},
	{"misspelt in braces", `service() { nam = "x" }`, `line 1, position 13 : Invalid input symbol: 'nam' : unknown keyword 'nam', did you mean name?`},
	{"unclosed parenthesis", `(fault`, `line 1, position 7 : missing ')' at end of expression`},
	{"unclosed selector", `service("a"`, `line 1, position 12 : missing ')' at end of expression`},
	{"unclosed brace", `service("a") { fault`, `line 1, position 21 : missing '}' at end of expression`},
	{"ends before a term", `fault AND`, `line 1, position 10 : Invalid input symbol: 'fault AND' : expected a keyword`},
	{"ends before a value", `responsetime >`, `line 1, position 15 : Invalid input symbol: 'responsetime >' : expected a value`},
	{"ends behind a negation", `!`, `line 1, position 2 : Invalid input symbol: '!' : expected a keyword`},
	{"nothing in parentheses", `()`, `line 1, position 2 : Invalid input symbol: ')' : expected a keyword`},
	{"nothing in braces", `service() {}`, `line 1, position 12 : Invalid input symbol: '}' : expected a keyword`},
	{"closed too often", `fault)`, `line 1, position 6 : Invalid input symbol: ')' : expected AND, OR or the end`},
	{"value without keyword", `"x" = user`, `line 1, position 1 : Invalid input symbol: '"x"' : expected a keyword`},
	{"connective without term", `OR fault`, `line 1, position 1 : Invalid input symbol: 'OR' : expected a keyword`},
	{"edge with one node", `edge("x")`, `line 1, position 9 : Invalid input symbol: ')' : expected ,`},
	{"service without parentheses", `service = "x"`, `line 1, position 9 : Invalid input symbol: '=' : expected (`},
	{"empty id", `service(id())`, `line 1, position 12 : Invalid input symbol: ')' : expected name, type or account.id`},
	{"field twice in id", `service(id(name: "a", name: "b"))`, `line 1, position 23 : Invalid input symbol: 'name' : name is there twice`},
	{"number in id", `service(id(name: 1))`, `line 1, position 18 : Invalid input symbol: '1' : expected a string in double quotes`},
	{"account outside of id", `account.id = "1"`, `line 1, position 1 : Invalid input symbol: 'account.id' : account.id is only allowed in id()`},
	{"name outside of braces", `name = "x"`, `line 1, position 1 : Invalid input symbol: 'name' : name is only allowed in service(){} or in rootcause.*{}`},
	{"coverage of a fault", `rootcause.fault.entity { coverage > 1 }`, `line 1, position 26 : Invalid input symbol: 'coverage' : coverage is only allowed in rootcause.responsetime.entity{}`},
	{"cause in a service", `service() { rootcause.fault.service { last } }`, `line 1, position 13 : Invalid input symbol: 'rootcause.fault.service' : rootcause.fault.service is not allowed in braces`},
	{"exceptions of response times", `rootcause.responsetime.exception { last }`, `line 1, position 1 : Invalid input symbol: 'rootcause.responsetime.ex' : unknown keyword 'rootcause.responsetime.exception'`},
	{"cause without a body", `rootcause.fault.service`, `line 1, position 24 : Invalid input symbol: 'rootcause.fault.service' : expected {`},
	{"boolean as number", `fault = 1`, `line 1, position 9 : Invalid input symbol: '1' : fault is compared with true or false`},
	{"boolean with order", `fault > true`, `line 1, position 7 : Invalid input symbol: '>' : > is not allowed for fault, only = !=`},
	{"number as string", `http.status = "404"`, `line 1, position 15 : Invalid input symbol: '"404"' : http.status is compared with a number`},
	{"string as number", `user = 5`, `line 1, position 8 : Invalid input symbol: '5' : user is compared with a string in double quotes`},
	{"number contains", `responsetime CONTAINS "1"`, `line 1, position 14 : Invalid input symbol: 'CONTAINS' : CONTAINS is not allowed for responsetime, only = != < <= > >=`},
	{"annotation contains a number", `annotation.a CONTAINS 1`, `line 1, position 23 : Invalid input symbol: '1' : CONTAINS needs a string in double quotes`},
	{"order of booleans", `annotation.a < true`, `line 1, position 16 : Invalid input symbol: 'true' : < needs a number or a string`},
	{"word as value", `user = alice`, `line 1, position 8 : Invalid input symbol: 'al' : unknown keyword 'alice', expected a value`},
	{"annotation without key", `annotation = 1`, `line 1, position 1 : Invalid input symbol: 'annotation' : write annotation.key or annotation[key]`},
	{"annotation with empty key", `annotation. = 1`, `line 1, position 1 : Invalid input symbol: 'annotation.' : the key of the annotation is missing`},
	{"annotation with empty bracket", `annotation[ ] = 1`, `line 1, position 1 : Invalid input symbol: 'annotation[ ]' : the key of the annotation is missing`},
	{"annotation with open bracket", `annotation[a = 1`, `line 1, position 1 : Invalid input symbol: 'annotation[a = 1' : the key of the annotation has no closing bracket`},
	{"dotted key with dots", `annotation.a.b = 1`, `line 1, position 1 : Invalid input symbol: 'annotation.a.' : write annotation[a.b] for a key with dots`},
	{"annotation in a cause", `rootcause.fault.entity { annotation.a }`, `line 1, position 26 : Invalid input symbol: 'annotation.a' : annotation is only allowed outside of braces or in service(){} or in edge(){}`},
	{"source annotation outside of edges", `source.annotation.a`, `line 1, position 1 : Invalid input symbol: 'source.annotation.a' : source.annotation is only allowed in edge(){}`},
	{"single quotes", `user = 'a'`, `line 1, position 8 : Invalid input symbol: ''' : strings are written in double quotes`},
	{"unclosed string", `user = "a`, `line 1, position 8 : Invalid input symbol: '"a' : the string has no closing quote`},
	{"unknown escape", `user = "a\d"`, `line 1, position 8 : Invalid input symbol: '"a\d' : a backslash begins one of the escapes of JSON; write \\ for a backslash`},
	{"signs of other languages", `fault && ok`, `line 1, position 7 : Invalid input symbol: '&' : write AND`},
	{"more signs of other languages", `fault || ok`, `line 1, position 7 : Invalid input symbol: '|' : write OR`},
	{"equality of other languages", `user == "a"`, `line 1, position 7 : Invalid input symbol: '=' : expected a value`},
	{"sign that is none", `fault ; ok`, `line 1, position 7 : Invalid input symbol: ';'`},
	{"number out of range", `duration > 1e999`, `line 1, position 12 : Invalid input symbol: '1e999' : the number is out of range`},
	{"group with order", `group.name > "a"`, `line 1, position 12 : Invalid input symbol: '>' : expected =`},
	{"group in braces", `service() { group.name = "a" }`, `line 1, position 13 : Invalid input symbol: 'group.name' : group.name is not allowed in braces`},
	{"json without number sign", `rootcause.json = [{}]`, `line 1, position 18 : Invalid input symbol: '['`},
	{"json with a gap", `rootcause.json = # [{}]`, `line 1, position 18 : Invalid input symbol: '#' : a JSON array follows # immediately`},
	{"json cut off", `rootcause.json = #[{}`, `line 1, position 18 : Invalid input symbol: '#[{}' : not a JSON array: unexpected EOF`},
	{"json with unknown member", `rootcause.json = #[{"Sevices":[]}]`, `line 1, position 18 : Invalid input symbol: '#[{"Sevices":[]}]' : unknown field "Sevices"`},
	{"json of another type", `rootcause.json = #[{"Services":1}]`, `line 1, position 18 : Invalid input symbol: '#[{"Services":1}]' : Services cannot be a JSON number`},
	{"json of plain values", `rootcause.json = #[1]`, `line 1, position 18 : Invalid input symbol: '#[1]' : a root cause cannot be a JSON number`},
}

func TestSyntaxErrors(t *testing.T) {
	for _, tc := range faults {
		t.Run(tc.name, func(t *testing.T) {
			_, err := filter.Parse(tc.expr)
			if err == nil {
				t.Fatalf("Parse(%s): no error", tc.expr)
			}
			if want := "Error Location: " + tc.err; err.Error() != want {
				t.Errorf("Parse(%s):\n got %v\nwant %s", tc.expr, err, want)
			}
		})
	}
}

func TestSyntaxErrorOffset(t *testing.T) {
	_, err := filter.Parse("user = \"ü\"\n  AND x")
	var e *filter.SyntaxError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a SyntaxError", err)
	}
	want := filter.SyntaxError{Line: 2, Position: 7, Offset: 18, Symbol: "x", Detail: "unknown keyword 'x'"}
	if *e != want {
		t.Errorf("got %+v, want %+v", *e, want)
	}
	if kind := problem.KindOf(err); kind != problem.Invalid {
		t.Errorf("got kind %d, want Invalid", kind)
	}
}

func TestLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("(", n) + "ok" + strings.Repeat(")", n) }
	if _, err := filter.Parse(deep(filter.MaxDepth - 1)); err != nil {
		t.Errorf("at the depth limit: %v", err)
	}
	for name, expr := range map[string]string{
		"parentheses": deep(filter.MaxDepth),
		"negations":   strings.Repeat("!", filter.MaxDepth) + "ok",
		"length":      strings.Repeat(" ", filter.MaxLength+1),
	} {
		if _, err := filter.Parse(expr); err == nil {
			t.Errorf("%s beyond the limit are accepted", name)
		}
	}
}

func TestParseSelector(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{`service("web")`, `nil -> web//`},
		{`SERVICE(id(name:"web", type:"AWS::Lambda", account.id:"1"))`, `nil -> web/AWS::Lambda/1`},
		{`edge("web","pay")`, `web// -> pay//`},
		{` edge( id(type: "client") , "web" ) `, `/client/ -> web//`},
		{`service()`, `Error Location: line 1, position 9 : Invalid input symbol: ')' : expected a name in double quotes or id(…)`},
		{`edge()`, `Error Location: line 1, position 6 : Invalid input symbol: ')' : expected a name in double quotes or id(…)`},
		{`edge("a")`, `Error Location: line 1, position 9 : Invalid input symbol: ')' : expected ,`},
		{`id(name: "web")`, `Error Location: line 1, position 1 : Invalid input symbol: 'id' : expected service(…) or edge(…, …)`},
		{`madeup`, `Error Location: line 1, position 1 : Invalid input symbol: 'ma' : unknown keyword 'madeup', expected service(…) or edge(…, …)`},
		{`service("web") { fault }`, `Error Location: line 1, position 16 : Invalid input symbol: '{' : an entity selector has nothing behind its parenthesis`},
		{`service("web"`, `Error Location: line 1, position 14 : missing ')' at end of expression`},
		{`service("web") AND fault`, `Error Location: line 1, position 16 : Invalid input symbol: 'AND' : an entity selector has nothing behind its parenthesis`},
		{``, `Error Location: line 1, position 1 : expected service(…) or edge(…, …)`},
	} {
		got := selectorText(filter.ParseSelector(tc.in))
		if got != tc.want {
			t.Errorf("ParseSelector(%s):\n got %s\nwant %s", tc.in, got, tc.want)
		}
	}
}

// selectorText writes a result of ParseSelector on one line.
func selectorText(s *servicegraph.Selector, err error) string {
	if err != nil {
		return err.Error()
	}
	pattern := func(p *servicegraph.NodePattern) string {
		if p == nil {
			return "nil"
		}
		var parts []string
		for _, m := range []*string{p.Name, p.Type, p.AccountID} {
			if m == nil {
				m = new(string)
			}
			parts = append(parts, *m)
		}
		return strings.Join(parts, "/")
	}
	return pattern(s.From) + " -> " + pattern(s.To)
}
