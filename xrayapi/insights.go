package xrayapi

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/trace"
)

// Insights tells of insights; insight.Watcher does. What it returns is not changed.
type Insights interface {
	// Find returns the insight with that id, or nil.
	Find(id string) *insight.Insight
	// List returns the insights of a group that were active in [from, to), latest
	// start first.
	List(groupID string, from, to time.Time) []*insight.Insight
}

// noInsights are those of an API without.
type noInsights struct{}

func (noInsights) Find(string) *insight.Insight { return nil }

func (noInsights) List(string, time.Time, time.Time) []*insight.Insight { return nil }

// insightID is the form of insights' ids.
var insightID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

type impactStatistics struct{ FaultCount, OkCount, TotalCount int64 }

type anomalousService struct {
	ServiceID serviceID `json:"ServiceId"`
}

// insightShape is an insight, without the time of its last update.
type insightShape struct {
	InsightID                               string `json:"InsightId"`
	GroupARN                                string
	GroupName                               string
	RootCauseServiceID                      serviceID `json:"RootCauseServiceId"`
	Categories                              []string
	State                                   string
	StartTime                               seconds
	EndTime                                 *seconds
	Summary                                 string
	ClientRequestImpactStatistics           impactStatistics
	RootCauseServiceRequestImpactStatistics impactStatistics
	TopAnomalousServices                    []anomalousService
}

func renderImpact(c insight.Counts) impactStatistics {
	return impactStatistics{FaultCount: c.Fault, OkCount: c.OK, TotalCount: c.Total}
}

func renderAnomalous(nodes []trace.Node) []anomalousService {
	out := make([]anomalousService, len(nodes))
	for i, n := range nodes {
		out[i].ServiceID = renderServiceID(n)
	}
	return out
}

func (a *API) renderInsight(i *insight.Insight) insightShape {
	out := insightShape{
		InsightID:                               i.ID,
		GroupName:                               i.GroupName,
		RootCauseServiceID:                      renderServiceID(i.RootCause),
		Categories:                              []string{"FAULT"},
		State:                                   stateOf(i),
		StartTime:                               *at(i.Start),
		Summary:                                 i.Summary,
		ClientRequestImpactStatistics:           renderImpact(i.Impact.Clients),
		RootCauseServiceRequestImpactStatistics: renderImpact(i.Impact.RootCause),
		TopAnomalousServices:                    renderAnomalous(i.Top()),
	}
	if i.Closed {
		out.EndTime = at(i.End)
	}
	if g, err := a.opts.Groups.Find(i.GroupName, ""); err == nil {
		out.GroupARN = a.opts.Groups.ARN(g)
	}
	return out
}

func stateOf(i *insight.Insight) string {
	if i.Closed {
		return "CLOSED"
	}
	return "ACTIVE"
}

type getInsightSummariesInput struct {
	groupRef
	StartTime, EndTime *seconds
	States             []string
	MaxResults         *integer
	paging
}

func (in *getInsightSummariesInput) check(v *violations) {
	in.groupRef.check(v)
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
	v.Count("states", len(in.States), 1)
	for _, s := range in.States {
		v.OneOf("states", &s, "ACTIVE", "CLOSED")
	}
	checkMaxResults(v, in.MaxResults, mostInsights)
	v.Length("nextToken", in.NextToken, 0, 2000)
}

// How many entries answers about insights have at most, as in X-Ray.
const (
	mostInsights = 100
	mostEvents   = 50
)

func checkMaxResults(v *violations, n *integer, most float64) {
	if n != nil {
		v.Within("maxResults", float64(*n), 1, most)
	}
}

// size is how many entries a page has: what is asked for, if anything, or most.
func (i *integer) size(most int) int {
	if i == nil {
		return most
	}
	return min(i.int(), most)
}

type insightSummary struct {
	insightShape
	LastUpdateTime seconds
}

type getInsightSummariesOutput struct {
	InsightSummaries []insightSummary
	NextToken        *string
}

