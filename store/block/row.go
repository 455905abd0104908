package block

import (
	"encoding/binary"
	"math"

	"github.com/radiograph/radiograph/trace"
)

// payload is what columns do not hold of a summary. Shape has what repeats from
// trace to trace, numbers what does not: apart they compress better.
type payload struct{ shape, numbers []byte }

// Bits of an observation.
const (
	obsOpen         = 1 << (3 + iota) // no response time; the lowest three bits are segment.Flags
	obsOpenDuration                   // no duration
	obsSameDuration                   // duration equals response time
	obsNoEnd                          // no end
	obsLast                           // received with the trace's latest update
	obsHTTP                           // members of HTTP follow
	obsResource                       // user, resource and place follow
	obsAnnotations                    // annotations follow
	obsRoot                           // node observations: a root
	obsInferred                       // node observations: inferred
	obsAlias                          // edge observations: an alias follows
	obsSame                           // edge observations: the observation is that of a node
)

// rowEncoder encodes payloads. It is reused.
type rowEncoder struct {
	d       *dict
	s       *trace.Summary
	shape   []byte
	numbers []number
	items   []uint32
}

// number is a number of the numbers stream: a time that may be a whole number of
// micro- or milliseconds, or a bare one.
type number struct {
	value int64
	time  bool
}

// encode appends the payload of s to shape and numbers and returns both.
func (e *rowEncoder) encode(d *dict, s *trace.Summary, shape, numbers []byte) payload {
	e.d, e.s, e.shape, e.numbers = d, s, shape, e.numbers[:0]
	e.uint(s.EntryPoint + 1)
	e.string(s.HTTP.UserAgent)
	e.string(s.HTTP.ClientIP)
	e.uint(s.Revision)
	for _, list := range [][]string{s.ResourceARNs, s.InstanceIDs, s.AvailabilityZones} {
		e.strings(list)
	}
	e.uint(len(s.NodeObservations))
	for i := range s.NodeObservations {
		e.nodeObservation(&s.NodeObservations[i])
	}
	e.uint(len(s.EdgeObservations))
	for i := range s.EdgeObservations {
		e.edgeObservation(&s.EdgeObservations[i])
	}
	for _, causes := range [][]trace.RootCause{s.FaultCauses, s.ErrorCauses, s.ResponseTimeCauses} {
		e.causes(causes)
	}
	e.links()
	e.memberships()
	return payload{shape: e.shape, numbers: appendNumbers(numbers, e.numbers)}
}

func (e *rowEncoder) uint(v int)      { e.shape = appendUvarint(e.shape, v) }
func (e *rowEncoder) string(s string) { e.shape = appendUvarint(e.shape, e.d.string(s)) }
func (e *rowEncoder) time(v int64)    { e.numbers = append(e.numbers, number{v, true}) }
func (e *rowEncoder) bare(v int64)    { e.numbers = append(e.numbers, number{v, false}) }

func (e *rowEncoder) node(n trace.Node) { e.shape = appendUvarint(e.shape, e.d.node(n)) }

func (e *rowEncoder) strings(list []string) {
	e.items = e.items[:0]
	for _, s := range list {
		e.items = append(e.items, e.d.string(s))
	}
	e.shape = appendUvarint(e.shape, e.d.set(e.items))
}

func (e *rowEncoder) nodeObservation(o *trace.NodeObservation) {
	e.uint(o.Node)
	extra := 0
	if o.Root {
		extra |= obsRoot
	}
	if o.Inferred {
		extra |= obsInferred
	}
	e.observation(&o.Observation, extra)
}

func (e *rowEncoder) edgeObservation(o *trace.EdgeObservation) {
	e.uint(o.From)
	e.uint(o.To)
	extra := 0
	if o.Alias != (trace.Node{}) {
		extra |= obsAlias
	}
	if i := e.sameAs(&o.Observation); i >= 0 {
		e.uint(extra | obsSame)
		e.uint(i)
	} else {
		e.observation(&o.Observation, extra)
	}
	if extra != 0 {
		e.node(o.Alias)
	}
}

// sameAs returns the index of the node observation that equals o, or -1. The edge
// to an inferred node and that to a root always have one.
func (e *rowEncoder) sameAs(o *trace.Observation) int {
	for i := range e.s.NodeObservations {
		if sameObservation(&e.s.NodeObservations[i].Observation, o) {
			return i
		}
	}
	return -1
}

func sameObservation(a, b *trace.Observation) bool {
	if a.EndTime != b.EndTime || a.ResponseTime != b.ResponseTime || a.Duration != b.Duration || a.Received != b.Received ||
		a.Flags != b.Flags || a.HTTP != b.HTTP || a.User != b.User || a.ResourceARN != b.ResourceARN ||
		a.InstanceID != b.InstanceID || a.AvailabilityZone != b.AvailabilityZone || len(a.Annotations) != len(b.Annotations) {
		return false
	}
	for i := range a.Annotations {
		if a.Annotations[i] != b.Annotations[i] {
			return false
		}
	}
	return true
}

