package xrayapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// typicalDocument has three spans.
const typicalDocument = `{"id":"53995c3f42cd8ad8","trace_id":"1-581cf771-a006649127e371903a2de979","name":"checkout","start_time":1478293361.271,` +
	`"end_time":1478293361.449,"http":{"request":{"method":"POST","url":"https://shop.example.com/cart/4711/pay","client_ip":"203.0.113.9"},` +
	`"response":{"status":200,"content_length":4711}},"annotations":{"tenant":"acme","items":3},"subsegments":[{"id":"45a6d0b3a3a6b5d3",` +
	`"name":"payments","start_time":1478293361.3,"end_time":1478293361.4,"namespace":"remote","http":{"request":{"method":"GET",` +
	`"url":"https://payments/api"},"response":{"status":200}}},{"id":"45a6d0b3a3a6b5d4","name":"DynamoDB","start_time":1478293361.3,` +
	`"end_time":1478293361.4,"namespace":"aws","aws":{"operation":"GetItem","table_name":"carts","region":"eu-west-1"}}]}`

func typicalBody(tb testing.TB, documents int) []byte {
	docs := make([]string, documents)
	for i := range docs {
		docs[i] = typicalDocument
	}
	body, err := json.Marshal(map[string][]string{"TraceSegmentDocuments": docs})
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func BenchmarkScanDocuments(b *testing.B) {
	for _, n := range []int{1, 50} {
		body := typicalBody(b, n)
		b.Run(fmt.Sprintf("documents=%d", n), func(b *testing.B) {
			var l documentList
			scratch := make([]byte, len(body))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				copy(scratch, body)
				if _, err := l.scan(scratch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type nowhere struct{}

func (nowhere) Put(context.Context, [][]byte) ([]*segment.Rejection, error) { return nil, nil }

// BenchmarkPutTraceSegments is everything between net/http and the ingester.
func BenchmarkPutTraceSegments(b *testing.B) {
	a := &API{opts: Options{Ingest: nowhere{}, MaxBodyBytes: defaultMaxBodyBytes}, metrics: newMetrics(), operations: map[string]*operation{}}
	for i := range operations {
		a.operations[operations[i].path] = &operations[i]
	}
	for _, n := range []int{1, 50} {
		body := string(typicalBody(b, n))
		b.Run(fmt.Sprintf("documents=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/TraceSegments", nil)
			r.ContentLength = int64(len(body))
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader(body))
				w := httptest.NewRecorder()
				a.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkServiceGraph renders and encodes graphs with full histograms.
func BenchmarkServiceGraph(b *testing.B) {
	for _, nodes := range []int{20, 200} {
		g := &servicegraph.Graph{Nodes: map[trace.Node]*servicegraph.Node{}, Edges: map[servicegraph.EdgeKey]*servicegraph.Edge{}}
		key := func(i int) trace.Node {
			return trace.Node{Name: fmt.Sprintf("service-%d", i%nodes), Type: "AWS::ECS::Container"}
		}
		for i := range nodes {
			n := &servicegraph.Node{Bounds: servicegraph.Bounds{First: 1e18, Last: 2e18}}
			e := &servicegraph.Edge{Bounds: n.Bounds}
			for j := range 5000 {
				ns := int64(1e6 + (j*j*j)%2e9)
				n.ResponseTimes.Add(ns, 1)
				n.Durations.Add(ns, 1)
				e.ResponseTimes.Add(ns, 1)
			}
			n.Stats.Count[segment.OK] = 5000
			e.Stats = n.Stats
			g.Nodes[key(i)] = n
			g.Edges[servicegraph.EdgeKey{From: key(i), To: key(i + 1)}] = e
			g.Edges[servicegraph.EdgeKey{From: key(i), To: key(i * 7)}] = e
		}
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out := &getServiceGraphOutput{Services: renderGraph(g, timed)}
				if err := writeAnswer(discard{http.Header{}}, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSummaries renders and encodes a page of summaries.
func BenchmarkSummaries(b *testing.B) {
	d := segment.Decoder{}
	seg, err := d.Decode([]byte(typicalDocument))
	if err != nil {
		b.Fatal(err)
	}
	s := trace.Assemble(seg.TraceID, []trace.Document{{Segment: seg, Received: 1}}).Summary()
	summaries := make([]*trace.Summary, 500)
	for i := range summaries {
		summaries[i] = s
	}
	b.ReportAllocs()
	for b.Loop() {
		out := &getTraceSummariesOutput{TraceSummaries: renderSummaries(summaries, store.ByStart)}
		if err := writeAnswer(discard{http.Header{}}, out); err != nil {
			b.Fatal(err)
		}
	}
}
