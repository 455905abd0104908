package consoleapi

import (
	"cmp"
	"slices"
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
	for _, below := range l.rows[row].below {
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
