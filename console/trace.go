package console

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"time"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/console/waterfall"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// TracePath is where the pages of traces are: the id of one follows.
const TracePath = "/traces/"

// Bounds of the page of a trace. Traces may be much larger than what can be read.
const (
	maxLines  = 2000
	maxDepth  = 24
	maxCauses = 20
	maxFrames = 8
)

// scale is the width of the waterfall in units of its drawings.
const scale = 1000

// traceView is what the template of a trace shows.
type traceView struct {
	Style           template.CSS
	ID, Endpoint    string
	Start, Duration string
	Entities, More  int
	Lines           []lineView
	Exceptions      []exceptionView
}

type lineView struct {
	Name, Took, Detail, Outcome string
	Segment                     bool
	Indent                      []struct{}
	Start, Length               float64
}

type exceptionView struct {
	Type, Entity, Message string
	Stack                 []string
}

// Trace renders the page of the trace that the path names.
func (p *Page) Trace(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("id")
	v := &traceView{Style: template.CSS(style), ID: name, Endpoint: p.opts.Endpoint} //nolint:gosec // it is ours
	id, err := traceid.Parse(name)
	if err != nil {
		p.render(w, http.StatusNotFound, "trace.html", v, nil)
		return
	}
	v.ID = id.String()
	err = p.fill(r.Context(), v, id)
	status := http.StatusOK
	if len(v.Lines) == 0 {
		status = http.StatusNotFound
	}
	p.render(w, status, "trace.html", v, err)
}

// fill lays the trace out. It leaves v without lines when there is no such trace.
func (p *Page) fill(ctx context.Context, v *traceView, id traceid.ID) error {
	var docs [][]byte
	for t, err := range p.opts.Store.Traces(ctx, []traceid.ID{id}) {
		if err != nil {
			return err
		}
		for _, s := range t.Segments {
			docs = append(docs, t.AppendDocument(nil, s))
		}
	}
	t, err := waterfall.New(docs)
	if err != nil {
		return err
	}
	v.Start = time.Unix(0, t.Start).Format("2006-01-02 15:04:05.000")
	v.Duration = diagram.FormatSeconds(t.Duration().Seconds())
	v.Entities = t.Entities
	v.More = max(len(t.Lines)-maxLines, 0)
	for _, l := range t.Lines[:len(t.Lines)-v.More] {
		v.Lines = append(v.Lines, lineOf(l))
	}
	for _, l := range t.Lines {
		v.exceptions(l)
	}
	return nil
}

func lineOf(l waterfall.Line) lineView {
	start, length := l.Extent()
	const least = scale / 250 // to be seen
	at := min(start*scale, scale-least)
	return lineView{
		Name: l.Name, Took: l.Took(), Detail: l.Detail(), Outcome: waterfall.OutcomeName(l.Outcome()),
		Segment: l.Kind == segment.KindSegment, Indent: make([]struct{}, min(l.Depth, maxDepth)),
		Start: math.Round(at), Length: math.Round(min(max(length*scale, least), scale-at)),
	}
}

// exceptions adds those of an entity.
func (v *traceView) exceptions(l waterfall.Line) {
	if l.Cause == nil {
		return
	}
	for _, e := range l.Cause.Exceptions {
		if len(v.Exceptions) == maxCauses {
			return
		}
		x := exceptionView{Type: cmp.Or(e.Type, "exception"), Entity: l.Name, Message: e.Message}
		for _, f := range e.Stack[:min(len(e.Stack), maxFrames)] {
			x.Stack = append(x.Stack, fmt.Sprintf("%s (%s:%d)", f.Label, f.Path, f.Line))
		}
		v.Exceptions = append(v.Exceptions, x)
	}
}
