package consoleapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// maxWhatIf is the longest range: for each second and rule a number is kept.
const maxWhatIf = 24 * time.Hour

const whatIfCaveat = "Only requests whose traces were kept are known: the rules of then have decided about that, and a rule that keeps more would have kept others, too."

type (
	whatIfRequest struct {
		From   *json.Number `json:"from"`
		To     *json.Number `json:"to"`
		Delete []string     `json:"delete"`
		Upsert []ruleChange `json:"upsert"`
	}
	// ruleChange is a rule, or what changes of one.
	ruleChange struct {
		Name          string            `json:"name"`
		Priority      *int              `json:"priority"`
		FixedRate     *float64          `json:"fixedRate"`
		ReservoirSize *int              `json:"reservoirSize"`
		ServiceName   *string           `json:"serviceName"`
		ServiceType   *string           `json:"serviceType"`
		Host          *string           `json:"host"`
		HTTPMethod    *string           `json:"httpMethod"`
		URLPath       *string           `json:"urlPath"`
		ResourceARN   *string           `json:"resourceArn"`
		Attributes    map[string]string `json:"attributes"`
	}

	whatIfAnswer struct {
		From     seconds  `json:"from"`
		To       seconds  `json:"to"`
		Scanned  int      `json:"scanned"`
		Complete bool     `json:"complete"`
		Requests int64    `json:"requests"`
		Unknown  int64    `json:"unknown"`
		Current  estimate `json:"current"`
		Proposed estimate `json:"proposed"`
		Moved    []moved  `json:"moved"`
		Reported reported `json:"reported"`
		Caveat   string   `json:"caveat"`
	}
	estimate struct {
		Kept  float64        `json:"kept"`
		Rules []ruleEstimate `json:"rules"`
	}
	ruleEstimate struct {
		Name        string  `json:"name"`
		Priority    int     `json:"priority"`
		Requests    int64   `json:"requests"`
		Kept        float64 `json:"kept"`
		ByReservoir int64   `json:"byReservoir"`
		ByRate      float64 `json:"byRate"`
	}
	moved struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Requests int64  `json:"requests"`
	}
	reported struct {
		From  seconds        `json:"from"`
		To    seconds        `json:"to"`
		Rules []ruleReported `json:"rules"`
	}
	ruleReported struct {
		Name     string `json:"name"`
		Requests int64  `json:"requests"`
		Sampled  int64  `json:"sampled"`
		Borrowed int64  `json:"borrowed"`
	}
)

// whatIf says what other rules would have kept.
func (a *API) whatIf(r *http.Request) (any, error) {
	var in whatIfRequest
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	s, err := in.span(a)
	if err != nil {
		return nil, err
	}
	current := a.opts.Sampling.Rules()
	upsert := make([]sampling.Rule, len(in.Upsert))
	for i := range in.Upsert {
		upsert[i] = in.Upsert[i].apply(current)
	}
	proposed, err := sampling.Propose(current, upsert, in.Delete)
	if err != nil {
		return nil, err
	}
	w := comparison{current: newTrial(current), proposed: newTrial(proposed), moves: map[[2]int]int64{}}
	if err := w.run(r.Context(), a.opts.Store, s); err != nil {
		return nil, err
	}
	out := w.answer()
	out.From, out.To = seconds(s.from.UnixNano()), seconds(s.to.UnixNano())
	out.Reported = a.reported()
	return out, nil
}

func (in *whatIfRequest) span(a *API) (span, error) {
	s, err := a.spanOfNumbers(in.From, in.To)
	if err == nil && s.length() > maxWhatIf {
		return s, wrong("from", "the time range is longer than %d hours", int(maxWhatIf.Hours()))
	}
	return s, err
}

// apply returns the rule of c's name as c changes it, or a new one.
func (c *ruleChange) apply(rules []sampling.Rule) sampling.Rule {
	rule := sampling.Rule{Name: c.Name, ServiceName: "*", ServiceType: "*", Host: "*", HTTPMethod: "*", URLPath: "*", ResourceARN: "*"}
	if i := slices.IndexFunc(rules, func(r sampling.Rule) bool { return r.Name == c.Name }); i >= 0 {
		rule = rules[i]
	}
	replace(&rule.Priority, c.Priority)
	replace(&rule.FixedRate, c.FixedRate)
	replace(&rule.ReservoirSize, c.ReservoirSize)
	replace(&rule.ServiceName, c.ServiceName)
	replace(&rule.ServiceType, c.ServiceType)
	replace(&rule.Host, c.Host)
	replace(&rule.HTTPMethod, c.HTTPMethod)
	replace(&rule.URLPath, c.URLPath)
	replace(&rule.ResourceARN, c.ResourceARN)
	if c.Attributes != nil {
		rule.Attributes = c.Attributes
	}
	return rule
}

