package block

import (
	"context"
	"slices"
	"time"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// Graph implements [store.Store]. Whole minutes come from rollups, ragged ends
// from rows.
func (s *Store) Graph(ctx context.Context, q store.GraphQuery) (store.Graph, error) {
	if err := s.enter(ctx); err != nil {
		return store.Graph{}, err
	}
	defer s.leave()
	from, to := max(nanos(q.Start), s.floor.Load()), nanos(q.End)
	first, end := ceilMinute(from), floorMinute(to)
	if q.Predicate != nil || first >= end {
		first, end = 0, 0
	}
	out := &rollup{}
	v, err := s.rollupView(ctx, minutes{first, end, q.Group}, eachHour, func(_ int64, r *rollup) { out.merge(r) })
	if err != nil {
		return store.Graph{}, err
	}
	defer v.release()
	for _, ragged := range raggedEnds(from, to, first, end) {
		if err := v.observe(ctx, ragged, q, out); err != nil {
			return store.Graph{}, err
		}
	}
	return store.Graph{Graph: &out.graph, OldVersions: q.Group != "" && out.old(q.Version)}, nil
}

// raggedEnds returns what the minutes [first, end) leave of [from, to).
func raggedEnds(from, to, first, end int64) [][2]int64 {
	if first >= end {
		return [][2]int64{{from, to}}
	}
	return [][2]int64{{from, first * minute}, {end * minute, to}}
}

func floorMinute(ns int64) int64 {
	m := ns / minute
	if ns%minute < 0 {
		m--
	}
	return m
}

func ceilMinute(ns int64) int64 {
	m := floorMinute(ns)
	if m*minute < ns {
		m++
	}
	return m
}

// observe adds what rows say was received in a range.
func (v *view) observe(ctx context.Context, received [2]int64, q store.GraphQuery, out *rollup) error {
	from, to := received[0], received[1]
	if from >= to {
		return nil
	}
	return v.summaries(ctx, from, to, newRowFilter(q.Predicate, q.Group), func(sum *trace.Summary) {
		version, ok := memberOf(q, sum)
		if ok && out.graph.Observe(sum, from, to, 1) && q.Group != "" {
			out.count(version, 1)
		}
	})
}

// memberOf reports whether q asks for the trace of s, and with which version of the
// group's filter it joined.
func memberOf(q store.GraphQuery, s *trace.Summary) (version int, ok bool) {
	if !q.Predicate.Match(s) {
		return 0, false
	}
	if q.Group == "" {
		return 0, true
	}
	i := slices.IndexFunc(s.Groups, func(g trace.Membership) bool { return g.GroupID == q.Group })
	if i < 0 {
		return 0, false
	}
	return s.Groups[i].Version, true
}

// Series implements [store.Store].
func (s *Store) Series(ctx context.Context, q store.SeriesQuery) (store.Series, error) {
	if err := s.enter(ctx); err != nil {
		return store.Series{}, err
	}
	defer s.leave()
	// The minutes whose ends are in the range.
	first, end := ceilMinute(max(nanos(q.Start), s.floor.Load()))-1, ceilMinute(nanos(q.End))-1
	b := seriesBuilder{q: q, period: max(q.Period, time.Minute).Nanoseconds()}
	if q.Predicate != nil {
		if err := s.scanMinutes(ctx, q, first, end, b.add); err != nil {
			return store.Series{}, err
		}
		return b.series(), nil
	}
	byMinute := map[int64]*rollup{}
	v, err := s.rollupView(ctx, minutes{first, end, q.Group}, eachRollup, func(m int64, r *rollup) { mergeInto(byMinute, m, r) })
	if err != nil {
		return store.Series{}, err
	}
	v.release()
	for m, r := range byMinute {
		b.add(m, r)
	}
	return b.series(), nil
}

func mergeInto(byMinute map[int64]*rollup, m int64, r *rollup) {
	if byMinute[m] == nil {
		byMinute[m] = &rollup{}
	}
	byMinute[m].merge(r)
}

// scanMinutes calls add with what each of the minutes [first, end) holds of the
// traces that q asks for.
func (s *Store) scanMinutes(ctx context.Context, q store.SeriesQuery, first, end int64, add func(int64, *rollup)) error {
	v, err := s.view(ctx)
	if err != nil {
		return err
	}
	defer v.release()
	byMinute := map[int64]*rollup{}
	err = v.summaries(ctx, first*minute, end*minute, newRowFilter(q.Predicate, q.Group), func(sum *trace.Summary) {
		version, ok := memberOf(q.GraphQuery, sum)
		if !ok {
			return
		}
		for m := range servicegraph.Minutes(sum) {
			if m < first || m >= end {
				continue
			}
			if byMinute[m] == nil {
				byMinute[m] = &rollup{}
			}
			if byMinute[m].graph.Observe(sum, m*minute, (m+1)*minute, 1) && q.Group != "" {
				byMinute[m].count(version, 1)
			}
		}
	})
	for m, r := range byMinute {
		add(m, r)
	}
	return err
}

// seriesBuilder adds minutes up to periods.
type seriesBuilder struct {
	q       store.SeriesQuery
	period  int64
	buckets map[int64]*servicegraph.Bucket // by end
	old     bool
}

func (b *seriesBuilder) add(m int64, r *rollup) {
	if r.graph.Empty() {
		return
	}
	end := ((m+1)*minute + b.period - 1) / b.period * b.period
	if b.buckets == nil {
		b.buckets = map[int64]*servicegraph.Bucket{}
	}
	bucket := b.buckets[end]
	if bucket == nil {
		bucket = &servicegraph.Bucket{End: end}
		b.buckets[end] = bucket
	}
	stats, times := r.graph.Select(b.q.Selector)
	for i, n := range stats.Count {
		bucket.Stats.Count[i] += n
	}
	bucket.Stats.TotalTime += stats.TotalTime
	bucket.ResponseTimes.Merge(&times, 1)
	b.old = b.old || b.q.Group != "" && r.old(b.q.Version)
}

func (b *seriesBuilder) series() store.Series {
	out := store.Series{OldVersions: b.old}
	for _, bucket := range b.buckets {
		out.Buckets = append(out.Buckets, *bucket)
	}
	slices.SortFunc(out.Buckets, func(a, b servicegraph.Bucket) int { return int((b.End - a.End) / minute) })
	return out
}

// minutes are the receipt minutes [first, end) of a group.
type minutes struct {
	first, end int64
	group      string
}

func (m minutes) has(k rollupKey) bool {
	return m.first <= k.minute && k.minute < m.end && k.group == m.group
}

// rollupView calls visit with the rollups of some minutes, of parts by way of each,
// and returns the view that they belong to. What visit gets must not be changed.
func (s *Store) rollupView(
	ctx context.Context, ms minutes, each func(content, minutes, func(int64, *rollup)) error, visit func(m int64, r *rollup),
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
		if err := each(p.content, ms, visit); err != nil {
			v.release()
			return nil, err
		}
	}
	return v, nil
}

