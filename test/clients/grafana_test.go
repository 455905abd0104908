//go:build e2e

package clients

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/test/rig"
)

// TestGrafana sends the requests of Grafana's X-Ray data source, in its shapes, and
// checks that every member is there that the data source uses without asking.
func TestGrafana(t *testing.T) {
	t.Parallel()
	rg := rig.StartRadiograph(t, t.TempDir())
	s := seed(t, rg)
	start, end := window()

	t.Run("health check", func(t *testing.T) {
		if _, err := rg.API.GetGroups(t.Context(), &xray.GetGroupsInput{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("trace list", func(t *testing.T) { grafanaTraceList(t, rg, start, end) })
	t.Run("trace", func(t *testing.T) { grafanaTrace(t, rg, s.traces[0]) })
	t.Run("trace statistics", func(t *testing.T) { grafanaStatistics(t, rg, start, end) })
	t.Run("analytics", func(t *testing.T) { grafanaAnalytics(t, rg, start, end) })
	t.Run("service map", func(t *testing.T) { grafanaServiceMap(t, rg, start, end) })
	t.Run("insights", func(t *testing.T) { grafanaInsights(t, rg, start, end) })
}

func grafanaTraceList(t *testing.T, rg *rig.Radiograph, start, end *time.Time) {
	rows := 0
	pages := xray.NewGetTraceSummariesPaginator(rg.API, &xray.GetTraceSummariesInput{StartTime: start, EndTime: end})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.TraceSummaries {
			if s.Http == nil {
				t.Fatalf("trace %s has no Http; the trace list crashes", aws.ToString(s.Id))
			}
			if s.StartTime == nil || s.Duration == nil || s.Http.HttpMethod == nil || s.Http.HttpStatus == nil {
				t.Errorf("trace %s lacks a column: %+v", aws.ToString(s.Id), s)
			}
			rows++
		}
	}
	if rows != seedTraces {
		t.Errorf("%d rows, want %d", rows, seedTraces)
	}
}

func grafanaTrace(t *testing.T, rg *rig.Radiograph, id string) {
	out, err := rg.API.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Traces) != 1 {
		t.Fatalf("%d traces, want 1", len(out.Traces))
	}
	for _, s := range out.Traces[0].Segments {
		if !json.Valid([]byte(aws.ToString(s.Document))) {
			t.Errorf("document of %s is not JSON: %s", aws.ToString(s.Id), aws.ToString(s.Document))
		}
	}
	graph := xray.NewGetTraceGraphPaginator(rg.API, &xray.GetTraceGraphInput{TraceIds: []string{id}})
	for graph.HasMorePages() {
		page, err := graph.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		grafanaNodes(t, page.Services)
	}
}

// grafanaNodes checks what the node graph uses of each service.
func grafanaNodes(t *testing.T, services []types.Service) {
	t.Helper()
	if len(services) == 0 {
		t.Error("no services")
	}
	for _, s := range services {
		name := aws.ToString(s.Name)
		if s.ReferenceId == nil || name == "" || s.Edges == nil {
			t.Errorf("service %q: reference %v, edges %v", name, s.ReferenceId, s.Edges)
		}
		if s.SummaryStatistics == nil && len(s.Edges) == 0 {
			t.Errorf("service %q has neither statistics nor an edge; the node graph crashes", name)
		}
	}
}

func grafanaStatistics(t *testing.T, rg *rig.Radiograph, start, end *time.Time) {
	for _, tc := range []struct {
		name     string
		selector *string // the data source sends none rather than an empty one
		period   int32
	}{
		{"all", nil, 60},
		{"service", aws.String(`service("web")`), 60},
		{"edge", aws.String(`edge("web","pay")`), 300},
	} {
		t.Run(tc.name, func(t *testing.T) {
			total := int64(0)
			pages := xray.NewGetTimeSeriesServiceStatisticsPaginator(rg.API, &xray.GetTimeSeriesServiceStatisticsInput{
				StartTime: start, EndTime: aws.Time(end.Add(5 * time.Minute)),
				EntitySelectorExpression: tc.selector, Period: aws.Int32(tc.period),
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page.TimeSeriesServiceStatistics {
					total += grafanaPoint(t, s)
				}
			}
			if total != seedTraces {
				t.Errorf("total count %d, want %d", total, seedTraces)
			}
		})
	}
}

// grafanaPoint checks that every number is there that becomes a column, and
// returns the total count.
func grafanaPoint(t *testing.T, s types.TimeSeriesServiceStatistics) int64 {
	t.Helper()
	switch e, n := s.EdgeSummaryStatistics, s.ServiceSummaryStatistics; {
	case s.Timestamp == nil:
		t.Fatalf("point without a timestamp: %+v", s)
	case e != nil:
		if e.TotalCount == nil || e.TotalResponseTime == nil || e.OkCount == nil || e.ErrorStatistics == nil || e.FaultStatistics == nil {
			t.Fatalf("edge statistics lack a member: %+v", e)
		}
		return *e.TotalCount
	case n != nil:
		if n.TotalCount == nil || n.TotalResponseTime == nil || n.OkCount == nil || n.ErrorStatistics == nil || n.FaultStatistics == nil {
			t.Fatalf("service statistics lack a member: %+v", n)
		}
		return *n.TotalCount
	}
	t.Fatalf("point without statistics: %+v", s)
	return 0
}

// grafanaAnalytics asks for the four quarters of the range as the analytics
// queries do, and walks the root causes as they do.
func grafanaAnalytics(t *testing.T, rg *rig.Radiograph, start, end *time.Time) {
	quarter := end.Sub(*start) / 4
	seen := map[string]bool{}
	for i := range 4 {
		pages := xray.NewGetTraceSummariesPaginator(rg.API, &xray.GetTraceSummariesInput{
			StartTime: aws.Time(start.Add(time.Duration(i) * quarter)),
			EndTime:   aws.Time(start.Add(time.Duration(i+1) * quarter)),
			Sampling:  aws.Bool(true), TimeRangeType: types.TimeRangeTypeEvent,
			SamplingStrategy: &types.SamplingStrategy{Name: "FixedRate", Value: aws.Float64(1)},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.TraceSummaries {
				seen[aws.ToString(s.Id)] = true
				grafanaRootCauses(t, s)
			}
		}
	}
	if len(seen) != seedTraces {
		t.Errorf("%d traces in four quarters, want %d", len(seen), seedTraces)
	}
}

// grafanaRootCauses checks what the analytics queries use without asking.
func grafanaRootCauses(t *testing.T, s types.TraceSummary) {
	t.Helper()
	id := aws.ToString(s.Id)
	for _, cause := range s.ResponseTimeRootCauses {
		if len(cause.Services) == 0 {
			t.Errorf("trace %s: response time cause without services", id)
		}
		for _, service := range cause.Services {
			if service.Name == nil || service.Type == nil || len(service.EntityPath) == 0 {
				t.Errorf("trace %s: response time cause lacks a member: %+v", id, service)
			}
		}
	}
	for _, cause := range s.FaultRootCauses {
		if len(cause.Services) == 0 {
			t.Errorf("trace %s: fault cause without services", id)
		}
		for _, service := range cause.Services {
			if service.Name == nil || service.Type == nil || len(service.EntityPath) == 0 {
				t.Errorf("trace %s: fault cause lacks a member: %+v", id, service)
			}
		}
	}
	if aws.ToBool(s.HasFault) && len(s.FaultRootCauses) == 0 {
		t.Errorf("trace %s has a fault with exceptions but no fault cause", id)
	}
}

func grafanaServiceMap(t *testing.T, rg *rig.Radiograph, start, end *time.Time) {
	for _, group := range []*string{nil, aws.String("Default"), aws.String("web")} {
		pages := xray.NewGetServiceGraphPaginator(rg.API, &xray.GetServiceGraphInput{StartTime: start, EndTime: end, GroupName: group})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatalf("group %s: %v", aws.ToString(group), err)
			}
			grafanaNodes(t, page.Services)
		}
	}
}

func grafanaInsights(t *testing.T, rg *rig.Radiograph, start, end *time.Time) {
	// Without a choice the data source sends an empty list of states.
	for _, states := range [][]types.InsightState{{}, {types.InsightStateActive}} {
		if _, err := rg.API.GetInsightSummaries(t.Context(), &xray.GetInsightSummariesInput{
			StartTime: start, EndTime: end, GroupName: aws.String("Default"), States: states,
		}); err != nil {
			t.Errorf("states %v: %v", states, err)
		}
	}
}
