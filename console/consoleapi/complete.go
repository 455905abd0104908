package consoleapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
)

// maxItems bounds how many values are suggested.
const maxItems = 100

// item is one way to go on. From and the outer to count UTF-16 units.
type item struct {
	Label  string `json:"label"`
	Insert string `json:"insert"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
	Count  *int   `json:"count"`
	From   int    `json:"from"`
}

type completeAnswer struct {
	From    int    `json:"from"`
	To      int    `json:"to"`
	Sampled int    `json:"sampled"`
	Items   []item `json:"items"`
}

// complete suggests how an expression can go on.
func (a *API) complete(r *http.Request) (any, error) {
	q := r.URL.Query()
	s, err := a.spanOf(q)
	if err != nil {
		return nil, err
	}
	source := q.Get("q")
	at := len(source)
	if text := q.Get("pos"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, wrong("pos", "%q must be a whole number, not negative", text)
		}
		at = bytesOf(source, n)
	}
	c := completion{api: a, ctx: r.Context(), span: s}
	out := completeAnswer{To: units(source[:at]), From: units(source[:at]), Items: []item{}}
	for _, suggestion := range filter.Complete(source, at) {
		items, err := c.items(suggestion)
		if err != nil {
			return nil, err
		}
		from := units(source[:suggestion.Offset])
		for i := range items {
			items[i].Kind, items[i].From = string(suggestion.Kind), from
		}
		if len(items) > 0 {
			out.From = min(out.From, from)
		}
		out.Items = append(out.Items, items...)
	}
	if c.sampled != nil {
		out.Sampled = c.sampled.traces
	}
	return out, nil
}

// completion turns suggestions into items with values.
type completion struct {
	api     *API
	ctx     context.Context //nolint:containedctx // a completion lives as long as one request
	span    span
	sampled *sample // nil until it is needed
}

// items returns what s stands for, without kinds and places.
func (c *completion) items(s filter.Suggestion) ([]item, error) {
	switch s.Kind {
	case filter.SuggestKeyword, filter.SuggestOperator, filter.SuggestLiteral:
		return []item{{Label: s.Text, Insert: s.Text, Detail: s.Detail}}, nil
	case filter.SuggestGroupName:
		return c.groups(s.Text, false), nil
	case filter.SuggestGroupARN:
		return c.groups(s.Text, true), nil
	case filter.SuggestNodeName, filter.SuggestNodeType, filter.SuggestAccount,
		filter.SuggestAnnotationKey, filter.SuggestAnnotationValue, filter.SuggestValue:
	}
	if err := c.look(); err != nil {
		return nil, err
	}
	switch s.Kind { //nolint:exhaustive // the others are above
	case filter.SuggestNodeName:
		return c.texts(c.sampled.names, s.Text, store.FieldNodeName)
	case filter.SuggestNodeType:
		return c.texts(c.sampled.types, s.Text, store.FieldNodeType)
	case filter.SuggestAccount:
		return matching(c.sampled.accounts, s.Text, quoted), nil
	case filter.SuggestAnnotationKey:
		return c.keys(s)
	case filter.SuggestAnnotationValue:
		return c.annotationValues(s)
	}
	switch s.Detail {
	case "http.url":
		return c.texts(c.sampled.urls, s.Text, store.FieldURL)
	case "user":
		return c.texts(c.sampled.users, s.Text, store.FieldUser)
	}
	return matching(c.sampled.values[s.Detail], s.Text, plainOrQuoted(s.Detail)), nil
}

func quoted(label string) string { return filter.Quote(label) }

// plainOrQuoted returns how values of a keyword are written.
func plainOrQuoted(keyword string) func(string) string {
	if keyword == keywordStatus {
		return func(label string) string { return label }
	}
	return quoted
}

// look takes the sample when it is needed.
func (c *completion) look() (err error) {
	if c.sampled == nil {
		c.sampled, err = c.api.sample(c.ctx, c.span)
	}
	return err
}

func (c *completion) groups(typed string, byARN bool) []item {
	var items []item
	for _, g := range c.api.opts.Groups.List() {
		label := g.Name
		if byARN {
			label = c.api.opts.Groups.ARN(g)
		}
		if contains(label, typed) {
			items = append(items, item{Label: label, Insert: filter.Quote(label), Detail: g.Filter})
		}
	}
	return items[:min(len(items), maxItems)]
}

// texts returns the sampled values that contain what was typed, then those of the
// whole range that begin with it.
func (c *completion) texts(known counted, typed string, field store.Field) ([]item, error) {
	items := matching(known, typed, quoted)
	more, err := c.more(field, "", typed)
	if err != nil {
		return nil, err
	}
	return withMore(items, more, func(label string) item { return item{Label: label, Insert: filter.Quote(label)} }), nil
}

func (c *completion) more(field store.Field, key, typed string) ([]string, error) {
	return c.api.opts.Store.Values(c.ctx, store.ValuesQuery{
		Field: field, Key: key, Prefix: typed, Start: c.span.from, End: c.span.to, Limit: maxItems,
	})
}

func (c *completion) keys(s filter.Suggestion) ([]item, error) {
	insert := func(key string) string { return s.Detail + annotationKey(key) }
	items := matching(c.sampled.keys, s.Text, insert)
	for i := range items {
		items[i].Detail = c.sampled.typesOf(items[i].Label)
	}
	more, err := c.more(store.FieldAnnotationKey, "", s.Text)
	if err != nil {
		return nil, err
	}
	return withMore(items, more, func(label string) item { return item{Label: label, Insert: insert(label)} }), nil
}

// annotationKey is what follows the word annotation for that key.
func annotationKey(key string) string {
	for i := range len(key) {
		if !isWord(key[i]) || key[i] == '.' {
			return "[" + filter.Quote(key) + "]"
		}
	}
	return "." + key
}

// annotationValues returns the values of a key: those that were seen, and, of keys
// that have only strings, others of the range.
func (c *completion) annotationValues(s filter.Suggestion) ([]item, error) {
	var items []item
	for value, n := range c.sampled.annotations[s.Detail] {
		label, insert := textOf(value), literal(value)
		if contains(label, s.Text) {
			items = append(items, item{Label: label, Insert: insert, Detail: value.Kind.String(), Count: new(n)})
		}
	}
	items = ranked(items)
	if types := c.sampled.typesOf(s.Detail); types != "" && types != "string" {
		return items, nil
	}
	more, err := c.more(store.FieldAnnotationValue, s.Detail, s.Text)
	if err != nil {
		return nil, err
	}
	return withMore(items, more, func(label string) item {
		return item{Label: label, Insert: filter.Quote(label), Detail: "string"}
	}), nil
}

// matching returns the labels that contain what was typed, in order of counts.
func matching(known counted, typed string, insert func(string) string) []item {
	var items []item
	for label, n := range known {
		if contains(label, typed) {
			items = append(items, item{Label: label, Insert: insert(label), Count: new(n)})
		}
	}
	return ranked(items)
}

func ranked(items []item) []item {
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(*b.Count, *a.Count), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Insert, b.Insert))
	})
	return items[:min(len(items), maxItems)]
}

// withMore appends items for the labels that are not there, as far as there is room.
func withMore(items []item, labels []string, make func(string) item) []item {
	have := map[string]bool{}
	for i := range items {
		have[items[i].Label] = true
	}
	for _, label := range labels {
		if len(items) < maxItems && !have[label] {
			items = append(items, make(label))
		}
	}
	return items
}

// contains reports whether typed is in label, in either case.
func contains(label, typed string) bool {
	return strings.Contains(strings.ToLower(label), strings.ToLower(typed))
}
