package block

import (
	"encoding/binary"

	"github.com/radiograph/radiograph/traceid"
)

// The block format is drawn in docs/format/block.md.
const (
	blockMagic   = "rgrblk\x00\x01" // the last byte is the version
	trailerBytes = 8 + 4 + 4 + 8    // offset, length and checksum of the directory; magic
)

// extent is a checksummed run of bytes of the file.
type extent struct {
	offset int64
	length int
	sum    uint32
}

// docPage is a compressed page of documents.
type docPage struct {
	extent
	start int64 // place of its first byte in the stream of all documents
	size  int   // decompressed, without the units
	units int   // bytes at its end that are not compressed, see pack.go
}

// stripeEntry is a stripe; the extent is its header's, chunks follow.
type stripeEntry struct {
	extent
	total   int // bytes, header included
	rows    int
	docs    int64 // place of its first document in the stream
	zone    zone
	firstAt int // row of the block that is its first; not stored
}

// rollupEntry is a compressed rollup.
type rollupEntry struct {
	rollupKey
	extent
	size int  // decompressed
	fine bool // see rollup
}

// directory lists what is where in a block. It is read whole when a block is
// opened.
type directory struct {
	docs       int64 // number of documents
	received   span
	pages      []docPage
	stripes    []stripeEntry
	index      []indexPage
	indexAt    int64
	entries    int
	filter     extent
	rollups    []rollupEntry
	supersedes []traceid.ID // of rows that replace rows of older blocks, or of this one
}

// rows is the number of rows of the block.
func (d *directory) rows() int {
	if len(d.stripes) == 0 {
		return 0
	}
	last := &d.stripes[len(d.stripes)-1]
	return last.firstAt + last.rows
}

func appendExtent(b []byte, e extent) []byte {
	b = appendUvarint(b, uint64(e.offset))
	b = appendUvarint(b, e.length)
	return binary.LittleEndian.AppendUint32(b, e.sum)
}

// extent reads an extent that ends at or before limit.
func (r *reader) extent(limit int64) extent {
	e := extent{offset: int64(r.uvarint()), length: int(r.u32()), sum: r.fixed32()}
	if e.offset < 0 || e.offset > limit-int64(e.length) {
		r.fail()
		return extent{}
	}
	return e
}

func (d *directory) appendTo(b []byte) []byte {
	b = appendUvarint(b, uint64(d.docs))
	b = appendVarint(appendVarint(b, d.received.min), d.received.max)
	b = appendUvarint(b, len(d.pages))
	for i := range d.pages {
		b = appendUvarint(appendUvarint(appendExtent(b, d.pages[i].extent), d.pages[i].size), d.pages[i].units)
	}
	b = appendUvarint(b, len(d.stripes))
	for i := range d.stripes {
		s := &d.stripes[i]
		b = appendUvarint(appendUvarint(appendExtent(b, s.extent), s.total), s.rows)
		b = s.zone.appendTo(appendUvarint(b, uint64(s.docs)))
	}
	b = appendUvarint(appendUvarint(b, uint64(d.indexAt)), d.entries)
	for _, p := range d.index {
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(b, p.first), p.sum)
	}
	b = appendExtent(b, d.filter)
	b = appendUvarint(b, len(d.rollups))
	for i := range d.rollups {
		r := &d.rollups[i]
		b = appendString(appendVarint(append(b, byte(r.level)), r.n), r.group)
		b = appendBool(appendUvarint(appendExtent(b, r.extent), r.size), r.fine)
	}
	b = appendUvarint(b, len(d.supersedes))
	for i := range d.supersedes {
		b = append(b, d.supersedes[i][:]...)
	}
	return b
}

// decodeDirectory reads the directory of a file whose other parts end at limit.
func decodeDirectory(b []byte, limit int64) (*directory, error) {
	r := reader{b: b}
	d := &directory{docs: int64(r.uvarint())}
	d.received = span{r.varint(), r.varint()}
	d.readPages(&r, limit)
	d.readStripes(&r, limit)
	d.readIndex(&r, limit)
	d.filter = r.extent(limit)
	if d.filter.length%filterBlock != 0 || d.filter.length == 0 {
		r.fail()
	}
	d.readRollups(&r, limit)
	d.supersedes = make([]traceid.ID, r.count(len(traceid.ID{})))
	for i := range d.supersedes {
		copy(d.supersedes[i][:], r.take(len(traceid.ID{})))
	}
	if len(r.b) > 0 {
		r.fail()
	}
	return d, r.err("directory")
}

func (d *directory) readPages(r *reader, limit int64) {
	d.pages = make([]docPage, r.count(8))
	start := int64(0)
	for i := range d.pages {
		p := &d.pages[i]
		p.extent, p.start, p.size, p.units = r.extent(limit), start, int(r.u32()), int(r.u32())
		start += int64(p.size)
		if p.units > p.length {
			r.fail()
			return
		}
	}
}

func (d *directory) readStripes(r *reader, limit int64) {
	d.stripes = make([]stripeEntry, r.count(12))
	rows := 0
	for i := range d.stripes {
		s := &d.stripes[i]
		s.extent, s.total, s.rows, s.docs = r.extent(limit), int(r.u32()), int(r.u32()), int64(r.uvarint())
		s.zone.read(r)
		s.firstAt = rows
		rows += s.rows
		if s.total < s.length || s.offset > limit-int64(s.total) || s.rows > stripeRows {
			r.fail()
			return
		}
	}
}

func (d *directory) readIndex(r *reader, limit int64) {
	d.indexAt, d.entries = int64(r.uvarint()), int(r.u32())
	if d.indexAt < 0 || d.indexAt > limit-int64(d.entries)*indexEntryBytes {
		r.fail()
		return
	}
	n := (d.entries + indexPageEntries - 1) / indexPageEntries
	if n > len(r.b)/12 {
		r.fail()
		return
	}
	d.index = make([]indexPage, n)
	for i := range d.index {
		d.index[i] = indexPage{first: r.fixed64(), sum: r.fixed32()}
	}
}

func (d *directory) readRollups(r *reader, limit int64) {
	d.rollups = make([]rollupEntry, r.count(11))
	for i := range d.rollups {
		e := &d.rollups[i]
		e.level, e.n, e.group = level(r.index(int(levelCount))), r.varint(), r.string()
		e.extent, e.size, e.fine = r.extent(limit), int(r.u32()), r.byte() != 0
		if !e.level.has(e.n) {
			r.fail()
		}
		if i > 0 && compareRollupKeys(d.rollups[i-1].rollupKey, e.rollupKey) >= 0 {
			r.fail()
			return
		}
	}
}
