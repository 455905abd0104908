package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/console/waterfall"
	"github.com/radiograph/radiograph/segment"
)

// traceDrawing draws a trace: a line per entity, indented by who called it, with a
// bar from its start to its end.
type traceDrawing struct {
	*waterfall.Trace

	id     string
	width  int
	label  int // width of the column of names
	colour colour
}

func newTraceDrawing(t *types.Trace, width int, c colour) (*traceDrawing, error) {
	var docs [][]byte
	for _, s := range t.Segments {
		docs = append(docs, []byte(aws.ToString(s.Document)))
	}
	laidOut, err := waterfall.New(docs)
	if err != nil {
		return nil, err
	}
	d := &traceDrawing{Trace: laidOut, id: aws.ToString(t.Id), width: min(max(width, 60), 160), colour: c}
	for _, l := range d.Lines {
		d.label = max(d.label, 2*l.Depth+utf8.RuneCountInString(l.Name))
	}
	d.label = min(d.label, d.width/2)
	return d, nil
}

func (d *traceDrawing) write(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s  %d entities\n\n", d.colour.bold(d.id),
		time.Unix(0, d.Start).Local().Format("2006-01-02 15:04:05.000"), diagram.FormatSeconds(d.Duration().Seconds()), d.Entities)
	for _, l := range d.Lines {
		d.line(&b, l)
	}
	for _, l := range d.Lines {
		d.cause(&b, l)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (d *traceDrawing) line(b *strings.Builder, l waterfall.Line) {
	name := strings.Repeat("  ", l.Depth) + printable(l.Name)
	name += strings.Repeat(" ", max(0, d.label-utf8.RuneCountInString(name)))
	if utf8.RuneCountInString(name) > d.label {
		name = string([]rune(name)[:d.label-1]) + "…"
	}
	if l.Kind == segment.KindSegment {
		name = d.colour.bold(name)
	}
	text := fmt.Sprintf("%s %7s  %s  %s", name, l.Took(), d.bar(l), printable(l.Detail()))
	b.WriteString(strings.TrimRight(text, " ") + "\n")
}

// bar draws when the entity ran.
func (d *traceDrawing) bar(l waterfall.Line) string {
	cells := max(d.width-d.label-8-2-24, 16)
	start, share := l.Extent()
	from := min(int(start*float64(cells)), cells-1)
	length := min(max(int(share*float64(cells)+0.5), 1), cells-from)
	return strings.Repeat("·", from) + d.colour.outcome(l.Outcome(), strings.Repeat("━", length)) + strings.Repeat("·", cells-from-length)
}

// cause lists the exceptions of an entity.
func (d *traceDrawing) cause(b *strings.Builder, l waterfall.Line) {
	if l.Cause == nil {
		return
	}
	for _, e := range l.Cause.Exceptions {
		fmt.Fprintf(b, "\n%s in %s: %s\n", d.colour.paint("31", printable(cmp.Or(e.Type, "exception"))), printable(l.Name), printable(strings.ReplaceAll(e.Message, "\n", "; ")))
		for _, f := range e.Stack[:min(len(e.Stack), 8)] {
			fmt.Fprintf(b, "    %s (%s:%d)\n", printable(f.Label), printable(f.Path), f.Line)
		}
	}
}