func (e *rowEncoder) observation(o *trace.Observation, bits int) {
	bits |= int(o.Flags & 7)
	if o.ResponseTime == trace.Unknown {
		bits |= obsOpen
	} else {
		e.time(o.ResponseTime)
	}
	switch o.Duration {
	case o.ResponseTime:
		bits |= obsSameDuration
	case trace.Unknown:
		bits |= obsOpenDuration
	default:
		e.time(o.Duration)
	}
	if o.EndTime == trace.Unknown {
		bits |= obsNoEnd
	} else {
		e.time(o.EndTime - e.s.StartTime)
	}
	if o.Received == e.s.LastReceived {
		bits |= obsLast
	} else {
		e.bare(o.Received - e.s.LastReceived)
	}
	if o.HTTP != (trace.HTTP{}) {
		bits |= obsHTTP
	}
	if o.User != "" || o.ResourceARN != "" || o.InstanceID != "" || o.AvailabilityZone != "" {
		bits |= obsResource
	}
	if len(o.Annotations) > 0 {
		bits |= obsAnnotations
	}
	e.uint(bits)
	e.observationDetails(o, bits)
}

func (e *rowEncoder) observationDetails(o *trace.Observation, bits int) {
	if bits&obsHTTP != 0 {
		e.string(o.HTTP.Method)
		e.string(o.HTTP.URL)
		e.string(o.HTTP.UserAgent)
		e.string(o.HTTP.ClientIP)
		e.shape = appendVarint(e.shape, int64(o.HTTP.Status))
	}
	if bits&obsResource != 0 {
		e.string(o.User)
		e.string(o.ResourceARN)
		e.string(o.InstanceID)
		e.string(o.AvailabilityZone)
	}
	if bits&obsAnnotations != 0 {
		e.items = e.items[:0]
		for _, a := range o.Annotations {
			e.items = append(e.items, e.d.annotation(a))
		}
		e.shape = appendUvarint(e.shape, e.d.set(e.items))
	}
}

func (e *rowEncoder) causes(causes []trace.RootCause) {
	e.uint(len(causes))
	for i := range causes {
		e.shape = appendBool(e.shape, causes[i].ClientImpacting)
		e.uint(len(causes[i].Services))
		for k := range causes[i].Services {
			s := &causes[i].Services[k]
			e.node(s.Node)
			e.shape = appendBool(e.shape, s.Inferred)
			e.uint(len(s.Entities))
			for j := range s.Entities {
				e.causeEntity(&s.Entities[j])
			}
		}
	}
}

func (e *rowEncoder) causeEntity(c *trace.CauseEntity) {
	e.string(c.Name)
	e.shape = appendBool(e.shape, c.Remote)
	e.coverage(c.Coverage)
	e.uint(len(c.Exceptions))
	for _, x := range c.Exceptions {
		e.string(x.Name)
		e.string(x.Message)
	}
}

// coverage writes a share: of the two that nearly all have, or that of an
// observation in the root's response time, or all bits.
func (e *rowEncoder) coverage(v float64) {
	bits := math.Float64bits(v)
	switch bits {
	case 0:
		e.uint(0)
		return
	case math.Float64bits(1):
		e.uint(1)
		return
	}
	for i := range e.s.NodeObservations {
		if math.Float64bits(share(e.s, i)) == bits {
			e.uint(3 + i)
			return
		}
	}
	e.uint(2)
	e.shape = binary.LittleEndian.AppendUint64(e.shape, bits)
}

// share is the i-th node observation's share of the root's response time.
func share(s *trace.Summary, i int) float64 {
	return float64(s.NodeObservations[i].ResponseTime) / float64(s.ResponseTime)
}

func (e *rowEncoder) links() {
	e.uint(len(e.s.Links))
	for i := range e.s.Links {
		l := &e.s.Links[i]
		e.uint(l.Node)
		e.shape = append(e.shape, l.TraceID[:]...)
		e.shape = append(e.shape, l.ID[:]...)
		e.node(l.From)
		e.time(l.Start - e.s.StartTime)
		e.time(l.Age)
		e.bare(l.Received - e.s.LastReceived)
	}
}

func (e *rowEncoder) memberships() {
	e.uint(len(e.s.Groups))
	for _, g := range e.s.Groups {
		e.string(g.GroupID)
		e.shape = appendVarint(e.shape, int64(g.Version))
		e.bare(g.Admitted - e.s.LastReceived)
	}
}

// units are what times may be whole multiples of; their index is the first byte
// of the numbers.
var units = [...]int64{1, 1e3, 1e6}

func appendNumbers(b []byte, numbers []number) []byte {
	unit := len(units) - 1
	for _, n := range numbers {
		for n.time && n.value%units[unit] != 0 {
			unit--
		}
	}
	b = append(b, byte(unit))
	for _, n := range numbers {
		if n.time {
			n.value /= units[unit]
		}
		b = appendVarint(b, n.value)
	}
	return b
}
