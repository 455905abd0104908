package consoleapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

const (
	maxAnalyzed    = 1_000_000 // traces of one request
	pageOfAnalysis = 4096      // summaries that are in memory at once
	defaultTop     = 20
	maxTop         = 200
	defaultPeriods = 60
	maxPeriods     = 500
)

// side is one of the sets of traces that are compared.
type side uint8

const (
	sideA side = iota
	sideB
	sideRest
	sides
)

// perSide is a count for each set.
type perSide [sides]int64

// membership is a set of sides.
type membership [sides]bool

// count adds one for each set of m.
func (c *perSide) count(m membership) {
	for s, in := range m {
		if in {
			c[s]++
		}
	}
}

// analysis compares sets of traces.
type analysis struct {
	span   span
	clock  store.Clock
	scope  *filter.Predicate // which traces there are
	a, b   *filter.Predicate
	hasB   bool
	top    int
	most   int // traces
	fields []field
	sets   [sides]set

	scanned   int
	scannedTo time.Time
	series    series
}

// set adds up one set.
type set struct {
	outcomes               [4]int64
	count, partial         int64
	responseTime, duration times
}

func (g *set) add(s *trace.Summary) {
	g.count++
	g.outcomes[s.Flags.Outcome()]++
	if s.IsPartial {
		g.partial++
	}
	if s.ResponseTime != trace.Unknown {
		g.responseTime.add(s.ResponseTime)
	}
	if s.Duration != trace.Unknown {
		g.duration.add(s.Duration)
	}
}

// analyze compares two sets of traces.
func (a *API) analyze(r *http.Request) (any, error) {
	an, err := a.analysisOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if err := an.run(r.Context(), a.opts.Store); err != nil {
		return nil, err
	}
	return an.answer(), nil
}

func (a *API) analysisOf(q url.Values) (*analysis, error) {
	an := &analysis{hasB: strings.TrimSpace(q.Get("b")) != ""}
	var err error
	if an.span, err = a.spanOf(q); err != nil {
		return nil, err
	}
	switch clock := q.Get("clock"); clock {
	case "", "start":
	case "received":
		an.clock = store.ByReceipt
	default:
		return nil, wrong("clock", "%q must be start or received", clock)
	}
	if an.scope, err = a.predicateOf(url.Values{"g": q["g"]}); err != nil {
		return nil, err
	}
	if an.a, err = a.compile("a", q.Get("a")); err != nil {
		return nil, err
	}
	if an.b, err = a.compile("b", q.Get("b")); err != nil {
		return nil, err
	}
	if an.top, err = count(q, "top", defaultTop, maxTop); err != nil {
		return nil, err
	}
	if an.most, err = count(q, "max", maxAnalyzed, maxAnalyzed); err != nil {
		return nil, err
	}
	periods, err := count(q, "buckets", defaultPeriods, maxPeriods)
	if err != nil {
		return nil, err
	}
	an.series = newSeries(an.span, periods)
	if an.fields, err = fieldsOf(q.Get("fields")); err != nil {
		return nil, err
	}
	return an, nil
}

// run looks at every trace, newest first.
func (an *analysis) run(ctx context.Context, st Reader) error {
	scan := store.Scan{
		Clock: an.clock, Start: an.span.from, End: an.span.to, Predicate: an.scope,
		Limit: pageOfAnalysis, MaxScanned: an.most,
	}
	for {
		scan.Limit = min(pageOfAnalysis, an.most-an.scanned)
		page, err := st.Scan(ctx, scan)
		if err != nil {
			return err
		}
		for _, s := range page.Summaries {
			an.add(s)
		}
		an.scanned += len(page.Summaries)
		an.scannedTo = page.ScannedTo
		scan.Cursor = page.Cursor
		if page.Cursor == "" {
			an.scannedTo = an.span.from
			return nil
		}
		if an.scanned >= an.most {
			return nil
		}
	}
}

