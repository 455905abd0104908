package xrayapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/traceid"
	"github.com/radiograph/radiograph/xrayapi"
)

// newClient returns the AWS SDK's client of an API that listens.
func newClient(t *testing.T, change func(*xrayapi.Options)) *xray.Client {
	t.Helper()
	server := httptest.NewServer(newAPI(t, change))
	t.Cleanup(server.Close)
	return xray.New(xray.Options{
		BaseEndpoint:     aws.String(server.URL),
		Region:           testRegion,
		Credentials:      credentials.NewStaticCredentialsProvider("key", "secret", ""),
		HTTPClient:       &wholebody.Client{},
		RetryMaxAttempts: 1,
	})
}

func pageOf(n int) func(*xrayapi.Options) {
	return func(o *xrayapi.Options) { o.PageSize = n }
}

// sdkTraceID makes trace ids that differ.
func sdkTraceID(n int) string {
	return traceid.ID{15: byte(n), 14: byte(n >> 8), 0: 0x50}.String()
}

// putTraces stores n traces of two segments each, one second apart, and returns
// their ids, newest first, and a time range around everything.
func putTraces(t *testing.T, c *xray.Client, n int) (ids []string, from, to *time.Time) {
	t.Helper()
	start := time.Now().Add(-time.Duration(n) * time.Second)
	for i := range n {
		at := float64(start.UnixNano())/1e9 + float64(i)
		out, err := c.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{
			fmt.Sprintf(`{"id":"00000000000000a1","trace_id":%q,"name":"web","start_time":%f,"end_time":%f,
				"annotations":{"n":%d,"even":%t,"name":"t%d"},"http":{"response":{"status":200}},"subsegments":[{"id":"00000000000000a2",
				"name":"pay","namespace":"remote","start_time":%f,"end_time":%f,"http":{"response":{"status":503}}}]}`,
				sdkTraceID(i), at, at+2, i, i%2 == 0, i, at, at+1.5),
			fmt.Sprintf(`{"id":"00000000000000b1","parent_id":"00000000000000a2","trace_id":%q,"name":"pay","start_time":%f,
				"end_time":%f,"http":{"response":{"status":503}},"cause":{"exceptions":[{"id":"00000000000000e1","type":"Timeout"}]}}`,
				sdkTraceID(i), at+0.1, at+1.4),
		}})
		if err != nil || len(out.UnprocessedTraceSegments) > 0 {
			t.Fatalf("PutTraceSegments: %+v, %v", out, err)
		}
		ids = append(ids, sdkTraceID(i))
	}
	slices.Reverse(ids)
	return ids, aws.Time(start.Add(-time.Minute)), aws.Time(time.Now().Add(2 * time.Minute))
}

func TestSDKTraceSummariesInPages(t *testing.T) {
	c := newClient(t, pageOf(3))
	want, from, to := putTraces(t, c, 8)
	for _, kind := range []types.TimeRangeType{types.TimeRangeTypeTraceId, types.TimeRangeTypeEvent, types.TimeRangeTypeService} {
		t.Run(string(kind), func(t *testing.T) {
			pages := xray.NewGetTraceSummariesPaginator(c, &xray.GetTraceSummariesInput{
				StartTime: from, EndTime: to, TimeRangeType: kind, FilterExpression: aws.String(`annotation.n >= 0`),
			})
			var got []string
			var count, processed int
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page.TraceSummaries {
					got = append(got, *s.Id)
				}
				count++
				processed += int(*page.TracesProcessedCount)
			}
			if diff := cmp.Diff(want, got); diff != "" || count != 3 || processed != len(want) {
				t.Errorf("%d pages, %d processed, ids (-want +got):\n%s", count, processed, diff)
			}
		})
	}
}

func TestSDKTraceSummary(t *testing.T) {
	c := newClient(t, nil)
	ids, from, to := putTraces(t, c, 1)
	out, err := c.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{
		StartTime: from, EndTime: to,
		FilterExpression: aws.String(`service("pay") { fault }`),
	})
	if err != nil || len(out.TraceSummaries) != 1 {
		t.Fatalf("GetTraceSummaries: %+v, %v", out, err)
	}
	s := out.TraceSummaries[0]
	if *s.Id != ids[0] || *s.Duration != 2 || *s.ResponseTime != 2 || *s.HasFault || s.Revision != 1 || *s.EntryPoint.Name != "web" {
		t.Errorf("summary %+v", s)
	}
	if v, ok := s.Annotations["n"][0].AnnotationValue.(*types.AnnotationValueMemberNumberValue); !ok || v.Value != 0 {
		t.Errorf("annotation n: %#v", s.Annotations["n"][0].AnnotationValue)
	}
	if v, ok := s.Annotations["even"][0].AnnotationValue.(*types.AnnotationValueMemberBooleanValue); !ok || !v.Value {
		t.Errorf("annotation even: %#v", s.Annotations["even"][0].AnnotationValue)
	}
	if v, ok := s.Annotations["name"][0].AnnotationValue.(*types.AnnotationValueMemberStringValue); !ok || v.Value != "t0" {
		t.Errorf("annotation name: %#v", s.Annotations["name"][0].AnnotationValue)
	}
	cause := s.FaultRootCauses[0].Services
	if len(cause) != 2 && len(cause) != 1 || *cause[len(cause)-1].Name != "pay" {
		t.Errorf("fault root cause %+v", cause)
	}
	if got := *s.ResponseTimeRootCauses[0].Services[0].EntityPath[0].Coverage; got != 1 {
		t.Errorf("coverage of the root is %v", got)
	}
}

