package block

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// sample is what a series needs to know of the rollup of a minute. Samples of parts
// can be added up.
type sample struct {
	observations int64 // all of the minute, selected or not
	stats        servicegraph.Stats
	times        servicegraph.Histogram
	versions     map[int]int64
}

func sampleOf(r *rollup, sel *servicegraph.Selector) *sample {
	s := &sample{versions: r.versions}
	for _, n := range r.graph.Nodes {
		s.observations += n.Stats.Total()
	}
	for _, e := range r.graph.Edges {
		s.observations += e.Stats.Total() + e.Links
	}
	s.stats, s.times = r.graph.Select(sel)
	return s
}

// Series implements [store.Store].
func (s *Store) Series(ctx context.Context, q store.SeriesQuery) (store.Series, error) {
	if err := s.enter(ctx); err != nil {
		return store.Series{}, err
	}
	defer s.leave()
	// The minutes whose ends are in the range.
	ms := minutes{ceilDivide(max(nanos(q.Start), s.floor.Load()), minute) - 1, ceilDivide(nanos(q.End), minute) - 1, q.Group}
	b := seriesBuilder{q: q, period: max(q.Period, time.Minute).Nanoseconds(), minutes: map[int64]*minuteSum{}}
	if q.Predicate != nil {
		err := s.scanMinutes(ctx, q, ms, func(m int64, r *rollup) { b.add(m, sampleOf(r, q.Selector)) })
		return b.series(), err
	}
	if err := s.settleAll(ctx); err != nil {
		return store.Series{}, err
	}
	v := s.viewWith(func() {
		for k, r := range s.head.rollups {
			if ms.has(k) {
				b.add(k.n, sampleOf(r, q.Selector))
			}
		}
	})
	defer v.release()
	for _, p := range v.parts {
		if err := eachSample(p.content, ms, q.Selector, b.add); err != nil {
			return store.Series{}, err
		}
	}
	return b.series(), nil
}

// eachSample calls visit with the samples of a part. Those of blocks are kept.
func eachSample(c content, ms minutes, sel *servicegraph.Selector, visit func(m int64, s *sample)) error {
	b, ok := c.(*blockFile)
	if !ok {
		return eachMinute(c, ms, func(m int64, r *rollup) { visit(m, sampleOf(r, sel)) })
	}
	name := selectorName(sel)
	for _, k := range b.minutes(ms) {
		key := cacheKey{kind: cacheSample, block: b.number, item: int(k.n), group: k.group, selector: name}
		s, err := cached(b.cache, key, func() (*sample, int64, error) {
			r, err := b.rollup(k)
			if err != nil {
				return nil, 0, err
			}
			s := sampleOf(r, sel)
			return s, int64(300 + len(name) + 4*len(s.times.AppendBinary(nil))), nil
		})
		if err != nil {
			return err
		}
		visit(k.n, s)
	}
	return nil
}

// eachMinute calls visit with the rollups of a part, minute by minute.
func eachMinute(c content, ms minutes, visit func(m int64, r *rollup)) error {
	for _, k := range c.minutes(ms) {
		r, err := c.rollup(k)
		if err != nil {
			return err
		}
		visit(k.n, r)
	}
	return nil
}

// selectorName spells a selector out, so that equal ones have equal names.
func selectorName(sel *servicegraph.Selector) string {
	if sel == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range []*servicegraph.NodePattern{sel.From, sel.To} {
		if p == nil {
			b.WriteString("-")
			continue
		}
		for _, s := range []*string{p.Name, p.Type, p.AccountID} {
			if s == nil {
				b.WriteString("*")
			} else {
				fmt.Fprintf(&b, "%q", *s)
			}
		}
	}
	return b.String()
}

// scanMinutes calls visit with what each of some minutes holds of the traces that
// q asks for.
func (s *Store) scanMinutes(ctx context.Context, q store.SeriesQuery, ms minutes, visit func(int64, *rollup)) error {
	v, err := s.view(ctx)
	if err != nil {
		return err
	}
	defer v.release()
	byMinute := rollups{}
	err = v.summaries(ctx, ms.first*minute, ms.end*minute, newRowFilter(q.Predicate, q.Group), func(sum *trace.Summary) {
		version, ok := memberOf(q.GraphQuery, sum)
		if !ok {
			return
		}
		for m := range servicegraph.Minutes(sum) {
			if m < ms.first || m >= ms.end {
				continue
			}
			k := rollupKey{perMinute, m, q.Group}
			byMinute.at(k).observeCell(k, sum, version, 1)
		}
	})
	for k, r := range byMinute {
		visit(k.n, r)
	}
	return err
}

// seriesBuilder adds up the samples of minutes, and minutes to periods.
type seriesBuilder struct {
	q       store.SeriesQuery
	period  int64
	minutes map[int64]*minuteSum
}

// minuteSum is the sum of the samples of a minute.
type minuteSum struct {
	rollup // versions only
	sample sample
}

func (b *seriesBuilder) add(m int64, s *sample) {
	sum := b.minutes[m]
	if sum == nil {
		sum = &minuteSum{}
		b.minutes[m] = sum
	}
	sum.sample.observations += s.observations
	addStats(&sum.sample.stats, s.stats)
	sum.sample.times.Merge(&s.times, 1)
	for v, n := range s.versions {
		sum.count(v, n)
	}
}

func addStats(s *servicegraph.Stats, o servicegraph.Stats) {
	for i, n := range o.Count {
		s.Count[i] += n
	}
	s.TotalTime += o.TotalTime
}

func (b *seriesBuilder) series() store.Series {
	var out store.Series
	buckets := map[int64]*servicegraph.Bucket{} // by end
	for m, sum := range b.minutes {
		if sum.sample.observations == 0 { // all of it was taken back
			continue
		}
		end := ((m+1)*minute + b.period - 1) / b.period * b.period
		bucket := buckets[end]
		if bucket == nil {
			bucket = &servicegraph.Bucket{End: end}
			buckets[end] = bucket
		}
		addStats(&bucket.Stats, sum.sample.stats)
		bucket.ResponseTimes.Merge(&sum.sample.times, 1)
		out.OldVersions = out.OldVersions || b.q.Group != "" && sum.old(b.q.Version)
	}
	for _, bucket := range buckets {
		out.Buckets = append(out.Buckets, *bucket)
	}
	slices.SortFunc(out.Buckets, func(a, b servicegraph.Bucket) int { return int((b.End - a.End) / minute) })
	return out
}
