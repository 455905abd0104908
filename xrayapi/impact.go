package xrayapi

import (
	"context"

	"github.com/radiograph/radiograph/insight"
)

type getInsightImpactGraphInput struct {
	insightInput
	StartTime, EndTime *seconds
	paging
}

func (in *getInsightImpactGraphInput) check(v *violations) {
	in.insightInput.check(v)
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
	v.Length("nextToken", in.NextToken, 0, 2000)
}

type impactEdge struct {
	ReferenceID int `json:"ReferenceId"`
}

// impactService is a node of an impact graph, which has no statistics.
type impactService struct {
	ReferenceID int `json:"ReferenceId"`
	Type        *string
	Name        string
	Names       []string
	AccountID   *string `json:"AccountId"`
	Edges       []impactEdge
}

type getInsightImpactGraphOutput struct {
	InsightID             string `json:"InsightId"`
	StartTime, EndTime    seconds
	ServiceGraphStartTime *seconds
	ServiceGraphEndTime   *seconds
	Services              []impactService
	NextToken             *string
}

// getInsightImpactGraph answers with the services of an insight and those that failed
// because of them, up to the clients. Graphs have one page.
func (a *API) getInsightImpactGraph(ctx context.Context, in *getInsightImpactGraphInput) (*getInsightImpactGraphOutput, error) {
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	if err := a.checkWindow(*in.StartTime, *in.EndTime); err != nil {
		return nil, err
	}
	i, err := a.insight(&in.insightInput)
	if err != nil {
		return nil, err
	}
	q, err := a.graphQuery(groupRef{GroupName: &i.GroupName}, *in.StartTime, *in.EndTime)
	if err != nil {
		return nil, err
	}
	g, err := a.opts.Store.Graph(ctx, q)
	if err != nil {
		return nil, err
	}
	services := renderGraph(insight.Affected(g.Graph, i), timed)
	out := &getInsightImpactGraphOutput{
		InsightID: i.ID, StartTime: *in.StartTime, EndTime: *in.EndTime,
		Services: make([]impactService, len(services)),
	}
	out.ServiceGraphStartTime, out.ServiceGraphEndTime = observedBounds(services)
	for k, s := range services {
		node := impactService{
			ReferenceID: s.ReferenceID, Type: s.Type, Name: s.Name, Names: s.Names, AccountID: s.AccountID,
			Edges: make([]impactEdge, len(s.Edges)),
		}
		for n, e := range s.Edges {
			node.Edges[n].ReferenceID = e.ReferenceID
		}
		out.Services[k] = node
	}
	return out, nil
}
