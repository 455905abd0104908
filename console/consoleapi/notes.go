package consoleapi

import (
	"time"

	"github.com/radiograph/radiograph/segment"
)

// note is something about a row that its times and flags do not say.
type note struct {
	Kind   string  `json:"kind"`
	Row    int     `json:"row"`
	ID     *string `json:"id"`
	Before *int64  `json:"before"` // ns
	After  *int64  `json:"after"`  // ns
}

// Kinds of notes.
const (
	noteMissingParent = "missing-parent"
	noteMissingCallee = "missing-callee"
	noteClockSkew     = "clock-skew"
	noteInProgress    = "in-progress"
)

const (
	maxNotes = 100                         // of a kind
	minSkew  = int64(5 * time.Millisecond) // less is how clocks are
)

// note lists what is worth a note.
func (l *layout) note() {
	for i := range l.rows {
		r := &l.rows[i]
		if r.Parent == nil && !r.ParentID.IsZero() {
			l.addNote(note{Kind: noteMissingParent, Row: i, ID: new(r.ParentID.String())})
		}
		if r.Traced && r.Kind == segment.KindSubsegment && (len(r.Callees) == 0 || r.Callees[0].Inferred) {
			l.addNote(note{Kind: noteMissingCallee, Row: i})
		}
		if r.InProgress {
			l.addNote(note{Kind: noteInProgress, Row: i})
		}
		l.noteSkew(i)
	}
	l.out.Partial = l.out.NoteCounts[noteMissingParent]+l.out.NoteCounts[noteMissingCallee] > 0
}

// noteSkew compares the times of a segment with those of the call that it answers.
func (l *layout) noteSkew(row int) {
	r := &l.rows[row]
	if r.Kind != segment.KindSegment || r.Inferred || r.parent < 0 || r.InProgress {
		return
	}
	call := &l.rows[r.parent]
	if call.InProgress {
		return
	}
	before := max(0, call.StartTime-r.StartTime)
	after := max(0, r.EndTime-call.EndTime)
	if before >= minSkew || after >= minSkew {
		l.addNote(note{Kind: noteClockSkew, Row: row, Before: &before, After: &after})
	}
}

func (l *layout) addNote(n note) {
	l.out.NoteCounts[n.Kind]++
	if l.out.NoteCounts[n.Kind] <= maxNotes {
		l.out.Notes = append(l.out.Notes, n)
	}
}
