package xrayapi

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

const (
	// retrievalLife is how long the traces of a retrieval can be read, and how long
	// its token is remembered after that.
	retrievalLife = time.Hour

	// maxRetrievals bounds how many retrievals are remembered; the oldest go first.
	maxRetrievals = 1000

	maxRetrievalIDs = 100
)

// The states of a retrieval. Traces are at hand, so that it is complete at once.
const (
	retrievalComplete  = "COMPLETE"
	retrievalCancelled = "CANCELLED"
	retrievalTimeout   = "TIMEOUT"
)

// retrieval is a request for traces that is answered in pages.
type retrieval struct {
	token      string
	ids        []traceid.ID
	start, end seconds // both inclusive
	created    time.Time
	cancelled  bool
}

// status returns the state at a point in time.
func (r retrieval) status(now time.Time) string {
	switch {
	case r.cancelled:
		return retrievalCancelled
	case now.Sub(r.created) >= retrievalLife:
		return retrievalTimeout
	}
	return retrievalComplete
}

// holds reports whether a trace overlaps the retrieval's range.
func (r retrieval) holds(s *trace.Summary) bool {
	end := s.StartTime
	if s.Duration != trace.Unknown {
		end += s.Duration
	}
	return s.StartTime <= int64(r.end) && end >= int64(r.start)
}

// retrievals remembers retrievals by token. The zero value is ready.
type retrievals struct {
	mu    sync.Mutex   // guards the fields below
	list  []*retrieval // oldest first
	token map[string]*retrieval
}

func (rs *retrievals) add(r *retrieval) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.token == nil {
		rs.token = map[string]*retrieval{}
	}
	drop := 0
	for drop < len(rs.list) && (len(rs.list)-drop >= maxRetrievals || r.created.Sub(rs.list[drop].created) >= 2*retrievalLife) {
		delete(rs.token, rs.list[drop].token)
		drop++
	}
	rs.list = append(rs.list[drop:], r)
	rs.token[r.token] = r
}

// find returns a copy of the retrieval with that token.
func (rs *retrievals) find(token string) (retrieval, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.token[token]
	if r == nil {
		return retrieval{}, errNoRetrieval(token)
	}
	return *r, nil
}

func (rs *retrievals) cancel(token string) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.token[token]
	if r == nil {
		return errNoRetrieval(token)
	}
	r.cancelled = true
	return nil
}

func errNoRetrieval(token string) error {
	return notFound(token, "The retrieval token does not exist.")
}

type startRetrievalInput struct {
	TraceIds           []string
	StartTime, EndTime *seconds
}

func (in *startRetrievalInput) check(v *violations) {
	v.Required("traceIds", in.TraceIds != nil)
	v.Count("traceIds", len(in.TraceIds), maxRetrievalIDs)
	v.Required("startTime", in.StartTime != nil)
	v.Required("endTime", in.EndTime != nil)
}

type startRetrievalOutput struct {
	RetrievalToken string
}

func (a *API) startRetrieval(_ context.Context, in *startRetrievalInput) (*startRetrievalOutput, error) {
	if *in.EndTime < *in.StartTime {
		return nil, invalid("End time cannot be earlier than start time")
	}
	if len(in.TraceIds) == 0 {
		return nil, invalid("Zero trace ids provided")
	}
	ids, err := a.parseTraceIDs(in.TraceIds)
	if err != nil {
		return nil, err
	}
	r := &retrieval{token: uuid.NewString(), ids: ids, start: *in.StartTime, end: *in.EndTime, created: a.opts.Now()}
	a.retrievals.add(r)
	return &startRetrievalOutput{RetrievalToken: r.token}, nil
}

type retrievalInput struct {
	RetrievalToken *string
}

func (in *retrievalInput) check(v *violations) {
	v.RequiredLength("retrievalToken", in.RetrievalToken, 0, 1020)
}

func (a *API) cancelRetrieval(_ context.Context, in *retrievalInput) (*empty, error) {
	return &empty{}, a.retrievals.cancel(*in.RetrievalToken)
}

// retrieved returns the traces of r that are in its range, and their summaries.
func (a *API) retrieved(ctx context.Context, r retrieval) ([]*trace.Trace, []*trace.Summary, error) {
	var traces []*trace.Trace
	var summaries []*trace.Summary
	for t, err := range a.opts.Store.Traces(ctx, r.ids) {
		if err != nil {
			return nil, nil, fmt.Errorf("read retrieved traces: %w", err)
		}
		if s := t.Summary(); r.holds(s) {
			traces = append(traces, t)
			summaries = append(summaries, s)
		}
	}
	return traces, summaries, nil
}
