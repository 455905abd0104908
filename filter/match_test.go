package filter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/trace"
)

// What the examples leave open: each expression with traces that match and traces
// that do not.
func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		name, expr   string
		match, other []string
	}{
		{
			"empty expression", " \n",
			[]string{`node web`},
			nil,
		},
		{
			"words in any case", `Http.Status = 200 And not FAULT or PARTIAL = TRUE`,
			[]string{`root web status=200`, `node web; trace partial`},
			[]string{`root web status=200 fault`},
		},
		{
			"and binds tighter than or", `fault OR error AND partial`,
			[]string{`root web fault`, `root web error; trace partial`},
			[]string{`root web error`},
		},
		{
			"not binds tightest", `!fault AND error`,
			[]string{`root web error`},
			[]string{`root web`, `root web fault error`},
		},
		{
			"quoted boolean", `fault = "True"`,
			[]string{`root web fault`},
			[]string{`root web`},
		},
		{
			"boolean is not", `ok != true`,
			[]string{`root web fault`, `node web`},
			[]string{`root web`},
		},
		{
			"without a root nothing is ok", `ok OR error OR fault OR throttle`,
			[]string{`root web`},
			[]string{`node web`, `node web fault`},
		},
		{
			"open root has no response time", `responsetime < 100 OR responsetime != 1 OR responsetime`,
			[]string{`root web 2`},
			[]string{`root web open`, `node web 2`},
		},
		{
			"open trace has no duration", `duration`,
			[]string{`root web`},
			[]string{`root web open`},
		},
		{
			"open segment has no times", `service("web") { responsetime < 100 OR duration >= 0 }`,
			[]string{`root web`},
			[]string{`root web open`},
		},
		{
			"open call has no times", `edge() { responsetime >= 0 }`,
			[]string{`root web`},
			[]string{`root web open`},
		},
		{
			"absent is not unequal", `http.url != "x" OR http.status != 1 OR user != "x" OR annotation.a != "x"`,
			[]string{`root web url=y`, `root web status=2`, `root web user=y`, `root web @a=y`},
			[]string{`root web`, `root web user=x`},
		},
		{
			"some value differs", `user != "x"`,
			[]string{`root web user=x; node pay user=y`},
			[]string{`root web user=x`},
		},
		{
			"no value equals", `!(user = "x")`,
			[]string{`root web user=y`, `root web`},
			[]string{`root web user=x; node pay user=y`},
		},
		{
			"decimals are exact", `responsetime = 0.3`,
			[]string{`root web 0.3`},
			[]string{`root web 0.300000001`},
		},
		{
			"number annotation is not a string", `annotation.age = "29"`,
			[]string{`root web @age="29"`},
			[]string{`root web @age=29`},
		},
		{
			"string annotation is not a number", `annotation.age = 29 OR annotation.age != 29`,
			[]string{`root web @age=29`, `root web @age=30`},
			[]string{`root web @age="29"`, `root web @age=true`},
		},
		{
			"boolean annotation", `annotation.a = true OR annotation.b != true`,
			[]string{`root web @a=true`, `root web @b=false`},
			[]string{`root web @a=false`, `root web @b=true`, `root web @a="true"`, `root web @a=1`},
		},
		{
			"annotation with several values", `annotation.a > 5`,
			[]string{`root web @a=1; node pay @a=9; node db @a=x`},
			[]string{`root web @a=1; node pay @a=2; node db @b=9`},
		},
		{
			"strings of annotations have an order", `annotation.version >= "1.2"`,
			[]string{`root web @version="1.2.1"`},
			[]string{`root web @version="1.1"`, `root web @version=2`},
		},
		{
			"empty annotation is set", `annotation.a AND annotation.a = ""`,
			[]string{`root web @a=""`},
			[]string{`root web @a="x"`},
		},
		{
			"keys and values by case", `annotation.Tenant = "Acme"`,
			[]string{`root web @Tenant=Acme`},
			[]string{`root web @tenant=Acme`, `root web @Tenant=acme`},
		},
		{
			"annotation of the segment itself", `service("pay") { annotation.a = 1 }`,
			[]string{`root web; node pay @a=1`},
			[]string{`root web @a=1; node pay`},
		},
		{
			"annotation of the call itself", `edge("web", "pay") { annotation.a = 1 }`,
			[]string{`root web; node pay; edge web pay @a=1`},
			[]string{`root web @a=1; node pay @a=1; edge web pay`},
		},
		{
			"annotations at the ends of a call", `edge("web", "pay") { source.annotation.a = 1 destination.annotation[b] = 2 }`,
			[]string{`root web @a=1; node pay @b=2; edge web pay`},
			[]string{`root web @b=2; node pay @a=1; edge web pay @a=1 @b=2`},
		},
		{
			"client sees the call to the root", `service(id(type: "client")) { fault AND !root AND type = "client" AND name = "web" }`,
			[]string{`root web fault`},
			[]string{`root web; node pay fault`},
		},
		{
			"node without type", `service(id(name: "web", type: ""))`,
			[]string{`root web`},
			[]string{`root web type=AWS::Lambda`},
		},
		{
			"attributes of segments", `service("web") { http.method = "GET" http.useragent = "u" http.clientip = "c" http.url = "l" http.status = 200
				user = "x" instance.id = "i" resource.arn = "r" availabilityzone = "z" partial }`,
			[]string{`root web method=GET agent=u ip=c url=l status=200 user=x instance=i arn=r zone=z; trace partial`},
			[]string{`root web method=GET agent=u ip=c url=l status=200 user=x instance=i arn=r zone=y; trace partial`},
		},
		{
			"absent in a segment", `service("web") { !user AND !http.status }`,
			[]string{`root web`},
			[]string{`root web user=x`, `root web status=200`},
		},
		{
			"any call", `edge() { throttle }`,
			[]string{`root web throttle`, `root web; edge web pay throttle`},
			[]string{`root web; node pay throttle`},
		},
		{
			"place in a root cause", `rootcause.fault.service { first AND !last AND index = 0 AND index < 1 }`,
			[]string{`cause fault a[a] > b[b]`},
			[]string{`cause fault a[a]`, `cause error a[a] > b[b]`},
		},
		{
			"inferred service of a cause", `rootcause.error.service { inferred AND type }`,
			[]string{`cause error a[a] > b/T:inferred[b]`},
			[]string{`cause error a[a] > b:inferred[b]`},
		},
		{
			"exceptions count in their entity", `rootcause.fault.exception { index = 1 AND name = "B" AND last }`,
			[]string{`cause fault a[a!A=1!B=2]`},
			[]string{`cause fault a[a!A=1,b!B=2]`},
		},
		{
			"json by all of its objects", `rootcause.json = #[{"Services":[{"Name":"a"}]}, {"Services":[{"Name":"b"}]}]`,
			[]string{"cause fault a[a]; cause responsetime b[b]"},
			[]string{`cause fault a[a]`},
		},
		{
			"json negated", `rootcause.json != #[{"Services":[{"Name":"a"}]}]`,
			[]string{`root web`},
			[]string{`cause error a[a]`},
		},
		{
			"json with every member", `rootcause.json = #[{"ClientImpacting":true,"Services":[{"Name":"a","Names":["a"],"Type":"T","AccountId":null,"Inferred":true,` +
				`"EntityPath":[{"Name":"a","Remote":true,"Coverage":0.5,"Exceptions":[{"Name":"E","Message":"m"}]}]}]}]`,
			[]string{`cause fault a/T:inferred[a:remote:0.5!E=m]`},
			[]string{`cause fault a/T:inferred[a:remote:0.51!E=m]`, `cause fault a/T:inferred[a:remote:0.5!E=n]`, `cause fault a/T:inferred[a:0.5!E=m]`, `cause fault a/T[a:remote:0.5!E=m]`},
		},
		{
			"group by name and by arn", `group.name = "faults" OR group.arn = "faults"`,
			[]string{`root web; node pay fault`},
			[]string{`root web`},
		},
		{
			"not in a group", `group.name != "faults" AND group.name = "everything"`,
			[]string{`root web`},
			[]string{`root web; node pay fault`},
		},
		{
			"unknown group", `group.name != "nobody" AND !(group.name = "nobody")`,
			[]string{`root web`},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mustCompile(t, tc.expr)
			for _, text := range tc.match {
				if !p.Match(parseSummary(t, strings.ReplaceAll(text, ";", "\n"))) {
					t.Errorf("%s does not match %s", tc.expr, text)
				}
			}
			for _, text := range tc.other {
				if p.Match(parseSummary(t, strings.ReplaceAll(text, ";", "\n"))) {
					t.Errorf("%s matches %s", tc.expr, text)
				}
			}
		})
	}
}