func TestSDKBatchGetTracesInPages(t *testing.T) {
	c := newClient(t, pageOf(2))
	ids, _, _ := putTraces(t, c, 5)
	unknown := sdkTraceID(1000)
	asked := append([]string{unknown, ids[0]}, ids...)
	pages := xray.NewBatchGetTracesPaginator(c, &xray.BatchGetTracesInput{TraceIds: asked})
	var got []string
	var sizes []int
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Traces))
		for _, tr := range page.Traces {
			got = append(got, *tr.Id)
			for _, s := range tr.Segments {
				if !json.Valid([]byte(*s.Document)) {
					t.Errorf("document is not JSON: %s", *s.Document)
				}
			}
			if len(tr.Segments) != 2 || *tr.Duration < 1.999 || *tr.Duration > 2.001 {
				t.Errorf("trace %+v", tr)
			}
		}
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Errorf("sizes of pages (-want +got):\n%s", diff)
	}
}

func TestSDKGraphs(t *testing.T) {
	c := newClient(t, nil)
	ids, from, to := putTraces(t, c, 3)

	var services []types.Service
	pages := xray.NewGetServiceGraphPaginator(c, &xray.GetServiceGraphInput{StartTime: from, EndTime: to})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if page.StartTime == nil || page.EndTime == nil || page.EndTime.Before(*page.StartTime) {
			t.Errorf("bounds %v, %v", page.StartTime, page.EndTime)
		}
		services = append(services, page.Services...)
	}
	checkServices(t, "GetServiceGraph", services, 3)

	services = nil
	tracePages := xray.NewGetTraceGraphPaginator(c, &xray.GetTraceGraphInput{TraceIds: ids})
	for tracePages.HasMorePages() {
		page, err := tracePages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, page.Services...)
	}
	checkServices(t, "GetTraceGraph", services, 3)

	start, err := c.StartTraceRetrieval(t.Context(), &xray.StartTraceRetrievalInput{TraceIds: ids, StartTime: from, EndTime: to})
	if err != nil {
		t.Fatal(err)
	}
	graph, err := c.GetRetrievedTracesGraph(t.Context(), &xray.GetRetrievedTracesGraphInput{RetrievalToken: start.RetrievalToken})
	if err != nil || graph.RetrievalStatus != types.RetrievalStatusComplete {
		t.Fatalf("GetRetrievedTracesGraph: %+v, %v", graph, err)
	}
	services = nil
	for _, s := range graph.Services {
		services = append(services, *s.Service)
	}
	checkServices(t, "GetRetrievedTracesGraph", services, 3)
}

// checkServices checks the graph of n traces of putTraces.
func checkServices(t *testing.T, operation string, services []types.Service, n int64) {
	t.Helper()
	var got []string
	for i, s := range services {
		line := fmt.Sprintf("%s/%s %s", *s.Name, aws.ToString(s.Type), *s.State)
		if *s.ReferenceId != int32(i) {
			t.Errorf("%s: ReferenceId %d at place %d", operation, *s.ReferenceId, i)
		}
		for _, e := range s.Edges {
			line = fmt.Sprintf("%s >%d", line, *e.ReferenceId)
			if *e.SummaryStatistics.TotalCount != n || len(e.ResponseTimeHistogram) == 0 {
				t.Errorf("%s: edge %+v", operation, e)
			}
		}
		if s.SummaryStatistics != nil && *s.SummaryStatistics.TotalCount != n {
			t.Errorf("%s: service %+v", operation, s)
		}
		got = append(got, line)
	}
	want := []string{"pay/ active", "web/ active >0", "web/client unknown >1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: services (-want +got):\n%s", operation, diff)
	}
}

func TestSDKTimeSeries(t *testing.T) {
	c := newClient(t, pageOf(1))
	_, from, to := putTraces(t, c, 3)
	for _, tc := range []struct {
		selector string
		faults   int64
		service  bool
	}{
		{selector: `service("pay")`, faults: 3, service: true},
		{selector: `edge("web", "pay")`, faults: 3},
		{selector: `service("nobody")`, service: true},
		{selector: ``},
	} {
		in := &xray.GetTimeSeriesServiceStatisticsInput{StartTime: from, EndTime: to, Period: aws.Int32(60)}
		if tc.selector != "" {
			in.EntitySelectorExpression = &tc.selector
		}
		pages := xray.NewGetTimeSeriesServiceStatisticsPaginator(c, in)
		var faults, items int64
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(page.TimeSeriesServiceStatistics) > 1 {
				t.Errorf("%q: %d items in a page", tc.selector, len(page.TimeSeriesServiceStatistics))
			}
			for _, item := range page.TimeSeriesServiceStatistics {
				items++
				if tc.service != (item.ServiceSummaryStatistics != nil) || tc.service != (item.EdgeSummaryStatistics == nil) {
					t.Fatalf("%q: item %+v", tc.selector, item)
				}
				if tc.service {
					faults += *item.ServiceSummaryStatistics.FaultStatistics.TotalCount
				} else {
					faults += *item.EdgeSummaryStatistics.FaultStatistics.TotalCount
				}
			}
		}
		if faults != tc.faults || items == 0 {
			t.Errorf("%q: %d faults in %d items, want %d", tc.selector, faults, items, tc.faults)
		}
	}
}

