package consoleapi

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// sampledTraces is how many traces completion looks at.
const sampledTraces = 500

// Keywords whose values completion takes from a sample alone.
const (
	keywordMethod    = "http.method"
	keywordStatus    = "http.status"
	keywordUserAgent = "http.useragent"
	keywordClientIP  = "http.clientip"
	keywordZone      = "availabilityzone"
	keywordInstance  = "instance.id"
	keywordResource  = "resource.arn"
	keywordMessage   = "message"
)

// counted says of values in how many traces they are.
type counted map[string]int

// sample has the values of a few traces.
type sample struct {
	traces                 int
	names, types, accounts counted
	urls, users, keys      counted
	values                 map[string]counted // by keyword
	annotations            map[string]map[segment.Value]int
	seen                   map[entry]bool // of the trace at hand
}

// entry is a value of one list.
type entry struct {
	list  string
	value string
}

// sample looks at the newest traces of s that match scope.
func (a *API) sample(ctx context.Context, s span, scope *filter.Predicate) (*sample, error) {
	page, err := a.opts.Store.Scan(ctx, store.Scan{
		Start: s.from, End: s.to, Predicate: scope, Limit: sampledTraces, MaxScanned: 20 * sampledTraces,
	})
	if err != nil {
		return nil, err
	}
	out := &sample{
		names: counted{}, types: counted{}, accounts: counted{}, urls: counted{}, users: counted{}, keys: counted{},
		values: map[string]counted{}, annotations: map[string]map[segment.Value]int{},
	}
	for _, sum := range page.Summaries {
		out.add(sum)
	}
	return out, nil
}

func (s *sample) add(sum *trace.Summary) {
	s.traces++
	s.seen = map[entry]bool{}
	for _, n := range sum.Nodes {
		s.count(s.names, "name", n.Name)
		s.count(s.types, "type", n.Type)
		s.count(s.accounts, "account", n.AccountID)
	}
	s.request(&sum.HTTP)
	for i := range sum.NodeObservations {
		s.request(&sum.NodeObservations[i].HTTP)
	}
	for _, u := range sum.Users {
		s.count(s.users, "user", u)
	}
	s.value(keywordZone, sum.AvailabilityZones...)
	s.value(keywordInstance, sum.InstanceIDs...)
	s.value(keywordResource, sum.ResourceARNs...)
	for _, list := range [][]trace.RootCause{sum.FaultCauses, sum.ErrorCauses} {
		for x := range exceptionsOf(list) {
			s.value(keywordMessage, x.Message)
		}
	}
	for _, an := range sum.Annotations {
		s.count(s.keys, "key", an.Key)
		if s.annotations[an.Key] == nil {
			s.annotations[an.Key] = map[segment.Value]int{}
		}
		s.annotations[an.Key][an.Value]++
	}
}

func (s *sample) request(h *trace.HTTP) {
	s.count(s.urls, "url", h.URL)
	s.value(keywordMethod, h.Method)
	s.value(keywordUserAgent, h.UserAgent)
	s.value(keywordClientIP, h.ClientIP)
	if h.Status != 0 {
		s.value(keywordStatus, strconv.Itoa(h.Status))
	}
}

func (s *sample) value(keyword string, values ...string) {
	list := s.values[keyword]
	if list == nil {
		list = counted{}
		s.values[keyword] = list
	}
	for _, v := range values {
		s.count(list, keyword, v)
	}
}

// count counts a value once for each trace.
func (s *sample) count(list counted, name, value string) {
	key := entry{name, value}
	if value != "" && !s.seen[key] {
		s.seen[key] = true
		list[value]++
	}
}

// typesOf names the types of the values that a key was seen with.
func (s *sample) typesOf(key string) string {
	var types []string
	for v := range s.annotations[key] {
		if t := v.Kind.String(); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return strings.Join(types, " | ")
}

// textOf is the value of an annotation for people.
func textOf(v segment.Value) string {
	switch v.Kind {
	case segment.NumberValue:
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	case segment.BooleanValue:
		return strconv.FormatBool(v.Bool)
	case segment.StringValue:
	}
	return v.String
}

// literal is the value of an annotation in an expression.
func literal(v segment.Value) string {
	if v.Kind == segment.StringValue {
		return filter.Quote(v.String)
	}
	return textOf(v)
}
