package xrayapi

import (
	"context"
	"strconv"

	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

type batchGetTracesInput struct {
	TraceIds []string
	paging
}

func (in *batchGetTracesInput) check(v *violations) {
	v.Required("traceIds", in.TraceIds != nil)
	v.Count("traceIds", len(in.TraceIds), maxTraceIDs)
}

// maxTraceIDs bounds what one call may ask for.
const maxTraceIDs = 10_000

type tracePart struct {
	ID       string `json:"Id"`
	Document string
}

type traceShape struct {
	ID            string `json:"Id"`
	Duration      *seconds
	LimitExceeded bool
	Segments      []tracePart
}

type batchGetTracesOutput struct {
	Traces              []traceShape
	UnprocessedTraceIds []string
	NextToken           *string
}

// maxTracesBytes ends a page of traces: the documents of a page are about that
// large, unless one trace alone is larger.
const maxTracesBytes = 8 << 20

// batchGetTraces answers with the processed documents of traces. Unknown traces
// are left out.
func (a *API) batchGetTraces(ctx context.Context, in *batchGetTracesInput) (*batchGetTracesOutput, error) {
	const strictMost = 5
	if a.opts.Strict && text(in.NextToken) != "" {
		return nil, invalid("NextToken is currently not supported")
	}
	if a.opts.Strict && len(in.TraceIds) > strictMost {
		return nil, invalid("Exceeding maximum query size: %d", strictMost)
	}
	pager, err := newPager("BatchGetTraces", in)
	if err != nil {
		return nil, err
	}
	ids, err := a.parseTraceIDs(in.TraceIds)
	if err != nil {
		return nil, err
	}
	first, err := pager.index(len(ids))
	if err != nil {
		return nil, err
	}
	out := &batchGetTracesOutput{Traces: []traceShape{}, UnprocessedTraceIds: []string{}}
	size := 0
	for t, err := range a.opts.Store.Traces(ctx, ids[first:]) {
		if err != nil {
			return nil, err
		}
		if len(out.Traces) == a.opts.PageSize || size >= maxTracesBytes {
			out.NextToken = pager.token(strconv.Itoa(indexOf(ids, t.ID)))
			break
		}
		shape := renderTrace(t)
		for _, s := range shape.Segments {
			size += len(s.Document)
		}
		out.Traces = append(out.Traces, shape)
	}
	return out, nil
}

func indexOf(ids []traceid.ID, id traceid.ID) int {
	for i := range ids {
		if ids[i] == id {
			return i
		}
	}
	return len(ids)
}

// index returns the cursor as an index in a list of n elements.
func (p pager) index(n int) (int, error) {
	if p.cursor == "" {
		return 0, nil
	}
	i, err := strconv.Atoi(p.cursor)
	if err != nil || i < 0 || i > n {
		return 0, p.invalid(p.cursor)
	}
	return i, nil
}

// parseTraceIDs reads ids and leaves out repetitions, which AWS refuses.
func (a *API) parseTraceIDs(texts []string) ([]traceid.ID, error) {
	ids := make([]traceid.ID, 0, len(texts))
	seen := make(map[traceid.ID]bool, len(texts))
	for _, s := range texts {
		id, err := traceid.Parse(s)
		if err != nil {
			return nil, invalid("Invalid trace id %s: incorrect id format", s)
		}
		if seen[id] && a.opts.Strict {
			return nil, invalid("Containing duplicate trace ids")
		}
		if !seen[id] {
			ids = append(ids, id)
		}
		seen[id] = true
	}
	return ids, nil
}

func renderTrace(t *trace.Trace) traceShape {
	shape := traceShape{
		ID:            t.ID.String(),
		LimitExceeded: t.LimitExceeded,
		Segments:      make([]tracePart, len(t.Segments)),
	}
	if d, ok := t.Duration(); ok {
		shape.Duration = known(d)
	}
	var buf []byte
	for i, e := range t.Segments {
		buf = t.AppendDocument(buf[:0], e)
		shape.Segments[i] = tracePart{ID: e.ID.String(), Document: string(buf)}
	}
	return shape
}

// known returns ns for the wire, null for [trace.Unknown].
func known(ns int64) *seconds {
	if ns == trace.Unknown {
		return nil
	}
	s := seconds(ns)
	return &s
}
