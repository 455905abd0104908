package block

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// settler computes the rows of dirty traces. Store.settleMu guards it.
type settler struct {
	assemblers []assembler // one for each core
	encoder    rowEncoder
	links      linkIndex
	shape      []byte // scratch
	numbers    []byte // scratch
	frames     []byte // memberships to be logged
}

// assembler is the memory in which one goroutine assembles traces.
type assembler struct {
	decoder segment.Decoder
	docs    []trace.Document
}

func (a *assembler) reset() {
	a.decoder.Reset()
	clear(a.docs[:cap(a.docs)])
}

// settleSlice is how many traces are settled before others may have the lock.
const settleSlice = 64

// settleAll settles everything that has been appended when it is called.
func (s *Store) settleAll(ctx context.Context) error {
	s.settleMu.Lock()
	defer s.settleMu.Unlock()
	// Settling may make linked traces dirty; once more settles them too.
	for range 2 {
		for batch := range slices.Chunk(s.takeQueue(), settleSlice) {
			s.settle(batch)
			if err := ctx.Err(); err != nil {
				s.requeue()
				return err
			}
		}
	}
	s.logMemberships()
	return nil
}

// settleQuiet settles the traces that have been quiet for a while.
func (s *Store) settleQuiet() {
	for {
		s.settleMu.Lock()
		due := s.takeQuiet(settleSlice)
		s.settle(due)
		s.logMemberships()
		s.settleMu.Unlock()
		if len(due) < settleSlice {
			return
		}
	}
}

func (s *Store) takeQueue() []*headTrace {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.head.queue
	s.head.queue = nil
	for _, t := range queue {
		t.queued = false
	}
	return queue
}

// requeue puts dirty traces that were taken and not settled back.
func (s *Store) requeue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.head.traces {
		if t.dirty() && !t.queued {
			t.queued = true
			s.head.queue = append(s.head.queue, t)
		}
	}
}

// impatience is how many settle times a trace that never gets quiet waits.
const impatience = 10

// takeQuiet removes up to n traces from the queue that have been quiet, or dirty
// for long.
func (s *Store) takeQuiet(n int) []*headTrace {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, settle := s.now(), s.opts.Settle.Nanoseconds()
	var due []*headTrace
	queue := s.head.queue
	for i, t := range queue {
		if len(due) == n || t.since > now-settle {
			// Those behind became dirty later still.
			s.head.queue = append(slices.DeleteFunc(queue[:i], func(t *headTrace) bool { return !t.queued }), queue[i:]...)
			return due
		}
		if t.last <= now-settle || t.since <= now-impatience*settle {
			t.queued = false
			due = append(due, t)
		}
	}
	s.head.queue = slices.DeleteFunc(queue, func(t *headTrace) bool { return !t.queued })
	return due
}

// settlement is what settling a trace has found out.
type settlement struct {
	t        *headTrace
	docs     []doc // of the head, as they were
	keep     []doc // those of docs that have an effect
	dirty    bool  // there is something to be settled
	known    []trace.Membership
	row      int // in the head; -1 when there is none
	older    []partRows
	trace    *trace.Trace
	summary  *trace.Summary
	previous *trace.Summary // whose observations are to be taken back; may be nil
}

// partRows are the rows of one trace in one part.
type partRows struct {
	part *part
	rows []int
}

// settle computes the rows of traces and publishes them. What depends on a trace
// alone is done on all cores, the rest in order.
func (s *Store) settle(traces []*headTrace) {
	list := make([]settlement, len(traces))
	for i, t := range traces {
		list[i].t = t
	}
	if s.settler.assemblers == nil {
		s.settler.assemblers = make([]assembler, runtime.GOMAXPROCS(0))
	}
	share := max((len(list)+len(s.settler.assemblers)-1)/len(s.settler.assemblers), fewTraces)
	var wg sync.WaitGroup
	for n, part := range enumerate(slices.Chunk(list, share)) {
		a := &s.settler.assemblers[n]
		defer a.reset()
		if len(list) <= share { // not worth a goroutine
			s.prepareAll(a, part)
			continue
		}
		wg.Go(func() { s.prepareAll(a, part) })
	}
	wg.Wait()
	for i := range list {
		if st := &list[i]; st.dirty {
			s.finish(st)
		}
	}
}

// fewTraces are not shared between cores.
const fewTraces = 8

// enumerate numbers what seq yields.
func enumerate[T any](seq iter.Seq[T]) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		n := 0
		for v := range seq {
			if !yield(n, v) {
				return
			}
			n++
		}
	}
}

func (s *Store) prepareAll(a *assembler, list []settlement) {
	for i := range list {
		s.prepare(a, &list[i])
	}
}

