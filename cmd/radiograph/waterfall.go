package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// waterfall draws a trace: a line per entity, indented by who called it, with a
// bar from its start to its end.
type waterfall struct {
	id       string
	width    int
	colour   colour
	roots    []*segment.Segment
	children map[traceid.EntityID][]*segment.Segment // segments by parent
	inferred map[traceid.EntityID]bool
	start    int64 // ns
	end      int64
	entities int
	label    int // width of the column of names
}

func newWaterfall(t *types.Trace, width int, c colour) (*waterfall, error) {
	w := &waterfall{
		id: aws.ToString(t.Id), width: min(max(width, 60), 160), colour: c,
		children: map[traceid.EntityID][]*segment.Segment{}, inferred: map[traceid.EntityID]bool{},
	}
	var all []*segment.Segment
	known := map[traceid.EntityID]bool{}
	for _, s := range t.Segments {
		doc := []byte(aws.ToString(s.Document))
		seg, err := segment.Decode(doc)
		if err != nil {
			return nil, fmt.Errorf("segment %s: %w", aws.ToString(s.Id), err)
		}
		var extra struct{ Inferred bool }
		if err := json.Unmarshal(doc, &extra); err == nil && extra.Inferred {
			w.inferred[seg.ID] = true
		}
		all = append(all, seg)
		w.measure(seg, known)
	}
	for _, s := range all {
		if known[s.ParentID] {
			w.children[s.ParentID] = append(w.children[s.ParentID], s)
		} else {
			w.roots = append(w.roots, s)
		}
	}
	byStart := func(a, b *segment.Segment) int { return cmp.Compare(a.StartTime, b.StartTime) }
	slices.SortStableFunc(w.roots, byStart)
	for _, c := range w.children {
		slices.SortStableFunc(c, byStart)
	}
	longest := 0
	for _, s := range w.roots {
		longest = max(longest, w.longest(s, 0))
	}
	w.label = min(longest, w.width/2)
	return w, nil
}

// measure takes s and everything embedded in it into account.
func (w *waterfall) measure(s *segment.Segment, known map[traceid.EntityID]bool) {
	known[s.ID] = true
	w.entities++
	if w.entities == 1 || s.StartTime < w.start {
		w.start = s.StartTime
	}
	w.end = max(w.end, s.StartTime)
	if !s.InProgress {
		w.end = max(w.end, s.EndTime)
	}
	for _, sub := range s.Subsegments {
		w.measure(sub, known)
	}
}

// longest is the width of the longest label at or below s. An inferred segment
// repeats the call that it was inferred from and has no line of its own.
func (w *waterfall) longest(s *segment.Segment, depth int) int {
	n := 2*depth + utf8.RuneCountInString(s.Name)
	for _, c := range w.below(s) {
		n = max(n, w.longest(c, depth+1))
	}
	return n
}

// below are the entities under s, in order of their start.
func (w *waterfall) below(s *segment.Segment) []*segment.Segment {
	list := slices.Clone(s.Subsegments)
	for _, c := range w.children[s.ID] {
		if !w.inferred[c.ID] {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b *segment.Segment) int { return cmp.Compare(a.StartTime, b.StartTime) })
	return list
}

func (w *waterfall) write(out io.Writer) error {
	var b strings.Builder
	total := time.Duration(w.end - w.start).Seconds()
	fmt.Fprintf(&b, "%s  %s  %s  %d entities\n\n", w.colour.bold(w.id),
		time.Unix(0, w.start).Local().Format("2006-01-02 15:04:05.000"), diagram.FormatSeconds(total), w.entities)
	for _, s := range w.roots {
		w.line(&b, s, 0)
	}
	w.causes(&b, w.roots)
	_, err := io.WriteString(out, b.String())
	return err
}

func (w *waterfall) line(b *strings.Builder, s *segment.Segment, depth int) {
	name := strings.Repeat("  ", depth) + printable(s.Name)
	name += strings.Repeat(" ", max(0, w.label-utf8.RuneCountInString(name)))
	if utf8.RuneCountInString(name) > w.label {
		name = string([]rune(name)[:w.label-1]) + "…"
	}
	if s.Kind == segment.KindSegment {
		name = w.colour.bold(name)
	}
	took := "open"
	if !s.InProgress {
		took = diagram.FormatSeconds(time.Duration(s.EndTime - s.StartTime).Seconds())
	}
	line := fmt.Sprintf("%s %7s  %s  %s", name, took, w.bar(s), w.detail(s))
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	for _, c := range w.below(s) {
		w.line(b, c, depth+1)
	}
}

// bar draws when s ran.
func (w *waterfall) bar(s *segment.Segment) string {
	cells := max(w.width-w.label-8-2-24, 16)
	scale := float64(cells) / float64(max(w.end-w.start, 1))
	end := s.EndTime
	if s.InProgress {
		end = w.end
	}
	from := min(int(float64(s.StartTime-w.start)*scale), cells-1)
	length := min(max(int(float64(end-s.StartTime)*scale+0.5), 1), cells-from)
	bar := strings.Repeat("━", length)
	return strings.Repeat("·", from) + w.colour.outcome(s.Flags().Outcome(), bar) + strings.Repeat("·", cells-from-length)
}

// detail says what s is, in a few words.
func (w *waterfall) detail(s *segment.Segment) string {
	var parts []string
	if o := s.Flags().Outcome(); o != segment.OK {
		parts = append(parts, outcomeNames[o])
	}
	if s.HTTP != nil && s.HTTP.Status != 0 {
		parts = append(parts, strconv.Itoa(s.HTTP.Status))
	}
	switch {
	case s.AWS != nil && s.AWS.Operation != "":
		parts = append(parts, s.AWS.Operation)
	case s.SQL != nil:
		parts = append(parts, cmp.Or(s.SQL.DatabaseType, "SQL"))
	case s.HTTP != nil && s.HTTP.Method != "":
		parts = append(parts, s.HTTP.Method)
	case s.Origin != "":
		parts = append(parts, s.Origin)
	}
	return printable(strings.Join(parts, " "))
}

var outcomeNames = [...]string{segment.OK: "ok", segment.Error: "error", segment.Throttle: "throttle", segment.Fault: "fault"}

// causes lists the exceptions of the trace.
func (w *waterfall) causes(b *strings.Builder, list []*segment.Segment) {
	for _, s := range list {
		if s.Cause != nil {
			for _, e := range s.Cause.Exceptions {
				fmt.Fprintf(b, "\n%s in %s: %s\n", w.colour.paint("31", printable(cmp.Or(e.Type, "exception"))), printable(s.Name), printable(e.Message))
				for _, f := range e.Stack[:min(len(e.Stack), 8)] {
					fmt.Fprintf(b, "    %s (%s:%d)\n", printable(f.Label), printable(f.Path), f.Line)
				}
			}
		}
		w.causes(b, w.below(s))
	}
}
