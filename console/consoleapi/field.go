package consoleapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/trace"
)

// field counts the values of one field, or of a family of fields, in traces.
type field interface {
	add(s *trace.Summary, m membership)
	answers(an *analysis) []fieldAnswer
	differences(an *analysis) []fieldDifference
}

// single is a field with one table. values returns the distinct values of a trace.
type single[K comparable] struct {
	name string
	table[K]
	values func(s *trace.Summary, scratch []K) []K

	scratch []K
}

func (f *single[K]) add(s *trace.Summary, m membership) {
	f.scratch = f.values(s, f.scratch[:0])
	f.table.add(m, f.scratch...)
}

func (f *single[K]) answers(an *analysis) []fieldAnswer {
	return []fieldAnswer{f.table.answer(an, f.name, nil)}
}

func (f *single[K]) differences(an *analysis) []fieldDifference {
	if d, ok := f.table.difference(an, f.name, nil); ok {
		return []fieldDifference{d}
	}
	return nil
}

// annotationField is the family of fields of annotations.
const annotationField = "annotation"

// fieldNames are all fields in the order in which they are answered.
var fieldNames = []string{
	"outcome", "url", "method", "status", "entry", "node", "user", "instance", "zone", "resource", "userAgent", "clientIp",
	annotationField, "responseTimeRootCause", "faultRootCause", "errorRootCause", "exception",
}

// fieldsOf returns the fields that are named, with commas between; all for "".
// A name annotation.KEY stands for one key.
func fieldsOf(names string) ([]field, error) {
	wanted := fieldNames
	if names != "" {
		wanted = strings.Split(names, ",")
		slices.Sort(wanted)
		wanted = slices.Compact(wanted)
	}
	var fields []field
	var keys []string
	for _, name := range wanted {
		if key, ok := strings.CutPrefix(name, annotationField+"."); ok {
			keys = append(keys, key)
			continue
		}
		f := newField(name)
		if f == nil {
			return nil, wrong("fields", "there is no field %q: there are %s", name, strings.Join(fieldNames, ", "))
		}
		fields = append(fields, f)
	}
	if len(keys) > 0 {
		fields = append(fields, &annotations{only: keys})
	}
	return fields, nil
}

// newField returns an empty field, nil when there is none of that name.
func newField(name string) field {
	switch name {
	case "outcome":
		return textField(name, outcomeFilter, func(s *trace.Summary) string { return s.Flags.Outcome().String() })
	case "url":
		return textField(name, equals("http.url"), func(s *trace.Summary) string { return s.HTTP.URL })
	case "method":
		return textField(name, equals(keywordMethod), func(s *trace.Summary) string { return s.HTTP.Method })
	case "status":
		return textField(name, func(v text) string { return keywordStatus + " = " + v.s }, statusOf)
	case "userAgent":
		return textField(name, equals(keywordUserAgent), func(s *trace.Summary) string { return s.HTTP.UserAgent })
	case "clientIp":
		return textField(name, equals(keywordClientIP), func(s *trace.Summary) string { return s.HTTP.ClientIP })
	case "user":
		return textsField(name, "user", func(s *trace.Summary) []string { return s.Users })
	case "instance":
		return textsField(name, keywordInstance, func(s *trace.Summary) []string { return s.InstanceIDs })
	case "zone":
		return textsField(name, keywordZone, func(s *trace.Summary) []string { return s.AvailabilityZones })
	case "resource":
		return textsField(name, keywordResource, func(s *trace.Summary) []string { return s.ResourceARNs })
	case "entry":
		return nodeField(name, " { root }", func(s *trace.Summary, out []trace.Node) []trace.Node {
			if s.EntryPoint >= 0 {
				out = append(out, s.Nodes[s.EntryPoint])
			}
			return out
		})
	case "node":
		return nodeField(name, "", func(s *trace.Summary, out []trace.Node) []trace.Node {
			for _, n := range s.Nodes {
				if n.Type != trace.NodeTypeClient {
					out = append(out, n)
				}
			}
			return out
		})
	case annotationField:
		return &annotations{}
	}
	return newCauseField(name)
}

func statusOf(s *trace.Summary) string {
	if s.HTTP.Status == 0 {
		return ""
	}
	return strconv.Itoa(s.HTTP.Status)
}

// maxText is how many bytes of a value are looked at.
const maxText = 1 << 10

// text is a value, cut when it is long.
type text struct {
	s   string
	cut bool
}

