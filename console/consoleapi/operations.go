package consoleapi

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// maxOperations is how many operations of a node are told apart.
const maxOperations = 2000

type (
	operationsAnswer struct {
		Scanned    int               `json:"scanned"`
		Complete   bool              `json:"complete"`
		Distinct   int               `json:"distinct"`
		Other      int64             `json:"other"`
		Operations []operationAnswer `json:"operations"`
	}
	operationAnswer struct {
		Method   *string     `json:"method"`
		URL      *string     `json:"url"`
		Filter   *string     `json:"filter"`
		Count    int64       `json:"count"`
		Outcomes outcomes    `json:"outcomes"`
		Times    timesAnswer `json:"times"`
	}
)

// operation is what a node was asked for.
type operation struct{ method, url text }

// operationStats are the statistics of one operation.
type operationStats struct {
	outcomes [4]int64
	count    int64
	times    times
}

// nodeOperations counts what a node was asked for.
type nodeOperations struct {
	pattern servicegraph.NodePattern
	scanned int
	known   map[operation]*operationStats
	other   int64
}

// operations answers with what a node was asked for.
func (a *API) operations(r *http.Request) (any, error) {
	q := r.URL.Query()
	s, err := a.spanOf(q)
	if err != nil {
		return nil, err
	}
	top, err := count(q, "top", defaultTop, maxTop)
	if err != nil {
		return nil, err
	}
	n := nodeOperations{known: map[operation]*operationStats{}}
	scope, err := a.operationsScope(q, &n.pattern)
	if err != nil {
		return nil, err
	}
	scan := store.Scan{Start: s.from, End: s.to, Predicate: scope, Limit: pageOfAnalysis, MaxScanned: maxAnalyzed}
	for {
		page, err := a.opts.Store.Scan(r.Context(), scan)
		if err != nil {
			return nil, err
		}
		for _, sum := range page.Summaries {
			n.add(sum)
		}
		if scan.Cursor = page.Cursor; scan.Cursor == "" || n.scanned >= maxAnalyzed {
			break
		}
	}
	return n.answer(top, scan.Cursor == ""), nil
}

// operationsScope reads which node is meant, and returns what traces touch it.
func (a *API) operationsScope(q url.Values, p *servicegraph.NodePattern) (*filter.Predicate, error) {
	if q.Get("name") == "" {
		return nil, wrong("name", "the name of a node is missing")
	}
	p.Name = new(q.Get("name"))
	if q.Has("type") {
		p.Type = new(q.Get("type"))
	}
	if q.Has("account") {
		p.AccountID = new(q.Get("account"))
	}
	selector := selectorOf(p)
	// The expression is compiled alone first, so that its faults have places.
	if _, err := a.compile("q", q.Get("q")); err != nil {
		return nil, err
	}
	if expression := q.Get("q"); strings.TrimSpace(expression) != "" {
		selector += " AND (" + expression + ")"
	}
	return a.predicateOf(url.Values{"g": q["g"], "q": {selector}})
}

func (n *nodeOperations) add(s *trace.Summary) {
	n.scanned++
	for i := range s.NodeObservations {
		o := &s.NodeObservations[i]
		if n.pattern.Match(s.Nodes[o.Node]) {
			n.addObservation(&o.Observation)
		}
	}
}

func (n *nodeOperations) addObservation(o *trace.Observation) {
	key := operation{textAs(o.HTTP.Method), textAs(o.HTTP.URL)}
	st := n.known[key]
	if st == nil {
		if len(n.known) >= maxOperations {
			n.other++
			return
		}
		st = &operationStats{}
		n.known[operation{keepText(key.method), keepText(key.url)}] = st
	}
	st.count++
	st.outcomes[o.Flags.Outcome()]++
	if o.ResponseTime != trace.Unknown {
		st.times.add(o.ResponseTime)
	}
}

func (n *nodeOperations) answer(top int, complete bool) operationsAnswer {
	out := operationsAnswer{
		Scanned: n.scanned, Complete: complete, Distinct: len(n.known), Other: n.other, Operations: []operationAnswer{},
	}
	keys := make([]operation, 0, len(n.known))
	for key := range n.known {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y operation) int {
		return cmp.Or(cmp.Compare(n.known[y].count, n.known[x].count), cmp.Compare(x.url.s, y.url.s), cmp.Compare(x.method.s, y.method.s))
	})
	for _, key := range keys[:min(top, len(keys))] {
		st := n.known[key]
		out.Operations = append(out.Operations, operationAnswer{
			Method: orNull(key.method.s), URL: orNull(key.url.s), Filter: n.filter(key),
			Count: st.count, Outcomes: outcomesOf(st.outcomes), Times: st.times.answer(),
		})
	}
	return out
}

// filter selects the traces in which the node did the operation; nil for work that
// was no request.
func (n *nodeOperations) filter(o operation) *string {
	var terms []string
	if o.method.s != "" {
		terms = append(terms, o.method.compare(keywordMethod))
	}
	if o.url.s != "" {
		terms = append(terms, o.url.compare("http.url"))
	}
	if len(terms) == 0 {
		return nil
	}
	return new(selectorOf(&n.pattern) + " { " + strings.Join(terms, " AND ") + " }")
}
