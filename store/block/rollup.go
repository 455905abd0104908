package block

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// rollupKey names a rollup: a cell, by its number since the epoch, and a group's id,
// "" for all traces.
type rollupKey struct {
	level level
	n     int64
	group string
}

// start is the first receipt time (ns) of the cell, end the first behind it.
func (k rollupKey) start() int64 { return k.n * k.level.seconds() * second }
func (k rollupKey) end() int64   { return (k.n + 1) * k.level.seconds() * second }

// rollup is what one part contributes to the graph of one cell. Its counts may
// be negative: a part takes back what older parts hold of traces that it knows
// better.
type rollup struct {
	graph    servicegraph.Graph
	versions map[int]int64 // by version of the group's filter: traces that contribute
	traces   int           // that were added to a minute of the head; not stored
	fine     bool          // of minutes of all traces: the seconds hold everything
}

// rollups are the rollups of the head.
type rollups map[rollupKey]*rollup

func (rs rollups) at(k rollupKey) *rollup {
	r := rs[k]
	if r == nil {
		r = &rollup{}
		rs[k] = r
	}
	return r
}

// fineTraces is how many traces contribute to a minute before its seconds are added
// up, too. Of fewer, reading the rows is quick.
const fineTraces = 512

// add adds the observations of s.
func (rs rollups) add(s *trace.Summary) {
	for m := range servicegraph.Minutes(s) {
		rs.observe(rollupKey{perMinute, m, ""}, s, 1)
		rs.at(rollupKey{perMinute, m, ""}).traces++
	}
	rs.observeSeconds(s, 1, rs.isFine)
}

// remove takes back the observations that s had added here.
func (rs rollups) remove(s *trace.Summary) {
	for m := range servicegraph.Minutes(s) {
		rs.observe(rollupKey{perMinute, m, ""}, s, -1)
	}
	rs.observeSeconds(s, -1, rs.isFine)
}

// takeBack takes back the observations of a row of an older part.
func (rs rollups) takeBack(s *trace.Summary) {
	for m := range servicegraph.Minutes(s) {
		rs.observe(rollupKey{perMinute, m, ""}, s, -1)
	}
	rs.observeSeconds(s, -1, func(int64) bool { return true })
}

func (rs rollups) isFine(m int64) bool { return rs.minute(m) == minuteFine }

// observeSeconds adds sign times the observations of s to the seconds of some minutes.
func (rs rollups) observeSeconds(s *trace.Summary, sign int64, of func(m int64) bool) {
	for n := range servicegraph.Periods(s, second) {
		if of(floorDivide(n, perMinute.seconds())) {
			rs.observe(rollupKey{perSecond, n, ""}, s, sign)
		}
	}
}

// observe adds sign times the observations of s to a cell, for all traces and for
// the groups of s.
func (rs rollups) observe(k rollupKey, s *trace.Summary, sign int64) {
	rs.at(k).observeCell(k, s, 0, sign)
	for _, g := range s.Groups {
		k.group = g.GroupID
		rs.at(k).observeCell(k, s, g.Version, sign)
	}
}

// coarse returns the minutes of s that have so many traces that their seconds should
// be added up.
func (rs rollups) coarse(s *trace.Summary) []int64 {
	var minutes []int64
	for m := range servicegraph.Minutes(s) {
		if r := rs[rollupKey{perMinute, m, ""}]; r != nil && !r.fine && r.traces >= fineTraces {
			minutes = append(minutes, m)
		}
	}
	return minutes
}

// refine adds the seconds of a minute, which so far hold only what is taken back.
func (rs rollups) refine(m int64, seconds rollups) {
	for k, r := range seconds {
		rs.at(k).merge(r)
	}
	rs.at(rollupKey{perMinute, m, ""}).fine = true
}

// rollup, bounds and minute implement cellSource.
func (rs rollups) rollup(k rollupKey) (*rollup, error) { return rs[k], nil }

func (rs rollups) bounds() (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for k := range rs {
		if k.level == perMinute {
			from, to = min(from, k.n), max(to, k.n+1)
		}
	}
	if from > to {
		return 0, 0
	}
	return from * perMinute.seconds(), to * perMinute.seconds()
}

func (rs rollups) minute(m int64) minuteState {
	switch r := rs[rollupKey{perMinute, m, ""}]; {
	case r == nil:
		return minuteEmpty
	case r.fine:
		return minuteFine
	}
	return minuteLoose
}

// observeCell adds sign times what the cell k has of s, a member by the given version of
// the group's filter if k is of a group.
func (r *rollup) observeCell(k rollupKey, s *trace.Summary, version int, sign int64) {
	if r.graph.Observe(s, k.start(), k.end(), sign) && k.group != "" {
		r.count(version, sign)
	}
}

func (r *rollup) count(version int, n int64) {
	if r.versions == nil {
		r.versions = map[int]int64{}
	}
	r.versions[version] += n
	if r.versions[version] == 0 {
		delete(r.versions, version)
	}
}

// merge adds o.
func (r *rollup) merge(o *rollup) {
	r.graph.Merge(&o.graph, 1)
	for v, n := range o.versions {
		r.count(v, n)
	}
}

// old reports whether a trace contributes that joined under a version before v.
func (r *rollup) old(v int) bool {
	for version, n := range r.versions {
		if version < v && n > 0 {
			return true
		}
	}
	return false
}

func (r *rollup) empty() bool { return r.graph.Empty() && len(r.versions) == 0 }

func (r *rollup) appendTo(b []byte) []byte {
	b = appendUvarint(b, len(r.versions))
	for _, v := range slices.Sorted(maps.Keys(r.versions)) {
		b = appendVarint(appendVarint(b, int64(v)), r.versions[v])
	}
	return r.graph.AppendBinary(b)
}

func decodeRollup(b []byte) (*rollup, error) {
	rd := reader{b: b}
	r := &rollup{}
	for range rd.count(2) {
		v := rd.varint()
		if v < math.MinInt32 || v > math.MaxInt32 {
			rd.fail()
		}
		r.count(int(v), rd.varint())
	}
	if rd.bad {
		return nil, rd.err("rollup")
	}
	rest, err := r.graph.DecodeBinary(rd.b)
	if err != nil {
		return nil, corrupt("rollup: %v", err)
	}
	if len(rest) > 0 {
		return nil, corrupt("rollup has %d bytes too many", len(rest))
	}
	return r, nil
}

func compareRollupKeys(a, b rollupKey) int {
	return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.n, b.n), cmp.Compare(a.group, b.group))
}
