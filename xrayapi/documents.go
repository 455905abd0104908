package xrayapi

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/radiograph/radiograph/internal/escape"
)

// documentList is the decoded body of PutTraceSegments. The documents are JSON in
// JSON texts; they are unescaped in place, so that the list costs no memory but
// the body's own.
type documentList struct {
	list [][]byte
}

var documentLists = sync.Pool{New: func() any { return new(documentList) }}

// release takes the memory back; the documents are gone with the body.
func (l *documentList) release() {
	const maxPooledDocuments = 1 << 14
	if cap(l.list) > maxPooledDocuments {
		return
	}
	clear(l.list)
	l.list = l.list[:0]
	documentLists.Put(l)
}

// documentsMember is the member of the body that holds the documents.
const documentsMember = "TraceSegmentDocuments"

var errDocumentList = errors.New(documentsMember + " is not a list of texts")

// scan reads a body and overwrites it. Members other than the documents are
// skipped, of repeated members the last counts, as everywhere. present is false
// when the body has no documents or null instead.
func (l *documentList) scan(body []byte) (present bool, err error) {
	s := scanner{body: body}
	if s.space(); s.at == len(body) {
		return false, nil
	}
	if !s.accept('{') {
		return false, s.unexpected("an object")
	}
	for first := true; ; first = false {
		if s.space(); s.accept('}') {
			break
		}
		if !first && !s.accept(',') {
			return false, s.unexpected("a comma or the end of the object")
		}
		name, err := s.name()
		if err != nil {
			return false, err
		}
		if string(name) != documentsMember {
			if err := s.skip(); err != nil {
				return false, err
			}
			continue
		}
		if present, err = l.documents(&s); err != nil {
			return false, err
		}
	}
	if s.space(); s.at != len(body) {
		return false, s.unexpected("the end")
	}
	return present, nil
}

// documents reads the value of the documents' member.
func (l *documentList) documents(s *scanner) (present bool, err error) {
	l.list = l.list[:0]
	if s.acceptNull() {
		return false, nil
	}
	if !s.accept('[') {
		return false, errDocumentList
	}
	for {
		if s.space(); len(l.list) == 0 && s.accept(']') {
			return true, nil
		}
		var doc []byte
		if s.acceptNull() {
			doc = []byte("null") // refused on its own, like any other document that is none
		} else if s.at == len(s.body) || s.body[s.at] != '"' {
			return false, errDocumentList
		} else if doc, err = s.text(); err != nil {
			return false, err
		}
		l.list = append(l.list, doc)
		if s.space(); s.accept(']') {
			return true, nil
		}
		if !s.accept(',') {
			return false, s.unexpected("a comma or the end of the list")
		}
	}
}

// scanner reads JSON from body.
type scanner struct {
	body []byte
	at   int
}

func (s *scanner) unexpected(want string) error {
	if s.at >= len(s.body) {
		return fmt.Errorf("the body ends where %s should be", want)
	}
	return fmt.Errorf("offset %d: %q instead of %s", s.at, s.body[s.at], want)
}

func (s *scanner) space() {
	for s.at < len(s.body) {
		switch s.body[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) accept(c byte) bool {
	if s.at < len(s.body) && s.body[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) acceptNull() bool {
	if bytes.HasPrefix(s.body[s.at:], []byte("null")) {
		s.at += len("null")
		return true
	}
	return false
}

// name reads the name of a member and the colon after it, and stops at the value.
func (s *scanner) name() ([]byte, error) {
	if s.space(); s.at == len(s.body) || s.body[s.at] != '"' {
		return nil, s.unexpected("a member's name")
	}
	name, err := s.text()
	if err != nil {
		return nil, err
	}
	if s.space(); !s.accept(':') {
		return nil, s.unexpected("a colon")
	}
	s.space()
	return name, nil
}

// skip reads over one value of any kind.
func (s *scanner) skip() error {
	dec := json.NewDecoder(bytes.NewReader(s.body[s.at:]))
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		return err
	}
	s.at += int(dec.InputOffset())
	return nil
}

// text reads a text, from quote to quote, and unescapes it in place.
func (s *scanner) text() ([]byte, error) {
	b := s.body
	s.at++ // the opening quote
	start, to := s.at, s.at
	for {
		to = s.plain(to)
		if s.at == len(b) {
			return nil, errors.New("the body ends inside a text")
		}
		switch c := b[s.at]; {
		case c == '"':
			s.at++
			return b[start:to], nil
		case c != '\\':
			return nil, fmt.Errorf("offset %d: control character in a text", s.at)
		case s.at+1 < len(b) && unescaped[b[s.at+1]] != 0:
			b[to] = unescaped[b[s.at+1]]
			s.at += 2
			to++
		default:
			n, err := s.escapedUnits(to)
			if err != nil {
				return nil, err
			}
			to += n
		}
	}
}

// plain moves the characters that stand for themselves to the place to and returns
// the place behind them. It stops at the first other one.
//
// It takes eight characters at once, because a document in a text has an escaped
// quote every few characters: the whole body costs a third less than byte by byte.
func (s *scanner) plain(to int) int {
	b, at := s.body, s.at
	for at+8 <= len(b) {
		word := binary.LittleEndian.Uint64(b[at:])
		n := 8
		if special := specials(word); special != 0 {
			n = bits.TrailingZeros64(special) / 8
		}
		if at-to >= 8 {
			binary.LittleEndian.PutUint64(b[to:], word) // overwrites nothing that is still to be read
		} else {
			copy(b[to:], b[at:at+n])
		}
		at, to = at+n, to+n
		if n < 8 {
			s.at = at
			return to
		}
	}
	for at < len(b) && b[at] >= ' ' && b[at] != '"' && b[at] != '\\' {
		b[to] = b[at]
		at, to = at+1, to+1
	}
	s.at = at
	return to
}

// specials marks the quotes, backslashes and control characters among eight
// characters by their highest bits. Marks above the lowest may be wrong.
func specials(word uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quotes := word ^ ones*'"'
	backslashes := word ^ ones*'\\'
	return ((quotes-ones)&^quotes | (backslashes-ones)&^backslashes | (word-ones*' ')&^word) & highs
}

// unescaped maps the character after a backslash to what both stand for.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escapedUnits reads an escape sequence of one or two code units and writes what it
// stands for at to. No sequence is shorter than what it stands for.
func (s *scanner) escapedUnits(to int) (n int, err error) {
	r, ok := escape.Unit(s.body[s.at:])
	if !ok {
		return 0, fmt.Errorf("offset %d: invalid escape sequence in a text", s.at)
	}
	s.at += escape.UnitSize
	if utf16.IsSurrogate(r) {
		low, ok := escape.Unit(s.body[s.at:])
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			s.at += escape.UnitSize
		} else {
			r = utf8.RuneError // half a pair
		}
	}
	return utf8.EncodeRune(s.body[to:], r), nil
}
