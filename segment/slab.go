package segment

import (
	"slices"
	"unsafe"
)

const (
	firstChunk = 4       // elements of a slab's first chunk
	maxChunk   = 1024    // elements of a chunk, unless one piece needs more
	maxKept    = 4 << 20 // bytes of a slab that survive a reset
)

// slab hands out runs of zeroed elements from chunks that it uses again after a
// reset. Chunks never move, so pointers into them stay good.
type slab[T any] struct {
	chunks [][]T
	cur    int // index of the chunk in use
	used   int // elements of it handed out
}

// take returns n zeroed elements.
func (s *slab[T]) take(n int) []T {
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

// reset takes all elements back and clears them, so that nothing they pointed to
// is held. A slab that has grown very large is given up.
func (s *slab[T]) reset() {
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

// list collects arrays whose lengths show only at their ends. Arrays may nest:
// the elements of the innermost open one are on top of the stack.
type list[T any] struct {
	slab[T]
	stack []T
}

// begin opens an array; end takes what it returns.
func (l *list[T]) begin() int { return len(l.stack) }

func (l *list[T]) add(v T) { l.stack = append(l.stack, v) }

// end closes the array that begin opened and returns its elements.
func (l *list[T]) end(begin int) []T {
	open := l.stack[begin:]
	if len(open) == 0 {
		return nil
	}
	out := l.take(len(open))
	copy(out, open)
	clear(open)
	l.stack = l.stack[:begin]
	return out
}

func (l *list[T]) reset() {
	var zero T
	l.slab.reset()
	if cap(l.stack)*int(unsafe.Sizeof(zero)) > maxKept {
		l.stack = nil
	}
}

const (
	firstBytes    = 512     // size of an arena's first chunk
	maxArenaChunk = 1 << 18 // size of a chunk, unless one piece needs more
)

// arena is the memory of strings that cannot alias their document.
type arena struct {
	chunk []byte // its length is what has been handed out
}

// open returns an empty slice to append about n bytes to; close keeps them.
func (a *arena) open(n int) []byte {
	if n > cap(a.chunk)-len(a.chunk) {
		size := min(max(firstBytes, 2*cap(a.chunk)), maxArenaChunk)
		a.chunk = make([]byte, 0, max(n, size))
	}
	return a.chunk[len(a.chunk):]
}

// close returns b, which was appended to the result of the last open, for
// keeping. A b that has outgrown the chunk has memory of its own.
func (a *arena) close(b []byte) []byte {
	if n := len(a.chunk); len(b) <= cap(a.chunk)-n && len(b) > 0 && &b[0] == &a.chunk[:n+1][n] {
		a.chunk = a.chunk[:n+len(b)]
	}
	return slices.Clip(b)
}

// reset takes the last chunk back. Earlier chunks are left to the collector: a
// steady load soon fits into one.
func (a *arena) reset() {
	if cap(a.chunk) > maxKept {
		a.chunk = nil
	}
	a.chunk = a.chunk[:0]
}
