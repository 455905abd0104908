package filter_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

const second = 1_000_000_000

// parseSummary builds a summary from lines such as
//
//	root web 2.0 status=200 url=http://x/cart user=u1 @tenant=acme
//	node payments 3.5 fault type=AWS::ECS::Container
//	edge web payments 3.6 fault
//	edge web pay-db type=AWS::DynamoDB::Table 0.1
//	cause fault web[web,pay:remote] > payments/AWS::ECS::Container[payments!Timeout=read-timeout]
//	trace partial duration=10
//
// A line starts with what it adds: the root segment with its client, another
// segment, a call (with an inferred segment if the callee has none above), a root
// cause, or properties of the trace. Numbers are response times in seconds; everything ends
// its response time after second 1000. Attributes of edges belong to the call,
// type and account to its callee. A cause lists services with their entities:
// name/type:inferred[name:remote:coverage!exception=message].
func parseSummary(t rapid.TB, text string) *trace.Summary {
	t.Helper()
	b := builder{s: &trace.Summary{
		StartTime: 1000 * second, Duration: trace.Unknown, ResponseTime: trace.Unknown, EntryPoint: -1,
	}}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			if err := b.line(words); err != nil {
				t.Fatalf("summary line %q: %v", line, err)
			}
		}
	}
	b.finish()
	return b.s
}

type builder struct {
	s     *trace.Summary
	entry *trace.Node
}

func (b *builder) line(words []string) error {
	switch words[0] {
	case "root":
		return b.segment(words[1], words[2:], true)
	case "node":
		return b.segment(words[1], words[2:], false)
	case "edge":
		return b.edge(words[1], words[2], words[3:])
	case "cause":
		return b.cause(words[1], words[2:])
	case "trace":
		return b.trace(words[1:])
	}
	return fmt.Errorf("unknown kind %q", words[0])
}

func (b *builder) segment(name string, attributes []string, root bool) error {
	o, n, inferred, err := b.observation(name, attributes)
	if err != nil {
		return err
	}
	b.s.NodeObservations = append(b.s.NodeObservations, trace.NodeObservation{
		Node: b.node(n), Root: root, Inferred: inferred, Observation: o,
	})
	if root {
		b.s.HasRoot, b.s.Flags, b.s.HTTP, b.s.ResponseTime = true, o.Flags, o.HTTP, o.ResponseTime
		b.entry = &n
		client := b.node(trace.Node{Name: name, Type: trace.NodeTypeClient})
		b.s.EdgeObservations = append(b.s.EdgeObservations, trace.EdgeObservation{From: client, To: b.node(n), Observation: o})
	}
	return nil
}

func (b *builder) edge(from, to string, attributes []string) error {
	o, n, inferred, err := b.observation(to, attributes)
	if err != nil {
		return err
	}
	caller := slices.IndexFunc(b.s.Nodes, func(n trace.Node) bool { return n.Name == from && n.Type != trace.NodeTypeClient })
	if caller < 0 {
		return fmt.Errorf("unknown caller %q", from)
	}
	if same := slices.IndexFunc(b.s.Nodes, func(m trace.Node) bool { return m.Name == to && n.Type == "" && m.Type != trace.NodeTypeClient }); same >= 0 {
		n = b.s.Nodes[same]
	}
	inferred = inferred || !slices.Contains(b.s.Nodes, n)
	b.s.EdgeObservations = append(b.s.EdgeObservations, trace.EdgeObservation{From: caller, To: b.node(n), Observation: o})
	if inferred {
		b.s.NodeObservations = append(b.s.NodeObservations, trace.NodeObservation{Node: b.node(n), Inferred: true, Observation: o})
	}
	return nil
}

// node returns the index of n, which it adds if it is new.
func (b *builder) node(n trace.Node) int {
	if i := slices.Index(b.s.Nodes, n); i >= 0 {
		return i
	}
	b.s.Nodes = append(b.s.Nodes, n)
	return len(b.s.Nodes) - 1
}

func (b *builder) observation(name string, attributes []string) (o trace.Observation, n trace.Node, inferred bool, err error) {
	n.Name = name
	o.ResponseTime, o.Duration, o.EndTime = second, second, 1001*second
	for _, a := range attributes {
		key, value, _ := strings.Cut(a, "=")
		switch {
		case a == "inferred":
			inferred = true
		case a == "error":
			o.Flags |= segment.FlagError
		case a == "fault":
			o.Flags |= segment.FlagFault
		case a == "throttle":
			o.Flags |= segment.FlagThrottle
		case a == "open":
			o.ResponseTime, o.Duration, o.EndTime = trace.Unknown, trace.Unknown, trace.Unknown
		case key == "type":
			n.Type = value
		case key == "account":
			n.AccountID = value
		case key == "duration":
			o.Duration, err = seconds(value)
		case key[0] == '@':
			o.Annotations = append(o.Annotations, segment.Annotation{Key: key[1:], Value: annotationValue(value)})
		case value != "":
			err = attribute(&o, key, value)
		default:
			o.ResponseTime, err = seconds(a)
			o.Duration, o.EndTime = o.ResponseTime, 1000*second+o.ResponseTime
		}
		if err != nil {
			return o, n, false, err
		}
	}
	return o, n, inferred, nil
}

