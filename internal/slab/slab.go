package slab

import (
	"slices"
	"unsafe"
)

const (
	firstChunk = 4       // elements of a slab's first chunk
	maxChunk   = 1024    // elements of a chunk, unless one piece needs more
	maxKept    = 4 << 20 // bytes of a slab that survive a reset
)

// Slab hands out runs of zeroed elements from chunks that it uses again after a
// Reset. Chunks never move, so pointers into them stay good. The zero value is
// ready.
type Slab[T any] struct {
	chunks [][]T
	cur    int // index of the chunk in use
	used   int // elements of it handed out
}

// Take returns n zeroed elements.
func (s *Slab[T]) Take(n int) []T {
	for s.cur < len(s.chunks) {
		if c := s.chunks[s.cur]; n <= len(c)-s.used {
			s.used += n
			return c[s.used-n : s.used : s.used]
		}
		s.cur++
		s.used = 0
	}
	size := firstChunk
	if len(s.chunks) > 0 {
		size = min(2*len(s.chunks[len(s.chunks)-1]), maxChunk)
	}
	c := make([]T, max(n, size))
	s.chunks = append(s.chunks, c)
	s.used = n
	return c[:n:n]
}

// One returns one zeroed element.
func (s *Slab[T]) One() *T { return &s.Take(1)[0] }

// Reset takes all elements back and clears them, so that nothing they pointed to
// is held. A slab that has grown very large is given up.
func (s *Slab[T]) Reset() {
	var zero T
	total := 0
	for i, c := range s.chunks {
		total += len(c)
		switch {
		case i < s.cur:
			clear(c)
		case i == s.cur:
			clear(c[:s.used])
		}
	}
	if total*int(unsafe.Sizeof(zero)) > maxKept {
		s.chunks = nil
	}
	s.cur, s.used = 0, 0
}

// List collects arrays whose lengths show only at their ends. Arrays may nest:
// the elements of the innermost open one are on top of the stack. The zero value is
// ready.
type List[T any] struct {
	Slab[T]
	stack []T
}

// Begin opens an array; Open and End take what it returns.
func (l *List[T]) Begin() int { return len(l.stack) }

// Add appends v to the innermost open array.
func (l *List[T]) Add(v T) { l.stack = append(l.stack, v) }

// Open returns the elements so far of the array that Begin opened. They may be
// changed, and move with the next Add.
func (l *List[T]) Open(begin int) []T { return l.stack[begin:] }

// End closes the array that Begin opened and returns its elements, nil if there
// are none.
func (l *List[T]) End(begin int) []T {
	open := l.stack[begin:]
	if len(open) == 0 {
		return nil
	}
	out := l.Take(len(open))
	copy(out, open)
	clear(open)
	l.stack = l.stack[:begin]
	return out
}

// Reset takes all arrays back.
func (l *List[T]) Reset() {
	var zero T
	l.Slab.Reset()
	if cap(l.stack)*int(unsafe.Sizeof(zero)) > maxKept {
		l.stack = nil
	}
}

const (
	firstBytes    = 512     // size of an arena's first chunk
	maxArenaChunk = 1 << 18 // size of a chunk, unless one piece needs more
)

// Arena is the memory of pieces of text. The zero value is ready.
type Arena struct {
	chunk []byte // its length is what has been handed out
}

// Open returns an empty slice to append about n bytes to; Close keeps them.
func (a *Arena) Open(n int) []byte {
	if n > cap(a.chunk)-len(a.chunk) {
		size := min(max(firstBytes, 2*cap(a.chunk)), maxArenaChunk)
		a.chunk = make([]byte, 0, max(n, size))
	}
	return a.chunk[len(a.chunk):]
}

// Close returns b, which was appended to the result of the last Open, for
// keeping. A b that has outgrown the chunk has memory of its own.
func (a *Arena) Close(b []byte) []byte {
	if n := len(a.chunk); len(b) <= cap(a.chunk)-n && len(b) > 0 && &b[0] == &a.chunk[:n+1][n] {
		a.chunk = a.chunk[:n+len(b)]
	}
	return slices.Clip(b)
}

// CloseString is Close for text.
func (a *Arena) CloseString(b []byte) string {
	b = a.Close(b)
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // G103: what Close returned is not written again
}

// Reset takes the last chunk back. Earlier chunks are left to the collector: a
// steady load soon fits into one.
func (a *Arena) Reset() {
	if cap(a.chunk) > maxKept {
		a.chunk = nil
	}
	a.chunk = a.chunk[:0]
}
