package filter

import "github.com/radiograph/radiograph/trace"

// observed is what the body of service() or edge() sees: one observation.
type observed struct {
	trace          *trace.Summary
	from, to       int // indexes of nodes; in service() both are the node
	root, inferred bool
	*trace.Observation
}

// compileService compiles service(node){body}. A client node has no segments: its
// view of the trace is the edge that leads from it to the root.
func compileService(n *service) test[traceView] {
	fits := patternTest(n.node)
	body := func(observed) bool { return true }
	if n.body != nil {
		body = compile(n.body, compileObserved)
	}
	exists := n.body == nil
	return func(t traceView) bool {
		if exists && t.window == always {
			return hasNode(t.Nodes, fits)
		}
		for i := range t.NodeObservations {
			o := &t.NodeObservations[i]
			if t.window.has(o.EndTime) && fits(&t.Nodes[o.Node]) &&
				body(observed{t.Summary, o.Node, o.Node, o.Root, o.Inferred, &o.Observation}) {
				return true
			}
		}
		for i := range t.EdgeObservations {
			o := &t.EdgeObservations[i]
			from := &t.Nodes[o.From]
			if from.Type == trace.NodeTypeClient && t.window.has(o.EndTime) && fits(from) &&
				body(observed{t.Summary, o.From, o.From, false, false, &o.Observation}) {
				return true
			}
		}
		return false
	}
}

func hasNode(nodes []trace.Node, fits func(*trace.Node) bool) bool {
	for i := range nodes {
		if fits(&nodes[i]) {
			return true
		}
	}
	return false
}

func compileEdge(n *edge) test[traceView] {
	from, to := patternTest(n.from), patternTest(n.to)
	body := func(observed) bool { return true }
	if n.body != nil {
		body = compile(n.body, compileObserved)
	}
	return func(t traceView) bool {
		for i := range t.EdgeObservations {
			o := &t.EdgeObservations[i]
			if t.window.has(o.EndTime) && from(&t.Nodes[o.From]) && to(&t.Nodes[o.To]) &&
				body(observed{t.Summary, o.From, o.To, false, false, &o.Observation}) {
				return true
			}
		}
		return false
	}
}

// compileObserved compiles a comparison in the body of service() or edge().
func compileObserved(n node) test[observed] {
	c, ok := n.(*comparison)
	if !ok {
		panic("filter: no such node in the body of service() or edge()")
	}
	switch keywords[c.field].kind {
	case kindBool:
		return boolTest(c, observedBool(c.field))
	case kindNumber:
		in := intervalOf(c)
		get := observedNumber(c.field)
		return func(o observed) bool { return in.has(get(o.Observation)) }
	case kindString:
		fits := stringTest(c.op, c.value.String)
		get := observedString(c.field)
		return func(o observed) bool { return fits(get(o)) }
	}
	return compileObservedAnnotation(c)
}

func observedBool(f field) test[observed] {
	switch f {
	case fieldOK:
		return func(o observed) bool { return o.Flags == 0 }
	case fieldPartial:
		return func(o observed) bool { return o.trace.IsPartial }
	case fieldInferred:
		return func(o observed) bool { return o.inferred }
	case fieldRoot:
		return func(o observed) bool { return o.root }
	}
	flag := flagOf(f)
	return func(o observed) bool { return o.Flags&flag != 0 }
}

func observedNumber(f field) func(*trace.Observation) int64 {
	switch f {
	case fieldResponseTime:
		return func(o *trace.Observation) int64 { return o.ResponseTime }
	case fieldDuration:
		return func(o *trace.Observation) int64 { return o.Duration }
	}
	return func(o *trace.Observation) int64 { return statusOf(o.HTTP.Status) }
}

func observedString(f field) func(observed) string {
	switch f {
	case fieldName:
		return func(o observed) string { return o.trace.Nodes[o.from].Name }
	case fieldType:
		return func(o observed) string { return o.trace.Nodes[o.from].Type }
	case fieldUser:
		return func(o observed) string { return o.User }
	case fieldAvailabilityZone:
		return func(o observed) string { return o.AvailabilityZone }
	case fieldInstanceID:
		return func(o observed) string { return o.InstanceID }
	case fieldResourceARN:
		return func(o observed) string { return o.ResourceARN }
	}
	part := httpString(f)
	return func(o observed) string { return part(&o.HTTP) }
}

// compileObservedAnnotation compiles annotation.key in a body, which X-Ray does
// not have: the annotations of the segment or call itself. In the body of edge(),
// source.annotation and destination.annotation are those of the trace's segments
// of either node.
func compileObservedAnnotation(c *comparison) test[observed] {
	value := valueTest(c.op, c.value)
	fits := func(o *trace.Observation) bool {
		for i := range o.Annotations {
			if a := &o.Annotations[i]; a.Key == c.key && value(a.Value) {
				return true
			}
		}
		return false
	}
	ofNode := func(s *trace.Summary, node int) bool {
		for i := range s.NodeObservations {
			if o := &s.NodeObservations[i]; o.Node == node && fits(&o.Observation) {
				return true
			}
		}
		return false
	}
	switch c.field {
	case fieldSourceAnnotation:
		return func(o observed) bool { return ofNode(o.trace, o.from) }
	case fieldDestinationAnnotation:
		return func(o observed) bool { return ofNode(o.trace, o.to) }
	}
	return func(o observed) bool { return fits(o.Observation) }
}
