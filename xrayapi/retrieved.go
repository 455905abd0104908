package xrayapi

import (
	"context"
	"fmt"

	"github.com/radiograph/radiograph/trace"
)

type listRetrievedInput struct {
	retrievalInput
	TraceFormat *string
	paging
}

func (in *listRetrievedInput) check(v *violations) {
	in.retrievalInput.check(v)
	v.OneOf("traceFormat", in.TraceFormat, formatXRay, formatOTel)
}

const (
	formatXRay = "XRAY"
	formatOTel = "OTEL"
)

type retrievedTrace struct {
	ID       string `json:"Id"`
	Duration *seconds
	Spans    []tracePart
}

type listRetrievedOutput struct {
	RetrievalStatus string
	TraceFormat     string
	Traces          []retrievedTrace
	NextToken       *string
}

// The bounds of a page. A trace with more documents goes on in the next.
const (
	maxRetrievedTraces = 5
	maxRetrievedSpans  = 100
)

// listRetrieved answers with a page of a retrieval's traces.
func (a *API) listRetrieved(ctx context.Context, in *listRetrievedInput) (*listRetrievedOutput, error) {
	format := formatXRay
	if text(in.TraceFormat) == formatOTel {
		format = formatOTel
	}
	pager, err := newPager("ListRetrievedTraces", in)
	if err != nil {
		return nil, err
	}
	r, err := a.retrievals.find(*in.RetrievalToken)
	if err != nil {
		return nil, err
	}
	out := &listRetrievedOutput{RetrievalStatus: r.status(a.opts.Now()), TraceFormat: format, Traces: []retrievedTrace{}}
	if out.RetrievalStatus != retrievalComplete {
		return out, nil
	}
	traces, _, err := a.retrieved(ctx, r)
	if err != nil {
		return nil, err
	}
	// A cursor is a place in the list of traces and a place in that trace.
	index, span := 0, 0
	if pager.cursor != "" {
		if _, err := fmt.Sscanf(pager.cursor, "%d.%d", &index, &span); err != nil {
			return nil, pager.invalid(pager.cursor)
		}
	}
	for index < len(traces) && len(out.Traces) < maxRetrievedTraces {
		shape, more, err := renderRetrieved(traces[index], format, span)
		if err != nil {
			return nil, err
		}
		out.Traces = append(out.Traces, shape)
		if span += maxRetrievedSpans; !more {
			index, span = index+1, 0
		}
	}
	if index < len(traces) {
		out.NextToken = pager.token(fmt.Sprintf("%d.%d", index, span))
	}
	return out, nil
}

// renderRetrieved returns the documents of t in a format, from first on; more is true
// when there are further ones.
func renderRetrieved(t *trace.Trace, format string, first int) (_ retrievedTrace, more bool, err error) {
	shape := retrievedTrace{ID: t.ID.String()}
	if d, ok := t.Duration(); ok {
		shape.Duration = known(d)
	}
	var spans []tracePart
	if format == formatOTel {
		spans, err = renderSpans(t)
	} else {
		spans = renderTrace(t).Segments
	}
	if err != nil {
		return shape, false, err
	}
	shape.Spans = spans[min(max(first, 0), len(spans)):]
	if more = len(shape.Spans) > maxRetrievedSpans; more {
		shape.Spans = shape.Spans[:maxRetrievedSpans]
	}
	return shape, more, nil
}

type getRetrievedGraphInput struct {
	retrievalInput
	paging
}

type graphLink struct {
	ReferenceType       string
	SourceTraceID       string `json:"SourceTraceId"`
	DestinationTraceIds []string
}

type retrievedService struct {
	Service service
	Links   []graphLink
}

type getRetrievedGraphOutput struct {
	RetrievalStatus string
	Services        []retrievedService
	NextToken       *string
}

// getRetrievedGraph answers with the graph of a retrieval's traces.
func (a *API) getRetrievedGraph(ctx context.Context, in *getRetrievedGraphInput) (*getRetrievedGraphOutput, error) {
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	r, err := a.retrievals.find(*in.RetrievalToken)
	if err != nil {
		return nil, err
	}
	out := &getRetrievedGraphOutput{RetrievalStatus: r.status(a.opts.Now()), Services: []retrievedService{}}
	if out.RetrievalStatus != retrievalComplete {
		return out, nil
	}
	_, summaries, err := a.retrieved(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, s := range summaries {
		if err := a.resolveLinks(ctx, s); err != nil {
			return nil, err
		}
	}
	links := linksByNode(summaries)
	for _, s := range renderGraph(graphOf(summaries), timeless) {
		key := trace.Node{Name: s.Name, Type: text(s.Type), AccountID: text(s.AccountID)}
		found := links[key]
		if found == nil {
			found = []graphLink{}
		}
		out.Services = append(out.Services, retrievedService{Service: s, Links: found})
	}
	return out, nil
}

// linksByNode returns the links of traces to others, by the node that links.
func linksByNode(summaries []*trace.Summary) map[trace.Node][]graphLink {
	links := map[trace.Node][]graphLink{}
	for _, s := range summaries {
		for _, l := range s.Links {
			n := s.Nodes[l.Node]
			links[n] = append(links[n], graphLink{
				ReferenceType:       "LINK",
				SourceTraceID:       l.TraceID.String(),
				DestinationTraceIds: []string{s.ID.String()},
			})
		}
	}
	return links
}
