package block

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"

	"github.com/radiograph/radiograph/traceid"
)

// Ids are random: as hex digits between other text they cost a compressor more
// than the bytes that they stand for, and it looks for repetitions in vain. So
// packed documents have marks in the place of quoted ids, and the bytes are kept
// apart, uncompressed. See docs/format/block.md.
const (
	markID     = 1 // an entity id, new in the row: the next unit
	markSameID = 2 // an entity id that the row has had: its number follows
	markTrace  = 3 // a trace id, new in the row: the next two units
	markSame   = 4 // a trace id that the row has had: its number follows
	markEscape = 5 // the next byte is itself
)

// unit is the size of what is kept apart.
const unit = 8

// packer packs the documents of one row at a time.
type packer struct {
	text, units []byte
	first       int                         // units of rows before
	ids         map[traceid.EntityID]uint64 // of this row, numbered
	traces      map[traceid.ID]uint64       // of this row, numbered
}

// row begins a row.
func (p *packer) row() {
	p.first = len(p.units)
	if p.ids == nil {
		p.ids, p.traces = map[traceid.EntityID]uint64{}, map[traceid.ID]uint64{}
	}
	clear(p.ids)
	clear(p.traces)
}

const (
	quotedID    = 18 // bytes of an entity id with its quotes
	quotedTrace = 37 // bytes of a trace id with its quotes
)

// document appends one document.
func (p *packer) document(raw []byte) {
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '"')
		if n < 0 {
			n = len(raw)
		}
		p.plain(raw[:n])
		raw = raw[n:]
		switch {
		case len(raw) == 0:
		case isQuoted(raw, quotedID) && p.entity(raw[1:quotedID-1]):
			raw = raw[quotedID:]
		case isQuoted(raw, quotedTrace) && p.trace(raw[1:quotedTrace-1]):
			raw = raw[quotedTrace:]
		default:
			p.text = append(p.text, '"')
			raw = raw[1:]
		}
	}
}

func isQuoted(b []byte, n int) bool { return len(b) >= n && b[n-1] == '"' }

// plain appends text without quotes.
func (p *packer) plain(b []byte) {
	for i, c := range b {
		if c <= markEscape {
			p.plainEscaped(b[i:])
			return
		}
		p.text = append(p.text, c)
	}
}

func (p *packer) plainEscaped(b []byte) {
	for _, c := range b {
		if c <= markEscape {
			p.text = append(p.text, markEscape)
		}
		p.text = append(p.text, c)
	}
}

// entity packs an id, unless it is not spelled as unpack will spell it.
func (p *packer) entity(b []byte) bool {
	id, ok := traceid.ParseEntityBytes(b)
	if !ok || hasUpper(b) {
		return false
	}
	if i, ok := p.ids[id]; ok {
		p.text = binary.AppendUvarint(append(p.text, markSameID), i)
		return true
	}
	p.ids[id] = uint64(len(p.ids))
	p.text, p.units = append(p.text, markID), append(p.units, id[:]...)
	return true
}

func (p *packer) trace(b []byte) bool {
	id, ok := traceid.ParseBytes(b)
	if !ok || hasUpper(b) {
		return false
	}
	if i, ok := p.traces[id]; ok {
		p.text = binary.AppendUvarint(append(p.text, markSame), i)
		return true
	}
	p.traces[id] = uint64(len(p.traces))
	p.text, p.units = append(p.text, markTrace), append(p.units, id[:]...)
	return true
}

func hasUpper(b []byte) bool {
	for _, c := range b {
		if 'A' <= c && c <= 'F' {
			return true
		}
	}
	return false
}

// unpacker is the inverse, for the rows of one page.
type unpacker struct {
	units  reader
	ids    []traceid.EntityID
	traces []traceid.ID
}

// document appends the document that packed is to dst.
func (u *unpacker) document(dst, packed []byte) ([]byte, error) {
	r := reader{b: packed}
	for len(r.b) > 0 {
		n := 0
		for n < len(r.b) && r.b[n] > markEscape {
			n++
		}
		dst = append(dst, r.take(n)...)
		if len(r.b) > 0 {
			dst = u.mark(dst, &r)
		}
	}
	if u.units.bad {
		r.fail()
	}
	return dst, r.err("packed document")
}

func (u *unpacker) mark(dst []byte, r *reader) []byte {
	switch r.byte() {
	case markID:
		u.ids = append(u.ids, traceid.EntityID(u.take(unit)))
		return u.entity(dst, len(u.ids)-1)
	case markSameID:
		if i := r.index(len(u.ids)); !r.bad {
			return u.entity(dst, i)
		}
	case markTrace:
		u.traces = append(u.traces, traceid.ID(u.take(2*unit)))
		return u.trace(dst, len(u.traces)-1)
	case markSame:
		if i := r.index(len(u.traces)); !r.bad {
			return u.trace(dst, i)
		}
	case markEscape:
		return append(dst, r.byte())
	default:
		r.fail()
	}
	return dst
}

// take returns n bytes of the units; zeros when they are used up.
func (u *unpacker) take(n int) []byte {
	if b := u.units.take(n); b != nil {
		return b
	}
	return make([]byte, n)
}

func (u *unpacker) entity(dst []byte, i int) []byte {
	dst = append(dst, '"')
	dst = hex.AppendEncode(dst, u.ids[i][:])
	return append(dst, '"')
}

func (u *unpacker) trace(dst []byte, i int) []byte {
	dst = append(dst, '"')
	dst = u.traces[i].AppendText(dst)
	return append(dst, '"')
}