// getInsightSummaries answers with the insights of a group, latest start first.
func (a *API) getInsightSummaries(_ context.Context, in *getInsightSummariesInput) (*getInsightSummariesOutput, error) {
	pager, err := newPager("GetInsightSummaries", in)
	if err != nil {
		return nil, err
	}
	if *in.EndTime < *in.StartTime {
		return nil, invalid("End time cannot be earlier than start time")
	}
	g, err := a.find(in.groupRef)
	if err != nil {
		return nil, err
	}
	var keep []*insight.Insight
	for _, i := range a.opts.Insights.List(g.ID, in.StartTime.time(), in.EndTime.time().Add(1)) {
		if len(in.States) == 0 || in.States[0] == stateOf(i) {
			keep = append(keep, i)
		}
	}
	list, next := page(pager, keep, in.MaxResults.size(mostInsights), insightKey)
	out := &getInsightSummariesOutput{InsightSummaries: make([]insightSummary, len(list)), NextToken: next}
	for k, i := range list {
		out.InsightSummaries[k] = insightSummary{a.renderInsight(i), *at(i.Updated)}
	}
	return out, nil
}

// insightKey grows with the place of an insight in a list. Starts never change.
func insightKey(i *insight.Insight) string {
	const farthest = 1 << 40 // minutes
	return strconv.FormatInt(farthest-i.Start.Unix()/60, 10) + " " + i.ID
}

type insightInput struct {
	InsightID *string `json:"InsightId"`
}

func (in *insightInput) check(v *violations) {
	v.Required("insightId", in.InsightID != nil)
	v.Pattern("insightId", in.InsightID, insightID)
}

// insight returns the insight that in names.
func (a *API) insight(in *insightInput) (*insight.Insight, error) {
	if i := a.opts.Insights.Find(strings.ToLower(*in.InsightID)); i != nil {
		return i, nil
	}
	return nil, invalid("Insight %s not found", *in.InsightID)
}

type getInsightOutput struct {
	Insight insightShape
}

func (a *API) getInsight(_ context.Context, in *insightInput) (*getInsightOutput, error) {
	i, err := a.insight(in)
	if err != nil {
		return nil, err
	}
	return &getInsightOutput{a.renderInsight(i)}, nil
}

type getInsightEventsInput struct {
	insightInput
	MaxResults *integer
	paging
}

func (in *getInsightEventsInput) check(v *violations) {
	in.insightInput.check(v)
	checkMaxResults(v, in.MaxResults, mostEvents)
	v.Length("nextToken", in.NextToken, 0, 2000)
}

type insightEvent struct {
	Summary                                 string
	EventTime                               seconds
	ClientRequestImpactStatistics           impactStatistics
	RootCauseServiceRequestImpactStatistics impactStatistics
	TopAnomalousServices                    []anomalousService
}

type getInsightEventsOutput struct {
	InsightEvents []insightEvent
	NextToken     *string
}

// getInsightEvents answers with what happened, latest first, so that the answer to a
// question that is asked again begins with what is new.
func (a *API) getInsightEvents(_ context.Context, in *getInsightEventsInput) (*getInsightEventsOutput, error) {
	pager, err := newPager("GetInsightEvents", in)
	if err != nil {
		return nil, err
	}
	i, err := a.insight(&in.insightInput)
	if err != nil {
		return nil, err
	}
	places := make([]int, len(i.Events))
	for k := range places {
		places[k] = len(i.Events) - 1 - k
	}
	list, next := page(pager, places, in.MaxResults.size(mostEvents), func(place int) string {
		return fmt.Sprintf("%04d", insight.MaxEvents-place)
	})
	out := &getInsightEventsOutput{InsightEvents: make([]insightEvent, len(list)), NextToken: next}
	for k, place := range list {
		out.InsightEvents[k] = renderEvent(&i.Events[place])
	}
	return out, nil
}

func renderEvent(e *insight.Event) insightEvent {
	return insightEvent{
		Summary:                                 e.Summary,
		EventTime:                               *at(e.Time),
		ClientRequestImpactStatistics:           renderImpact(e.Impact.Clients),
		RootCauseServiceRequestImpactStatistics: renderImpact(e.Impact.RootCause),
		TopAnomalousServices:                    renderAnomalous(e.Top),
	}
}
