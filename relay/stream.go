package relay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/radiograph/radiograph/datagram"
)

const (
	streamBuffer    = 16 << 10
	freeDocument    = 64 << 10        // bytes of a document that need no reservation
	streamIdle      = 5 * time.Minute // between documents
	documentTimeout = time.Minute     // from a document's first byte to its last
)

// Why a stream ended before its client closed it.
var (
	errBadHeader = errors.New("no valid header line")
	errBadFrame  = errors.New("not an object where a document should begin")
	errTooLarge  = errors.New("document too large")
	errQueueFull = errors.New("no memory for large documents")
)

// serveStream takes the documents of a stream, and closes conn.
func (r *Relay) serveStream(conn net.Conn) {
	r.counters.streams.Add(1)
	r.counters.openStreams.Add(1)
	defer r.counters.openStreams.Add(-1)
	s := stream{
		in:      bufio.NewReaderSize(conn, streamBuffer),
		writer:  datagram.Writer{Queue: r.queue},
		limit:   r.opts.MaxDocumentBytes,
		setWait: func(t time.Time) error { return r.conns.waitUntil(conn, t) },
	}
	err := s.run(func() { r.counters.streamDocuments.Add(1) })
	s.end()
	switch {
	case errors.Is(err, io.EOF):
	case errors.Is(err, errBadHeader):
		r.counters.received.BadHeader.Add(1)
	case errors.Is(err, errTooLarge):
		r.counters.received.TooLarge.Add(1)
	case errors.Is(err, errQueueFull):
		r.counters.queueFull.Add(1)
	case errors.Is(err, errBadFrame), errors.Is(err, io.ErrUnexpectedEOF):
		r.counters.badFrame.Add(1)
	}
	r.opts.Logger.Debug("stream ended", "client", conn.RemoteAddr().String(), "err", err)
	_ = conn.Close() // it was only read from
}

// stream reads one stream.
type stream struct {
	in      *bufio.Reader
	writer  datagram.Writer
	limit   int                   // bytes of a document
	setWait func(time.Time) error // how long reads may wait

	taken    int    // bytes at the front of in that belong to the document returned last
	doc      []byte // a document that did not come in one piece
	reserved int    // bytes of doc that are reserved
}

// run takes documents, and calls count for each, until the stream ends. It always
// returns an error: io.EOF when the client has closed the stream after a document.
func (s *stream) run(count func()) error {
	if err := s.readHeader(); err != nil {
		return err
	}
	for {
		doc, err := s.next()
		if err != nil {
			return err
		}
		s.emit(doc)
		count()
	}
}

// end hands on what was read and gives back what is reserved.
func (s *stream) end() {
	s.writer.Flush()
	s.forget()
}

func (s *stream) readHeader() error {
	if err := s.setWait(time.Now().Add(firstByteTimeout)); err != nil {
		return err
	}
	for n := 1; n <= datagram.MaxHeader; n++ {
		b, err := s.in.Peek(n)
		if err != nil {
			return errBadHeader
		}
		if b[n-1] != '\n' {
			continue
		}
		if !datagram.ValidHeader(b[:n-1]) {
			break
		}
		s.taken = n
		return nil
	}
	return errBadHeader
}

// next returns the next document. It is valid until the call after.
func (s *stream) next() ([]byte, error) {
	if err := s.skipSpace(); err != nil {
		return nil, err
	}
	var end objectEnd
	var deadline time.Time
	for {
		b, err := s.in.Peek(s.in.Buffered())
		if err != nil {
			return nil, err
		}
		n, found := end.find(b)
		if len(s.doc)+n > s.limit {
			return nil, errTooLarge
		}
		if found && len(s.doc) == 0 {
			s.taken = n
			return b[:n], nil
		}
		if err := s.collect(b[:n]); err != nil {
			return nil, err
		}
		if found {
			return s.doc, nil
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(documentTimeout)
		}
		if err := s.fill(deadline); err != nil {
			return nil, truncated(err)
		}
	}
}

// skipSpace skips to the first byte of the next document.
func (s *stream) skipSpace() error {
	for {
		if _, err := s.in.Discard(s.taken); err != nil {
			return err
		}
		s.taken = 0
		b, err := s.in.Peek(s.in.Buffered())
		if err != nil {
			return err
		}
		rest := bytes.TrimLeft(b, " \t\r\n")
		s.taken = len(b) - len(rest)
		if len(rest) == 0 {
			if err := s.fill(time.Now().Add(streamIdle)); err != nil {
				return err
			}
			continue
		}
		if rest[0] != '{' {
			return errBadFrame
		}
		_, err = s.in.Discard(s.taken)
		s.taken = 0
		return err
	}
}

// fill waits for more input until deadline. What was read so far goes on before.
// Everything in the buffer must have been taken.
func (s *stream) fill(deadline time.Time) error {
	s.writer.Flush()
	if err := s.setWait(deadline); err != nil {
		return err
	}
	if _, err := s.in.Discard(s.taken); err != nil {
		return err
	}
	s.taken = 0
	_, err := s.in.Peek(1)
	return err
}

// collect appends b, the front of the buffer, to doc.
func (s *stream) collect(b []byte) error {
	if need := len(s.doc) + len(b); need > cap(s.doc) {
		size := min(max(need, 2*cap(s.doc), streamBuffer), max(s.limit, need))
		if size > freeDocument {
			if !s.writer.Queue.Reserve(size - s.reserved) {
				return errQueueFull
			}
			s.reserved = size
		}
		grown := make([]byte, len(s.doc), size)
		copy(grown, s.doc)
		s.doc = grown
	}
	s.doc = append(s.doc, b...)
	s.taken = len(b)
	return nil
}

// emit hands doc on.
func (s *stream) emit(doc []byte) {
	if len(doc) > datagram.ChunkBytes {
		s.writer.AddLarge(doc, s.reserved)
		s.doc, s.reserved = nil, 0
		return
	}
	s.writer.Add(doc, netip.Addr{})
	s.forget()
}

// forget empties doc, and gives it up when it was large.
func (s *stream) forget() {
	s.doc = s.doc[:0]
	if s.reserved > 0 {
		s.writer.Queue.Unreserve(s.reserved)
		s.doc, s.reserved = nil, 0
	}
}

// truncated names the end of the input inside a document for what it is.
func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("in a document: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// objectEnd finds the end of a JSON object that arrives in pieces. It does not
// judge what is inside.
type objectEnd struct {
	depth             int
	inString, escaped bool
}

// find looks at the next piece. It returns how much of it belongs to the object,
// and whether the object ends there.
func (e *objectEnd) find(b []byte) (n int, found bool) {
	for i, c := range b {
		switch {
		case e.escaped:
			e.escaped = false
		case e.inString:
			e.escaped = c == '\\'
			e.inString = c != '"'
		case c == '"':
			e.inString = true
		case c == '{', c == '[':
			e.depth++
		case c == '}', c == ']':
			e.depth--
			if e.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(b), false
}
