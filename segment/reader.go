package segment

import "slices"

// Reader reads the JSON text of a [Raw], or any other, value by value:
//
//	r.Reset(raw)
//	for ok := r.Object(); ok; ok = r.Member() {
//		switch r.Key() {
//		case "name":
//			name = r.String()
//		default:
//			r.Skip()
//		}
//	}
//
// Each method that reads a value passes it, whatever it is. The first syntax error
// is final: nothing follows it, and [Reader.OK] says so. Strings share memory with
// the text or with the Reader and are valid until Reset. The zero Reader has read
// everything. It must not be used by two goroutines at once.
type Reader struct{ s scanner }

// Reset makes r read text, which must not change meanwhile.
func (r *Reader) Reset(text []byte) {
	r.s.arena.Reset()
	r.s.start(text)
	r.s.space()
}

// Object enters the object at hand and moves to its first member; it passes any
// other value. It reports whether there is a member.
func (r *Reader) Object() bool { return r.s.object() }

// Member moves from behind the value of a member to the next one.
func (r *Reader) Member() bool { return r.s.member() }

// Key returns the key of the member at hand. Reading its value forgets it.
func (r *Reader) Key() string { return r.s.key }

// Array is what Object is, for arrays.
func (r *Reader) Array() bool { return r.s.array() }

// Element moves from behind an element to the next one.
func (r *Reader) Element() bool { return r.s.element() }

// Peek returns the first byte of the value at hand: a digit or a minus for a
// number, 't', 'f' and 'n' for literals, a quote or a bracket for the others. It is
// 0 at the end and behind an error.
func (r *Reader) Peek() byte { return r.s.peek() }

// Begins reports whether the text from the value at hand on begins with prefix.
func (r *Reader) Begins(prefix string) bool {
	rest := r.s.data[r.s.pos:]
	return len(rest) >= len(prefix) && string(rest[:len(prefix)]) == prefix
}

// Text reads a string; any other value is not ok.
func (r *Reader) Text() (s string, ok bool) {
	t := r.s.text()
	return t.value, t.present
}

// String reads a string; any other value reads as "".
func (r *Reader) String() string { return r.s.str() }

// Flag reads a boolean; any other value reads as Unset.
func (r *Reader) Flag() Tri { return r.s.flag() }

// Integer reads a number without its fraction; what is too large saturates. Any
// other value is not ok.
func (r *Reader) Integer() (v int64, ok bool) { return r.s.integer() }

// Number reads a number and returns its text, nil for any other value.
func (r *Reader) Number() []byte {
	if !r.s.isNumber() {
		r.s.skip()
		return nil
	}
	return r.s.number()
}

// Skip passes any value.
func (r *Reader) Skip() { r.s.skip() }

// Raw passes any value and returns its text, nil behind an error.
func (r *Reader) Raw() Raw {
	start := r.s.pos
	r.s.skip()
	if r.s.failed {
		return nil
	}
	return slices.Clip(r.s.data[start:r.s.pos])
}

// OK reports whether there was no syntax error so far.
func (r *Reader) OK() bool { return !r.s.failed }

// IsJSON reports whether text is one JSON value that nests no deeper than depth.
func IsJSON(text []byte, depth int) bool {
	var s scanner
	s.start(text)
	s.depth = max(0, maxDepth-depth)
	s.space()
	s.skip()
	return s.ended()
}

// AppendCompact appends the JSON value that text is, without its whitespace and
// with U+FFFD for invalid UTF-8. It is not ok, and appends nothing, if text is not
// one value or nests deeper than depth.
func AppendCompact(dst, text []byte, depth int) (out []byte, ok bool) {
	if !IsJSON(text, depth) {
		return dst, false
	}
	return appendCompact(dst, text), true
}

// AppendString appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte { return appendString(dst, s) }
