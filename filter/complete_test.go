package filter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/filter"
)

func TestComplete(t *testing.T) {
	// The cursor is at the bar. Suggestions are written as kind:text@offset, without
	// the kind for keywords, operators and literals.
	for _, tc := range []struct{ name, expr, want string }{
		{"keyword", `resp|`, `responsetime@0`},
		{"keyword in any case", `OK AND Faul|`, `fault@7`},
		{"keyword in braces", `service("a") { ro|`, `root@15`},
		{"keyword not in braces", `ro|`, `rootcause.fault.service@0 rootcause.fault.entity@0 rootcause.fault.exception@0 rootcause.error.service@0 rootcause.error.entity@0 rootcause.error.exception@0 rootcause.responsetime.service@0 rootcause.responsetime.entity@0 rootcause.json@0`},
		{"keyword in a cause", `rootcause.responsetime.entity{co|`, `coverage@30`},
		{"keyword without and", `ok du|`, `duration@3`},
		{"connective", `fault a|`, `AND@6 availabilityzone@6 annotation.@6`},
		{"connective in parentheses", `(fault |`, `=@7 !=@7 AND@7 OR@7 )@7`},
		{"operator of numbers", `duration |`, `=@9 !=@9 <@9 <=@9 >@9 >=@9 AND@9 OR@9`},
		{"operator of strings", `user be|`, `BEGINSWITH@5`},
		{"boolean", `fault = t|`, `true@8`},
		{"string", `user = "al|ice"`, `value:al@7`},
		{"string without a quote", `http.url CONTAINS |`, `value:@18`},
		{"behind a string", `user = "alice" |`, `AND@15 OR@15`},
		{"node", `service(|`, `)@8 node-name:@8 id(@8`},
		{"node name", `service("pa|`, `node-name:pa@8`},
		{"behind a node", `service("pay"|`, `)@13`},
		{"body", `service("pay") |`, `{@15 AND@15 OR@15`},
		{"second node", `edge("a", "b|`, `node-name:b@10`},
		{"field of id", `service(id(ty|`, `type:@11`},
		{"type in id", `service(id(type: "AWS|`, `node-type:AWS@17`},
		{"account in id", `service(id(account.id: |`, `account:@23`},
		{"behind a field of id", `service(id(name: "a" |`, `,@21 )@21`},
		{"name in braces", `service() { name = "a|`, `node-name:a@19`},
		{"type in braces", `service() { type = "a|`, `node-type:a@19`},
		{"annotation key", `annotation.ten|`, `annotation-key:ten@0`},
		{"annotation key in brackets", `ok annotation[a.|`, `annotation-key:a.@3`},
		{"annotation key in quotes", `annotation["a |`, `annotation-key:a @0`},
		{"first letter of an annotation key", `annotation.|`, `annotation-key:@0`},
		{"annotation value", `annotation.tenant = "ac|`, `annotation-value:ac@20`},
		{"annotation value without a quote", `annotation[a.b] = |`, `annotation-value:@18 true@18 false@18`},
		{"group", `group.name = "ch|`, `group-name:ch@13`},
		{"group by arn", `group.arn |`, `=@10 !=@10`},
		{"value of group.arn", `group.arn = |`, `group-arn:@12`},
		{"json", `rootcause.json = |`, `#[@17`},
		{"what follows does not matter", `fau| AND madeup`, `fault@0`},
		{"nothing behind a fault", `madeup = 1 AND |`, ``},
		{"behind a number", `duration > 1|`, `AND@12 OR@12`},
		{"nothing like that", `xyz|`, ``},
	} {
		t.Run(tc.name, func(t *testing.T) {
			expr := strings.Replace(tc.expr, "|", "", 1)
			var got []string
			for _, s := range filter.Complete(expr, strings.Index(tc.expr, "|")) {
				kind := string(s.Kind) + ":"
				if slices.Contains([]filter.SuggestionKind{filter.SuggestKeyword, filter.SuggestOperator, filter.SuggestLiteral}, s.Kind) {
					kind = ""
				}
				got = append(got, fmt.Sprintf("%s%s@%d", kind, s.Text, s.Offset))
			}
			if got := strings.Join(got, " "); got != tc.want {
				t.Errorf("Complete(%s):\n got %s\nwant %s", tc.expr, got, tc.want)
			}
		})
	}
}

// Every keyword is suggested where it is allowed: what is suggested parses.
func TestSuggestedKeywordsParse(t *testing.T) {
	for _, around := range []string{
		`|`, `service() { | }`, `edge() { | }`, `rootcause.fault.service { | }`, `rootcause.error.entity { | }`,
		`rootcause.responsetime.entity { | }`, `rootcause.fault.exception { | }`,
	} {
		suggestions := filter.Complete(around, strings.Index(around, "|"))
		if len(suggestions) < 4 {
			t.Errorf("%s: only %d suggestions", around, len(suggestions))
		}
		for _, s := range suggestions {
			text := s.Text
			switch {
			case strings.HasSuffix(text, "("):
				text += ")"
			case strings.HasSuffix(text, "."):
				text += "key"
			case strings.HasPrefix(text, "group."):
				text += ` = "g"`
			case text == "rootcause.json":
				text += ` = #[]`
			case strings.HasPrefix(text, "rootcause."):
				text += ` { last }`
			}
			if expr := strings.Replace(around, "|", text, 1); s.Kind == filter.SuggestKeyword {
				if _, err := filter.Parse(expr); err != nil {
					t.Errorf("%s: %v", expr, err)
				}
			}
		}
	}
}
