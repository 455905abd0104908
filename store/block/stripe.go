package block

import (
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
)

// stripeRows is how many rows a stripe has at most: few enough that reading one row
// is quick, though its dictionary has to be decoded. All stripes of a part but the
// last of each head are full; the rows of a part are numbered through.
const stripeRows = 4 << 10

// stripe is a run of rows of one part as queries see it: immutable, with the
// columns that were asked for.
type stripe struct {
	columns
	n        int
	dict     *dictView
	payloads payloads
	more     func(set columnSet) error // loads columns; nil when all are there
}

// ensure loads the columns of a set that are missing.
func (s *stripe) ensure(set columnSet) error {
	if s.more == nil {
		return nil
	}
	return s.more(set)
}

// payloads gives access to what the columns do not hold.
type payloads interface {
	payload(i int) (payload, error)
}

// summary decodes row i, for which the stripe has the summaryColumns.
func (s *stripe) summary(i int) (*trace.Summary, error) {
	p, err := s.payloads.payload(i)
	if err != nil {
		return nil, err
	}
	return decodeRow(&s.columns, i, s.dict, p)
}

// stripeSource loads a stripe with the columns of a set.
type stripeSource interface {
	zone() *zone
	rows() int
	load(set columnSet) (*stripe, error)
}

// zone bounds what the rows of a stripe hold, so that queries can leave it alone.
type zone struct {
	minStart, maxStart       int64
	minFirst, maxLast        int64 // receipt
	minLast                  int64
	maxLastEnd               int64
	minResponse, maxResponse int64 // of the known ones; min > max when there are none
	minDuration, maxDuration int64 // as above
	minStatus, maxStatus     int64
	rootFlags, anyFlags      segment.Flags // of any row
}

func zoneOf(c *columns) zone {
	const first, last = -1 << 63, 1<<63 - 1
	z := zone{
		minStart: last, maxStart: first, minFirst: last, maxLast: first, minLast: last, maxLastEnd: first,
		minResponse: last, maxResponse: first, minDuration: last, maxDuration: first, minStatus: last, maxStatus: first,
	}
	for i := range c.start {
		z.minStart, z.maxStart = min(z.minStart, c.start[i]), max(z.maxStart, c.start[i])
		z.minFirst = min(z.minFirst, c.first[i])
		z.minLast, z.maxLast = min(z.minLast, c.last[i]), max(z.maxLast, c.last[i])
		z.maxLastEnd = max(z.maxLastEnd, c.lastEnd[i])
		if v := c.response[i]; v != trace.Unknown {
			z.minResponse, z.maxResponse = min(z.minResponse, v), max(z.maxResponse, v)
		}
		if v := c.duration[i]; v != trace.Unknown {
			z.minDuration, z.maxDuration = min(z.minDuration, v), max(z.maxDuration, v)
		}
		z.minStatus, z.maxStatus = min(z.minStatus, c.status[i]), max(z.maxStatus, c.status[i])
		z.rootFlags |= rootFlags(c.flags[i])
		z.anyFlags |= anyFlags(c.flags[i])
	}
	return z
}

func (z *zone) times() []*int64 {
	return []*int64{
		&z.minStart, &z.maxStart, &z.minFirst, &z.maxLast, &z.minLast, &z.maxLastEnd, &z.minResponse, &z.maxResponse,
		&z.minDuration, &z.maxDuration, &z.minStatus, &z.maxStatus,
	}
}

func (z *zone) appendTo(b []byte) []byte {
	for _, v := range z.times() {
		b = appendVarint(b, *v)
	}
	return append(b, byte(z.rootFlags), byte(z.anyFlags))
}

func (z *zone) read(r *reader) {
	for _, v := range z.times() {
		*v = r.varint()
	}
	z.rootFlags, z.anyFlags = segment.Flags(r.byte()), segment.Flags(r.byte())
}

// stripeBuilder is a stripe of the head, to which rows are added. The settler
// alone writes it; what queries see is a snapshot.
type stripeBuilder struct {
	columns
	dict     *dict
	payloads []payload
	arena    byteArena

	published *dictView // the dictionary as far as rows use it
	view      *stripe   // last snapshot; nil when rows have changed since
}

func newStripeBuilder() *stripeBuilder { return &stripeBuilder{dict: newDict()} }

// add appends a row and returns its index.
func (b *stripeBuilder) add(r *row, p payload) int {
	b.view, b.published = nil, b.dict.view()
	b.columns.append(r)
	b.payloads = append(b.payloads, p)
	return len(b.payloads) - 1
}

func (b *stripeBuilder) replace(i int, r *row, p payload) {
	b.view, b.published = nil, b.dict.view()
	b.columns.set(i, r)
	b.payloads[i] = p
}

// snapshot returns the rows as they are. The caller holds the lock under which
// rows are added. The dictionary may be growing meanwhile: what is published stays.
func (b *stripeBuilder) snapshot() *stripe {
	if b.view == nil {
		b.view = &stripe{columns: b.columns.clone(), n: len(b.payloads), dict: b.published, payloads: payloadList(clone(b.payloads))}
	}
	return b.view
}

// current is the stripe itself, for the settler and for a frozen head.
func (b *stripeBuilder) current() *stripe {
	return &stripe{columns: b.columns, n: len(b.payloads), dict: b.dict.view(), payloads: payloadList(b.payloads)}
}

type payloadList []payload

func (l payloadList) payload(i int) (payload, error) { return l[i], nil }

// memoryStripe is a stripe in memory as a source.
type memoryStripe struct {
	s *stripe
	z zone
}

func newMemoryStripe(s *stripe) *memoryStripe { return &memoryStripe{s: s, z: zoneOf(&s.columns)} }

func (m *memoryStripe) zone() *zone                     { return &m.z }
func (m *memoryStripe) rows() int                       { return m.s.n }
func (m *memoryStripe) load(columnSet) (*stripe, error) { return m.s, nil }

// byteArena copies byte slices into large chunks.
type byteArena struct{ chunk []byte }

func (a *byteArena) copy(b []byte) []byte {
	if cap(a.chunk)-len(a.chunk) < len(b) {
		a.chunk = make([]byte, 0, max(64<<10, len(b)))
	}
	start := len(a.chunk)
	a.chunk = append(a.chunk, b...)
	return a.chunk[start:len(a.chunk):len(a.chunk)]
}
