package block

import (
	"context"
	"slices"

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
	v, err := s.rollupView(ctx, minutes{first, end, q.Group}, func(_ int64, r *rollup) { out.merge(r) })
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
