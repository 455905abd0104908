package segment

import "unicode/utf8"

// Raw is one compact JSON value as text.
type Raw []byte

// rawObject reads the object at hand as it is. Empty objects and other values
// read as nil.
func (d *Decoder) rawObject() Raw {
	if d.peek() != '{' {
		d.skip()
		return nil
	}
	start := d.pos
	d.loose = false
	d.skip()
	return d.raw(span{start, d.pos})
}

// raw returns the text of the value that has just been passed. The text aliases
// the document if nothing loose was met inside it.
func (d *Decoder) raw(at span) Raw {
	if d.failed {
		return nil
	}
	v := d.data[at.from:at.to:at.to]
	if d.loose {
		v = d.arena.Close(appendCompact(d.arena.Open(len(v)), v))
	}
	if len(v) == len("{}") {
		return nil
	}
	return v
}

// metadata reads the value of "metadata": namespaces whose values are no objects
// are dropped.
func (d *Decoder) metadata() Raw {
	if d.peek() != '{' {
		d.skip()
		return nil
	}
	c := d.capture()
	for ok := d.object(); ok; ok = d.member() {
		at, keep := d.keyPos, d.peek() == '{'
		d.skip()
		c.member(at, keep)
	}
	if len(d.kept) == c.begin {
		return nil
	}
	return c.end()
}

// capture collects the members of the object at hand that are worth keeping.
type capture struct {
	d       *Decoder
	start   int
	begin   int // index in d.kept
	dropped bool
}

func (d *Decoder) capture() capture {
	d.loose = false
	return capture{d: d, start: d.pos, begin: len(d.kept)}
}

// member notes the member that has just been passed and whose key was at pos.
func (c *capture) member(pos int, keep bool) {
	if !keep {
		c.dropped = true
		return
	}
	c.d.kept = append(c.d.kept, span{pos, c.d.pos})
}

// end returns the object, which has been passed, with the kept members only. The
// text aliases the document if nothing was dropped or loose.
func (c *capture) end() Raw {
	d := c.d
	members := d.kept[c.begin:]
	d.kept = d.kept[:c.begin]
	if d.failed {
		return nil
	}
	if !c.dropped && !d.loose {
		return d.data[c.start:d.pos:d.pos]
	}
	out := append(d.arena.Open(d.pos-c.start), '{')
	for i, m := range members {
		out = appendCompact(separate(out, i), d.data[m.from:m.to])
	}
	return d.arena.Close(append(out, '}'))
}

// appendCompact appends valid JSON without its whitespace and with U+FFFD for
// invalid UTF-8.
func appendCompact(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case ' ', '\n', '\t', '\r':
			i++
		case '"':
			n := stringLen(src[i:])
			dst = appendValid(dst, src[i:i+n])
			i += n
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// stringLen returns the length of the valid string at the front of b, quotes
// included.
func stringLen(b []byte) int {
	for i := 1; ; {
		i += plain(b[i:])
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
}

// appendValid appends b with U+FFFD in place of each byte that is not UTF-8.
func appendValid(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// span is a part of a document.
type span struct{ from, to int }

// maxSpans is how many spans a Decoder keeps room for.
const maxSpans = 1 << 16
