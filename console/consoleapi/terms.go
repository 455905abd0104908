package consoleapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
)

// maxCountedTerms bounds how many terms are counted one by one.
const maxCountedTerms = 50

type (
	termsRequest struct {
		From  *json.Number `json:"from"`
		To    *json.Number `json:"to"`
		Group string       `json:"g"`
		Query string       `json:"q"`
	}
	termsAnswer struct {
		Terms    []termAnswer `json:"terms"`
		Total    int64        `json:"total"`
		Matched  int64        `json:"matched"`
		Complete bool         `json:"complete"`
	}
	termAnswer struct {
		Text         string `json:"text"`
		Count        int64  `json:"count"`
		Without      string `json:"without"`
		CountWithout int64  `json:"countWithout"`
	}
)

// terms counts the traces that match each term of a conjunction, to show which one
// excludes everything.
func (a *API) terms(r *http.Request) (any, error) {
	var in termsRequest
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	s, err := a.spanOfNumbers(in.From, in.To)
	if err != nil {
		return nil, err
	}
	scope, err := a.predicateOf(url.Values{"g": {in.Group}})
	if err != nil {
		return nil, err
	}
	if _, err := a.compile("q", in.Query); err != nil {
		return nil, err
	}
	out, predicates, err := a.termsOf(in.Query)
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
			out.add(predicates, func(p *filter.Predicate) bool { return p.Match(sum) })
		}
		scan.Cursor = page.Cursor
		out.Complete = scan.Cursor == ""
		if out.Complete || out.Total >= maxAnalyzed {
			return out, nil
		}
	}
}

// termsOf returns the terms of an expression, without counts, and their predicates.
func (a *API) termsOf(expression string) (*termsAnswer, []*filter.Predicate, error) {
	expr, err := filter.Parse(expression)
	if err != nil {
		return nil, nil, err
	}
	terms := expr.Terms()
	if len(terms) > maxCountedTerms {
		return nil, nil, wrong("q", "the expression has more than %d terms", maxCountedTerms)
	}
	out := &termsAnswer{Terms: make([]termAnswer, len(terms))}
	predicates := make([]*filter.Predicate, len(terms))
	texts := make([]string, len(terms))
	for i, t := range terms {
		if predicates[i], err = filter.Compile(t, filter.Options{Group: a.opts.Groups.FilterOf}); err != nil {
			return nil, nil, &parameterError{parameter: "q", err: err}
		}
		out.Terms[i].Text = t.String()
		texts[i] = "(" + t.String() + ")"
	}
	for i := range terms {
		others := append(append([]string{}, texts[:i]...), texts[i+1:]...)
		without, err := filter.Parse(strings.Join(others, " AND "))
		if err != nil {
			return nil, nil, err
		}
		out.Terms[i].Without = without.String()
	}
	return out, predicates, nil
}

// add counts a trace.
func (t *termsAnswer) add(predicates []*filter.Predicate, matches func(*filter.Predicate) bool) {
	t.Total++
	failed, last := 0, 0
	for i, p := range predicates {
		if matches(p) {
			t.Terms[i].Count++
		} else {
			failed++
			last = i
		}
	}
	switch failed {
	case 0:
		t.Matched++
		for i := range t.Terms {
			t.Terms[i].CountWithout++
		}
	case 1:
		t.Terms[last].CountWithout++
	}
}
