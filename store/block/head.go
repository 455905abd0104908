package block

import (
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// doc is one stored document. (received, index) is unique in a store.
type doc struct {
	received int64
	index    uint32
	raw      []byte
}

// headTrace is a trace with documents in the head.
type headTrace struct {
	id      traceid.ID
	docs    []doc // what blocks do not have
	settled int   // docs[:settled] are in the row
	row     int   // in the head; -1 without one
	groups  []trace.Membership

	queued  bool   // in head.queue
	changed bool   // to be computed again although there may be no new document
	since   int64  // clock (ns) of the first unsettled change
	last    int64  // clock (ns) of the latest change
	minLog  uint64 // oldest log file with one of docs
}

func (t *headTrace) dirty() bool { return t.changed || t.settled < len(t.docs) }

// head is the part in memory: traces with their documents and, once settled,
// their rows. Store.mu guards it; rows, rollups and supersedes are written by the
// settler only, under both locks.
type head struct {
	traces   map[traceid.ID]*headTrace
	rows     []*headTrace
	builders []*stripeBuilder
	rollups  rollups
	queue    []*headTrace // dirty, by the time they became so

	supersedes []traceid.ID // of rows that replace rows of older parts

	since    int64 // clock (ns) of the first document; 0 when there is none
	bytes    int64 // of documents
	docs     int64
	received span
}

// span is a range of receipt times, both ends included; the zero span is empty.
type span struct{ min, max int64 }

func (s *span) add(t int64) {
	if *s == (span{}) {
		*s = span{t, t}
		return
	}
	s.min, s.max = min(s.min, t), max(s.max, t)
}

func (s *span) merge(o span) {
	if o != (span{}) {
		s.add(o.min)
		s.add(o.max)
	}
}

func newHead() *head {
	return &head{traces: map[traceid.ID]*headTrace{}, rollups: rollups{}}
}

// trace returns the trace with the id, new if necessary.
func (h *head) trace(id traceid.ID) *headTrace {
	t := h.traces[id]
	if t == nil {
		t = &headTrace{id: id, row: -1, minLog: 1<<64 - 1}
		h.traces[id] = t
	}
	return t
}

// insert adds the documents of a batch, which came with log file seq.
func (h *head) insert(b store.Batch, seq uint64, now int64) {
	for i, d := range b.Documents {
		t := h.trace(d.TraceID)
		h.add(t, doc{received: b.Received, index: uint32(i), raw: d.Raw}, seq)
		h.touch(t, now)
	}
}

func (h *head) add(t *headTrace, d doc, seq uint64) {
	t.docs = append(t.docs, d)
	t.minLog = min(t.minLog, seq)
	h.bytes += int64(len(d.raw)) + docOverhead
	h.docs++
	h.received.add(d.received)
}

// docOverhead is what a document costs in memory beside its bytes, about.
const docOverhead = 96

// touch notes that t has changed.
func (h *head) touch(t *headTrace, now int64) {
	if h.since == 0 {
		h.since = now
	}
	t.last = now
	if !t.queued {
		t.queued, t.since = true, now
		h.queue = append(h.queue, t)
	}
}

// minLog is the oldest log file that the head's unwritten documents are in.
func (h *head) minLog(current uint64) uint64 {
	oldest := current
	for _, t := range h.traces {
		oldest = min(oldest, t.minLog)
	}
	return oldest
}

// builder returns the stripe that a new row goes to.
func (h *head) builder() *stripeBuilder {
	if len(h.rows) == len(h.builders)*stripeRows {
		h.builders = append(h.builders, newStripeBuilder())
	}
	return h.builders[len(h.builders)-1]
}

// locate returns the stripe of a row and its index there.
func (h *head) locate(row int) (*stripeBuilder, int) {
	return h.builders[row/stripeRows], row % stripeRows
}

// carry moves what is not settled to next.
func (h *head) carry(next *head, now int64) {
	for _, t := range h.queue {
		t.queued = false
		if !t.dirty() {
			continue
		}
		n := next.trace(t.id)
		n.changed, n.groups = t.changed, t.groups
		for _, d := range t.docs[t.settled:] {
			d.raw = append([]byte(nil), d.raw...) // the old head's memory can go
			next.add(n, d, t.minLog)
			h.bytes -= int64(len(d.raw)) + docOverhead
			h.docs--
		}
		next.touch(n, now)
		n.last, n.since = t.last, t.since
		t.docs = t.docs[:t.settled]
		if t.row < 0 {
			delete(h.traces, t.id)
		}
	}
	h.queue = nil
}
