package filter_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/filter"
)

// examples has the documented expressions, each with a trace that matches and one
// that does not. Semicolons separate the lines of a trace.
var examples = []struct{ expr, match, other string }{
	{`ok`, `root web status=200`, `root web fault`},
	{`!ok`, `root web throttle`, `root web; node pay fault`},
	{`fault = true`, `root web fault`, `root web; node pay fault`},
	{`error OR throttle`, `root web throttle`, `root web fault`},
	{`responsetime > 1.5`, `root web 1.501`, `root web 1.5`},
	{`duration >= 10 AND responsetime < 1`, `root web 0.5; trace duration=10`, `root web 1; trace duration=10`},
	{`ok !partial duration < 0.2`, `root web 0.1`, `root web 0.1; trace partial`},
	{`partial`, `node web; trace partial`, `root web`},
	{`http.status = 404`, `root web status=404`, `root web status=405; node pay status=404`},
	{`http.status >= 500 AND http.method = "POST"`, `root web status=503 method=POST`, `root web status=503 method=GET`},
	{`http.url CONTAINS "/cart/"`, `root web url=http://a/cart/1`, `root web url=http://a/cart`},
	{`http.url BEGINSWITH "https://shop." AND http.url ENDSWITH "/pay"`, `root web url=https://shop.a/pay`, `root web url=https://shop.a/pay/1`},
	{`http.useragent CONTAINS "curl"`, `root web agent=curl/8`, `root web agent=wget`},
	{`http.clientip = "203.0.113.9"`, `root web ip=203.0.113.9`, `root web ip=203.0.113.99`},
	{`http.url`, `root web url=http://a`, `root web; node pay url=http://a`},
	{`!http.url`, `root web`, `root web url=http://a`},
	{`user = "u-4711"`, `root web user=a; node pay user=u-4711`, `root web user=u-4712`},
	{`user CONTAINS ""`, `root web; node pay user=x`, `root web`},
	{`annotation.tenant = "acme"`, `root web @tenant=beta; node pay @tenant=acme`, `root web @tenant=beta`},
	{`annotation[order.items] > 10`, `root web @order.items=11`, `root web @order.items="11"`},
	{`annotation.cache_hit`, `root web @cache_hit=true`, `root web @cache_hit=false`},
	{`annotation.cache_hit = false`, `root web @cache_hit=false`, `root web`},
	{`!annotation.tenant`, `root web @tenants=acme`, `root web @tenant=acme`},
	{`annotation.region CONTAINS "eu-"`, `root web @region=eu-west-1`, `root web @region=us-east-1`},
	{`annotation[aws:api_stage] = "prod"`, `root web @aws:api_stage=prod`, `root web @aws:api_stage=Prod`},
	{`service("payments")`, `root web; node payments`, `root web; node payment`},
	{`service("payments") { fault }`, `root web; node payments; node payments fault`, `root web fault; node payments`},
	{`service() { throttle }`, `root web; edge web db inferred throttle`, `root web; node payments fault`},
	{`service("payments") { fault AND responsetime > 2 }`, `root web; node payments 3 fault`, `root web; node payments 1 fault; node payments 3`},
	{`service("payments") { fault } AND service("payments") { responsetime > 2 }`, `root web; node payments 1 fault; node payments 3`, `root web; node payments 1 fault`},
	{`!service("legacy-auth")`, `root web`, `root web; node legacy-auth`},
	{`service(id(type: "AWS::DynamoDB::Table")) { responsetime > 0.1 }`, `root web; edge web orders type=AWS::DynamoDB::Table 0.2 inferred`, `root web; edge web orders type=AWS::DynamoDB::Table 0.1 inferred`},
	{`service(id(name: "resize", type: "AWS::Lambda::Function")) { error }`, `root resize type=AWS::Lambda; node resize type=AWS::Lambda::Function error`, `root resize type=AWS::Lambda error; node resize type=AWS::Lambda::Function`},
	{`service(id(account.id: "111122223333"))`, `root web; node pay account=111122223333`, `root web; node pay`},
	{`service("orders-db") { inferred }`, `root web; edge web orders-db inferred`, `root web; node orders-db`},
	{`service("gateway") { root = true AND fault }`, `root gateway fault`, `root gateway; node gateway fault`},
	{`edge("web", "payments")`, `root web; node payments; edge web payments`, `root web; node payments`},
	{`edge("web", "payments") { fault }`, `root web; node payments; edge web payments fault`, `root web; node payments fault; edge web payments`},
	{`edge(id(name: "web", type: "client"), "web") { error }`, `root web error`, `root web; node web error`},
	{`service("web") { ok } AND edge("web", "search") { fault }`, `root web; edge web search fault`, `root web fault; edge web search fault`},
	{`instance.id = "i-0abc" OR availabilityzone = "eu-west-1b"`, `root web; node pay zone=eu-west-1b`, `root web zone=eu-west-1a instance=i-0abcd`},
	{`resource.arn ENDSWITH ":function:resize"`, `root web arn=arn:aws:lambda:eu-west-1:1:function:resize`, `root web arn=arn:aws:lambda:eu-west-1:1:function:resized`},
	{`group.name = "checkout" AND !fault`, `root web url=http://a/checkout`, `root web url=http://a/checkout fault`},
	{`rootcause.fault.service { name = "inventory" }`, `cause fault web[web] > inventory[inventory]`, `cause error web[web] > inventory[inventory]`},
	{`rootcause.fault.service { last AND type = "AWS::DynamoDB::Table" }`, `cause fault web[web] > t/AWS::DynamoDB::Table[t]`, `cause fault t/AWS::DynamoDB::Table[t] > web[web]`},
	{`rootcause.fault.exception { message CONTAINS "timeout" }`, `cause fault web[web,get!E=a!E=read-timeout]`, `cause fault timeout[timeout!timeout=refused]`},
	{`rootcause.error.entity { remote AND name = "billing" }`, `cause error web[web,billing:remote]`, `cause error web[web:remote,billing]`},
	{`rootcause.responsetime.entity { last AND coverage > 0.8 }`, `cause responsetime web[web:1,render:0.9]`, `cause responsetime web[web:1,render:0.8]`},
	{`rootcause.responsetime.service { index = 0 AND name = "web" }`, `cause responsetime web[web] > pay[pay]`, `cause responsetime pay[pay] > web[web]`},
	{`rootcause.json = #[{"Services":[{"Name":"web","EntityPath":[{"Name":"web"},{"Name":"render"}]}]}]`, `cause responsetime web[web,template,render] > pay[pay]`, `cause responsetime web[render,web]`},
}

