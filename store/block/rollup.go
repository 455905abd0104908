package block

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// minute is the length of a rollup's period in ns.
const minute = int64(60e9)

// rollupKey names a rollup: a receipt minute (since the epoch) and a group's id, ""
// for all traces.
type rollupKey struct {
	minute int64
	group  string
}

// rollup is what one part contributes to the graph of one minute. Its counts may
// be negative: a part takes back what older parts hold of traces that it knows
// better.
type rollup struct {
	graph    servicegraph.Graph
	versions map[int]int64 // by version of the group's filter: traces that contribute
}

// rollups are the rollups of one part.
type rollups map[rollupKey]*rollup

func (rs rollups) at(k rollupKey) *rollup {
	r := rs[k]
	if r == nil {
		r = &rollup{}
		rs[k] = r
	}
	return r
}

// observe adds sign times the observations of s.
func (rs rollups) observe(s *trace.Summary, sign int64) {
	for m := range servicegraph.Minutes(s) {
		from, to := m*minute, (m+1)*minute
		rs.at(rollupKey{minute: m}).graph.Observe(s, from, to, sign)
		for _, g := range s.Groups {
			r := rs.at(rollupKey{minute: m, group: g.GroupID})
			if r.graph.Observe(s, from, to, sign) {
				r.count(g.Version, sign)
			}
		}
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
	return cmp.Or(cmp.Compare(a.minute, b.minute), cmp.Compare(a.group, b.group))
}