func (an *analysis) add(s *trace.Summary) {
	m := membership{sideA: an.a.Match(s), sideB: an.hasB && an.b.Match(s)}
	m[sideRest] = !m[sideA] && !m[sideB]
	for i, in := range m {
		if in {
			an.sets[i].add(s)
		}
	}
	at := s.StartTime
	if an.clock == store.ByReceipt {
		at = s.LastReceived
	}
	an.series.add(at, s, m)
	for _, f := range an.fields {
		f.add(s, m)
	}
}

// analyzeAnswer is an analysis on the wire. The sets' members are nil when there is
// no B.
type (
	analyzeAnswer struct {
		From         seconds           `json:"from"`
		To           seconds           `json:"to"`
		Scanned      int               `json:"scanned"`
		Complete     bool              `json:"complete"`
		ScannedTo    seconds           `json:"scannedTo"`
		Sets         each[setAnswer]   `json:"sets"`
		ResponseTime histogram         `json:"responseTime"`
		Duration     histogram         `json:"duration"`
		Series       seriesAnswer      `json:"series"`
		Heat         heatAnswer        `json:"heat"`
		Differences  []fieldDifference `json:"differences"`
		Fields       []fieldAnswer     `json:"fields"`
	}
	each[T any] struct {
		A    T  `json:"a"`
		B    *T `json:"b"`
		Rest T  `json:"rest"`
	}
	setAnswer struct {
		Count        int64       `json:"count"`
		Outcomes     outcomes    `json:"outcomes"`
		Partial      int64       `json:"partial"`
		ResponseTime timesAnswer `json:"responseTime"`
		Duration     timesAnswer `json:"duration"`
	}
	histogram struct {
		Edges []seconds `json:"edges"`
		each[[]int64]
	}
)

// eachOf makes the answer of each set.
func eachOf[T any](hasB bool, of func(side) T) each[T] {
	out := each[T]{A: of(sideA), Rest: of(sideRest)}
	if hasB {
		out.B = new(of(sideB))
	}
	return out
}

func (an *analysis) answer() analyzeAnswer {
	out := analyzeAnswer{
		From: seconds(an.span.from.UnixNano()), To: seconds(an.span.to.UnixNano()),
		Scanned: an.scanned, ScannedTo: seconds(an.scannedTo.UnixNano()), Complete: !an.scannedTo.After(an.span.from),
		Sets: eachOf(an.hasB, func(s side) setAnswer {
			g := &an.sets[s]
			return setAnswer{
				Count: g.count, Outcomes: outcomesOf(g.outcomes), Partial: g.partial,
				ResponseTime: g.responseTime.answer(), Duration: g.duration.answer(),
			}
		}),
		ResponseTime: an.histogram(func(g *set) *distribution { return &g.responseTime.distribution }),
		Duration:     an.histogram(func(g *set) *distribution { return &g.duration.distribution }),
		Series:       an.series.answer(an.hasB),
		Heat:         an.series.heat(an.hasB),
		Differences:  an.differences(),
		Fields:       []fieldAnswer{},
	}
	for _, f := range an.fields {
		out.Fields = append(out.Fields, f.answers(an)...)
	}
	return out
}

// histogramBits gives a doubling eight bins.
const histogramBits = 3

func (an *analysis) histogram(of func(*set) *distribution) histogram {
	a, b, rest := of(&an.sets[sideA]), of(&an.sets[sideB]), of(&an.sets[sideRest])
	g := gridOf(histogramBits, a, b, rest)
	return histogram{g.edges(), eachOf(an.hasB, func(s side) []int64 { return g.of(of(&an.sets[s])) })}
}

// other is the set that A is compared with.
func (an *analysis) other() side {
	if an.hasB {
		return sideB
	}
	return sideRest
}

// differences returns what differs most, one of each field.
func (an *analysis) differences() []fieldDifference {
	out := []fieldDifference{}
	if an.sets[sideA].count == 0 || an.sets[an.other()].count == 0 {
		return out
	}
	for _, f := range an.fields {
		out = append(out, f.differences(an)...)
	}
	slices.SortStableFunc(out, func(x, y fieldDifference) int { return x.compare(&y) })
	return out
}
