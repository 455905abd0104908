package block

import (
	"math"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// rowDecoder decodes payloads. Both streams are bounds-checked by their readers.
type rowDecoder struct {
	d       *dictView
	s       *trace.Summary
	shape   reader
	numbers reader
	unit    int64
}

// decodeRow returns the summary of row i of c, which has the summaryColumns.
func decodeRow(c *columns, i int, d *dictView, p payload) (*trace.Summary, error) {
	s := &trace.Summary{
		ID: c.ids[i], StartTime: c.start[i], Duration: c.duration[i], ResponseTime: c.response[i],
		Flags: rootFlags(c.flags[i]), HasRoot: c.flags[i]&rowHasRoot != 0, IsPartial: c.flags[i]&rowPartial != 0,
		HTTP:          trace.HTTP{Method: d.strings[c.method[i]], URL: d.strings[c.url[i]], Status: int(c.status[i])},
		FirstReceived: c.first[i], LastReceived: c.last[i],
	}
	r := rowDecoder{d: d, s: s, shape: reader{b: p.shape}, numbers: reader{b: p.numbers}}
	s.Users = stringsOf(d, c.users[i])
	s.Annotations = annotationsOf(d, c.annotations[i])
	if set := d.set(c.nodes[i]); len(set) > 0 {
		s.Nodes = make([]trace.Node, len(set))
		for k, n := range set {
			s.Nodes[k] = d.nodes[n]
		}
	}
	r.unit = units[r.numbers.index(len(units))]
	r.decode()
	if len(r.shape.b) > 0 || len(r.numbers.b) > 0 {
		r.shape.fail()
	}
	if r.numbers.bad {
		r.shape.fail()
	}
	return s, r.shape.err("row of trace " + s.ID.String())
}

func (r *rowDecoder) decode() {
	s := r.s
	s.EntryPoint = r.shape.index(len(s.Nodes)+1) - 1
	s.HTTP.UserAgent = r.string()
	s.HTTP.ClientIP = r.string()
	s.Revision = int(r.shape.u32())
	s.ResourceARNs, s.InstanceIDs, s.AvailabilityZones = r.strings(), r.strings(), r.strings()
	s.NodeObservations = make([]trace.NodeObservation, r.shape.count(2))
	for i := range s.NodeObservations {
		r.nodeObservation(&s.NodeObservations[i])
	}
	s.EdgeObservations = make([]trace.EdgeObservation, r.shape.count(3))
	for i := range s.EdgeObservations {
		r.edgeObservation(&s.EdgeObservations[i])
	}
	s.FaultCauses, s.ErrorCauses, s.ResponseTimeCauses = r.causes(), r.causes(), r.causes()
	r.links()
	r.memberships()
}

func (r *rowDecoder) string() string {
	return r.d.strings[r.shape.index(len(r.d.strings))]
}

func (r *rowDecoder) time() int64 { return r.numbers.varint() * r.unit }

func (r *rowDecoder) node() trace.Node {
	i := r.shape.index(len(r.d.nodes))
	if r.shape.bad {
		return trace.Node{}
	}
	return r.d.nodes[i]
}

// set reads the index of a set whose items are below n.
func (r *rowDecoder) set(n int) uint32 {
	i := uint32(r.shape.index(len(r.d.setEnds)))
	if !r.d.bound(i, n) {
		r.shape.fail()
		return 0
	}
	return i
}

func (r *rowDecoder) strings() []string { return stringsOf(r.d, r.set(len(r.d.strings))) }

func stringsOf(d *dictView, i uint32) []string {
	set := d.set(i)
	if len(set) == 0 {
		return nil
	}
	list := make([]string, len(set))
	for k, s := range set {
		list[k] = d.strings[s]
	}
	return list
}

func annotationsOf(d *dictView, i uint32) []segment.Annotation {
	set := d.set(i)
	if len(set) == 0 {
		return nil
	}
	list := make([]segment.Annotation, len(set))
	for k, a := range set {
		list[k] = d.annotations[a]
	}
	return list
}

func (r *rowDecoder) nodeObservation(o *trace.NodeObservation) {
	o.Node = r.shape.index(len(r.s.Nodes))
	bits := r.shape.u32()
	o.Root, o.Inferred = bits&obsRoot != 0, bits&obsInferred != 0
	r.observation(&o.Observation, bits)
}

func (r *rowDecoder) edgeObservation(o *trace.EdgeObservation) {
	o.From = r.shape.index(len(r.s.Nodes))
	o.To = r.shape.index(len(r.s.Nodes))
	bits := r.shape.u32()
	if bits&obsSame != 0 {
		if i := r.shape.index(len(r.s.NodeObservations)); !r.shape.bad {
			o.Observation = r.s.NodeObservations[i].Observation
		}
	} else {
		r.observation(&o.Observation, bits)
	}
	if bits&obsAlias != 0 {
		o.Alias = r.node()
	}
}

func (r *rowDecoder) observation(o *trace.Observation, bits uint32) {
	o.Flags = segment.Flags(bits & 7)
	o.ResponseTime, o.Duration, o.EndTime, o.Received = trace.Unknown, trace.Unknown, trace.Unknown, r.s.LastReceived
	if bits&obsOpen == 0 {
		o.ResponseTime = r.time()
	}
	switch {
	case bits&obsSameDuration != 0:
		o.Duration = o.ResponseTime
	case bits&obsOpenDuration == 0:
		o.Duration = r.time()
	}
	if bits&obsNoEnd == 0 {
		o.EndTime = r.s.StartTime + r.time()
	}
	if bits&obsLast == 0 {
		o.Received += r.numbers.varint()
	}
	if bits&obsHTTP != 0 {
		o.HTTP = trace.HTTP{Method: r.string(), URL: r.string(), UserAgent: r.string(), ClientIP: r.string(), Status: int(r.shape.varint())}
	}
	if bits&obsResource != 0 {
		o.User, o.ResourceARN, o.InstanceID, o.AvailabilityZone = r.string(), r.string(), r.string(), r.string()
	}
	if bits&obsAnnotations != 0 {
		o.Annotations = annotationsOf(r.d, r.set(len(r.d.annotations)))
	}
}

func (r *rowDecoder) causes() []trace.RootCause {
	n := r.shape.count(2)
	if n == 0 {
		return nil
	}
	causes := make([]trace.RootCause, n)
	for i := range causes {
		causes[i].ClientImpacting = r.shape.byte() != 0
		causes[i].Services = make([]trace.CauseService, r.shape.count(3))
		for k := range causes[i].Services {
			s := &causes[i].Services[k]
			s.Node = r.node()
			s.Inferred = r.shape.byte() != 0
			s.Entities = make([]trace.CauseEntity, r.shape.count(4))
			for j := range s.Entities {
				r.causeEntity(&s.Entities[j])
			}
		}
	}
	return causes
}

func (r *rowDecoder) causeEntity(c *trace.CauseEntity) {
	c.Name = r.string()
	c.Remote = r.shape.byte() != 0
	switch i := r.shape.index(len(r.s.NodeObservations) + 3); i {
	case 0:
	case 1:
		c.Coverage = 1
	case 2:
		c.Coverage = math.Float64frombits(r.shape.fixed64())
	default:
		c.Coverage = share(r.s, i-3)
	}
	if n := r.shape.count(2); n > 0 {
		c.Exceptions = make([]trace.CauseException, n)
	}
	for i := range c.Exceptions {
		c.Exceptions[i] = trace.CauseException{Name: r.string(), Message: r.string()}
	}
}

func (r *rowDecoder) links() {
	if n := r.shape.count(26); n > 0 {
		r.s.Links = make([]trace.Link, n)
	}
	for i := range r.s.Links {
		l := &r.s.Links[i]
		l.Node = r.shape.index(len(r.s.Nodes))
		copy(l.TraceID[:], r.shape.take(len(l.TraceID)))
		copy(l.ID[:], r.shape.take(len(l.ID)))
		l.From = r.node()
		l.Start = r.s.StartTime + r.time()
		l.Age = r.time()
		l.Received = r.s.LastReceived + r.numbers.varint()
	}
}

func (r *rowDecoder) memberships() {
	if n := r.shape.count(2); n > 0 {
		r.s.Groups = make([]trace.Membership, n)
	}
	for i := range r.s.Groups {
		r.s.Groups[i] = trace.Membership{
			GroupID: r.string(), Version: int(r.shape.varint()), Admitted: r.s.LastReceived + r.numbers.varint(),
		}
	}
}
