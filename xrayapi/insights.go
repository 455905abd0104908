package xrayapi

import (
	"context"
	"regexp"
)

// insightID is the form of insights' ids.
var insightID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

// errNoInsight is the answer to every id: insights are not computed, so that there
// is none that an id could name.
func errNoInsight(id string) error { return invalid("Insight %s not found", id) }

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
	checkMaxResults(v, in.MaxResults, 100)
}

func checkMaxResults(v *violations, n *integer, most float64) {
	if n != nil {
		v.Within("maxResults", float64(*n), 1, most)
	}
}

type getInsightSummariesOutput struct {
	InsightSummaries []empty
	NextToken        *string
}

// getInsightSummaries answers with the insights of a group.
func (a *API) getInsightSummaries(_ context.Context, in *getInsightSummariesInput) (*getInsightSummariesOutput, error) {
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	if *in.EndTime < *in.StartTime {
		return nil, invalid("End time cannot be earlier than start time")
	}
	if _, err := a.find(in.groupRef); err != nil {
		return nil, err
	}
	return &getInsightSummariesOutput{InsightSummaries: []empty{}}, nil
}

type insightInput struct {
	InsightID *string `json:"InsightId"`
}

func (in *insightInput) check(v *violations) {
	v.Required("insightId", in.InsightID != nil)
	v.Pattern("insightId", in.InsightID, insightID)
}

func (a *API) getInsight(_ context.Context, in *insightInput) (*empty, error) {
	return nil, errNoInsight(*in.InsightID)
}

type getInsightEventsInput struct {
	insightInput
	MaxResults *integer
	paging
}

func (in *getInsightEventsInput) check(v *violations) {
	in.insightInput.check(v)
	checkMaxResults(v, in.MaxResults, 50)
}

func (a *API) getInsightEvents(_ context.Context, in *getInsightEventsInput) (*empty, error) {
	return nil, errNoInsight(*in.InsightID)
}

type getInsightImpactGraphInput struct {
	insightInput
	StartTime, EndTime *seconds
	paging
}

func (in *getInsightImpactGraphInput) check(v *violations) {
	in.insightInput.check(v)
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
}

func (a *API) getInsightImpactGraph(_ context.Context, in *getInsightImpactGraphInput) (*empty, error) {
	if err := a.checkWindow(*in.StartTime, *in.EndTime); err != nil {
		return nil, err
	}
	return nil, errNoInsight(*in.InsightID)
}