func attribute(o *trace.Observation, key, value string) (err error) {
	switch key {
	case "status":
		o.HTTP.Status, err = strconv.Atoi(value)
	case "url":
		o.HTTP.URL = value
	case "method":
		o.HTTP.Method = value
	case "agent":
		o.HTTP.UserAgent = value
	case "ip":
		o.HTTP.ClientIP = value
	case "user":
		o.User = value
	case "arn":
		o.ResourceARN = value
	case "instance":
		o.InstanceID = value
	case "zone":
		o.AvailabilityZone = value
	default:
		err = fmt.Errorf("unknown attribute %q", key)
	}
	return err
}

func seconds(s string) (ns int64, err error) {
	f, err := strconv.ParseFloat(s, 64)
	return int64(f * second), err
}

// annotationValue reads a JSON value, or a string without quotes.
func annotationValue(s string) segment.Value {
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		v = s
	}
	switch v := v.(type) {
	case float64:
		return segment.Value{Kind: segment.NumberValue, Number: v}
	case bool:
		return segment.Value{Kind: segment.BooleanValue, Bool: v}
	default:
		return segment.Value{String: fmt.Sprint(v)}
	}
}

func (b *builder) cause(category string, words []string) error {
	c := trace.RootCause{ClientImpacting: true}
	for _, w := range words {
		if w == ">" {
			continue
		}
		head, path, ok := strings.Cut(strings.TrimSuffix(w, "]"), "[")
		if !ok {
			return fmt.Errorf("no entities in %q", w)
		}
		head, inferred := strings.CutSuffix(head, ":inferred")
		name, typ, _ := strings.Cut(head, "/")
		s := trace.CauseService{Node: trace.Node{Name: name, Type: typ}, Inferred: inferred}
		for e := range strings.SplitSeq(path, ",") {
			s.Entities = append(s.Entities, causeEntity(e))
		}
		c.Services = append(c.Services, s)
	}
	switch category {
	case "fault":
		b.s.FaultCauses = append(b.s.FaultCauses, c)
	case "error":
		b.s.ErrorCauses = append(b.s.ErrorCauses, c)
	case "responsetime":
		b.s.ResponseTimeCauses = append(b.s.ResponseTimeCauses, c)
	}
	return nil
}

func causeEntity(text string) trace.CauseEntity {
	head, exceptions, _ := strings.Cut(text, "!")
	parts := strings.Split(head, ":")
	e := trace.CauseEntity{Name: parts[0]}
	for _, p := range parts[1:] {
		if coverage, err := strconv.ParseFloat(p, 64); err == nil {
			e.Coverage = coverage
		} else {
			e.Remote = true
		}
	}
	for x := range strings.SplitSeq(exceptions, "!") {
		if name, message, ok := strings.Cut(x, "="); ok {
			e.Exceptions = append(e.Exceptions, trace.CauseException{Name: name, Message: message})
		}
	}
	return e
}

func (b *builder) trace(words []string) (err error) {
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "partial":
			b.s.IsPartial = true
		case "duration":
			b.s.Duration, err = seconds(value)
		default:
			err = fmt.Errorf("unknown property %q", key)
		}
	}
	return err
}

// finish sorts the nodes and gathers what the trace has of its observations.
func (b *builder) finish() {
	s := b.s
	before := slices.Clone(s.Nodes)
	slices.SortFunc(s.Nodes, func(a, b trace.Node) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.AccountID, b.AccountID))
	})
	index := func(i int) int { return slices.Index(s.Nodes, before[i]) }
	for i := range s.NodeObservations {
		o := &s.NodeObservations[i]
		o.Node = index(o.Node)
		b.gather(&o.Observation)
	}
	for i := range s.EdgeObservations {
		o := &s.EdgeObservations[i]
		o.From, o.To = index(o.From), index(o.To)
		b.gather(&o.Observation)
	}
	if b.entry != nil {
		s.EntryPoint = slices.Index(s.Nodes, *b.entry)
	}
	for _, list := range []*[]string{&s.Users, &s.ResourceARNs, &s.InstanceIDs, &s.AvailabilityZones} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(s.Annotations, func(a, b segment.Annotation) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(fmt.Sprint(a.Value), fmt.Sprint(b.Value)))
	})
	s.Annotations = slices.Compact(s.Annotations)
}

func (b *builder) gather(o *trace.Observation) {
	b.s.Annotations = append(b.s.Annotations, o.Annotations...)
	for value, list := range map[string]*[]string{
		o.User: &b.s.Users, o.ResourceARN: &b.s.ResourceARNs, o.InstanceID: &b.s.InstanceIDs, o.AvailabilityZone: &b.s.AvailabilityZones,
	} {
		if value != "" {
			*list = append(*list, value)
		}
	}
	if b.s.Duration == trace.Unknown && o.EndTime != trace.Unknown {
		b.s.Duration = 0
	}
	if o.EndTime != trace.Unknown {
		b.s.Duration = max(b.s.Duration, o.EndTime-b.s.StartTime)
	}
}
