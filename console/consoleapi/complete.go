package consoleapi

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/store"
)

// maxItems bounds how many values are suggested.
const maxItems = 100

// item is one way to go on. Count is nil for words of the language, and for values
// that are not in the sample.
type item struct {
	Text   string `json:"text"`
	Label  string `json:"label"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
	Count  *int   `json:"count,omitempty"`
}

// completeAnswer has offsets in UTF-16 units.
type completeAnswer struct {
	From        int    `json:"from"`
	To          int    `json:"to"`
	Sampled     int    `json:"sampled"`
	Suggestions []item `json:"suggestions"`
}

// itemKinds are the kinds of suggestions on the wire.
var itemKinds = map[filter.SuggestionKind]string{
	filter.SuggestKeyword: "keyword", filter.SuggestOperator: "operator", filter.SuggestLiteral: "literal",
	filter.SuggestNodeName: "name", filter.SuggestNodeType: "type", filter.SuggestAccount: "account",
	filter.SuggestGroupName: "group", filter.SuggestGroupARN: "group",
	filter.SuggestAnnotationKey: "key", filter.SuggestAnnotationValue: "value", filter.SuggestValue: "value",
}

// complete suggests how an expression can go on.
func (a *API) complete(r *http.Request) (any, error) {
	q := r.URL.Query()
	s, err := a.spanOf(q)
	if err != nil {
		return nil, err
	}
	c := completion{api: a, ctx: r.Context(), span: s}
	if c.scope, err = a.predicateOf(url.Values{"g": q["g"]}); err != nil {
		return nil, err
	}
	if c.limit, err = count(q, "limit", maxItems, maxItems); err != nil {
		return nil, err
	}
	source := q.Get("text")
	at := len(source)
	if text := q.Get("cursor"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, wrong("cursor", "%q must be a whole number, not negative", text)
		}
		at = bytesOf(source, n)
	}
	out := completeAnswer{To: units(source[:at]), From: units(source[:at]), Suggestions: []item{}}
	for _, suggestion := range filter.Complete(source, at) {
		items, err := c.items(suggestion)
		if err != nil {
			return nil, err
		}
		for i := range items {
			items[i].Kind = itemKinds[suggestion.Kind]
		}
		out.From = units(source[:suggestion.Offset]) // the same for all of them
		out.Suggestions = append(out.Suggestions, items...)
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
	scope   *filter.Predicate
	limit   int     // of values
	sampled *sample // nil until it is needed
}

// items returns what s stands for, without kinds and places.
func (c *completion) items(s filter.Suggestion) ([]item, error) {
	switch s.Kind {
	case filter.SuggestKeyword, filter.SuggestOperator, filter.SuggestLiteral:
		return []item{{Label: s.Text, Text: s.Text, Detail: s.Detail}}, nil
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
		return c.matching(c.sampled.accounts, s.Text, quoted), nil
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
	return c.matching(c.sampled.values[s.Detail], s.Text, plainOrQuoted(s.Detail)), nil
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
		c.sampled, err = c.api.sample(c.ctx, c.span, c.scope)
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
			items = append(items, item{Label: label, Text: filter.Quote(label), Detail: g.Filter})
		}
	}
	return items[:min(len(items), c.limit)]
}

// texts returns the sampled values that contain what was typed, then those of the
// whole range that begin with it.
func (c *completion) texts(known counted, typed string, field store.Field) ([]item, error) {
	items := c.matching(known, typed, quoted)
	more, err := c.more(field, "", typed)
	if err != nil {
		return nil, err
	}
	return c.withMore(items, more, func(label string) item { return item{Label: label, Text: filter.Quote(label)} }), nil
}

// more returns values of the whole range. Of a group only what is in the sample is
// known.
func (c *completion) more(field store.Field, key, typed string) ([]string, error) {
	if c.scope != nil {
		return nil, nil
	}
	return c.api.opts.Store.Values(c.ctx, store.ValuesQuery{
		Field: field, Key: key, Prefix: typed, Start: c.span.from, End: c.span.to, Limit: c.limit,
	})
}

func (c *completion) keys(s filter.Suggestion) ([]item, error) {
	insert := func(key string) string { return s.Detail + annotationKey(key) }
	items := c.matching(c.sampled.keys, s.Text, insert)
	for i := range items {
		items[i].Detail = c.sampled.typesOf(items[i].Label)
	}
	more, err := c.more(store.FieldAnnotationKey, "", s.Text)
	if err != nil {
		return nil, err
	}
	return c.withMore(items, more, func(label string) item { return item{Label: label, Text: insert(label)} }), nil
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
			items = append(items, item{Label: label, Text: insert, Detail: value.Kind.String(), Count: new(n)})
		}
	}
	items = c.ranked(items)
	if types := c.sampled.typesOf(s.Detail); types != "" && types != "string" {
		return items, nil
	}
	more, err := c.more(store.FieldAnnotationValue, s.Detail, s.Text)
	if err != nil {
		return nil, err
	}
	return c.withMore(items, more, func(label string) item {
		return item{Label: label, Text: filter.Quote(label), Detail: "string"}
	}), nil
}

// matching returns the labels that contain what was typed, in order of counts.
func (c *completion) matching(known counted, typed string, insert func(string) string) []item {
	var items []item
	for label, n := range known {
		if contains(label, typed) {
			items = append(items, item{Label: label, Text: insert(label), Count: new(n)})
		}
	}
	return c.ranked(items)
}

func (c *completion) ranked(items []item) []item {
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(*b.Count, *a.Count), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Text, b.Text))
	})
	return items[:min(len(items), c.limit)]
}

// withMore appends items for the labels that are not there, as far as there is room.
func (c *completion) withMore(items []item, labels []string, made func(string) item) []item {
	have := map[string]bool{}
	for i := range items {
		have[items[i].Label] = true
	}
	for _, label := range labels {
		if len(items) < c.limit && !have[label] {
			items = append(items, made(label))
		}
	}
	return items
}

// contains reports whether typed is in label, in either case.
func contains(label, typed string) bool {
	return strings.Contains(strings.ToLower(label), strings.ToLower(typed))
}
