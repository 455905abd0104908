package block

import (
	"context"
)

// minutes are the receipt minutes [first, end) of a group.
type minutes struct {
	first, end int64
	group      string
}

func (m minutes) has(k rollupKey) bool {
	return m.first <= k.minute && k.minute < m.end && k.group == m.group
}

// rollupView calls visit with the rollups of some minutes, merged
// as it likes, and returns the view that they belong to. What visit gets must not be changed.
func (s *Store) rollupView(
	ctx context.Context, ms minutes, visit func(m int64, r *rollup),
) (*view, error) {
	if err := s.settleAll(ctx); err != nil {
		return nil, err
	}
	v := s.viewWith(func() {
		for k, r := range s.head.rollups {
			if ms.has(k) {
				visit(k.minute, r)
			}
		}
	})
	for _, p := range v.parts {
		if err := eachCell(p.content, ms, visit); err != nil {
			v.release()
			return nil, err
		}
	}
	return v, nil
}

// eachRollup calls visit with the rollups of a part, minute by minute.
func eachRollup(c content, ms minutes, visit func(m int64, r *rollup)) error {
	for _, k := range c.rollupTable().within(ms) {
		if k.group != ms.group {
			continue
		}
		r, err := c.rollup(k)
		if err != nil {
			return err
		}
		visit(k.minute, r)
	}
	return nil
}

// cells are the sizes (minutes) of the runs of minutes whose sums are kept.
var cells = []int64{60, 10}

// eachCell is eachRollup, except that it visits whole runs of minutes of a block
// once, merged: they are kept.
func eachCell(c content, ms minutes, visit func(m int64, r *rollup)) error {
	b, ok := c.(*blockFile)
	if !ok || len(b.table) == 0 {
		return eachRollup(c, ms, visit)
	}
	last := b.table[len(b.table)-1].minute
	ms.first, ms.end = max(ms.first, floorTo(b.table[0].minute, cells[0])), min(ms.end, floorTo(last, cells[0])+cells[0])
	return b.eachCell(ms, cells, visit)
}

func floorTo(m, size int64) int64 { return m - ((m%size)+size)%size }

// eachCell visits cells of the first of sizes where they fit and smaller ones
// around them.
func (b *blockFile) eachCell(ms minutes, sizes []int64, visit func(m int64, r *rollup)) error {
	if len(sizes) == 0 {
		return eachRollup(b, ms, visit)
	}
	size := sizes[0]
	first, end := -floorTo(-ms.first, size), floorTo(ms.end, size)
	if first >= end {
		return b.eachCell(ms, sizes[1:], visit)
	}
	for m := first; m < end; m += size {
		r, err := b.cell(minutes{m, m + size, ms.group}, sizes[1:])
		if err != nil {
			return err
		}
		visit(m, r)
	}
	if err := b.eachCell(minutes{ms.first, first, ms.group}, sizes[1:], visit); err != nil {
		return err
	}
	return b.eachCell(minutes{end, ms.end, ms.group}, sizes[1:], visit)
}

// cell returns the sum of the rollups of a run of minutes.
func (b *blockFile) cell(ms minutes, smaller []int64) (*rollup, error) {
	key := cacheKey{kind: cacheCell, block: b.number, item: int(ms.first), part: int(ms.end - ms.first), group: ms.group}
	return cached(b.cache, key, func() (*rollup, int64, error) {
		sum := &rollup{}
		err := b.eachCell(ms, smaller, func(_ int64, r *rollup) { sum.merge(r) })
		return sum, int64(64 + 4*len(sum.appendTo(nil))), err
	})
}
