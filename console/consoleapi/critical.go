package consoleapi

import (
	"cmp"
	"slices"

	"github.com/radiograph/radiograph/segment"
)

// criticalPath is what a trace waited for: sections in order of time.
type criticalPath struct {
	Row   []int   `json:"row"`
	Start []int64 `json:"start"`
	End   []int64 `json:"end"`
}

// criticalPath finds the critical path of the root, or of the first row when there is
// no root, and marks the rows on it.
//
// It walks back from the end. What ended last is what was waited for; before it
// began, it is what ended last before that. What runs on beyond its parent's end
// counts up to there. Only what took time is on the path.
func (l *layout) criticalPath() {
	path := &l.out.Critical
	path.Row, path.Start, path.End = []int{}, []int64{}, []int64{}
	if len(l.rows) == 0 {
		return
	}
	top := 0
	if l.out.Root != nil {
		top = *l.out.Root
	}
	l.walkBack(top)
	slices.Reverse(path.Row)
	slices.Reverse(path.Start)
	slices.Reverse(path.End)
	for _, row := range path.Row {
		l.out.Columns.Flags[row] |= rowCritical
	}
}

// visit is a row on the way back in time.
type visit struct {
	row     int
	from    int64 // what was before does not matter
	cursor  int64 // what was after is done
	waiting []ended
}

// ended is a row below that may be on the path, and when it ended as far as that
// matters.
type ended struct {
	row int
	end int64
}

// walkBack appends the sections of the row and of what is below, the last first.
func (l *layout) walkBack(top int) {
	stack := []visit{l.visit(top, l.rows[top].StartTime, l.endOf(top))}
	for len(stack) > 0 {
		v := &stack[len(stack)-1]
		next, ok := v.next()
		if !ok {
			l.section(v.row, v.from, v.cursor)
			stack = stack[:len(stack)-1]
			continue
		}
		l.section(v.row, next.end, v.cursor)
		v.cursor = max(l.rows[next.row].StartTime, v.from)
		stack = append(stack, l.visit(next.row, v.cursor, next.end))
	}
}

// visit returns the visit of a row for the time between two moments. Of what ended
// at the same time, what began first comes first.
func (l *layout) visit(row int, from, until int64) visit {
	v := visit{row: row, from: from, cursor: until}
	for _, below := range l.waits(row) {
		if l.rows[below].Inferred {
			continue // it repeats the call
		}
		e := ended{below, min(l.endOf(below), until)}
		if start := l.rows[below].StartTime; start < e.end && e.end > from {
			v.waiting = append(v.waiting, e)
		}
	}
	slices.SortStableFunc(v.waiting, func(a, b ended) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(l.rows[b.row].StartTime, l.rows[a.row].StartTime))
	})
	return v
}

// maxHosts bounds among how many subsegments of a call a host is looked for.
const maxHosts = 32

// waits returns the rows that row may have waited for: those below, but SDKs that
// time a call's phases (connect, request, response) put the callee's segment beside
// the phase in which it worked. Then it is that phase that has waited for the callee.
func (l *layout) waits(row int) []int {
	r := &l.rows[row]
	if len(r.below) == 0 && r.parent >= 0 {
		if moved := l.hosted(r.parent, row); len(moved) > 0 {
			return moved
		}
	}
	if !r.IsCall() || len(r.Callees) == 0 || len(r.Children) == 0 {
		return r.below
	}
	return slices.DeleteFunc(slices.Clone(r.below), func(below int) bool { return l.host(row, below) >= 0 })
}

// hosted returns the callees of a call that belong to one of its subsegments.
func (l *layout) hosted(call, phase int) []int {
	var rows []int
	if l.rows[phase].Kind != segment.KindSubsegment || !l.rows[call].IsCall() {
		return nil
	}
	for _, callee := range l.rows[call].Callees {
		if row := l.place[callee]; l.host(call, row) == phase {
			rows = append(rows, row)
		}
	}
	return rows
}

// host returns the row of the call's subsegment in which the callee worked, -1 when
// there is none.
func (l *layout) host(call, callee int) int {
	r := &l.rows[call]
	if l.rows[callee].Kind != segment.KindSegment || len(r.Children) > maxHosts || len(r.Callees) > maxHosts {
		return -1
	}
	for _, phase := range r.Children {
		p := l.place[phase]
		if len(phase.Children) == 0 && len(phase.Callees) == 0 &&
			phase.StartTime <= l.rows[callee].StartTime && l.endOf(callee) <= l.endOf(p) {
			return p
		}
	}
	return -1
}

// next takes what ended last before the cursor.
func (v *visit) next() (ended, bool) {
	for len(v.waiting) > 0 {
		e := v.waiting[len(v.waiting)-1]
		v.waiting = v.waiting[:len(v.waiting)-1]
		if e.end <= v.cursor {
			return e, true
		}
	}
	return ended{}, false
}

func (l *layout) section(row int, from, to int64) {
	if from >= to {
		return
	}
	p := &l.out.Critical
	p.Row = append(p.Row, row)
	p.Start = append(p.Start, from-l.start)
	p.End = append(p.End, to-l.start)
}
