package load

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"

	"github.com/radiograph/radiograph/traceid"
)

// Generator makes the documents of numbered traces. It is immutable and safe for
// concurrent use.
type Generator struct {
	seed        uint64
	cardinality uint64
	randomIDs   bool // trace ids have no time in them
}

// NewGenerator returns a generator of the traces of seed, with so many distinct
// customers and products; 0 means 10 000.
func NewGenerator(seed uint64, cardinality int) *Generator {
	if cardinality <= 0 {
		cardinality = 10_000
	}
	return &Generator{seed: seed, cardinality: uint64(cardinality)}
}

// WithRandomIDs returns a generator whose trace ids are random, as OpenTelemetry's
// SDKs make them: X-Ray's begin with the time.
func (g *Generator) WithRandomIDs() *Generator {
	random := *g
	random.randomIDs = true
	return &random
}

// Trace is one trace of a generator.
type Trace struct {
	ID       traceid.ID
	scenario int
	random   [4]uint64
	entities uint64 // entity n has the id mix(entities + n)
	start    int64  // µs since the epoch
	speed    float64
}

// normalDuration is the length of a trace at normal speed, in µs.
const normalDuration = 96_000

// Trace returns trace number n, which has ended at end.
func (g *Generator) Trace(n uint64, end time.Time) Trace {
	var t Trace
	state := mix(g.seed) + n*0x9e3779b97f4a7c15
	for i := range t.random {
		state += 0x9e3779b97f4a7c15
		t.random[i] = mix(state)
	}
	t.entities = mix(state + 1)
	t.scenario = pickScenario(t.random[0] >> 20)
	t.speed = slowness(t.random[1])
	t.start = end.UnixMicro() - int64(normalDuration*t.speed)
	if g.randomIDs {
		binary.BigEndian.PutUint32(t.ID[:4], uint32(mix(t.entities)))
	} else {
		binary.BigEndian.PutUint32(t.ID[:4], uint32(t.start/1e6))
	}
	binary.BigEndian.PutUint32(t.ID[4:8], uint32(t.random[2]>>32))
	binary.BigEndian.PutUint64(t.ID[8:], t.random[3])
	return t
}

// slowness is log-normal around 1 with a long tail: a hundredth is five times as slow.
func slowness(r uint64) float64 {
	u := (float64(r>>40) + 0.5) / (1 << 24)
	v := float64(r&(1<<24-1)) / (1 << 24)
	z := math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
	s := math.Exp(0.35 * z)
	if r>>24&0x7f == 0 {
		s *= 5
	}
	return min(s, 60)
}

// mix is the finisher of splitmix64: it spreads the bits of x over all bits.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// AppendDocument appends document number i of t.
func (g *Generator) AppendDocument(dst []byte, t *Trace, i int) []byte {
	return g.fill(dst, t, &plain[t.scenario][i])
}

// AppendQuoted appends document number i of t as a JSON string.
func (g *Generator) AppendQuoted(dst []byte, t *Trace, i int) []byte {
	return g.fill(dst, t, &quoted[t.scenario][i])
}

func (g *Generator) fill(dst []byte, t *Trace, d *document) []byte {
	from := len(dst)
	dst = append(dst, d.text...)
	for _, s := range d.slots {
		b := dst[from+s.at : from+s.at+widths[s.kind]]
		switch s.kind {
		case slotTrace:
			t.ID.AppendText(b[:0])
		case slotID:
			t.Entity(s.arg).AppendText(b[:0])
		case slotTime:
			us := t.start + int64(float64(s.arg)*t.speed)
			digits(b[:10], uint64(us/1e6))
			b[10] = '.'
			digits(b[11:], uint64(us%1e6))
		case slotCustomer:
			digits(b, t.random[2]%g.cardinality)
		case slotItem:
			digits(b, t.random[2]>>24%g.cardinality)
		case slotOrder:
			digits(b, t.random[3]%1e10)
		case slotAmount:
			digits(b, 100_000+t.random[3]%900_000) // no leading zero: it is a number
			b[3] = '.'
		case slotRegion:
			copy(b, regions[t.random[2]>>40%uint64(len(regions))])
		case slotRequest:
			hexDigits(b, t.random[3], t.random[2])
		case slotTraceBytes:
			copy(b, t.ID[:])
		case slotIDBytes:
			id := t.Entity(s.arg)
			copy(b, id[:])
		case slotNanos:
			ns := t.start*1000 + int64(float64(s.arg)*1000*t.speed) + int64(mix(t.entities-uint64(s.arg))%1000)
			binary.LittleEndian.PutUint64(b, uint64(ns))
		case slotAmountBytes:
			cents := 10_000 + t.random[3]%90_000
			binary.LittleEndian.PutUint64(b, math.Float64bits(float64(cents)/100))
		}
	}
	return dst
}

// regions are values of an annotation, all of the width of its slot.
var regions = [...]string{"emea-01", "emea-02", "apac-01", "amer-01", "amer-02"}

// Entity returns the id of entity number n of t.
func (t *Trace) Entity(n int) (id traceid.EntityID) {
	binary.BigEndian.PutUint64(id[:], mix(t.entities+uint64(n))|1)
	return id
}

// digits writes n over b, right-aligned with zeros.
func digits(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// hexDigits writes 32 digits over b.
func hexDigits(b []byte, hi, lo uint64) {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	hex.Encode(b, raw[:])
}
