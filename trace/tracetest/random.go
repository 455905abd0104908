package tracetest

import (
	"encoding/binary"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Random draws the documents of a small trace in order of receipt. Its few ids
// collide often: entities come in several versions, embedded and streamed, under
// different parents, in cycles, with missing ones.
func Random(t *rapid.T) []trace.Document {
	var docs []trace.Document
	received := int64(0)
	for range rapid.IntRange(1, 6).Draw(t, "calls") {
		received += rapid.Int64Range(1, 100e9).Draw(t, "pause")
		for i := range rapid.IntRange(1, 3).Draw(t, "documents") {
			s := randomEntity(t, 0)
			s.ParentID = randomID(t, "parent", 0)
			if !s.ParentID.IsZero() && rapid.Bool().Draw(t, "streamed") {
				s.Kind = segment.KindSubsegment
			}
			docs = append(docs, trace.Document{Segment: s, Received: received, Index: uint32(i)})
		}
	}
	return docs
}

// randomID draws one of a few ids, from first on; 0 stands for none.
func randomID(t *rapid.T, label string, first uint64) (id traceid.EntityID) {
	binary.BigEndian.PutUint64(id[:], rapid.Uint64Range(first, 12).Draw(t, label))
	return id
}

func randomEntity(t *rapid.T, level int) *segment.Segment {
	s := &segment.Segment{
		TraceID: TraceID, ID: randomID(t, "id", 1),
		Name:      rapid.SampledFrom([]string{"web", "pay", "stock", "DynamoDB", "SQS"}).Draw(t, "name"),
		StartTime: rapid.Int64Range(0, 5).Draw(t, "start") * 1e9,
	}
	if rapid.IntRange(0, 3).Draw(t, "open") == 0 {
		s.InProgress = true
	} else {
		s.EndTime = s.StartTime + rapid.Int64Range(0, 5e9).Draw(t, "time")
	}
	s.Namespace = rapid.SampledFrom([]string{"", segment.NamespaceRemote, segment.NamespaceAWS}).Draw(t, "namespace")
	decorate(t, s)
	if level < 3 {
		for range rapid.IntRange(0, 2).Draw(t, "embedded") {
			sub := randomEntity(t, level+1)
			sub.Kind, sub.ParentID = segment.KindSubsegment, s.ID
			s.Subsegments = append(s.Subsegments, sub)
		}
	}
	return s
}

// decorate draws what summaries and root causes look at.
func decorate(t *rapid.T, s *segment.Segment) {
	switch rapid.IntRange(0, 9).Draw(t, "more") {
	case 0:
		s.Fault = segment.True
		s.Cause = &segment.Cause{Exceptions: []segment.Exception{{ID: "e1", Type: "Timeout"}}}
	case 1:
		s.HTTP = &segment.HTTP{Status: rapid.SampledFrom([]int{200, 404, 429, 503}).Draw(t, "status"), URL: "/"}
	case 2:
		s.AWS = &segment.AWS{Operation: "GetItem", TableName: "carts", AccountID: "1"}
	case 3:
		s.Fault = segment.True
		s.Cause = &segment.Cause{Reference: "e1"}
	case 4:
		s.Links = []segment.Link{{TraceID: TraceID, ID: randomID(t, "link", 1)}}
	case 5:
		s.Annotations = []segment.Annotation{{Key: "k", Value: segment.Value{String: s.Name}}}
	case 6:
		s.Traced = true
	case 7:
		s.User, s.Error = "u", segment.True
	}
}
