package xrayapi

import (
	"context"

	"github.com/radiograph/radiograph/segment"
)

type unprocessedSegment struct {
	ID        *string `json:"Id"`
	ErrorCode string
	Message   string
}

type putTraceSegmentsOutput struct {
	UnprocessedTraceSegments []unprocessedSegment
}

// putTraceSegments stores documents. Documents that are wrong are reported one by
// one in the answer, which is a success all the same.
func (a *API) putTraceSegments(ctx context.Context, body []byte) (any, error) {
	if err := a.authorize(ctx, "PutTraceSegments", nil); err != nil {
		return nil, err
	}
	docs := documentLists.Get().(*documentList)
	defer docs.release()
	present, err := docs.scan(body)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if !present {
		v := violations{}
		v.Required("traceSegmentDocuments", false)
		return nil, v.Err()
	}
	if len(docs.list) == 0 {
		return nil, invalid("Segments can not be empty")
	}
	rejections, err := a.opts.Ingest.Put(ctx, docs.list)
	if err != nil {
		return nil, err
	}
	a.metrics.documents(len(docs.list), len(rejections))
	return unprocessed(rejections), nil
}

func unprocessed(rejections []*segment.Rejection) *putTraceSegmentsOutput {
	out := &putTraceSegmentsOutput{UnprocessedTraceSegments: make([]unprocessedSegment, len(rejections))}
	for i, r := range rejections {
		out.UnprocessedTraceSegments[i] = unprocessedSegment{ID: r.ID, ErrorCode: r.Code, Message: r.Message}
	}
	return out
}