func TestSDKRetrievalInPages(t *testing.T) {
	c := newClient(t, nil)
	ids, from, to := putTraces(t, c, 12)
	start, err := c.StartTraceRetrieval(t.Context(), &xray.StartTraceRetrievalInput{TraceIds: ids, StartTime: from, EndTime: to})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	in := &xray.ListRetrievedTracesInput{RetrievalToken: start.RetrievalToken, TraceFormat: types.TraceFormatTypeXray}
	for {
		out, err := c.ListRetrievedTraces(t.Context(), in)
		if err != nil || out.RetrievalStatus != types.RetrievalStatusComplete || len(out.Traces) > 5 {
			t.Fatalf("ListRetrievedTraces: %+v, %v", out, err)
		}
		for _, tr := range out.Traces {
			got = append(got, *tr.Id)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if _, err := c.CancelTraceRetrieval(t.Context(), &xray.CancelTraceRetrievalInput{RetrievalToken: start.RetrievalToken}); err != nil {
		t.Error(err)
	}
	out, err := c.ListRetrievedTraces(t.Context(), &xray.ListRetrievedTracesInput{RetrievalToken: start.RetrievalToken})
	if err != nil || out.RetrievalStatus != types.RetrievalStatusCancelled {
		t.Errorf("cancelled: %+v, %v", out, err)
	}
}

// TestSDKRetrievedSpansInPages reads a trace of more spans than a page has.
func TestSDKRetrievedSpansInPages(t *testing.T) {
	c := newClient(t, nil)
	const calls = 250
	var subsegments []string
	for i := range calls {
		subsegments = append(subsegments, fmt.Sprintf(`{"name":"call","id":"%016x","start_time":1.5,"end_time":1.75}`, i+2))
	}
	doc := `{"name":"web","id":"0000000000000001","trace_id":"1-00000000-000000000000000000000001","start_time":1,"end_time":2,"subsegments":[` + strings.Join(subsegments, ",") + `]}`
	orphan := `{"name":"lost","id":"00000000000fff00","type":"subsegment","parent_id":"00000000000000ee","trace_id":"1-00000000-000000000000000000000001","start_time":1.5,"end_time":2}`
	put, err := c.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{doc, orphan}})
	if err != nil || len(put.UnprocessedTraceSegments) > 0 {
		t.Fatalf("put: %+v, %v", put, err)
	}
	start, err := c.StartTraceRetrieval(t.Context(), &xray.StartTraceRetrievalInput{
		TraceIds: []string{"1-00000000-000000000000000000000001"}, StartTime: aws.Time(time.Unix(0, 0)), EndTime: aws.Time(time.Unix(10, 0)),
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	in := &xray.ListRetrievedTracesInput{RetrievalToken: start.RetrievalToken, TraceFormat: types.TraceFormatTypeOtel}
	for {
		out, err := c.ListRetrievedTraces(t.Context(), in)
		if err != nil || out.TraceFormat != types.TraceFormatTypeOtel {
			t.Fatalf("ListRetrievedTraces: %+v, %v", out, err)
		}
		for _, tr := range out.Traces {
			if len(tr.Spans) > 100 {
				t.Errorf("a page with %d spans of a trace", len(tr.Spans))
			}
			for _, s := range tr.Spans {
				var span struct{ TraceID, SpanID, Kind string }
				if err := json.Unmarshal([]byte(*s.Document), &span); err != nil || span.SpanID != *s.Id || span.TraceID != "00000000000000000000000000000001" {
					t.Errorf("span %s: %v, %s", *s.Id, err, *s.Document)
				}
				if found[*s.Id] {
					t.Errorf("span %s comes twice", *s.Id)
				}
				found[*s.Id] = true
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(found) != calls+2 || !found["00000000000fff00"] {
		t.Errorf("%d spans, want %d", len(found), calls+2)
	}
}

// wantError checks that err is the modelled error E.
func wantError[E error](t *testing.T, operation string, err error) {
	t.Helper()
	if _, ok := errors.AsType[E](err); !ok {
		t.Errorf("%s: got %v, want %T", operation, err, *new(E))
	}
}

// wantCode checks the code of an error that the SDK has no type for.
func wantCode(t *testing.T, operation string, err error, code string) {
	t.Helper()
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != code || e.ErrorMessage() == "" {
		t.Errorf("%s: got %v, want %s with a message", operation, err, code)
	}
}
