package servicegraph_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

// typical is a trace of usual size: 18 spans in 5 documents of 5 services.
const typical = `
web id=a 1-2 origin=AWS::EC2::Instance status=200 url=https://shop.example/checkout method=POST user=u-4711 instance=i-0abc az=eu-west-1b a.tenant=acme a.items=3
  session id=a1 1.01-1.02
  shop-api id=a2 remote 1.05-1.95 status=200 url=http://shop-api/checkout method=POST
shop-api id=b parent=a2 1.06-1.94 origin=AWS::ECS::Container status=200 url=http://shop-api/checkout method=POST az=eu-west-1b a.tenant=acme
  validate id=b1 1.07-1.08
  stock id=b2 remote 1.1-1.3 status=200 url=http://stock/reserve method=POST
  payments id=b3 remote 1.3-1.7 status=200 url=http://payments/charge method=POST
  mail id=b4 remote 1.7-1.9 status=202 url=http://mail/send method=POST
stock id=c parent=b2 1.11-1.29 origin=AWS::ECS::Container status=200 url=http://stock/reserve method=POST
  DynamoDB id=c1 aws 1.12-1.15 op=GetItem table=stock status=200
  DynamoDB id=c2 aws 1.16-1.28 op=UpdateItem table=stock status=200
payments id=d parent=b3 1.31-1.69 status=200 url=http://payments/charge method=POST a.provider=bank
  risk id=d1 1.32-1.4 a.score=0.2
    features@db id=d2 remote sql 1.33-1.39
  bank.example id=d3 remote 1.4-1.68 status=200 url=https://bank.example/v1/charges method=POST
mail id=e parent=b4 1.71-1.89 status=202 url=http://mail/send method=POST
  render id=e1 1.72-1.8
  SQS id=e2 aws 1.8-1.88 op=SendMessage queue=https://sqs.eu-west-1.amazonaws.com/1/mail status=200
`

func typicalDocuments(b *testing.B) []trace.Document {
	docs, err := tracetest.Documents(typical, 60)
	if err != nil {
		b.Fatal(err)
	}
	return docs
}

func BenchmarkTypicalTrace(b *testing.B) {
	docs := typicalDocuments(b)
	t := trace.Assemble(tracetest.TraceID, docs)
	s := t.Summary()
	b.Run("assemble", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			trace.Assemble(tracetest.TraceID, docs)
		}
	})
	b.Run("summary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t.Summary()
		}
	})
	b.Run("observe", func(b *testing.B) {
		b.ReportAllocs()
		var g servicegraph.Graph
		for b.Loop() {
			g.Observe(s, math.MinInt64, math.MaxInt64, 1)
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		var g servicegraph.Graph
		for b.Loop() {
			g.Observe(trace.Assemble(tracetest.TraceID, docs).Summary(), math.MinInt64, math.MaxInt64, 1)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/18, "ns/span")
	})
	b.Run("documents", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf = buf[:0]
			for _, e := range t.Segments {
				buf = t.AppendDocument(buf, e)
			}
		}
	})
}

// minuteGraph is a busy minute: n nodes in a ring, each with many different times.
func minuteGraph(n int) *servicegraph.Graph {
	var g servicegraph.Graph
	for i := range n {
		s := &trace.Summary{
			Nodes: []trace.Node{{Name: name(i), Type: "AWS::ECS::Container"}, {Name: name((i + 1) % n), Type: "AWS::ECS::Container"}},
		}
		for j := range 60 {
			o := trace.Observation{ResponseTime: int64(i+j*j) * 1e6, Duration: int64(i+j*j) * 1e6}
			s.NodeObservations = append(s.NodeObservations, trace.NodeObservation{Observation: o})
			s.EdgeObservations = append(s.EdgeObservations, trace.EdgeObservation{To: 1, Observation: o})
		}
		observe := g.Observe(s, math.MinInt64, math.MaxInt64, 1)
		if !observe {
			panic("nothing observed")
		}
	}
	return &g
}

func name(i int) string { return "service-" + strconv.Itoa(i) }

func BenchmarkMinute(b *testing.B) {
	g := minuteGraph(200)
	encoded := g.AppendBinary(nil)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(encoded)))
		var buf []byte
		for b.Loop() {
			buf = g.AppendBinary(buf[:0])
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(encoded)))
		for b.Loop() {
			var d servicegraph.Graph
			if _, err := d.DecodeBinary(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("merge", func(b *testing.B) {
		b.ReportAllocs()
		var sum servicegraph.Graph
		for b.Loop() {
			sum.Merge(g, 1)
		}
	})
}