func TestExamples(t *testing.T) {
	groups := filter.Options{Group: func(name string) (string, bool) {
		return `http.url CONTAINS "checkout"`, name == "checkout"
	}}
	for _, tc := range examples {
		t.Run(tc.expr, func(t *testing.T) {
			e, err := filter.Parse(tc.expr)
			if err != nil {
				t.Fatal(err)
			}
			p, err := filter.Compile(e, groups)
			if err != nil {
				t.Fatal(err)
			}
			if match := parseSummary(t, strings.ReplaceAll(tc.match, ";", "\n")); !p.Match(match) {
				t.Errorf("does not match %s", tc.match)
			}
			if other := parseSummary(t, strings.ReplaceAll(tc.other, ";", "\n")); p.Match(other) {
				t.Errorf("matches %s", tc.other)
			}
		})
	}
}

func TestExampleErrors(t *testing.T) {
	for _, tc := range []struct{ expr, err string }{
		{
			`(fault OR error) AND NOT_A_KEYWORD = 1`,
			`Error Location: line 1, position 22 : Invalid input symbol: 'NO' : unknown keyword 'NOT_A_KEYWORD'`,
		},
		{
			`http.url > "x"`,
			`Error Location: line 1, position 10 : Invalid input symbol: '>' : > is not allowed for http.url, only = != CONTAINS BEGINSWITH ENDSWITH`,
		},
		{
			`service("a") { edge("a","b") }`,
			`Error Location: line 1, position 16 : Invalid input symbol: 'edge' : edge is not allowed in braces`,
		},
	} {
		_, err := filter.Parse(tc.expr)
		if err == nil || err.Error() != tc.err {
			t.Errorf("Parse(%s):\n got %v\nwant %s", tc.expr, err, tc.err)
		}
	}
}
