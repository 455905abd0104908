package trace

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// AppendDocument appends the processed document of e, one of t.Segments: streamed
// subsegments are embedded where they belong.
func (t *Trace) AppendDocument(dst []byte, e *Entity) []byte {
	return e.embed().AppendJSON(dst)
}

// Document returns the processed document of e, one of t.Segments or t.Orphans, as
// AppendDocument writes it. It shares memory with the trace: read only.
func (t *Trace) Document(e *Entity) *segment.Segment { return e.embed() }

// embed returns the segment of e with its children as embedded subsegments: the
// segment itself where that is what was sent, otherwise a copy.
func (e *Entity) embed() *segment.Segment {
	if len(e.Children) == 0 && len(e.Subsegments) == 0 {
		return e.Segment
	}
	children := make([]*segment.Segment, len(e.Children))
	for i, c := range e.Children {
		children[i] = c.embed()
	}
	if slices.Equal(children, e.Subsegments) {
		return e.Segment
	}
	s := *e.Segment
	s.Subsegments = children
	return &s
}
