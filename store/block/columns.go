package block

import (
	"slices"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// column names a column of a stripe; the numbers are those of the format.
type column uint8

const (
	colID column = iota
	colStart
	colDuration
	colResponse
	colFirst   // first receipt
	colLast    // latest receipt
	colLastEnd // latest end of an observation
	colFlags
	colStatus
	colMethod
	colURL
	colNodes
	colUsers
	colAnnotations
	colGroups
	colDocBytes
	columnCount
)

// columnSet is a set of columns.
type columnSet uint32

func columnsOf(cs ...column) (set columnSet) {
	for _, c := range cs {
		set |= 1 << c
	}
	return set
}

func (s columnSet) has(c column) bool { return s>>c&1 != 0 }

// summaryColumns are what a summary is decoded from, besides its payload.
const summaryColumns columnSet = 1<<colDocBytes - 1

// Bits of the flags column. The lowest three are segment.Flags of the root, the
// highest three those of all observations.
const (
	rowHasRoot = 1 << 3
	rowPartial = 1 << 4
	rowAny     = 5 // shift
)

// columns are the rows of a stripe, field by field. Slices of columns that are not
// loaded are nil.
type columns struct {
	ids                                             []traceid.ID
	start, duration, response, first, last, lastEnd []int64
	flags                                           []uint8
	status                                          []int64
	method, url                                     []uint32 // strings
	nodes, users, annotations, groups               []uint32 // sets of nodes, strings, annotations, strings
	docBytes                                        []uint32 // length of the trace's documents
}

// row is one row of columns.
type row struct {
	id                                              traceid.ID
	start, duration, response, first, last, lastEnd int64
	flags                                           uint8
	status                                          int64
	method, url, nodes, users, annotations, groups  uint32
}

// rowOf returns the columns of s. Strings go to d.
func rowOf(s *trace.Summary, d *dict) row {
	r := row{
		id: s.ID, start: s.StartTime, duration: s.Duration, response: s.ResponseTime,
		first: s.FirstReceived, last: s.LastReceived, lastEnd: trace.Unknown,
		flags: uint8(s.Flags) & 7, status: int64(s.HTTP.Status),
		method: d.string(s.HTTP.Method), url: d.string(s.HTTP.URL),
	}
	if s.HasRoot {
		r.flags |= rowHasRoot
	}
	if s.IsPartial {
		r.flags |= rowPartial
	}
	for i := range s.NodeObservations {
		r.observe(&s.NodeObservations[i].Observation)
	}
	for i := range s.EdgeObservations {
		r.observe(&s.EdgeObservations[i].Observation)
	}
	items := make([]uint32, 0, 16)
	for _, n := range s.Nodes {
		items = append(items, d.node(n))
	}
	r.nodes = d.set(items)
	items = items[:0]
	for _, u := range s.Users {
		items = append(items, d.string(u))
	}
	r.users = d.set(items)
	items = items[:0]
	for _, a := range s.Annotations {
		items = append(items, d.annotation(a))
	}
	r.annotations = d.set(items)
	items = items[:0]
	for _, g := range s.Groups {
		items = append(items, d.string(g.GroupID))
	}
	r.groups = d.set(items)
	return r
}

func (r *row) observe(o *trace.Observation) {
	r.flags |= uint8(o.Flags&7) << rowAny
	r.lastEnd = max(r.lastEnd, o.EndTime)
}

// rootFlags and anyFlags take a value of the flags column apart.
func rootFlags(v uint8) segment.Flags { return segment.Flags(v & 7) }
func anyFlags(v uint8) segment.Flags  { return segment.Flags(v >> rowAny) }

func (c *columns) append(r *row) {
	c.ids = append(c.ids, r.id)
	c.start = append(c.start, r.start)
	c.duration = append(c.duration, r.duration)
	c.response = append(c.response, r.response)
	c.first = append(c.first, r.first)
	c.last = append(c.last, r.last)
	c.lastEnd = append(c.lastEnd, r.lastEnd)
	c.flags = append(c.flags, r.flags)
	c.status = append(c.status, r.status)
	c.method = append(c.method, r.method)
	c.url = append(c.url, r.url)
	c.nodes = append(c.nodes, r.nodes)
	c.users = append(c.users, r.users)
	c.annotations = append(c.annotations, r.annotations)
	c.groups = append(c.groups, r.groups)
}

func (c *columns) set(i int, r *row) {
	c.start[i], c.duration[i], c.response[i] = r.start, r.duration, r.response
	c.first[i], c.last[i], c.lastEnd[i] = r.first, r.last, r.lastEnd
	c.flags[i], c.status[i] = r.flags, r.status
	c.method[i], c.url[i], c.nodes[i] = r.method, r.url, r.nodes
	c.users[i], c.annotations[i], c.groups[i] = r.users, r.annotations, r.groups
}

// clone copies all columns.
func (c *columns) clone() columns {
	return columns{
		ids: clone(c.ids), start: clone(c.start), duration: clone(c.duration), response: clone(c.response),
		first: clone(c.first), last: clone(c.last), lastEnd: clone(c.lastEnd),
		flags: clone(c.flags), status: clone(c.status), method: clone(c.method), url: clone(c.url),
		nodes: clone(c.nodes), users: clone(c.users), annotations: clone(c.annotations), groups: clone(c.groups),
	}
}

func clone[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

// encode appends one column's encoding. Times that follow from others nearly
// always are differences (which may wrap around).
func (c *columns) encode(b []byte, col column) []byte {
	switch col {
	case colID:
		for i := range c.ids {
			b = append(b, c.ids[i][:]...)
		}
		return b
	case colFlags:
		return append(b, c.flags...)
	case colStart:
		return appendDeltas(b, c.start)
	case colLast:
		return appendDeltas(b, c.last)
	case colDuration:
		return appendDifferences(b, c.duration, func(int) int64 { return 0 })
	case colResponse:
		return appendDifferences(b, c.response, func(i int) int64 { return c.duration[i] })
	case colFirst:
		return appendDifferences(b, c.first, func(i int) int64 { return c.last[i] })
	case colLastEnd:
		return appendDifferences(b, c.lastEnd, func(i int) int64 { return c.start[i] + c.duration[i] })
	case colStatus:
		return appendDifferences(b, c.status, func(int) int64 { return 0 })
	default:
		for _, v := range *c.indexes(col) {
			b = appendUvarint(b, v)
		}
		return b
	}
}

// indexes returns the column col, one of those that hold indexes or lengths.
func (c *columns) indexes(col column) *[]uint32 {
	switch col { //nolint:exhaustive // the others are not of this type
	case colMethod:
		return &c.method
	case colURL:
		return &c.url
	case colNodes:
		return &c.nodes
	case colUsers:
		return &c.users
	case colAnnotations:
		return &c.annotations
	case colGroups:
		return &c.groups
	default:
		return &c.docBytes
	}
}

func appendDeltas(b []byte, values []int64) []byte {
	prev := int64(0)
	for _, v := range values {
		b = appendVarint(b, v-prev)
		prev = v
	}
	return b
}

func appendDifferences(b []byte, values []int64, base func(i int) int64) []byte {
	for i, v := range values {
		b = appendVarint(b, v-base(i))
	}
	return b
}

// baseColumns are the columns that others need; they need none themselves.
const baseColumns columnSet = 1<<colStart | 1<<colDuration | 1<<colLast

// needs lists the columns that the encoding of col refers to.
func needs(col column) columnSet {
	switch col { //nolint:exhaustive // the others stand for themselves
	case colResponse:
		return columnsOf(colDuration)
	case colFirst:
		return columnsOf(colLast)
	case colLastEnd:
		return columnsOf(colStart, colDuration)
	}
	return 0
}

// decode reads a column of n rows; the columns that it needs are there.
func (c *columns) decode(b []byte, col column, n int, d *dictView) error {
	r := reader{b: b}
	switch col {
	case colID:
		c.ids = make([]traceid.ID, n)
		for i := range c.ids {
			copy(c.ids[i][:], r.take(len(traceid.ID{})))
		}
	case colFlags:
		c.flags = clone(r.take(n))
	case colStart:
		c.start = readDeltas(&r, n)
	case colLast:
		c.last = readDeltas(&r, n)
	case colDuration:
		c.duration = readDifferences(&r, n, func(int) int64 { return 0 })
	case colResponse:
		c.response = readDifferences(&r, n, func(i int) int64 { return c.duration[i] })
	case colFirst:
		c.first = readDifferences(&r, n, func(i int) int64 { return c.last[i] })
	case colLastEnd:
		c.lastEnd = readDifferences(&r, n, func(i int) int64 { return c.start[i] + c.duration[i] })
	case colStatus:
		c.status = readDifferences(&r, n, func(int) int64 { return 0 })
	default:
		values := make([]uint32, n)
		for i := range values {
			values[i] = r.u32()
		}
		if !r.bad && !validIndexes(values, col, d) {
			r.fail()
		}
		*c.indexes(col) = values
	}
	if len(r.b) > 0 {
		r.fail()
	}
	return r.err("column")
}

// validIndexes reports whether the values of col are indexes into d.
func validIndexes(values []uint32, col column, d *dictView) bool {
	var ok func(v uint32) bool
	switch col { //nolint:exhaustive // the others are not of this type
	case colDocBytes:
		return true
	case colMethod, colURL:
		ok = func(v uint32) bool { return int(v) < len(d.strings) }
	case colNodes:
		ok = func(v uint32) bool { return d.bound(v, len(d.nodes)) }
	case colAnnotations:
		ok = func(v uint32) bool { return d.bound(v, len(d.annotations)) }
	default:
		ok = func(v uint32) bool { return d.bound(v, len(d.strings)) }
	}
	return !slices.ContainsFunc(values, func(v uint32) bool { return !ok(v) })
}

func readDeltas(r *reader, n int) []int64 {
	values := make([]int64, n)
	prev := int64(0)
	for i := range values {
		prev += r.varint()
		values[i] = prev
	}
	return values
}

func readDifferences(r *reader, n int, base func(i int) int64) []int64 {
	values := make([]int64, n)
	for i := range values {
		values[i] = base(i) + r.varint()
	}
	return values
}
