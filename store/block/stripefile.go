package block

import "encoding/binary"

// pageRows is how many rows' payloads share a compressed page.
const pageRows = 256

// chunk is a piece of a stripe: the dictionary, a column, or a page of payloads.
type chunk struct {
	offset int // from the end of the stripe's header
	length int
	size   int // decompressed
	sum    uint32
	stored bool // as it is, not compressed
}

// stripeHeader lists a stripe's chunks.
type stripeHeader struct {
	dict    chunk
	columns [columnCount]chunk
	pages   []chunk
}

// encodeStripe returns a stripe's header and its chunks.
func encodeStripe(st *stripe) (header, chunks []byte, err error) {
	var h stripeHeader
	add := func(raw []byte, stored bool) chunk {
		start := len(chunks)
		if stored {
			chunks = append(chunks, raw...)
		} else {
			chunks = compress(chunks, raw)
		}
		c := chunks[start:]
		return chunk{offset: start, length: len(c), size: len(raw), sum: checksum(c), stored: stored}
	}
	h.dict = add(st.dict.appendTo(nil), false)
	var raw []byte
	for c := range columnCount {
		raw = st.columns.encode(raw[:0], c)
		h.columns[c] = add(raw, c == colID)
	}
	for at := 0; at < st.n; at += pageRows {
		raw, err = appendPayloads(raw[:0], st.payloads, at, min(at+pageRows, st.n))
		if err != nil {
			return nil, nil, err
		}
		h.pages = append(h.pages, add(raw, false))
	}
	return h.appendTo(nil), chunks, nil
}

// appendPayloads appends a page: the lengths, the shapes, the numbers.
func appendPayloads(b []byte, list payloads, from, to int) ([]byte, error) {
	var shapes, numbers []byte
	for i := from; i < to; i++ {
		p, err := list.payload(i)
		if err != nil {
			return nil, err
		}
		b = appendUvarint(appendUvarint(b, len(p.shape)), len(p.numbers))
		shapes = append(shapes, p.shape...)
		numbers = append(numbers, p.numbers...)
	}
	return append(append(b, shapes...), numbers...), nil
}

// decodePayloads takes a page of n rows apart.
func decodePayloads(b []byte, n int) ([]payload, error) {
	r := reader{b: b}
	if n > len(b) {
		r.fail()
		return nil, r.err("page of rows")
	}
	lengths := make([][2]int, n)
	for i := range lengths {
		lengths[i] = [2]int{int(r.u32()), int(r.u32())}
	}
	page := make([]payload, n)
	for i := range page {
		page[i].shape = r.take(lengths[i][0])
	}
	for i := range page {
		page[i].numbers = r.take(lengths[i][1])
	}
	if len(r.b) > 0 {
		r.fail()
	}
	return page, r.err("page of rows")
}

func (h *stripeHeader) appendTo(b []byte) []byte {
	one := func(c chunk) {
		b = appendUvarint(appendUvarint(b, c.length), c.size)
		b = appendBool(binary.LittleEndian.AppendUint32(b, c.sum), c.stored)
	}
	one(h.dict)
	for _, c := range h.columns {
		one(c)
	}
	b = appendUvarint(b, len(h.pages))
	for _, c := range h.pages {
		one(c)
	}
	return b
}

func decodeStripeHeader(b []byte, rows int) (*stripeHeader, error) {
	r := reader{b: b}
	h := &stripeHeader{}
	at := 0
	one := func() chunk {
		c := chunk{offset: at, length: int(r.u32()), size: int(r.u32()), sum: r.fixed32(), stored: r.byte() != 0}
		at += c.length
		return c
	}
	h.dict = one()
	for i := range h.columns {
		h.columns[i] = one()
	}
	h.pages = make([]chunk, r.count(7))
	for i := range h.pages {
		h.pages[i] = one()
	}
	if len(r.b) > 0 || len(h.pages) != (rows+pageRows-1)/pageRows {
		r.fail()
	}
	return h, r.err("stripe header")
}
