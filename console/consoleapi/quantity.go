package consoleapi

import (
	"math"
	"slices"
)

// A distribution counts times in ns in logarithmic bins, 64 to a doubling: what it
// knows of a time is within 1.6 %. The zero distribution is empty and ready.
type distribution struct {
	first  int // code of counts[0]
	counts []int64
	n      int64
}

// binBits is how finely a doubling is divided: its logarithm.
const binBits = 6

// codeOf returns the bin of ns, which counts as 1 when it is less: the exponent and
// the first bits of the fraction that a float64 has of it.
func codeOf(ns int64) int {
	return int(math.Float64bits(float64(max(ns, 1))) >> (52 - binBits))
}

// lowOf returns the least time of a bin, in ns.
func lowOf(code int) float64 { return math.Float64frombits(uint64(code) << (52 - binBits)) }

func (d *distribution) add(ns int64) { d.addBin(codeOf(ns), 1) }

func (d *distribution) addBin(code int, n int64) {
	switch {
	case len(d.counts) == 0:
		d.first = code
		d.counts = append(d.counts, 0)
	case code < d.first:
		d.counts = slices.Insert(d.counts, 0, make([]int64, d.first-code)...)
		d.first = code
	case code >= d.first+len(d.counts):
		d.counts = append(d.counts, make([]int64, code-d.first-len(d.counts)+1)...)
	}
	d.counts[code-d.first] += n
	d.n += n
}

func (d *distribution) merge(o *distribution) {
	for i, n := range o.counts {
		if n > 0 {
			d.addBin(o.first+i, n)
		}
	}
}

// quantile returns the q-quantile in ns, the middle of its bin; nil when empty.
func (d *distribution) quantile(q float64) *seconds {
	if d.n == 0 {
		return nil
	}
	rank := max(1, int64(math.Ceil(q*float64(d.n))))
	for i, n := range d.counts {
		if rank -= n; rank <= 0 {
			code := d.first + i
			return new(seconds((lowOf(code) + lowOf(code+1)) / 2))
		}
	}
	return nil
}

// coarse adds up groups of bins, 1<<(binBits-bits) each, so that there are 1<<bits to
// a doubling: counts of the bins from first on, which are whole groups.
func (d *distribution) coarse(bits, first, bins int) []int64 {
	out := make([]int64, bins)
	for i, n := range d.counts {
		if n > 0 {
			out[(d.first+i)>>(binBits-bits)-first] += n
		}
	}
	return out
}

// grid is a range of coarse bins.
type grid struct{ bits, first, bins int }

// gridOf returns the coarse bins that all of the distributions need.
func gridOf(bits int, all ...*distribution) grid {
	g := grid{bits: bits}
	end := 0
	for _, d := range all {
		if d.n == 0 {
			continue
		}
		first, last := d.first>>(binBits-bits), (d.first+len(d.counts)-1)>>(binBits-bits)
		if g.bins == 0 {
			g.first, end = first, last+1
		}
		g.first, end = min(g.first, first), max(end, last+1)
		g.bins = end - g.first
	}
	return g
}

// edges returns the bounds of the bins, one more than there are bins; none when
// there are no bins.
func (g grid) edges() []seconds {
	if g.bins == 0 {
		return []seconds{}
	}
	edges := make([]seconds, g.bins+1)
	for i := range edges {
		edges[i] = seconds(math.Ceil(lowOf((g.first + i) << (binBits - g.bits))))
	}
	return edges
}

func (g grid) of(d *distribution) []int64 { return d.coarse(g.bits, g.first, g.bins) }

// times adds up times in ns.
type times struct {
	distribution
	sum      float64
	min, max int64
}

func (t *times) add(ns int64) {
	if t.n == 0 {
		t.min, t.max = ns, ns
	}
	t.min, t.max = min(t.min, ns), max(t.max, ns)
	t.sum += float64(ns)
	t.distribution.add(ns)
}

type timesAnswer struct {
	Count   int64    `json:"count"`
	Average *seconds `json:"average"`
	Min     *seconds `json:"min"`
	Max     *seconds `json:"max"`
	P50     *seconds `json:"p50"`
	P75     *seconds `json:"p75"`
	P90     *seconds `json:"p90"`
	P95     *seconds `json:"p95"`
	P99     *seconds `json:"p99"`
}

func (t *times) answer() timesAnswer {
	out := timesAnswer{Count: t.n}
	if t.n == 0 {
		return out
	}
	out.Average = new(seconds(t.sum / float64(t.n)))
	out.Min, out.Max = new(seconds(t.min)), new(seconds(t.max))
	for _, q := range []struct {
		at **seconds
		of float64
	}{{&out.P50, 0.5}, {&out.P75, 0.75}, {&out.P90, 0.9}, {&out.P95, 0.95}, {&out.P99, 0.99}} {
		v := t.quantile(q.of)
		*q.at = new(min(max(*v, seconds(t.min)), seconds(t.max)))
	}
	return out
}

// outcomes counts by outcome.
type outcomes struct {
	OK       int64 `json:"ok"`
	Error    int64 `json:"error"`
	Throttle int64 `json:"throttle"`
	Fault    int64 `json:"fault"`
}

func outcomesOf(counts [4]int64) outcomes {
	return outcomes{OK: counts[0], Error: counts[1], Throttle: counts[2], Fault: counts[3]}
}
