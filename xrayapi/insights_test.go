package xrayapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/insight/insighttest"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/xrayapi"
)

// outage is what the tests of insights are about. It ended three quarters of an hour
// before the end of what was received, so that its insight is closed.
var outage = insighttest.Outage{End: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Began: 60, Ended: 45}

func before(minutes int) time.Time { return outage.End.Add(-time.Duration(minutes) * time.Minute) }

// insightClient returns the client of an API that has judged the outage until some
// minutes before the end, in the groups Default and all.
func insightClient(t *testing.T, until int) *xray.Client {
	t.Helper()
	return newClient(t, func(o *xrayapi.Options) {
		ctx := t.Context()
		on := &group.Insights{Enabled: true}
		if _, err := o.Groups.Create(ctx, "all", `service("web")`, *on); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Groups.Update(ctx, group.DefaultName, "", nil, on); err != nil {
			t.Fatal(err)
		}
		for _, b := range outage.Batches() {
			if err := o.Store.Append(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		watcher, err := insight.New(ctx, insight.Options{
			State: o.Store, Groups: o.Groups.List,
			Graph: func(ctx context.Context, g group.Group, minute int64) (*servicegraph.Graph, error) {
				start := time.Unix(minute*60, 0)
				found, err := o.Store.Graph(ctx, store.GraphQuery{Start: start, End: start.Add(time.Minute), Group: g.ID})
				return found.Graph, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := watcher.Advance(ctx, before(until).Add(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		o.Insights = watcher
	})
}

// summaries returns what GetInsightSummaries tells of a group in two hours.
func summaries(t *testing.T, c *xray.Client, in xray.GetInsightSummariesInput) (found []types.InsightSummary) {
	t.Helper()
	in.StartTime, in.EndTime = aws.Time(before(120)), aws.Time(outage.End)
	pages := xray.NewGetInsightSummariesPaginator(c, &in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page.InsightSummaries...)
	}
	return found
}

func TestSDKInsight(t *testing.T) {
	c := insightClient(t, 0)
	found := summaries(t, c, xray.GetInsightSummariesInput{GroupName: aws.String("all")})
	if len(found) != 1 {
		t.Fatalf("%d insights, want one", len(found))
	}
	s := found[0]
	if s.State != types.InsightStateClosed || !s.StartTime.Equal(before(60)) || !s.EndTime.Equal(before(45)) || s.LastUpdateTime == nil {
		t.Errorf("insight from %v to %v, %s, updated %v", s.StartTime, s.EndTime, s.State, s.LastUpdateTime)
	}
	if *s.RootCauseServiceId.Name != "pay" || *s.RootCauseServiceId.Type != "AWS::Lambda::Function" ||
		len(s.TopAnomalousServices) != 2 || len(s.Categories) != 1 || s.Categories[0] != types.InsightCategoryFault {
		t.Errorf("insight %+v", s)
	}
	impact := s.ClientRequestImpactStatistics
	if *impact.TotalCount != 180 || *impact.FaultCount+*impact.OkCount != 180 || *impact.FaultCount < 100 {
		t.Errorf("impact on clients: %d faults of %d, %d ok", *impact.FaultCount, *impact.TotalCount, *impact.OkCount)
	}
	got, err := c.GetInsight(t.Context(), &xray.GetInsightInput{InsightId: s.InsightId})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Insight.GroupName != "all" || *got.Insight.GroupARN != *s.GroupARN || *got.Insight.Summary != *s.Summary {
		t.Errorf("GetInsight: %+v", got.Insight)
	}
	checkEvents(t, c, s.InsightId)
	checkImpactGraph(t, c, &s)
}

// checkEvents checks the events of the closed insight, read one by one.
func checkEvents(t *testing.T, c *xray.Client, id *string) {
	t.Helper()
	var events []types.InsightEvent
	pages := xray.NewGetInsightEventsPaginator(c, &xray.GetInsightEventsInput{InsightId: id, MaxResults: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, page.InsightEvents...)
	}
	if len(events) < 2 {
		t.Fatalf("%d events", len(events))
	}
	for i := range events[1:] {
		if !events[i+1].EventTime.Before(*events[i].EventTime) {
			t.Errorf("events at %v and then %v", events[i].EventTime, events[i+1].EventTime)
		}
	}
	if first := events[len(events)-1]; len(first.TopAnomalousServices) == 0 || *first.ClientRequestImpactStatistics.FaultCount == 0 {
		t.Errorf("first event %+v", first)
	}
}

func checkImpactGraph(t *testing.T, c *xray.Client, s *types.InsightSummary) {
	t.Helper()
	out, err := c.GetInsightImpactGraph(t.Context(), &xray.GetInsightImpactGraphInput{
		InsightId: s.InsightId, StartTime: s.StartTime, EndTime: s.EndTime,
	})
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{}
	for _, s := range out.Services {
		name := *s.Name + " " + aws.ToString(s.Type)
		calls[name] = []string{}
		for _, e := range s.Edges {
			calls[name] = append(calls[name], *out.Services[*e.ReferenceId].Name)
		}
	}
	want := map[string][]string{"web client": {"web"}, "web AWS::EC2::Instance": {"pay"}, "pay AWS::Lambda::Function": {}}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("impact graph (-want +got):\n%s", diff)
	}
	if out.ServiceGraphStartTime == nil || out.ServiceGraphStartTime.Before(*s.StartTime) || *out.InsightId != *s.InsightId {
		t.Errorf("impact graph from %v of %s", out.ServiceGraphStartTime, *out.InsightId)
	}
}

func TestSDKActiveInsight(t *testing.T) {
	c := insightClient(t, 50)
	for _, tc := range []struct {
		name string
		in   xray.GetInsightSummariesInput
		want int
	}{
		{"default", xray.GetInsightSummariesInput{GroupName: aws.String("Default")}, 1},
		{"by ARN", xray.GetInsightSummariesInput{GroupARN: aws.String(arnPrefix + "group/Default")}, 1},
		{"active", xray.GetInsightSummariesInput{GroupName: aws.String("all"), States: []types.InsightState{types.InsightStateActive}}, 1},
		{"closed", xray.GetInsightSummariesInput{GroupName: aws.String("all"), States: []types.InsightState{types.InsightStateClosed}}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := summaries(t, c, tc.in)
			if len(found) != tc.want {
				t.Fatalf("%d insights, want %d", len(found), tc.want)
			}
			for _, s := range found {
				if s.State != types.InsightStateActive || s.EndTime != nil {
					t.Errorf("insight %s that ends %v", s.State, s.EndTime)
				}
			}
		})
	}
	out, err := c.GetInsightSummaries(t.Context(), &xray.GetInsightSummariesInput{
		GroupName: aws.String("all"), StartTime: aws.Time(before(120)), EndTime: aws.Time(before(90)),
	})
	if err != nil || len(out.InsightSummaries) != 0 {
		t.Errorf("insights before there was one: %+v, %v", out, err)
	}
	_, err = c.GetInsightSummaries(t.Context(), &xray.GetInsightSummariesInput{
		GroupName: aws.String("all"), StartTime: aws.Time(before(120)), EndTime: aws.Time(before(90)), NextToken: aws.String("x"),
	})
	wantError[*types.InvalidRequestException](t, "a token of nobody", err)
}

func TestSDKForecast(t *testing.T) {
	c := insightClient(t, 0)
	series := func(period int32, forecast bool) []types.TimeSeriesServiceStatistics {
		out, err := c.GetTimeSeriesServiceStatistics(t.Context(), &xray.GetTimeSeriesServiceStatisticsInput{
			StartTime: aws.Time(before(119)), EndTime: aws.Time(outage.End), Period: aws.Int32(period),
			EntitySelectorExpression: aws.String(`service("pay")`), ForecastStatistics: aws.Bool(forecast),
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.TimeSeriesServiceStatistics
	}
	for _, period := range []int32{60, 300} {
		above := 0
		for _, item := range series(period, true) {
			f, faults := item.ServiceForecastStatistics, *item.ServiceSummaryStatistics.FaultStatistics.TotalCount
			known := item.Timestamp.After(before(90)) // half an hour of past
			switch {
			case known != (f.FaultCountHigh != nil):
				t.Errorf("forecast of %v: %v", item.Timestamp, f.FaultCountHigh)
			case !known:
			case *f.FaultCountLow != 0 || *f.FaultCountHigh < 1:
				t.Errorf("%d to %d faults expected at %v", *f.FaultCountLow, *f.FaultCountHigh, item.Timestamp)
			case faults > *f.FaultCountHigh:
				above++
			}
		}
		if want := 15 * 60 / int(period); above < want-2 || above > want {
			t.Errorf("%d periods of %d s above what is expected, want about %d", above, period, want)
		}
	}
	for _, item := range series(60, false) {
		if f := item.ServiceForecastStatistics; f.FaultCountHigh != nil || f.FaultCountLow != nil {
			t.Fatalf("a forecast that nobody asked for: %+v", f)
		}
	}
}