func replace[T any](member, value *T) {
	if value != nil {
		*member = *value
	}
}

// comparison tries two sets of rules on the same requests.
type comparison struct {
	current, proposed trial
	moves             map[[2]int]int64 // by the rules that decide, of current and of proposed
	scanned           int
	complete          bool
	requests, unknown int64
}

// trial counts which rule of a set decides about requests.
type trial struct {
	rules  []sampling.Rule
	counts []map[int64]int64 // of each rule, requests by second
}

func newTrial(rules []sampling.Rule) trial {
	t := trial{rules: rules, counts: make([]map[int64]int64, len(rules))}
	for i := range t.counts {
		t.counts[i] = map[int64]int64{}
	}
	return t
}

// take counts a request and returns the rule that decides about it.
func (t *trial) take(req *sampling.Request, second int64) int {
	i := sampling.Deciding(t.rules, req)
	t.counts[i][second]++
	return i
}

func (w *comparison) run(ctx context.Context, st Reader, s span) error {
	scan := store.Scan{Start: s.from, End: s.to, Limit: pageOfAnalysis, MaxScanned: maxAnalyzed}
	for {
		page, err := st.Scan(ctx, scan)
		if err != nil {
			return err
		}
		for _, sum := range page.Summaries {
			w.add(sum)
		}
		scan.Cursor = page.Cursor
		w.complete = scan.Cursor == ""
		if w.complete || w.scanned >= maxAnalyzed {
			return nil
		}
	}
}

func (w *comparison) add(s *trace.Summary) {
	w.scanned++
	if s.EntryPoint < 0 {
		w.unknown++
		return
	}
	w.requests++
	req := requestOf(s)
	second := s.StartTime / int64(time.Second)
	w.moves[[2]int{w.current.take(&req, second), w.proposed.take(&req, second)}]++
}

// requestOf is the entry request of a trace as its SDK has shown it to the rules.
func requestOf(s *trace.Summary) sampling.Request {
	entry := s.Nodes[s.EntryPoint]
	req := sampling.Request{ServiceName: entry.Name, ServiceType: entry.Type, HTTPMethod: s.HTTP.Method}
	if u, err := url.Parse(s.HTTP.URL); err == nil {
		req.Host, req.URLPath = u.Hostname(), u.Path
	}
	for i := range s.NodeObservations {
		if o := &s.NodeObservations[i]; o.Root {
			req.ResourceARN = o.ResourceARN
			break
		}
	}
	return req
}

func (w *comparison) answer() whatIfAnswer {
	out := whatIfAnswer{
		Scanned: w.scanned, Complete: w.complete, Requests: w.requests, Unknown: w.unknown,
		Current: w.current.estimate(), Proposed: w.proposed.estimate(), Moved: []moved{}, Caveat: whatIfCaveat,
	}
	for pair, n := range w.moves {
		from, to := w.current.rules[pair[0]].Name, w.proposed.rules[pair[1]].Name
		if from != to {
			out.Moved = append(out.Moved, moved{from, to, n})
		}
	}
	slices.SortFunc(out.Moved, func(x, y moved) int {
		return cmp.Or(cmp.Compare(y.Requests, x.Requests), strings.Compare(x.From, y.From), strings.Compare(x.To, y.To))
	})
	return out
}

// estimate says what the rules can be expected to keep: each second as many as the
// reservoir has, and of the rest the share of the rate.
func (t *trial) estimate() estimate {
	out := estimate{Rules: make([]ruleEstimate, len(t.rules))}
	for i, rule := range t.rules {
		e := ruleEstimate{Name: rule.Name, Priority: rule.Priority}
		for _, n := range t.counts[i] {
			taken := min(n, int64(rule.ReservoirSize))
			e.Requests += n
			e.ByReservoir += taken
		}
		e.ByRate = float64(e.Requests-e.ByReservoir) * rule.FixedRate
		e.Kept = float64(e.ByReservoir) + e.ByRate
		out.Kept += e.Kept
		out.Rules[i] = e
	}
	return out
}

// reported sums up what clients reported in the last half hour.
func (a *API) reported() reported {
	const kept = 30 * time.Minute
	now := a.opts.Now()
	out := reported{From: seconds(now.Add(-kept).UnixNano()), To: seconds(now.UnixNano()), Rules: []ruleReported{}}
	sums := map[string]*ruleReported{}
	for _, w := range a.opts.Sampling.Windows() {
		sum := sums[w.RuleName]
		if sum == nil {
			sum = &ruleReported{Name: w.RuleName}
			sums[w.RuleName] = sum
		}
		sum.Requests += w.Requests
		sum.Sampled += w.Sampled
		sum.Borrowed += w.Borrowed
	}
	for _, rule := range a.opts.Sampling.Rules() {
		if sum := sums[rule.Name]; sum != nil {
			out.Rules = append(out.Rules, *sum)
		}
	}
	return out
}
