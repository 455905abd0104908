package block

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// scan walks the rows of a view from new to old: a heap of stripes by the newest
// row that each may still have, which are opened as late as possible.
//
// Rows that fail the filter's column tests are not walked: they are counted when the
// page is done, and do not count towards the bound of a page.
type scan struct {
	ctx      context.Context //nolint:containedctx // a scan lives as long as one call
	q        store.Scan
	from, to int64
	cursor   cursor
	began    position // where the page before ended, if resumed
	resumed  bool
	filter   *rowFilter
	runs     []*scanRun // heap
	opened   []*scanRun
}

// scanRun is a stripe in a scan.
type scanRun struct {
	liveStripe
	next  position // of the next row; before the stripe is opened at or above that
	st    *stripe
	match func(i int) bool
	rows  []scanRow // to be walked, newest first
	whole bool      // every row of the stripe is in the range and none is dead
}

type scanRow struct {
	clock int64
	i     int
}

// Scan implements [store.Store].
func (s *Store) Scan(ctx context.Context, q store.Scan) (store.Page, error) {
	if err := s.enter(ctx); err != nil {
		return store.Page{}, err
	}
	defer s.leave()
	sc := scan{ctx: ctx, q: q, from: nanos(q.Start), to: nanos(q.End), filter: newRowFilter(q.Predicate, ""), resumed: q.Cursor != ""}
	sc.cursor = cursor{clock: q.Clock, asOf: math.MaxInt64}
	if sc.resumed {
		var err error
		if sc.cursor, err = parseCursor(q.Cursor, q.Clock); err != nil {
			return store.Page{}, err
		}
		sc.began = sc.cursor.position
	}
	v, err := s.view(ctx)
	if err != nil {
		return store.Page{}, err
	}
	defer v.release()
	sc.begin(v)
	page, err := sc.page()
	if err != nil {
		return store.Page{}, err
	}
	if page.Cursor != "" && !sc.resumed {
		sc.cursor.asOf = v.latest()
		page.Cursor = sc.cursor.String()
	}
	return page, nil
}

// latest is the latest receipt time of the view.
func (v *view) latest() int64 {
	latest := int64(math.MinInt64)
	for _, st := range v.stripes() {
		latest = max(latest, st.zone().maxLast)
	}
	return latest
}

