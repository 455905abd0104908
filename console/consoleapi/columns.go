package consoleapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Flags of rows.
const (
	rowError = 1 << iota
	rowFault
	rowThrottle
	rowInProgress
	rowInferred
	rowSubsegment
	rowCall
	rowCritical
	rowExceptions
	rowAnnotations
	rowMetadata
	rowSQL
	rowLinks
	rowAWS
	rowMissingParent
)

// traceAnswer is a trace as columns. Times in it are ns from Start.
type (
	traceAnswer struct {
		ID            string         `json:"id"`
		W3C           string         `json:"w3c"`
		Start         seconds        `json:"start"`
		Duration      *int64         `json:"duration"`
		Extent        int64          `json:"extent"`
		InProgress    bool           `json:"inProgress"`
		ResponseTime  *int64         `json:"responseTime"`
		Outcome       *string        `json:"outcome"`
		Revision      int            `json:"revision"`
		FirstReceived seconds        `json:"firstReceived"`
		LastReceived  seconds        `json:"lastReceived"`
		Partial       bool           `json:"partial"`
		LimitExceeded bool           `json:"limitExceeded"`
		Root          *int           `json:"root"`
		Count         int            `json:"count"`
		Strings       []string       `json:"strings"`
		Columns       columns        `json:"columns"`
		Segments      []segmentRow   `json:"segments"`
		Critical      criticalPath   `json:"critical"`
		Notes         []note         `json:"notes"`
		NoteCounts    map[string]int `json:"noteCounts"`
		Links         []linkRow      `json:"links"`
	}
	columns struct {
		ID          []traceid.EntityID `json:"id"`
		Parent      []int              `json:"parent"`
		Descendants []int              `json:"descendants"`
		Depth       []int              `json:"depth"`
		Segment     []int              `json:"segment"`
		Name        []int              `json:"name"`
		Operation   []int              `json:"operation"`
		Namespace   []int              `json:"namespace"`
		Start       []int64            `json:"start"`
		Duration    []int64            `json:"duration"`
		Self        []int64            `json:"self"`
		Flags       []int              `json:"flags"`
		Status      []int              `json:"status"`
	}
	segmentRow struct {
		Row         int     `json:"row"`
		ID          string  `json:"id"`
		Name        string  `json:"name"`
		Origin      *string `json:"origin"`
		Account     *string `json:"account"`
		ResourceARN *string `json:"resourceArn"`
		User        *string `json:"user"`
		Inferred    bool    `json:"inferred"`
		Rows        int     `json:"rows"`
	}
	linkRow struct {
		Row     int              `json:"row"`
		TraceID string           `json:"traceId"`
		ID      traceid.EntityID `json:"id"`
	}
)

// findTrace returns the trace that a path names.
func (a *API) findTrace(r *http.Request) (*trace.Trace, error) {
	id, err := traceid.Parse(r.PathValue("id"))
	if err != nil {
		return nil, wrong("id", "%q is no trace id", r.PathValue("id"))
	}
	for t, err := range a.opts.Store.Traces(r.Context(), []traceid.ID{id}) {
		return t, err
	}
	return nil, problem.New(problem.NotFound, "There is no trace %s", id)
}

// trace answers with a trace as columns.
func (a *API) trace(r *http.Request) (any, error) {
	t, err := a.findTrace(r)
	if err != nil {
		return nil, err
	}
	return columnsOf(t), nil
}

// layout is a trace in the order of its rows.
type layout struct {
	trace   *trace.Trace
	start   int64 // ns since the epoch, a whole number of µs
	end     int64 // the last moment that is known, ns since the epoch
	rows    []layoutRow
	place   map[*trace.Entity]int
	strings map[string]int
	out     *traceAnswer
}

type layoutRow struct {
	*trace.Entity
	parent, depth int
	below         []int // rows of the children, by start
}