// prepare finds out what depends on the documents of a trace alone.
func (s *Store) prepare(a *assembler, st *settlement) {
	s.mu.RLock()
	st.docs = slices.Clip(st.t.docs)
	st.known, st.row, st.dirty = st.t.groups, st.t.row, st.t.dirty()
	s.mu.RUnlock()
	if !st.dirty {
		return
	}
	st.older = s.findOlder(st.t.id)
	s.assemble(a, st)
	if len(a.docs) > 0 && (len(st.keep) > 0 || st.t.changed) {
		st.summary = st.trace.Summary()
	}
}

// finish adds what other traces and groups have to say, and publishes the row. There
// is none when no document of the head changes anything.
func (s *Store) finish(st *settlement) {
	if st.summary == nil {
		s.discard(st)
		return
	}
	s.readPrevious(st)
	if len(st.known) == 0 && st.previous != nil {
		st.known = st.previous.Groups
	}
	s.summarize(st)
	s.publish(st)
}

// must logs an error about a row that cannot be read. What can be read is used:
// one broken page must not stop everything.
func (s *Store) must(sum *trace.Summary, err error) *trace.Summary {
	if err != nil {
		s.log.Error("row unreadable", "err", err)
		return nil
	}
	return sum
}

// findOlder returns the rows of a trace in all parts, oldest part first.
func (s *Store) findOlder(id traceid.ID) []partRows {
	var found []partRows
	for _, p := range s.parts { // changed under settleMu only
		rows, err := p.find(id)
		if err != nil {
			s.log.Error("trace index unreadable", "trace_id", id.String(), "err", err)
			continue
		}
		if len(rows) > 0 {
			found = append(found, partRows{p, rows})
		}
	}
	return found
}

// readPrevious fills in previous: what the row in the head said, or else the newest
// of the older rows. It comes after assemble, since for documents that blocks have
// already, as there are many after a restart, it is not needed.
func (s *Store) readPrevious(st *settlement) {
	if st.row >= 0 {
		b, i := s.head.locate(st.row) // rows are changed under settleMu only
		st.previous = s.must(b.current().summary(i))
	} else if n := len(st.older); n > 0 {
		newest := st.older[n-1]
		st.previous = s.must(summaryAt(newest.part, newest.rows[len(newest.rows)-1]))
	}
}

// assemble assembles the trace of all documents, those in older parts included, and
// fills in keep.
func (s *Store) assemble(a *assembler, st *settlement) {
	docs := s.olderDocuments(st.older)
	older := len(docs)
	docs = append(docs, st.docs...)
	effective := s.decode(a, st.t.id, docs)
	tr := trace.Assemble(st.t.id, a.docs)
	tr.Account = s.opts.Account
	for _, i := range tr.Superfluous {
		effective[i] = -1
	}
	for _, i := range effective {
		if i >= older {
			st.keep = append(st.keep, docs[i])
		}
	}
	st.trace = tr
}

// summarize adds to summary what does not come from the trace alone: where links lead,
// and the groups.
func (s *Store) summarize(st *settlement) {
	s.resolveLinks(st.summary)
	s.recheckLinks(st.trace)
	st.summary.Groups = st.known
	if s.opts.Classify != nil {
		st.summary.Groups = s.opts.Classify(st.summary, st.known)
	}
	if !slices.Equal(st.known, st.summary.Groups) {
		s.settler.frames = appendGroupsFrame(s.settler.frames, st.t.id, st.summary.Groups)
	}
}

func (s *Store) olderDocuments(older []partRows) []doc {
	var docs []doc
	for _, o := range older {
		for _, row := range o.rows {
			d, err := o.part.documents(row)
			if err != nil {
				s.log.Error("documents unreadable", "err", err)
			}
			docs = append(docs, d...)
		}
	}
	return docs
}

// decode fills a.docs with the distinct documents that can be decoded. It returns
// their indexes in docs.
func (s *Store) decode(a *assembler, id traceid.ID, docs []doc) []int {
	a.docs = a.docs[:0]
	indexes := make([]int, 0, len(docs))
	for i, d := range distinct(docs) {
		seg, err := a.decoder.Decode(d.raw)
		if err != nil {
			s.log.Warn("stored document refused", "trace_id", id.String(), "err", err)
			continue
		}
		a.docs = append(a.docs, trace.Document{Segment: seg, Received: d.received, Index: d.index})
		indexes = append(indexes, i)
	}
	return indexes
}

