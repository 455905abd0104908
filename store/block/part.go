package block

import (
	"math"
	"slices"
	"sort"

	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// part is a frozen head or a block.
type part struct {
	content
	dead deadSet // rows that newer rows replace; guarded by Store.mu
}

// content is what a part holds. It is immutable. Everything read from it is valid
// until release; Go strings and summaries longer.
type content interface {
	info() partInfo
	// find returns the rows of a trace, ascending. All but the last are dead.
	find(id traceid.ID) ([]int, error)
	// documents returns the documents that came with a row. They must not be kept.
	documents(row int) ([]doc, error)
	stripes() []stripeSource
	cellSource
	// minutes lists the rollups of some minutes, sorted.
	minutes(ms minutes) rollupTable
	acquire()
	release()
}

// partInfo says how much a part holds.
type partInfo struct {
	rows     int
	docs     int64
	bytes    int64 // on disk
	received span
}

// summaryAt decodes one row of a part.
func summaryAt(c content, row int) (*trace.Summary, error) {
	for _, src := range c.stripes() {
		if row >= src.rows() {
			row -= src.rows()
			continue
		}
		st, err := src.load(summaryColumns)
		if err != nil {
			return nil, err
		}
		return st.summary(row)
	}
	return nil, corrupt("row %d is beyond the part's last", row)
}

// frozenHead is a head that no longer changes, until it is a block.
type frozenHead struct {
	*head
	sources []stripeSource
	table   rollupTable
	oldest  uint64 // log file
}

func freezeHead(h *head, seq uint64) *frozenHead {
	f := &frozenHead{head: h, table: tableOf(h.rollups), oldest: h.minLog(seq)}
	for _, b := range h.builders {
		f.sources = append(f.sources, newMemoryStripe(b.current()))
	}
	return f
}

func (f *frozenHead) info() partInfo {
	return partInfo{rows: len(f.head.rows), docs: f.head.docs, received: f.head.received}
}

func (f *frozenHead) find(id traceid.ID) ([]int, error) {
	if t := f.head.traces[id]; t != nil && t.row >= 0 {
		return []int{t.row}, nil
	}
	return nil, nil
}

func (f *frozenHead) documents(row int) ([]doc, error) { return f.head.rows[row].docs, nil }
func (f *frozenHead) stripes() []stripeSource          { return f.sources }
func (f *frozenHead) acquire()                         {}
func (f *frozenHead) release()                         {}

func (f *frozenHead) rollup(k rollupKey) (*rollup, error) { return f.head.rollups.rollup(k) }
func (f *frozenHead) bounds() (from, to int64)            { return f.head.rollups.bounds() }
func (f *frozenHead) minute(m int64) minuteState          { return f.head.rollups.minute(m) }
func (f *frozenHead) minutes(ms minutes) rollupTable      { return f.table.minutes(ms) }

// deadSet is a persistent set of rows: with leaves the receiver as it was.
type deadSet struct {
	chunks []*deadChunk
	n      int
}

// deadChunk holds the bits of 4096 rows.
type deadChunk [64]uint64

func (d deadSet) has(row int) bool {
	c := row >> 12
	return c < len(d.chunks) && d.chunks[c] != nil && d.chunks[c][row>>6&63]>>(row&63)&1 != 0
}

// with returns the set with row in it.
func (d deadSet) with(row int) deadSet {
	if d.has(row) {
		return d
	}
	c := row >> 12
	chunks := make([]*deadChunk, max(len(d.chunks), c+1))
	copy(chunks, d.chunks)
	var bits deadChunk
	if chunks[c] != nil {
		bits = *chunks[c]
	}
	bits[row>>6&63] |= 1 << (row & 63)
	chunks[c] = &bits
	return deadSet{chunks: chunks, n: d.n + 1}
}

// rows returns the rows in the set, ascending.
func (d deadSet) rows() []int {
	var out []int
	for c, bits := range d.chunks {
		if bits == nil {
			continue
		}
		for i := range len(bits) * 64 {
			if bits[i>>6]>>(i&63)&1 != 0 {
				out = append(out, c<<12|i)
			}
		}
	}
	return out
}

func deadSetOf(rows []int) (d deadSet) {
	for _, r := range rows {
		d = d.with(r)
	}
	return d
}

// minutes are the receipt minutes [first, end) of a group.
type minutes struct {
	first, end int64
	group      string
}

func (m minutes) has(k rollupKey) bool {
	return k.level == perMinute && m.first <= k.n && k.n < m.end && k.group == m.group
}

// rollupTable lists rollups, sorted by level, cell, then group.
type rollupTable []rollupKey

// search returns the index of the first rollup that is not before k.
func (t rollupTable) search(k rollupKey) int {
	return sort.Search(len(t), func(i int) bool { return compareRollupKeys(t[i], k) >= 0 })
}

// minutes returns the rollups of some minutes.
func (t rollupTable) minutes(ms minutes) rollupTable {
	i := t.search(rollupKey{perMinute, ms.first, ""})
	within := t[i:max(i, t.search(rollupKey{perMinute, ms.end, ""}))]
	var of rollupTable
	for _, k := range within {
		if k.group == ms.group {
			of = append(of, k)
		}
	}
	return of
}

// bounds returns the seconds [from, to) of the minutes in the table.
func (t rollupTable) bounds() (from, to int64) {
	first, end := t.search(rollupKey{level: perMinute, n: math.MinInt64}), t.search(rollupKey{level: perMinute + 1, n: math.MinInt64})
	if first == end {
		return 0, 0
	}
	return t[first].n * perMinute.seconds(), (t[end-1].n + 1) * perMinute.seconds()
}

func tableOf(rs rollups) rollupTable {
	table := make(rollupTable, 0, len(rs))
	for k := range rs {
		table = append(table, k)
	}
	slices.SortFunc(table, compareRollupKeys)
	return table
}