func columnsOf(t *trace.Trace) *traceAnswer {
	l := &layout{trace: t, place: map[*trace.Entity]int{}, strings: map[string]int{"": 0}}
	l.arrange()
	l.out = &traceAnswer{
		ID: t.ID.String(), W3C: t.ID.W3C(), Revision: t.Revision,
		FirstReceived: seconds(t.FirstReceived), LastReceived: seconds(t.LastReceived),
		LimitExceeded: t.LimitExceeded, Count: len(l.rows), Strings: []string{""},
		Segments: []segmentRow{}, Links: []linkRow{}, NoteCounts: map[string]int{}, Notes: []note{},
	}
	l.measure()
	l.fill()
	l.criticalPath()
	l.note()
	return l.out
}

// arrange puts the entities in the order of their rows. It needs no recursion: calls
// may be nested as deep as there are entities.
func (l *layout) arrange() {
	type waiting struct {
		entity        *trace.Entity
		parent, depth int
	}
	var top []*trace.Entity
	for _, s := range l.trace.Segments {
		if s.Parent == nil {
			top = append(top, s)
		}
	}
	top = append(top, l.trace.Orphans...)
	slices.SortStableFunc(top, compareStart)
	var stack []waiting
	for _, e := range slices.Backward(top) {
		stack = append(stack, waiting{e, -1, 0})
	}
	var below []*trace.Entity
	for len(stack) > 0 {
		w := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		row := len(l.rows)
		l.place[w.entity] = row
		l.rows = append(l.rows, layoutRow{Entity: w.entity, parent: w.parent, depth: w.depth})
		if w.parent >= 0 {
			l.rows[w.parent].below = append(l.rows[w.parent].below, row)
		}
		below = append(append(below[:0], w.entity.Children...), w.entity.Callees...)
		slices.SortStableFunc(below, compareStart)
		for _, e := range slices.Backward(below) {
			stack = append(stack, waiting{e, row, w.depth + 1})
		}
	}
}

func compareStart(a, b *trace.Entity) int { return cmp.Compare(a.StartTime, b.StartTime) }

// measure finds out when the trace began and ended.
func (l *layout) measure() {
	first := int64(0)
	for i, r := range l.rows {
		if i == 0 || r.StartTime < first {
			first = r.StartTime
		}
		end := r.StartTime
		if r.InProgress {
			l.out.InProgress = true
		} else {
			end = max(end, r.EndTime)
		}
		if i == 0 || end > l.end {
			l.end = end
		}
	}
	const microsecond = 1000
	l.start = first - ((first%microsecond)+microsecond)%microsecond
	l.out.Start, l.out.Extent = seconds(l.start), l.end-l.start
	if !l.out.InProgress && len(l.rows) > 0 {
		l.out.Duration = new(l.end - first)
	}
	if root := l.trace.Root; root != nil {
		l.out.Root = new(l.place[root])
		l.out.Outcome = new(root.Flags().Outcome().String())
		if !root.InProgress {
			l.out.ResponseTime = new(max(0, root.EndTime-root.StartTime))
		}
	}
}

// endOf is when the work of a row ended; of one in progress the trace's last moment.
func (l *layout) endOf(row int) int64 {
	if l.rows[row].InProgress {
		return l.end
	}
	return max(l.rows[row].StartTime, l.rows[row].EndTime)
}

