package trace

import "github.com/radiograph/radiograph/segment"

// maxTraceSize is the size (bytes) up to which X-Ray keeps the documents of a
// trace. Source: X-Ray quotas.
const maxTraceSize = 500 << 10

// exceedsLimit reports whether the documents of the entities are larger than
// maxTraceSize, by estimate: nothing is dropped, the caller is only told.
func exceedsLimit(entities []*Entity) bool {
	size := 0
	for _, e := range entities {
		size += estimateSize(e.Segment)
	}
	return size > maxTraceSize
}

// Sizes (bytes) of what surrounds the variable parts of a document.
const (
	sizeOfFrame      = 120 // id, times, braces
	sizeOfHTTP       = 120
	sizeOfSQL        = 160
	sizeOfAnnotation = 16
	sizeOfLink       = 90
	sizeOfException  = 60
	sizeOfStackFrame = 40
)

// estimateSize estimates the length of the document of s without its
// subsegments.
func estimateSize(s *segment.Segment) int {
	n := sizeOfFrame + len(s.Name) + len(s.Origin) + len(s.User) + len(s.ResourceARN) +
		len(s.Service) + len(s.Metadata)
	if h := s.HTTP; h != nil {
		n += sizeOfHTTP + len(h.URL) + len(h.UserAgent)
	}
	if s.AWS != nil {
		n += len(s.AWS.Raw)
	}
	if q := s.SQL; q != nil {
		n += sizeOfSQL + len(q.SanitizedQuery) + len(q.ConnectionString) + len(q.URL)
	}
	for _, a := range s.Annotations {
		n += sizeOfAnnotation + len(a.Key) + len(a.Value.String)
	}
	for _, l := range s.Links {
		n += sizeOfLink + len(l.Attributes)
	}
	return n + estimateCause(s.Cause)
}

func estimateCause(c *segment.Cause) int {
	if c == nil {
		return 0
	}
	n := len(c.WorkingDirectory)
	for _, p := range c.Paths {
		n += len(p)
	}
	for i := range c.Exceptions {
		x := &c.Exceptions[i]
		n += sizeOfException + len(x.Message) + len(x.Type)
		for _, f := range x.Stack {
			n += sizeOfStackFrame + len(f.Path) + len(f.Label)
		}
	}
	return n
}
