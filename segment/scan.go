package segment

import "github.com/radiograph/radiograph/internal/slab"

// maxDepth bounds the nesting of a document: objects and arrays together.
const maxDepth = 1000

// scanner reads JSON (RFC 8259) value by value. A method that reads a value
// expects its first byte at pos and leaves pos behind its last. The first syntax
// error is final: it moves pos to the end, where every method fails, so callers
// need not look before they are done.
//
// Objects and arrays are read with a loop:
//
//	for ok := s.object(); ok; ok = s.member() { … s.key … }
//	for ok := s.array(); ok; ok = s.element() { … }
type scanner struct {
	data   []byte
	pos    int
	depth  int
	failed bool
	loose  bool // whitespace or invalid UTF-8 has been passed; see capture
	key    string
	keyPos int // of the key's first quote
	arena  slab.Arena
}

func (s *scanner) start(data []byte) {
	s.data, s.pos, s.depth, s.failed, s.loose = data, 0, 0, false, false
}

func (s *scanner) fail() {
	s.failed = true
	s.pos = len(s.data)
}

// ended reports whether one value, and nothing else, was there.
func (s *scanner) ended() bool {
	s.space()
	return !s.failed && s.pos == len(s.data)
}

// peek returns the byte at pos, 0 at the end. No token begins with 0.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// space passes whitespace and returns the byte behind it, 0 at the end.
func (s *scanner) space() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\n', '\t', '\r':
			s.loose = true
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// enter passes the bracket that opens an object or array.
func (s *scanner) enter() {
	s.pos++
	s.depth++
	if s.depth > maxDepth {
		s.fail()
	}
}

// leave passes the bracket that closes it.
func (s *scanner) leave() {
	s.pos++
	s.depth--
}

// object enters the object at hand and moves to the value of its first member;
// it skips any other value. It reports whether there is a member.
func (s *scanner) object() bool {
	if s.peek() != '{' {
		s.skip()
		return false
	}
	s.enter()
	c := s.space()
	if c == '}' {
		s.leave()
		return false
	}
	return s.readKey(c)
}

// member moves to the value of the next member.
func (s *scanner) member() bool {
	switch s.space() {
	case ',':
		s.pos++
		return s.readKey(s.space())
	case '}':
		s.leave()
	default:
		s.fail()
	}
	return false
}

func (s *scanner) readKey(c byte) bool {
	if c != '"' {
		s.fail()
		return false
	}
	s.keyPos = s.pos
	s.key = s.string()
	return s.colon()
}

// colon moves from behind a key to its value.
func (s *scanner) colon() bool {
	if s.space() != ':' {
		s.fail()
		return false
	}
	s.pos++
	s.space()
	return !s.failed
}

// array is what object is, for arrays.
func (s *scanner) array() bool {
	if s.peek() != '[' {
		s.skip()
		return false
	}
	s.enter()
	if s.space() == ']' {
		s.leave()
		return false
	}
	return !s.failed
}

// element moves to the next element.
func (s *scanner) element() bool {
	switch s.space() {
	case ',':
		s.pos++
		s.space()
		return true
	case ']':
		s.leave()
	default:
		s.fail()
	}
	return false
}

// skip passes any value.
func (s *scanner) skip() {
	switch c := s.peek(); c {
	case '"':
		s.skipString()
	case '{':
		s.skipObject()
	case '[':
		for ok := s.array(); ok; ok = s.element() {
			s.skip()
		}
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

func (s *scanner) skipObject() {
	s.enter()
	if s.space() == '}' {
		s.leave()
		return
	}
	for {
		if s.space() != '"' {
			s.fail()
			return
		}
		s.skipString()
		if !s.colon() {
			return
		}
		s.skip()
		switch s.space() {
		case ',':
			s.pos++
		case '}':
			s.leave()
			return
		default:
			s.fail()
			return
		}
	}
}

func (s *scanner) literal(word string) {
	if end := s.pos + len(word); end <= len(s.data) && string(s.data[s.pos:end]) == word {
		s.pos = end
		return
	}
	s.fail()
}

// text is a string that may be absent.
type text struct {
	value   string
	present bool
}

// text reads a string; any other value is absent.
func (s *scanner) text() text {
	if s.peek() != '"' {
		s.skip()
		return text{}
	}
	return text{s.string(), true}
}

// str reads a string; any other value reads as "".
func (s *scanner) str() string { return s.text().value }

// flag reads a boolean; any other value reads as Unset.
func (s *scanner) flag() Tri {
	c := s.peek()
	s.skip()
	switch c {
	case 't':
		return True
	case 'f':
		return False
	}
	return Unset
}