// fill makes the columns and the lists of segments and links.
func (l *layout) fill() {
	n := len(l.rows)
	c := &l.out.Columns
	c.ID, c.Parent, c.Descendants, c.Depth = make([]traceid.EntityID, n), make([]int, n), make([]int, n), make([]int, n)
	c.Segment, c.Name, c.Operation, c.Namespace = make([]int, n), make([]int, n), make([]int, n), make([]int, n)
	c.Start, c.Duration, c.Self = make([]int64, n), make([]int64, n), make([]int64, n)
	c.Flags, c.Status = make([]int, n), make([]int, n)
	segments := map[*trace.Entity]int{}
	for i := range l.rows {
		r := &l.rows[i]
		c.ID[i], c.Parent[i], c.Depth[i] = r.ID, r.parent, r.depth
		c.Name[i], c.Namespace[i], c.Operation[i] = l.text(r.Name), l.text(r.Namespace), l.text(operationOf(r.Entity))
		c.Start[i], c.Duration[i], c.Self[i] = r.StartTime-l.start, -1, l.self(i)
		if !r.InProgress {
			c.Duration[i] = max(0, r.EndTime-r.StartTime)
		}
		c.Flags[i] = flagsOf(r.Entity)
		if r.HTTP != nil {
			c.Status[i] = r.HTTP.Status
		}
		if r.Kind == segment.KindSegment {
			segments[r.Entity] = len(l.out.Segments)
			l.out.Segments = append(l.out.Segments, l.segmentRow(i))
		}
		for _, k := range r.Links {
			l.out.Links = append(l.out.Links, linkRow{Row: i, TraceID: k.TraceID.String(), ID: k.ID})
		}
	}
	for i := range l.rows {
		c.Segment[i] = -1
		if s, ok := segments[l.rows[i].Owner]; ok {
			c.Segment[i] = s
			l.out.Segments[s].Rows++
		}
	}
	for i := n - 1; i >= 0; i-- {
		if p := c.Parent[i]; p >= 0 {
			c.Descendants[p] += c.Descendants[i] + 1
		}
	}
}

// text returns the place of s in the table of strings.
func (l *layout) text(s string) int {
	i, known := l.strings[s]
	if !known {
		i = len(l.out.Strings)
		l.strings[s] = i
		l.out.Strings = append(l.out.Strings, s)
	}
	return i
}

func (l *layout) segmentRow(row int) segmentRow {
	e := l.rows[row].Entity
	out := segmentRow{
		Row: row, ID: e.ID.String(), Name: e.Name, Origin: orNull(e.Origin), User: orNull(e.User),
		ResourceARN: orNull(e.ResourceARN), Inferred: e.Inferred,
	}
	if e.AWS != nil && e.AWS.AccountID != l.trace.Account {
		out.Account = orNull(e.AWS.AccountID)
	}
	return out
}

// operationOf says what was done, in a few words.
func operationOf(e *trace.Entity) string {
	switch {
	case e.AWS != nil && e.AWS.Operation != "":
		return e.AWS.Operation
	case e.SQL != nil:
		return cmp.Or(e.SQL.DatabaseType, "SQL")
	case e.HTTP != nil && e.HTTP.Method != "" && e.HTTP.URL != "":
		return e.HTTP.Method + " " + e.HTTP.URL
	case e.HTTP != nil:
		return e.HTTP.Method + e.HTTP.URL
	}
	return ""
}

func flagsOf(e *trace.Entity) int {
	flags := 0
	set := func(flag int, on bool) {
		if on {
			flags |= flag
		}
	}
	f := e.Flags()
	set(rowError, f&segment.FlagError != 0)
	set(rowFault, f&segment.FlagFault != 0)
	set(rowThrottle, f&segment.FlagThrottle != 0)
	set(rowInProgress, e.InProgress)
	set(rowInferred, e.Inferred)
	set(rowSubsegment, e.Kind == segment.KindSubsegment)
	set(rowCall, e.IsCall())
	set(rowExceptions, e.Cause != nil && len(e.Cause.Exceptions) > 0)
	set(rowAnnotations, len(e.Annotations) > 0)
	set(rowMetadata, e.Metadata != nil)
	set(rowSQL, e.SQL != nil)
	set(rowLinks, len(e.Links) > 0)
	set(rowAWS, e.AWS != nil)
	set(rowMissingParent, e.Parent == nil && !e.ParentID.IsZero())
	return flags
}

// self returns how long the entity worked itself: its time without that of what is
// below.
func (l *layout) self(row int) int64 {
	start, end := l.rows[row].StartTime, l.endOf(row)
	self, covered := int64(0), start
	for _, below := range l.rows[row].below { // in order of their starts
		from, to := max(l.rows[below].StartTime, start), min(l.endOf(below), end)
		if from > covered {
			self += min(from, end) - covered
		}
		covered = max(covered, to)
		if covered >= end {
			return self
		}
	}
	return self + max(0, end-covered)
}