// nanos returns t in ns since the epoch, or the nearest that can be said so.
func nanos(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// begin fills the heap with the stripes that may have rows of the range.
func (sc *scan) begin(v *view) {
	for _, src := range v.stripes() {
		z := src.zone()
		var newest int64
		switch sc.q.Clock {
		case store.ByReceipt:
			if z.minLast >= sc.to || z.maxLast < sc.from {
				continue
			}
			newest = min(z.maxLast, sc.to-1)
		case store.ByService:
			if z.minStart >= sc.to || z.maxLastEnd < sc.from {
				continue
			}
			newest = z.maxStart
		case store.ByStart:
			if z.minStart >= sc.to || z.maxStart < sc.from {
				continue
			}
			newest = min(z.maxStart, sc.to-1)
		}
		sc.runs = append(sc.runs, &scanRun{liveStripe: src, next: position{clock: newest}})
	}
	heap.Init(sc)
}

// Len, Less, Swap, Push and Pop make a scan a [heap.Interface] of its runs.
func (sc *scan) Len() int           { return len(sc.runs) }
func (sc *scan) Less(i, j int) bool { return sc.runs[i].next.compare(sc.runs[j].next) < 0 }
func (sc *scan) Swap(i, j int)      { sc.runs[i], sc.runs[j] = sc.runs[j], sc.runs[i] }
func (sc *scan) Push(x any)         { sc.runs = append(sc.runs, x.(*scanRun)) } //nolint:forcetypeassert // by container/heap

func (sc *scan) Pop() any {
	last := sc.runs[len(sc.runs)-1]
	sc.runs = sc.runs[:len(sc.runs)-1]
	return last
}

// page examines rows until the page is full or nothing is left.
func (sc *scan) page() (store.Page, error) {
	limit, bound := cmp.Or(sc.q.Limit, 1000), cmp.Or(sc.q.MaxScanned, math.MaxInt)
	var page store.Page // Scanned counts what is walked
	for len(sc.runs) > 0 {
		run := sc.runs[0]
		if run.st == nil {
			if err := sc.openNext(); err != nil {
				return store.Page{}, err
			}
			continue
		}
		if len(page.Summaries) == limit || page.Scanned == bound {
			page.ScannedTo = time.Unix(0, sc.cursor.position.clock)
			page.Cursor = sc.cursor.String()
			break
		}
		if err := sc.examine(run, &page); err != nil {
			return store.Page{}, err
		}
		sc.advance(run)
	}
	if page.Cursor == "" {
		page.ScannedTo = sc.q.Start
	}
	if sc.lazy() {
		var err error
		page.Scanned, err = sc.count(page.Cursor == "")
		return page, err
	}
	return page, nil
}

// lazy reports whether rows that fail the column tests are not walked. Of a scan by
// service each row has to be decoded to know whether it is in the range.
func (sc *scan) lazy() bool { return sc.q.Clock != store.ByService }

// advance puts the run at the top of the heap where it belongs now.
func (sc *scan) advance(run *scanRun) {
	if len(run.rows) == 0 {
		heap.Pop(sc)
		return
	}
	run.next = run.first()
	heap.Fix(sc, 0)
}

// first is the position of the next row to be walked.
func (r *scanRun) first() position {
	return position{clock: r.rows[0].clock, id: r.st.ids[r.rows[0].i]}
}

// openNext opens the stripes at the top of the heap, one on each core.
func (sc *scan) openNext() error {
	var runs []*scanRun
	for len(sc.runs) > 0 && sc.runs[0].st == nil && len(runs) < runtime.GOMAXPROCS(0) {
		runs = append(runs, heap.Pop(sc).(*scanRun)) //nolint:forcetypeassert // begin pushes nothing else
	}
	errs := make([]error, len(runs))
	var others sync.WaitGroup
	for i, run := range runs[1:] {
		others.Go(func() { errs[i+1] = sc.open(run) })
	}
	errs[0] = sc.open(runs[0])
	others.Wait()
	for _, run := range runs {
		sc.opened = append(sc.opened, run)
		if len(run.rows) > 0 {
			run.next = run.first()
			heap.Push(sc, run)
		}
	}
	return errors.Join(errs...)
}

// open loads the columns of a stripe and selects the rows to be walked. It changes
// nothing but the run.
func (sc *scan) open(run *scanRun) error {
	if err := sc.ctx.Err(); err != nil {
		return err
	}
	passes := sc.filter.zone(run.zone())
	set := columnSet(0)
	if passes {
		set = sc.filter.columns()
	}
	st, err := run.load(set)
	if err != nil {
		return err
	}
	run.st, run.match = st, func(int) bool { return passes }
	if passes && len(sc.filter.conditions) > 0 {
		run.match = sc.filter.bind(st)
	}
	run.whole = sc.lazy() && !sc.resumed && sc.covers(run.zone()) && run.dead.n == 0
	// Rows are about in the order of their clocks: from the back they are nearly
	// sorted already.
	var rows []int
	for i := st.n - 1; i >= 0; i-- {
		if !sc.lazy() || run.match(i) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := st.ensure(sc.columns()); err != nil {
		return err
	}
	clock := sc.clock(st)
	for _, i := range rows {
		if run.whole || sc.selects(st, i, clock[i]) && !run.isDead(i) {
			run.rows = append(run.rows, scanRow{clock[i], i})
		}
	}
	slices.SortFunc(run.rows, func(a, b scanRow) int {
		if a.clock != b.clock {
			return cmp.Compare(b.clock, a.clock)
		}
		return bytes.Compare(st.ids[a.i][:], st.ids[b.i][:])
	})
	return nil
}

// columns lists what selects looks at.
func (sc *scan) columns() columnSet {
	switch sc.q.Clock {
	case store.ByReceipt:
		return columnsOf(colID, colLast)
	case store.ByService:
		return columnsOf(colID, colLast, colStart, colLastEnd)
	case store.ByStart:
	}
	return columnsOf(colID, colLast, colStart)
}

func (sc *scan) clock(st *stripe) []int64 {
	if sc.q.Clock == store.ByReceipt {
		return st.last
	}
	return st.start
}

// covers reports whether all rows of a stripe are in the range.
func (sc *scan) covers(z *zone) bool {
	if sc.q.Clock == store.ByReceipt {
		return sc.from <= z.minLast && z.maxLast < sc.to
	}
	return sc.from <= z.minStart && z.maxStart < sc.to
}

// selects reports whether row i can be in the range and comes after the cursor
// that the page began with.
func (sc *scan) selects(st *stripe, i int, clock int64) bool {
	if sc.q.Clock == store.ByService {
		if clock >= sc.to || st.lastEnd[i] < sc.from {
			return false
		}
	} else if clock < sc.from || clock >= sc.to {
		return false
	}
	return !sc.resumed || st.last[i] <= sc.cursor.asOf && sc.began.compare(position{clock, st.ids[i]}) < 0
}

// count says how many rows the page has examined, walked or not: all that were
// selected, up to the page's last.
func (sc *scan) count(all bool) (int, error) {
	n := 0
	for _, run := range sc.opened {
		if all && run.whole {
			n += run.st.n
			continue
		}
		if err := run.st.ensure(sc.columns()); err != nil {
			return 0, err
		}
		clock := sc.clock(run.st)
		for i := range run.st.n {
			if sc.selects(run.st, i, clock[i]) && !run.isDead(i) &&
				(all || sc.cursor.compare(position{clock[i], run.st.ids[i]}) >= 0) {
				n++
			}
		}
	}
	return n, nil
}

// examine takes the next row of run.
func (sc *scan) examine(run *scanRun, page *store.Page) error {
	at := run.rows[0]
	run.rows = run.rows[1:]
	id := run.st.ids[at.i]
	sum, matches, err := sc.test(run, at.i, id)
	if err != nil {
		return err
	}
	if sc.q.Clock == store.ByService && sum != nil && !endedWithin(sum, sc.from, sc.to) {
		return nil
	}
	sc.cursor.position = position{at.clock, id}
	page.Scanned++
	if matches {
		page.Summaries = append(page.Summaries, sum)
	}
	return nil
}

// test decodes row i if it may match, and finds out whether it does.
func (sc *scan) test(run *scanRun, i int, id traceid.ID) (sum *trace.Summary, matches bool, err error) {
	candidate := run.match(i) && (sc.q.Fraction <= 0 || store.Sampled(id, sc.q.Fraction))
	if !candidate && sc.q.Clock != store.ByService {
		return nil, false, nil
	}
	if err := run.st.ensure(summaryColumns); err != nil {
		return nil, false, err
	}
	if sum, err = run.st.summary(i); err != nil {
		return nil, false, err
	}
	if sc.q.Clock == store.ByService {
		return sum, candidate && endedWithin(sum, sc.from, sc.to) && sc.q.Predicate.MatchWithin(sum, sc.from, sc.to), nil
	}
	return sum, sc.q.Predicate.Match(sum), nil
}

// endedWithin reports whether an observation of s ended in [from, to).
func endedWithin(s *trace.Summary, from, to int64) bool {
	ended := func(o *trace.Observation) bool { return from <= o.EndTime && o.EndTime < to }
	for i := range s.NodeObservations {
		if ended(&s.NodeObservations[i].Observation) {
			return true
		}
	}
	for i := range s.EdgeObservations {
		if ended(&s.EdgeObservations[i].Observation) {
			return true
		}
	}
	return false
}
