package block

import (
	"context"
	"slices"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// Graph implements [store.Store]. Whole seconds come from rollups, what is left at
// the ends from rows.
func (s *Store) Graph(ctx context.Context, q store.GraphQuery) (store.Graph, error) {
	if err := s.enter(ctx); err != nil {
		return store.Graph{}, err
	}
	defer s.leave()
	if err := s.settleAll(ctx); err != nil {
		return store.Graph{}, err
	}
	g := graphQuery{GraphQuery: q, from: max(nanos(q.Start), s.floor.Load()), to: nanos(q.End)}
	v := s.viewWith(func() { g.begin(s) })
	defer v.release()
	if err := g.read(ctx, v); err != nil {
		return store.Graph{}, err
	}
	return store.Graph{Graph: &g.out.graph, OldVersions: q.Group != "" && g.out.old(q.Version)}, nil
}

// graphQuery adds up the graph of a range of receipt times.
type graphQuery struct {
	store.GraphQuery
	from, to int64    // ns
	cells    cellSpan // the whole seconds of them; empty when rows are to be read
	loose    []looseMinute
	out      rollup
}

// looseMinute is a minute, or a part of one, of which the head's seconds do not
// hold everything.
type looseMinute = cellSpan

// begin reads the head's rollups. The caller holds Store.mu.
func (g *graphQuery) begin(s *Store) {
	g.widen(s)
	g.cells = cellSpan{ceilDivide(g.from, second), floorDivide(g.to, second), g.Group}
	if g.Predicate != nil || g.cells.from >= g.cells.to {
		g.cells.to = g.cells.from
		return
	}
	// A map never fails.
	_ = eachCell(s.head.rollups, g.cells, g.out.merge)
	g.loose = g.looseIn(s.head.rollups)
}

// widen moves ends beyond which nothing was received to where cells end.
func (g *graphQuery) widen(s *Store) {
	received := s.head.received
	for _, p := range s.parts {
		received.merge(p.info().received)
	}
	if received == (span{}) {
		return
	}
	hour := perHour.seconds() * second
	if g.to > received.max {
		g.to = ceilDivide(received.max+1, hour) * hour
	}
	if g.from <= received.min {
		// What is before the floor may have been taken back from what is gone.
		g.from = max(floorDivide(received.min, hour)*hour, s.floor.Load())
	}
}

// looseIn returns the parts of minutes at the ends of the cells whose rows have to
// be read.
func (g *graphQuery) looseIn(c cellSource) []looseMinute {
	var loose []looseMinute
	for _, m := range g.ragged() {
		if c.minute(floorDivide(m.from, perMinute.seconds())) == minuteLoose {
			loose = append(loose, m)
		}
	}
	return loose
}

// ragged returns the parts of minutes at the ends of the cells.
func (g *graphQuery) ragged() []looseMinute {
	length := perMinute.seconds()
	first, end := ceilDivide(g.cells.from, length)*length, floorDivide(g.cells.to, length)*length
	ends := []cellSpan{{g.cells.from, min(first, g.cells.to), g.Group}}
	if end >= first {
		ends = append(ends, cellSpan{end, g.cells.to, g.Group})
	}
	return slices.DeleteFunc(ends, func(s cellSpan) bool { return s.from >= s.to })
}

// read adds what the parts of the view hold, and the head's rows.
func (g *graphQuery) read(ctx context.Context, v *view) error {
	for _, p := range v.parts {
		if g.cells.from == g.cells.to {
			break
		}
		if err := eachCell(p.content, g.cells, g.out.merge); err != nil {
			return err
		}
		for _, m := range g.looseIn(p.content) {
			if err := g.observeLoose(ctx, p.stripes(), m); err != nil {
				return err
			}
		}
	}
	for _, m := range g.loose {
		if err := g.observeLoose(ctx, v.head, m); err != nil {
			return err
		}
	}
	if g.cells.from == g.cells.to {
		return g.observe(ctx, v, g.from, g.to)
	}
	if err := g.observe(ctx, v, g.from, g.cells.from*second); err != nil {
		return err
	}
	return g.observe(ctx, v, g.cells.to*second, g.to)
}

// observe adds what the live rows say was received in [from, to).
func (g *graphQuery) observe(ctx context.Context, v *view, from, to int64) error {
	if from >= to {
		return nil
	}
	return v.summaries(ctx, from, to, newRowFilter(g.Predicate, g.Group), func(sum *trace.Summary) {
		version, ok := memberOf(g.GraphQuery, sum)
		if ok && g.out.graph.Observe(sum, from, to, 1) && g.Group != "" {
			g.out.count(version, 1)
		}
	})
}

// observeLoose adds what all rows of a part, dead ones too, say was received in some
// seconds. What its cells take back makes it right.
func (g *graphQuery) observeLoose(ctx context.Context, sources []stripeSource, m looseMinute) error {
	return looseSeconds(ctx, sources, m, func(key rollupKey, sum *trace.Summary) {
		if version, ok := memberOf(g.GraphQuery, sum); ok {
			g.out.observeCell(key, sum, version, 1)
		}
	})
}

// looseSeconds calls visit with all rows of a part and the seconds of s in which the
// part may have received something of them.
func looseSeconds(
	ctx context.Context, sources []stripeSource, s cellSpan, visit func(rollupKey, *trace.Summary),
) error {
	stripes := make([]liveStripe, len(sources))
	for i, src := range sources {
		stripes[i].stripeSource = src
	}
	return eachSummary(ctx, stripes, s.from*second, s.to*second, newRowFilter(nil, s.group), func(sum *trace.Summary) {
		for n := range servicegraph.Periods(sum, second) {
			if s.from <= n && n < s.to {
				visit(rollupKey{perSecond, n, s.group}, sum)
			}
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
