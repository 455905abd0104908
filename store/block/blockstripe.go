package block

import (
	"fmt"
	"path/filepath"
)

// blockStripe is a stripe of a block as a source.
type blockStripe struct {
	b *blockFile
	i int
}

func (s *blockStripe) entry() *stripeEntry { return &s.b.dir.stripes[s.i] }
func (s *blockStripe) zone() *zone         { return &s.entry().zone }
func (s *blockStripe) rows() int           { return s.entry().rows }

// dictColumns are the columns whose values are indexes into the dictionary.
const dictColumns columnSet = 1<<colMethod | 1<<colURL | 1<<colNodes | 1<<colUsers | 1<<colAnnotations | 1<<colGroups

func (s *blockStripe) load(set columnSet) (*stripe, error) {
	h, err := s.header()
	if err != nil {
		return nil, err
	}
	st := &stripe{n: s.rows(), payloads: &blockPayloads{s: s, h: h}}
	st.more = func(set columnSet) error { return s.fill(st, h, set) }
	return st, st.more(set)
}

func (s *blockStripe) header() (*stripeHeader, error) {
	return cached(s.b.cache, cacheKey{kind: cacheColumn, block: s.b.number, item: s.i, part: -1}, func() (*stripeHeader, int64, error) {
		raw, err := s.b.bytes(s.entry().extent)
		if err != nil {
			return nil, 0, err
		}
		h, err := decodeStripeHeader(raw, s.rows())
		if err != nil {
			return nil, 0, s.wrap(err)
		}
		return h, int64(32*(len(h.pages)+len(h.columns)+1) + 64), nil
	})
}

func (s *blockStripe) wrap(err error) error {
	return fmt.Errorf("%s: stripe %d at offset %d: %w", filepath.Base(s.b.path), s.i, s.entry().offset, err)
}

// chunk returns a chunk as it was before it was compressed.
func (s *blockStripe) chunk(c chunk) ([]byte, error) {
	e := s.entry()
	if c.offset < 0 || c.length > e.total-e.length-c.offset {
		return nil, s.wrap(corrupt("chunk beyond the stripe's end"))
	}
	x := extent{offset: e.offset + int64(e.length+c.offset), length: c.length, sum: c.sum}
	if c.stored {
		return s.b.bytes(x)
	}
	return s.b.decompress(x, c.size)
}

// fill loads the columns of set that st does not have.
func (s *blockStripe) fill(st *stripe, h *stripeHeader, set columnSet) error {
	for c := range columnCount {
		if set.has(c) {
			set |= needs(c)
		}
	}
	if set&dictColumns != 0 && st.dict == nil {
		var err error
		if st.dict, err = s.dict(h); err != nil {
			return err
		}
	}
	// What others need comes first.
	for _, pass := range []columnSet{set & baseColumns, set &^ baseColumns} {
		for c := range columnCount {
			if pass.has(c) && !st.has(c) {
				if err := s.column(st, h, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *blockStripe) dict(h *stripeHeader) (*dictView, error) {
	return cached(s.b.cache, cacheKey{kind: cacheColumn, block: s.b.number, item: s.i, part: -2}, func() (*dictView, int64, error) {
		raw, err := s.chunk(h.dict)
		if err != nil {
			return nil, 0, err
		}
		d, err := decodeDict(raw)
		if err != nil {
			return nil, 0, s.wrap(err)
		}
		size := len(raw) + 16*len(d.strings) + 60*len(d.nodes) + 72*len(d.annotations) + 4*len(d.setEnds) + 4*len(d.setItems)
		return d, int64(size), nil
	})
}

// column loads one column; those that it needs are there.
func (s *blockStripe) column(st *stripe, h *stripeHeader, c column) error {
	load := func() (*columns, int64, error) {
		raw, err := s.chunk(h.columns[c])
		if err != nil {
			return nil, 0, err
		}
		one := st.columns
		if err := one.decode(raw, c, st.n, st.dict); err != nil {
			return nil, 0, s.wrap(err)
		}
		only := &columns{}
		only.take(&one, c)
		return only, int64(st.n*columnWidth(c) + 500), nil
	}
	one, err := cached(s.b.cache, cacheKey{kind: cacheColumn, block: s.b.number, item: s.i, part: int(c)}, load)
	if err != nil {
		return err
	}
	st.take(one, c)
	return nil
}

// columnWidth is the size of a value of the column in memory.
func columnWidth(c column) int {
	switch c { //nolint:exhaustive // the others are indexes
	case colID:
		return 16
	case colStart, colDuration, colResponse, colFirst, colLast, colLastEnd, colStatus:
		return 8
	case colFlags:
		return 1
	}
	return 4
}

// take copies one column of o.
func (c *columns) take(o *columns, col column) {
	switch col {
	case colID:
		c.ids = o.ids
	case colStart:
		c.start = o.start
	case colDuration:
		c.duration = o.duration
	case colResponse:
		c.response = o.response
	case colFirst:
		c.first = o.first
	case colLast:
		c.last = o.last
	case colLastEnd:
		c.lastEnd = o.lastEnd
	case colFlags:
		c.flags = o.flags
	case colStatus:
		c.status = o.status
	default:
		*c.indexes(col) = *o.indexes(col)
	}
}

// has reports whether the column is loaded. (No stripe is empty.)
func (c *columns) has(col column) bool {
	switch col {
	case colID:
		return c.ids != nil
	case colStart:
		return c.start != nil
	case colDuration:
		return c.duration != nil
	case colResponse:
		return c.response != nil
	case colFirst:
		return c.first != nil
	case colLast:
		return c.last != nil
	case colLastEnd:
		return c.lastEnd != nil
	case colFlags:
		return c.flags != nil
	case colStatus:
		return c.status != nil
	default:
		return *c.indexes(col) != nil
	}
}

// blockPayloads are the payloads of a block's stripe.
type blockPayloads struct {
	s *blockStripe
	h *stripeHeader
}

func (p *blockPayloads) payload(i int) (payload, error) {
	n := i / pageRows
	key := cacheKey{kind: cacheRows, block: p.s.b.number, item: p.s.i, part: n}
	page, err := cached(p.s.b.cache, key, func() ([]payload, int64, error) {
		raw, err := p.s.chunk(p.h.pages[n])
		if err != nil {
			return nil, 0, err
		}
		list, err := decodePayloads(raw, min(pageRows, p.s.rows()-n*pageRows))
		if err != nil {
			return nil, 0, p.s.wrap(err)
		}
		return list, int64(len(raw) + 48*len(list)), nil
	})
	if err != nil {
		return payload{}, err
	}
	return page[i%pageRows], nil
}
