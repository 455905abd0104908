package insight

import (
	"cmp"
	"math"
	"slices"
)

// The model's constants, in minutes unless they say otherwise. docs/insights.md
// explains them.
const (
	windowMinutes   = 5       // that are judged, and the length of the periods of the past
	baselineMinutes = 6 * 60  // of the past that say what to expect
	minPeriods      = 6       // of the past with requests
	minBaseline     = 100     // requests in the past
	minWindow       = 20      // requests in the minutes that are judged
	minHot          = 3       // minutes of the window that are too bad each
	tail            = 11.5129 // ln(1/α) for α = 10⁻⁵, of periods
	minuteTail      = 2.9957  // for α = 1/20, of single minutes
)

// Model says what a service's recent past leads one to expect: faults come at a
// rate that itself varies from one period to the next (a beta-binomial model).
type Model struct {
	Rate     float64 `json:"rate"`     // of faults
	Spread   float64 `json:"spread"`   // correlation of requests in one period: 0 when the rate does not vary
	Requests int64   `json:"requests"` // that it is known from
}

// Range is what a [Model] expects of a number of requests.
type Range struct{ Low, Expected, High float64 }

// Expect returns how many of n requests are faults if nothing has changed. The upper
// limit is Bernstein's, at which less than one period in a hundred thousand is above
// by chance, so it is some faults above even a rate of zero.
func (m Model) Expect(n int64) Range { return m.expect(n, tail) }

// expect is Expect with another chance α, as ln(1/α).
func (m Model) expect(n int64, tail float64) Range {
	f := float64(n)
	mean := f * m.Rate
	one := m.Rate * (1 - m.Rate) // of one request
	variance := f * one * (1 + math.Max(0, f-1)*m.Spread)
	if m.Requests > 0 { // the rate is an estimate
		variance += f * f * one / float64(m.Requests)
	}
	half := math.Sqrt(2 * tail * variance)
	return Range{
		Low:      math.Max(0, mean-half),
		Expected: mean,
		High:     math.Min(f, mean+half+tail/3),
	}
}

// notable is the rate from which faults are worth an insight: one percentage point,
// or half of what is usual, more than usual.
func (m Model) notable() float64 {
	return m.Rate + math.Max(0.01, m.Rate*(1-m.Rate)/2)
}

// exceeded reports whether the counts of some minutes are out of the ordinary.
func (m Model) exceeded(c Counts) bool {
	return c.Total >= minWindow && c.Rate() >= m.notable() && float64(c.Fault) > m.Expect(c.Total).High
}

// hot reports whether a minute on its own is worse than usual. It says little alone:
// one in twenty is by chance.
func (m Model) hot(c Counts) bool {
	return c.Fault > 0 && c.Rate() >= m.notable() && float64(c.Fault) >= m.expect(c.Total, minuteTail).High
}

// fit returns the model of some periods, and whether they are enough. The half with
// the lowest rates is believed; others follow, from the lowest to the highest rate,
// as long as those before lead one to expect them. So an outage in the past does not
// count as usual unless it took half of it.
func fit(periods []Counts) (Model, bool) {
	slices.SortFunc(periods, func(a, b Counts) int {
		return cmp.Or(cmp.Compare(a.Rate(), b.Rate()), cmp.Compare(a.Total, b.Total), cmp.Compare(a.OK, b.OK))
	})
	kept := (len(periods) + 1) / 2
	m := estimate(periods[:kept])
	for kept < len(periods) {
		next := periods[kept]
		if float64(next.Fault) > m.Expect(next.Total).High {
			break
		}
		kept++
		m = estimate(periods[:kept])
	}
	return m, len(periods) >= minPeriods && m.Requests >= minBaseline
}

// estimate returns the model of periods, all of which have requests, by the method
// of moments.
func estimate(periods []Counts) Model {
	var sum Counts
	for _, c := range periods {
		sum.add(c)
	}
	// Half a fault in one request more keeps the rate from being 0 or 1.
	m := Model{Rate: (float64(sum.Fault) + 0.5) / (float64(sum.Total) + 1), Requests: sum.Total}
	var squares, weight float64
	for _, c := range periods {
		n := float64(c.Total)
		d := float64(c.Fault) - n*m.Rate
		squares += d * d / (n * m.Rate * (1 - m.Rate))
		weight += n - 1
	}
	if weight > 0 {
		m.Spread = math.Min(0.5, math.Max(0, (squares-float64(len(periods)))/weight))
	}
	return m
}

// Series are counts by minute since the epoch. Minutes that are not there have had
// no requests.
type Series map[int64]Counts

// Model returns what the minutes before one lead one to expect of it, and whether
// they are enough to tell.
func (s Series) Model(minute int64) (Model, bool) {
	return modelAt(minute, func(first, last int64) Counts {
		var sum Counts
		for m := first; m <= last; m++ {
			sum.add(s[m])
		}
		return sum
	})
}

// Baseline is how much of the time before a minute [Series.Model] reads, in minutes.
const Baseline = baselineMinutes + windowMinutes

// modelAt is the model for the window that ends with a minute. sum adds up minutes.
func modelAt(minute int64, sum func(first, last int64) Counts) (Model, bool) {
	periods := make([]Counts, 0, baselineMinutes/windowMinutes)
	for last := minute - windowMinutes; last > minute-windowMinutes-baselineMinutes; last -= windowMinutes {
		if c := sum(last-windowMinutes+1, last); c.Total > 0 {
			periods = append(periods, c)
		}
	}
	return fit(periods)
}