func TestNilPredicateMatches(t *testing.T) {
	var p *filter.Predicate
	if s := new(trace.Summary); !p.Match(s) || !p.MatchWithin(s, 0, 1) || p.Conditions() != nil {
		t.Error("a nil Predicate does not match everything")
	}
}

func TestMatchWithin(t *testing.T) {
	// web ends at 1001 s, pay at 1003 s, its open call never.
	s := parseSummary(t, `
		root web 1
		node pay 3 fault
		edge web pay 3 fault
		edge pay db open`)
	for _, tc := range []struct {
		expr     string
		from, to int64 // s
		want     bool
	}{
		{`service("pay")`, 1003, 1004, true},
		{`service("pay")`, 1002, 1003, false},
		{`service("pay") { fault }`, 1003, 1004, true},
		{`service("pay") { fault }`, 1001, 1003, false},
		{`service("pay") { fault } AND service("web")`, 1003, 1004, false},
		{`service("pay") { fault } AND service("web")`, 1001, 1004, true},
		{`edge("web", "pay")`, 1003, 1004, true},
		{`edge("web", "pay")`, 1000, 1003, false},
		{`edge("pay", "db")`, 0, 2000, false},
		{`service(id(type: "client"))`, 1001, 1002, true},
		{`service(id(type: "client"))`, 1002, 1004, false},
		{`!service("pay") { fault }`, 1001, 1002, true},
		{`ok`, 1, 2, true},
	} {
		if got := mustCompile(t, tc.expr).MatchWithin(s, tc.from*second, tc.to*second); got != tc.want {
			t.Errorf("%s in [%d s, %d s): got %t, want %t", tc.expr, tc.from, tc.to, got, tc.want)
		}
	}
}