// eachRollup calls visit with the rollups of a part, minute by minute.
func eachRollup(c content, ms minutes, visit func(m int64, r *rollup)) error {
	table := c.rollupTable()
	i, _ := slices.BinarySearchFunc(table, rollupKey{minute: ms.first}, compareRollupKeys)
	for _, k := range table[i:] {
		if k.minute >= ms.end {
			break
		}
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

// eachHour is eachRollup, except that it visits the whole hours of a block once,
// merged: they are kept.
func eachHour(c content, ms minutes, visit func(m int64, r *rollup)) error {
	b, ok := c.(*blockFile)
	table := c.rollupTable()
	if !ok || len(table) == 0 {
		return eachRollup(c, ms, visit)
	}
	const hour = 60
	ms.first, ms.end = max(ms.first, table[0].minute/hour*hour), min(ms.end, (table[len(table)-1].minute/hour+1)*hour)
	first, end := (ms.first+hour-1)/hour*hour, ms.end/hour*hour
	if first >= end {
		return eachRollup(c, ms, visit)
	}
	for h := first; h < end; h += hour {
		r, err := b.merged(minutes{h, h + hour, ms.group})
		if err != nil {
			return err
		}
		visit(h, r)
	}
	if err := eachRollup(c, minutes{ms.first, first, ms.group}, visit); err != nil {
		return err
	}
	return eachRollup(c, minutes{end, ms.end, ms.group}, visit)
}

// merged returns the sum of the rollups of an hour.
func (b *blockFile) merged(ms minutes) (*rollup, error) {
	key := cacheKey{kind: cacheHour, block: b.number, item: int(ms.first), group: ms.group}
	return cached(b.cache, key, func() (*rollup, int64, error) {
		sum := &rollup{}
		err := eachRollup(b, ms, func(_ int64, r *rollup) { sum.merge(r) })
		return sum, int64(64 + 4*len(sum.appendTo(nil))), err
	})
}