// distinct yields the documents that are not repetitions of one before, with their
// indexes: log files are replayed although blocks have what is in them.
func distinct(docs []doc) iter.Seq2[int, doc] {
	return func(yield func(int, doc) bool) {
		type key struct {
			received int64
			index    uint32
		}
		var seen map[key]bool
		if len(docs) > 16 { // for few documents looking back is faster
			seen = make(map[key]bool, len(docs))
		}
		for i, d := range docs {
			k := key{d.received, d.index}
			if seen[k] || seen == nil && slices.ContainsFunc(docs[:i], func(o doc) bool { return o.received == d.received && o.index == d.index }) {
				continue
			}
			if seen != nil {
				seen[k] = true
			}
			if !yield(i, d) {
				return
			}
		}
	}
}

// discard forgets documents that change nothing.
func (s *Store) discard(st *settlement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepDocuments(st)
	if t := st.t; len(t.docs) == 0 && t.row < 0 {
		delete(s.head.traces, t.id)
	}
}

// keepDocuments drops the documents without effect from the head.
func (s *Store) keepDocuments(st *settlement) {
	t := st.t
	dropped := len(st.docs) - len(st.keep)
	if dropped > 0 {
		for _, d := range st.docs {
			s.head.bytes -= int64(len(d.raw)) + docOverhead
			s.memory.Add(-int64(len(d.raw)) - docOverhead)
		}
		for _, d := range st.keep {
			s.head.bytes += int64(len(d.raw)) + docOverhead
			s.memory.Add(int64(len(d.raw)) + docOverhead)
		}
		s.head.docs -= int64(dropped)
		t.docs = append(clone(st.keep), t.docs[len(st.docs):]...)
	}
	t.settled, t.changed = len(st.keep), false
}

// publish makes the new row visible and counts its observations.
func (s *Store) publish(st *settlement) {
	h, t := s.head, st.t
	var b *stripeBuilder
	i := -1
	if t.row >= 0 {
		b, i = h.locate(t.row)
	} else {
		s.mu.Lock()
		b = h.builder()
		s.mu.Unlock()
	}
	intern(st.summary, b.dict)
	p := s.settler.encoder.encode(b.dict, st.summary, s.settler.shape[:0], s.settler.numbers[:0])
	s.settler.shape, s.settler.numbers = p.shape, p.numbers
	p = payload{shape: b.arena.copy(p.shape), numbers: b.arena.copy(p.numbers)}
	r := rowOf(st.summary, b.dict)
	for _, m := range h.rollups.coarse(st.summary) {
		s.refine(m)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case st.previous == nil:
	case i >= 0:
		h.rollups.remove(st.previous)
	default:
		h.rollups.takeBack(st.previous)
	}
	h.rollups.add(st.summary)
	s.keepDocuments(st)
	t.groups = st.summary.Groups
	if i >= 0 {
		b.replace(i, &r, p)
		return
	}
	t.row = len(h.rows)
	h.rows = append(h.rows, t)
	b.add(&r, p)
	for _, o := range st.older {
		for _, row := range o.rows {
			o.part.dead = o.part.dead.with(row)
		}
	}
	if len(st.older) > 0 {
		h.supersedes = append(h.supersedes, t.id)
	}
}

// refine adds up the seconds of a minute from the head's rows.
func (s *Store) refine(m int64) {
	sources := make([]stripeSource, len(s.head.builders))
	for i, b := range s.head.builders {
		sources[i] = newMemoryStripe(b.current())
	}
	seconds := rollups{}
	err := looseSeconds(context.Background(), sources, minuteSpan(m), func(k rollupKey, sum *trace.Summary) {
		seconds.observe(k, sum, 1)
	})
	if err != nil {
		s.log.Error("rows unreadable", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.rollups.refine(m, seconds)
}

// intern makes the nodes of s the dictionary's, so that rollups do not hold on to
// the memory of documents.
func intern(s *trace.Summary, d *dict) {
	for i, n := range s.Nodes {
		s.Nodes[i] = d.nodes[d.node(n)]
	}
	for i := range s.EdgeObservations {
		if o := &s.EdgeObservations[i]; o.Alias != (trace.Node{}) {
			o.Alias = d.nodes[d.node(o.Alias)]
		}
	}
	for i := range s.Links {
		s.Links[i].From = d.nodes[d.node(s.Links[i].From)]
	}
}

// logMemberships writes the new memberships to the log: they cannot be computed
// again once a group's filter has changed.
func (s *Store) logMemberships() {
	frames := s.settler.frames
	if len(frames) == 0 {
		return
	}
	s.settler.frames = frames[:0]
	s.wal.mu.Lock()
	defer s.wal.mu.Unlock()
	if err := s.wal.write(frames, false); err != nil {
		s.log.Warn("memberships not logged", "err", err)
	}
}
