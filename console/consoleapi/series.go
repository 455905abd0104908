package consoleapi

import (
	"time"

	"github.com/radiograph/radiograph/trace"
)

// steps are the lengths of periods that people can read; longer ones are whole days.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// stepOf returns a length of which at most so many are needed for the range.
func stepOf(s span, periods int) time.Duration {
	least := s.length() / time.Duration(periods)
	for _, step := range steps {
		if step >= least {
			return step
		}
	}
	const day = 24 * time.Hour
	return (least + day - 1) / day * day
}

// series counts outcomes and response times by period.
type series struct {
	start, step int64 // ns
	periods     [sides][]period
}

type period struct {
	outcomes [4]int64
	times    distribution
}

func newSeries(s span, periods int) series {
	step := int64(stepOf(s, periods))
	from, to := s.from.UnixNano(), s.to.UnixNano()
	start := from / step * step
	if start > from {
		start -= step
	}
	n := (to - start + step - 1) / step
	out := series{start: start, step: step}
	for i := range out.periods {
		out.periods[i] = make([]period, n)
	}
	return out
}

func (s *series) add(at int64, sum *trace.Summary, m membership) {
	i := (at - s.start) / s.step
	if at < s.start || i >= int64(len(s.periods[0])) {
		return // a scan does not return what is outside of the range
	}
	for side, in := range m {
		if !in {
			continue
		}
		p := &s.periods[side][i]
		p.outcomes[sum.Flags.Outcome()]++
		if sum.ResponseTime != trace.Unknown {
			p.times.add(sum.ResponseTime)
		}
	}
}

type (
	seriesAnswer struct {
		Start seconds `json:"start"`
		Step  seconds `json:"step"`
		each[periodsAnswer]
	}
	periodsAnswer struct {
		OK       []int64    `json:"ok"`
		Error    []int64    `json:"error"`
		Throttle []int64    `json:"throttle"`
		Fault    []int64    `json:"fault"`
		P50      []*seconds `json:"p50"`
		P95      []*seconds `json:"p95"`
	}
	heatAnswer struct {
		Edges []seconds  `json:"edges"`
		A     [][]int64  `json:"a"`
		B     *[][]int64 `json:"b"`
	}
)

func (s *series) answer(hasB bool) seriesAnswer {
	return seriesAnswer{seconds(s.start), seconds(s.step), eachOf(hasB, s.periodsOf)}
}

func (s *series) periodsOf(of side) periodsAnswer {
	periods := s.periods[of]
	out := periodsAnswer{}
	var counts [4][]int64
	for i := range counts {
		counts[i] = make([]int64, len(periods))
	}
	for i := range periods {
		for o, n := range periods[i].outcomes {
			counts[o][i] = n
		}
		out.P50 = append(out.P50, periods[i].times.quantile(0.5))
		out.P95 = append(out.P95, periods[i].times.quantile(0.95))
	}
	out.OK, out.Error, out.Throttle, out.Fault = counts[0], counts[1], counts[2], counts[3]
	return out
}

// heatBits gives a doubling two bins.
const heatBits = 1

func (s *series) heat(hasB bool) heatAnswer {
	var all []*distribution
	for _, of := range []side{sideA, sideB} {
		for i := range s.periods[of] {
			all = append(all, &s.periods[of][i].times)
		}
	}
	g := gridOf(heatBits, all...)
	columns := func(of side) [][]int64 {
		out := make([][]int64, len(s.periods[of]))
		for i := range out {
			out[i] = g.of(&s.periods[of][i].times)
		}
		return out
	}
	out := heatAnswer{Edges: g.edges(), A: columns(sideA)}
	if hasB {
		out.B = new(columns(sideB))
	}
	return out
}
