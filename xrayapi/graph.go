package xrayapi

import (
	"context"
	"math"
	"slices"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// groupRef is the part of a request that names a group by one of two ways.
type groupRef struct {
	GroupName, GroupARN *string
}

func (g *groupRef) check(v *violations) {
	v.Length("groupName", g.GroupName, 1, 32)
	v.Length("groupARN", g.GroupARN, 1, 400)
}

type getServiceGraphInput struct {
	StartTime, EndTime *seconds
	groupRef
	paging
}

func (in *getServiceGraphInput) check(v *violations) {
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
	in.groupRef.check(v)
}

type getServiceGraphOutput struct {
	StartTime, EndTime       *seconds
	Services                 []service
	ContainsOldGroupVersions bool
	NextToken                *string
}

// getServiceGraph answers with the graph of what was received in a time range.
// Graphs have one page.
func (a *API) getServiceGraph(ctx context.Context, in *getServiceGraphInput) (*getServiceGraphOutput, error) {
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	q, err := a.graphQuery(in.groupRef, *in.StartTime, *in.EndTime)
	if err != nil {
		return nil, err
	}
	g, err := a.opts.Store.Graph(ctx, q)
	if err != nil {
		return nil, err
	}
	return answerOf(g.Graph, g.OldVersions), nil
}

// refuseToken refuses tokens where none are given out.
func (a *API) refuseToken(p *paging) error {
	switch token := p.take(); {
	case token == "":
		return nil
	case a.opts.Strict:
		return invalid("NextToken is currently not supported")
	default:
		return invalid("Invalid token %s", token)
	}
}

// graphQuery returns the query for a group (none means all traces) and a range.
func (a *API) graphQuery(ref groupRef, start, end seconds) (store.GraphQuery, error) {
	if err := a.checkWindow(start, end); err != nil {
		return store.GraphQuery{}, err
	}
	q := store.GraphQuery{Start: start.time(), End: end.time()}
	if ref.GroupName == nil && ref.GroupARN == nil {
		return q, nil
	}
	g, err := a.opts.Groups.Find(text(ref.GroupName), text(ref.GroupARN))
	if problem.KindOf(err) == problem.NotFound {
		return q, invalid("Group not found.")
	}
	if err != nil {
		return q, err
	}
	if g.Name != group.DefaultName {
		q.Group, q.Version = g.ID, g.Version
	}
	return q, nil
}

// observedBounds returns the bounds of a graph from those of its services, whose
// ends are one second after the last observation.
func observedBounds(services []service) (start, end *seconds) {
	for i := range services {
		s := &services[i]
		if s.StartTime == nil {
			continue
		}
		if start == nil || *s.StartTime < *start {
			start = s.StartTime
		}
		if last := *s.EndTime - oneSecond; end == nil || last > *end {
			end = &last
		}
	}
	return start, end
}

type getTraceGraphInput struct {
	TraceIds []string
	paging
}

func (in *getTraceGraphInput) check(v *violations) {
	v.Required("traceIds", in.TraceIds != nil)
}

type getTraceGraphOutput struct {
	Services  []service
	NextToken *string
}

// getTraceGraph answers with the graph of a few traces.
func (a *API) getTraceGraph(ctx context.Context, in *getTraceGraphInput) (*getTraceGraphOutput, error) {
	const most = 100
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	switch n := len(in.TraceIds); {
	case n == 0:
		return nil, invalid("Zero trace ids provided")
	case n > 1 && a.opts.Strict:
		return nil, invalid("Currently only one trace Id is supported")
	case n > most:
		return nil, invalid("Currently only %d trace Ids are supported", most)
	}
	ids := make([]traceid.ID, len(in.TraceIds))
	for i, s := range in.TraceIds {
		id, err := traceid.Parse(s)
		if err != nil {
			return nil, invalid("Invalid traceId. ErrorCode: InvalidId")
		}
		ids[i] = id
	}
	summaries, err := a.summarize(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(summaries) == 0 {
		return nil, invalid("Trace id not found")
	}
	return &getTraceGraphOutput{Services: renderGraph(graphOf(summaries), timeless)}, nil
}

// graphOf adds up the graph of traces, whenever they were received.
func graphOf(summaries []*trace.Summary) *servicegraph.Graph {
	g := &servicegraph.Graph{}
	for _, s := range summaries {
		g.Observe(s, math.MinInt64, math.MaxInt64, 1)
	}
	return g
}

// summarize returns the summaries of traces with their links resolved.
func (a *API) summarize(ctx context.Context, ids []traceid.ID) ([]*trace.Summary, error) {
	var summaries []*trace.Summary
	seen := make(map[traceid.ID]bool, len(ids))
	for t, err := range a.opts.Store.Traces(ctx, ids) {
		if err != nil {
			return nil, err
		}
		if seen[t.ID] {
			continue
		}
		seen[t.ID] = true
		s := t.Summary()
		if err := a.resolveLinks(ctx, s); err != nil {
			return nil, err
		}
		summaries = append(summaries, s)
	}
	return summaries, nil
}

// maxProducers bounds how many other traces are read for the links of one.
const maxProducers = 100

// resolveLinks looks up the producers that s links to.
func (a *API) resolveLinks(ctx context.Context, s *trace.Summary) error {
	var ids []traceid.ID
	for _, l := range s.Links {
		if len(ids) < maxProducers && !slices.Contains(ids, l.TraceID) {
			ids = append(ids, l.TraceID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	for producer, err := range a.opts.Store.Traces(ctx, ids) {
		if err != nil {
			return err
		}
		for i := range s.Links {
			l := &s.Links[i]
			if l.TraceID != producer.ID {
				continue
			}
			if node, end, ok := producer.NodeOf(l.ID); ok {
				l.From, l.Age = node, max(0, l.Start-end)
			}
		}
	}
	return nil
}
