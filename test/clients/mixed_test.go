//go:build e2e

package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// TestMixedChain sends one request through the applications of X-Ray SDKs and of
// OpenTelemetry SDKs in turn, each calling the next. The header X-Amzn-Trace-Id leads
// from one to another, and everything is one trace and one path in the graph.
func TestMixedChain(t *testing.T) {
	t.Parallel()
	w := startDirect(t)
	dynamo := startDynamoDB(t)

	// Every kind calls the other and is called by it; two of OpenTelemetry call each
	// other, too.
	var services, urls []string
	for i, l := range languages {
		a := startApp(t, l, "xray-"+l.name, w.rg, dynamo)
		b := startOTelApp(t, otelLanguages[i], "otel-"+otelLanguages[i].name, w, dynamo)
		services, urls = append(services, a.service, b.service), append(urls, a.url, b.url)
	}
	last := startOTelApp(t, otelLanguages[len(languages)], "otel-last", w, dynamo)
	services, urls = append(services, last.service), append(urls, last.url)

	id := newTraceID()
	request(t, urls[0]+"/order?next="+strings.Join(urls[1:], ","), "Root="+id+";Sampled=1", 200)

	segments := waitForServices(t, w.rg, id, services...)
	var want []edgeKey
	for i, service := range services[1:] {
		caller, _ := reported(segments, services[i])
		self, _ := reported(segments, service)
		call, ok := caller.find(func(e entity) bool { return e.ID == self.ParentID })
		if !ok || call.Namespace != "remote" {
			t.Errorf("the parent %s of %s is not a remote subsegment of %s", self.ParentID, service, caller.Name)
		}
		want = append(want, edgeKey{From: nodeKey{Name: caller.Name}, To: nodeKey{Name: self.Name}})
	}
	waitForEdges(t, w.rg, want...)
	checkConnected(t, w.rg, id, services[0])
	checkSpans(t, w.rg, id, segments)
	w.rg.Stop(t)
}

// checkConnected checks that the graph of a trace has one root, and that everything
// else is reached from it.
func checkConnected(t *testing.T, rg *rig.Radiograph, id, root string) {
	t.Helper()
	out, err := rg.API.GetTraceGraph(t.Context(), &xray.GetTraceGraphInput{TraceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	var roots, reached []nodeKey
	for _, s := range out.Services {
		if aws.ToBool(s.Root) {
			roots = append(roots, keyOf(s))
		}
	}
	next := map[nodeKey][]nodeKey{}
	for e := range edges(out.Services) {
		next[e.From] = append(next[e.From], e.To)
	}
	for queue := slices.Clone(roots); len(queue) > 0; queue = queue[1:] {
		if node := queue[0]; !slices.Contains(reached, node) {
			reached = append(reached, node)
			queue = append(queue, next[node]...)
		}
	}
	if !slices.Equal(roots, []nodeKey{{Name: root}}) {
		t.Errorf("roots of the trace are %v, want %s", roots, root)
	}
	for _, s := range out.Services {
		if key := keyOf(s); key.Type != "client" && !slices.Contains(reached, key) {
			t.Errorf("%v is not reached from %s", key, root)
		}
	}
}

// checkSpans retrieves a trace as spans and checks that each segment and subsegment
// that was sent is a span of the trace, and nothing else.
func checkSpans(t *testing.T, rg *rig.Radiograph, id string, segments []entity) {
	t.Helper()
	want := map[string]string{} // parents by id
	var collect func(e entity, parent string)
	collect = func(e entity, parent string) {
		want[e.ID] = parent
		for _, sub := range e.Subsegments {
			collect(sub, e.ID)
		}
	}
	for _, s := range segments {
		if !s.Inferred {
			collect(s, s.ParentID)
		}
	}
	got := map[string]string{}
	for _, document := range retrieveSpans(t, rg, id) {
		var span struct{ TraceID, SpanID, ParentSpanID string }
		if err := json.Unmarshal([]byte(document), &span); err != nil {
			t.Fatalf("span: %v in %s", err, document)
		}
		if dashless := id[2:10] + id[11:]; span.TraceID != dashless {
			t.Errorf("span %s has the trace id %s, want %s", span.SpanID, span.TraceID, dashless)
		}
		got[span.SpanID] = span.ParentSpanID
	}
	if !maps.Equal(got, want) {
		t.Errorf("spans with their parents:\n got %v\nwant %v", got, want)
	}
}

// retrieveSpans returns the documents of a trace's spans.
func retrieveSpans(t *testing.T, rg *rig.Radiograph, id string) []string {
	t.Helper()
	start, end := window()
	started, err := rg.API.StartTraceRetrieval(t.Context(), &xray.StartTraceRetrievalInput{
		TraceIds: []string{id}, StartTime: start, EndTime: end,
	})
	if err != nil {
		t.Fatalf("start retrieval: %v", err)
	}
	var documents []string
	rig.Eventually(t, "retrieval of trace "+id, func() error {
		documents = nil
		in := &xray.ListRetrievedTracesInput{RetrievalToken: started.RetrievalToken, TraceFormat: types.TraceFormatTypeOtel}
		for {
			page, err := rg.API.ListRetrievedTraces(t.Context(), in)
			if err != nil {
				return err
			}
			if page.RetrievalStatus != types.RetrievalStatusComplete {
				return fmt.Errorf("retrieval is %s", page.RetrievalStatus)
			}
			for _, tr := range page.Traces {
				for _, s := range tr.Spans {
					documents = append(documents, aws.ToString(s.Document))
				}
			}
			if in.NextToken = page.NextToken; page.NextToken == nil {
				return nil
			}
		}
	})
	return documents
}
