package filter_test

import (
	"fmt"
	"testing"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/trace"
)

// shapes has an expression of each sort that is evaluated in its own way.
var shapes = []struct{ name, expr string }{
	{"flag", `fault`},
	{"time", `responsetime >= 0.5 AND responsetime <= 2`},
	{"url", `http.url CONTAINS "/cart/"`},
	{"annotation", `annotation.tenant = "tenant-7"`},
	{"service", `service("payments")`},
	{"serviceBody", `service(id(name: "payments", type: "AWS::ECS::Container")) { fault AND responsetime > 0.5 }`},
	{"edgeBody", `edge("web", "payments") { fault OR throttle }`},
	{"anyService", `service() { throttle }`},
	{"cause", `rootcause.fault.exception { message CONTAINS "timeout" }`},
	{"causeJSON", `rootcause.json = #[{"Services":[{"Name":"web"},{"Name":"payments"}]}]`},
	{"mixed", `!fault AND (http.status >= 400 OR user = "user-3") AND !service("legacy") AND annotation[order.items] > 2`},
}

// benchSummaries has traces over 5 services with 9 annotations; each seventh faults.
func benchSummaries(b *testing.B) []*trace.Summary {
	summaries := make([]*trace.Summary, 512)
	for i := range summaries {
		flags, cause := "", ""
		if i%7 == 0 {
			flags, cause = "fault status=503", "cause fault web[web,payments:remote!Timeout=read-timeout] > payments[payments]"
		}
		summaries[i] = parseSummary(b, fmt.Sprintf(`
			root web type=AWS::EC2::Instance %.3f status=200 method=GET url=http://shop.example/%[2]d/cart/items user=user-%[3]d @tenant=tenant-%[4]d @cache=true @order.items=%[3]d
			node payments type=AWS::ECS::Container %.3[1]f %[5]s @provider=card @attempt=1 @a=1
			node search type=AWS::ECS::Container 0.1 @b=1 @c=1 @d=1
			node stock 0.1
			edge web payments %.3[1]f %[5]s
			edge web search 0.1
			edge search stock 0.1
			edge payments orders type=AWS::DynamoDB::Table 0.02
			edge stock db type=Database::SQL 0.01
			%[6]s`, float64(i%40)/10, i, i%5, i%20, flags, cause))
	}
	return summaries
}

func BenchmarkMatch(b *testing.B) {
	summaries := benchSummaries(b)
	for _, shape := range shapes {
		p := mustCompile(b, shape.expr)
		b.Run("shape="+shape.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				p.Match(summaries[i%len(summaries)])
				i++
			}
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "summaries/s")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, shape := range shapes {
		b.Run("shape="+shape.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e, err := filter.Parse(shape.expr)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := filter.Compile(e, filter.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
