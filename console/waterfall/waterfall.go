package waterfall

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Trace is a trace laid out.
type Trace struct {
	Start, End int64 // ns since the epoch: the first start and the last known moment
	Entities   int
	Lines      []Line
}

// Line is one entity.
type Line struct {
	*segment.Segment

	Depth int // how many entities led to this one

	trace *Trace
}

// New lays out the segments of a trace, given as processed documents: the entries
// of BatchGetTraces.
func New(documents [][]byte) (*Trace, error) {
	b := builder{
		trace: &Trace{}, known: map[traceid.EntityID]bool{},
		children: map[traceid.EntityID][]*segment.Segment{}, added: map[*segment.Segment]bool{},
	}
	var all []*segment.Segment
	for _, doc := range documents {
		seg, err := segment.Decode(doc)
		if err != nil {
			return nil, fmt.Errorf("read segment: %w", err)
		}
		var is struct{ Inferred bool }
		if err := json.Unmarshal(doc, &is); err != nil {
			return nil, fmt.Errorf("read segment %s: %w", seg.ID, err)
		}
		b.measure(seg, is.Inferred)
		// An inferred segment repeats the call that it was inferred from and has no line of its own.
		if !is.Inferred {
			all = append(all, seg)
		}
	}
	var roots []*segment.Segment
	for _, s := range all {
		if b.known[s.ParentID] {
			b.children[s.ParentID] = append(b.children[s.ParentID], s)
		} else {
			roots = append(roots, s)
		}
	}
	b.add(roots, 0)
	for _, s := range all { // segments that claim to have called each other
		b.add([]*segment.Segment{s}, 0)
	}
	return b.trace, nil
}

type builder struct {
	trace    *Trace
	known    map[traceid.EntityID]bool
	children map[traceid.EntityID][]*segment.Segment // segments by parent
	added    map[*segment.Segment]bool
}

// measure takes s and everything embedded in it into account.
func (b *builder) measure(s *segment.Segment, inferred bool) {
	t := b.trace
	if !inferred {
		b.known[s.ID] = true
	}
	t.Entities++
	if t.Entities == 1 || s.StartTime < t.Start {
		t.Start = s.StartTime
	}
	t.End = max(t.End, s.StartTime)
	if !s.InProgress {
		t.End = max(t.End, s.EndTime)
	}
	for _, sub := range s.Subsegments {
		b.measure(sub, inferred)
	}
}

// add appends the lines of list and of what is below each, unless they are there.
func (b *builder) add(list []*segment.Segment, depth int) {
	slices.SortStableFunc(list, func(x, y *segment.Segment) int { return cmp.Compare(x.StartTime, y.StartTime) })
	for _, s := range list {
		if b.added[s] {
			continue
		}
		b.added[s] = true
		b.trace.Lines = append(b.trace.Lines, Line{Segment: s, Depth: depth, trace: b.trace})
		b.add(slices.Concat(s.Subsegments, b.children[s.ID]), depth+1)
	}
}

// Duration is the time from the first start to the last known moment.
func (t *Trace) Duration() time.Duration { return time.Duration(t.End - t.Start) }

// Extent says where on a scale from 0 to 1 the entity starts and how much it takes.
// One that has not ended extends to the end of the trace.
func (l Line) Extent() (start, length float64) {
	scale := 1 / float64(max(l.trace.End-l.trace.Start, 1))
	end := l.EndTime
	if l.InProgress {
		end = l.trace.End
	}
	return float64(l.StartTime-l.trace.Start) * scale, float64(max(end-l.StartTime, 0)) * scale
}

// Took is how long the entity took, as text.
func (l Line) Took() string {
	if l.InProgress {
		return "open"
	}
	return diagram.FormatSeconds(time.Duration(l.EndTime - l.StartTime).Seconds())
}

// Outcome is how the entity ended.
func (l Line) Outcome() segment.Outcome { return l.Flags().Outcome() }

// Detail says what the entity is, in a few words.
func (l Line) Detail() string {
	var parts []string
	if o := l.Outcome(); o != segment.OK {
		parts = append(parts, OutcomeName(o))
	}
	if l.HTTP != nil && l.HTTP.Status != 0 {
		parts = append(parts, strconv.Itoa(l.HTTP.Status))
	}
	switch {
	case l.AWS != nil && l.AWS.Operation != "":
		parts = append(parts, l.AWS.Operation)
	case l.SQL != nil:
		parts = append(parts, cmp.Or(l.SQL.DatabaseType, "SQL"))
	case l.HTTP != nil && l.HTTP.Method != "":
		parts = append(parts, l.HTTP.Method)
	case l.Origin != "":
		parts = append(parts, l.Origin)
	}
	return strings.Join(parts, " ")
}

// OutcomeName is an outcome in a word.
func OutcomeName(o segment.Outcome) string {
	return [...]string{segment.OK: "ok", segment.Error: "error", segment.Throttle: "throttle", segment.Fault: "fault"}[o]
}
