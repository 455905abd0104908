package tracetest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// Seconds prints a time or duration; what is unknown as "?".
func Seconds(ns int64) string {
	if ns == trace.Unknown {
		return "?"
	}
	return strconv.FormatFloat(float64(ns)/1e9, 'f', -1, 64)
}

// Node prints a node as name/type, with @account if it is not the own one.
func Node(n trace.Node) string {
	s := n.Name + "/" + n.Type
	if n.AccountID != "" {
		s += "@" + n.AccountID
	}
	return s
}

// Outcome prints an outcome.
func Outcome(o segment.Outcome) string {
	return [...]string{segment.OK: "ok", segment.Error: "error", segment.Throttle: "throttle", segment.Fault: "fault"}[o]
}

// Tree prints the segments and orphans of a trace with what belongs to them.
func Tree(t *trace.Trace) string {
	var b strings.Builder
	for _, e := range t.Segments {
		printEntity(&b, e, 0)
	}
	for _, e := range t.Orphans {
		b.WriteString("orphan ")
		printEntity(&b, e, 0)
	}
	return b.String()
}

func printEntity(b *strings.Builder, e *trace.Entity, level int) {
	end := ""
	if !e.InProgress {
		end = Seconds(e.EndTime)
	}
	fmt.Fprintf(b, "%s%s %s-%s received=%s", strings.Repeat("  ", level), e.Name, Seconds(e.StartTime), end, Seconds(e.Received))
	if !e.Inferred {
		fmt.Fprintf(b, " id=%s", strings.TrimLeft(e.ID.String(), "0"))
	}
	if e.Kind == segment.KindSegment && !e.ParentID.IsZero() {
		fmt.Fprintf(b, " parent=%s", strings.TrimLeft(e.ParentID.String(), "0"))
		if e.Parent == nil {
			b.WriteString(" (missing)")
		}
	}
	if e.Inferred {
		fmt.Fprintf(b, " inferred origin=%s", e.Origin)
	}
	b.WriteString("\n")
	for _, c := range e.Children {
		printEntity(b, c, level+1)
	}
}