func textAs(s string) text {
	if len(s) <= maxText {
		return text{s, false}
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return text{s[:n], true}
}

func keepText(t text) text { return text{strings.Clone(t.s), t.cut} }

// compare returns the comparison of a keyword with t.
func (t text) compare(keyword string) string {
	operator := " = "
	if t.cut {
		operator = " BEGINSWITH "
	}
	return keyword + operator + filter.Quote(t.s)
}

func equals(keyword string) func(text) string {
	return func(v text) string { return v.compare(keyword) }
}

// outcomeFilter selects traces by outcome: one outcome excludes those before it.
func outcomeFilter(v text) string {
	switch v.s {
	case segment.Fault.String():
		return "fault AND !throttle"
	case segment.Error.String():
		return "error AND !fault AND !throttle"
	case segment.OK.String():
		return "!error AND !fault AND !throttle"
	}
	return v.s
}

func textTable(filterOf func(text) string) table[text] {
	return table[text]{limit: maxValues, keep: keepText, show: func(v text) valueAnswer {
		return valueAnswer{Value: v.s, Filter: new(filterOf(v))}
	}}
}

// textField is a field of which a trace has one value, or none: "".
func textField(name string, filterOf func(text) string, of func(*trace.Summary) string) field {
	return &single[text]{
		name: name, table: textTable(filterOf),
		values: func(s *trace.Summary, out []text) []text {
			if v := of(s); v != "" {
				out = append(out, textAs(v))
			}
			return out
		},
	}
}

// textsField is a field of which a trace has any number of distinct values.
func textsField(name, keyword string, of func(*trace.Summary) []string) field {
	return &single[text]{
		name: name, table: textTable(equals(keyword)),
		values: func(s *trace.Summary, out []text) []text {
			for _, v := range of(s) {
				// Long values may be the same when they are cut.
				if t := textAs(v); !t.cut || !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
			return out
		},
	}
}

func nodeField(name, body string, values func(*trace.Summary, []trace.Node) []trace.Node) field {
	keep := func(n trace.Node) trace.Node {
		return trace.Node{Name: strings.Clone(n.Name), Type: strings.Clone(n.Type), AccountID: strings.Clone(n.AccountID)}
	}
	return &single[trace.Node]{
		name: name, values: values,
		table: table[trace.Node]{limit: maxValues, keep: keep, show: func(n trace.Node) valueAnswer {
			return valueAnswer{Value: labelOf(n), Filter: new(selectorOf(patternOf(n)) + body), Node: new(nodeOf(n))}
		}},
	}
}

// patternOf matches n alone. Accounts are left out unless they say something.
func patternOf(n trace.Node) *servicegraph.NodePattern {
	p := &servicegraph.NodePattern{Name: &n.Name, Type: &n.Type}
	if n.AccountID != "" {
		p.AccountID = &n.AccountID
	}
	return p
}

// labelOf is a node for people.
func labelOf(n trace.Node) string {
	if n.Type == "" {
		return n.Name
	}
	return n.Name + " (" + n.Type + ")"
}

// selectorOf selects the traces that touch a node of that pattern, which has a name.
func selectorOf(p *servicegraph.NodePattern) string {
	out := "service(id(name: " + filter.Quote(*p.Name)
	if p.Type != nil {
		out += ", type: " + filter.Quote(*p.Type)
	}
	if p.AccountID != nil {
		out += ", account.id: " + filter.Quote(*p.AccountID)
	}
	return out + "))"
}

// maxKeys bounds how many keys of annotations are told apart.
const maxKeys = 100

// annotations is the family of fields of annotations, one for each key.
type annotations struct {
	only    []string // keys; all when empty
	tables  map[string]*table[annotationValue]
	scratch []annotationValue
}

// annotationValue is a value with its text cut.
type annotationValue struct {
	segment.Value
	cut bool
}

// add relies on a summary's annotations being distinct and sorted by key.
func (f *annotations) add(s *trace.Summary, m membership) {
	for i := 0; i < len(s.Annotations); {
		key := s.Annotations[i].Key
		f.scratch = f.scratch[:0]
		for ; i < len(s.Annotations) && s.Annotations[i].Key == key; i++ {
			v := annotationValue{Value: s.Annotations[i].Value}
			t := textAs(v.String)
			v.String, v.cut = t.s, t.cut
			if !v.cut || !slices.Contains(f.scratch, v) {
				f.scratch = append(f.scratch, v)
			}
		}
		if t := f.table(key); t != nil {
			t.add(m, f.scratch...)
		}
	}
}

// table returns the table of a key, nil when it is not wanted or there are too many.
func (f *annotations) table(key string) *table[annotationValue] {
	if t := f.tables[key]; t != nil {
		return t
	}
	if len(f.tables) >= maxKeys || len(f.only) > 0 && !slices.Contains(f.only, key) {
		return nil
	}
	if f.tables == nil {
		f.tables = map[string]*table[annotationValue]{}
	}
	key = strings.Clone(key)
	t := &table[annotationValue]{
		limit: maxValues,
		keep: func(v annotationValue) annotationValue {
			v.String = strings.Clone(v.String)
			return v
		},
		show: func(v annotationValue) valueAnswer {
			expression := annotationField + annotationKey(key) + " = " + literal(v.Value)
			if v.cut {
				expression = text{v.String, true}.compare(annotationField + annotationKey(key))
			}
			return valueAnswer{Value: textOf(v.Value), Filter: &expression, Type: new(v.Kind.String())}
		},
	}
	f.tables[key] = t
	return t
}

// keys returns the keys, those that most traces have first.
func (f *annotations) keys() []string {
	keys := make([]string, 0, len(f.tables))
	for key := range f.tables {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y string) int {
		a, b := f.tables[x].present, f.tables[y].present
		return cmp.Or(cmp.Compare(b[sideA]+b[sideB]+b[sideRest], a[sideA]+a[sideB]+a[sideRest]), cmp.Compare(x, y))
	})
	return keys
}

func (f *annotations) answers(an *analysis) []fieldAnswer {
	var out []fieldAnswer
	for _, key := range f.keys() {
		out = append(out, f.tables[key].answer(an, annotationField+"."+key, &key))
	}
	return out
}

func (f *annotations) differences(an *analysis) []fieldDifference {
	var out []fieldDifference
	for _, key := range f.keys() {
		if d, ok := f.tables[key].difference(an, annotationField+"."+key, &key); ok {
			out = append(out, d)
		}
	}
	return out
}