func TestGroupsThatCannotBeCompiled(t *testing.T) {
	groups := map[string]string{
		"a": `group.name = "b"`, "b": `ok AND !(group.arn = "c")`, "c": `service() OR group.name = "a"`,
		"self":  `group.name = "self"`,
		"wrong": `madeup`,
	}
	// Each group names the one before twice.
	groups["big0"] = `ok`
	for i := range 40 {
		groups[fmt.Sprintf("big%d", i+1)] = fmt.Sprintf(`group.name = "big%d" OR group.name = "big%[1]d"`, i)
	}
	opts := filter.Options{Group: func(name string) (string, bool) { f, ok := groups[name]; return f, ok }}
	compile := func(expr string) error {
		e, err := filter.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		_, err = filter.Compile(e, opts)
		return err
	}
	for _, tc := range []struct{ expr, want string }{
		{`fault OR group.name = "a"`, `group filters form a cycle: a -> b -> c -> a`},
		{`group.name = "self"`, `group filters form a cycle: self -> self`},
		{`group.name = "wrong"`, `filter of group "wrong": Error Location: line 1, position 1 : Invalid input symbol: 'ma' : unknown keyword 'madeup'`},
		{`group.name = "big40"`, `the filter expression has more than 10000 terms, those of the groups it names included`},
	} {
		err := compile(tc.expr)
		if err == nil || err.Error() != tc.want || problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: got %v, want %s", tc.expr, err, tc.want)
		}
	}
	if err := compile(`group.name = "big5" AND group.name = "big5"`); err != nil {
		t.Errorf("a group named twice: %v", err)
	}
}
