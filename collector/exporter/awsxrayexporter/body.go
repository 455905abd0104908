package awsxrayexporter

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"github.com/radiograph/radiograph/otlp"
)

const (
	bodyStart = `{"TraceSegmentDocuments":[`
	bodyEnd   = `]}`
)

// pack yields documents in groups that fit into a request, in their order. Groups
// are parts of docs. A document that is too large for any, or larger than a segment
// document may be, is a group of its own: it may be refused, and the others must not
// be refused with it.
func pack(docs []otlp.Document, cfg *Config) func(yield func([]otlp.Document) bool) {
	return func(yield func([]otlp.Document) bool) {
		first, size := 0, len(bodyStart)+len(bodyEnd)
		for i, d := range docs {
			n := quotedLen(d.Raw) + len(`,`)
			alone := cfg.MaxDocumentBytes > 0 && len(d.Raw) > cfg.MaxDocumentBytes
			if first < i && (alone || i-first >= cfg.MaxDocuments || size+n > cfg.MaxRequestBytes) {
				if !yield(docs[first:i]) {
					return
				}
				first, size = i, len(bodyStart)+len(bodyEnd)
			}
			if size += n; alone {
				size = cfg.MaxRequestBytes // nothing more
			}
		}
		if first < len(docs) {
			yield(docs[first:])
		}
	}
}

// body is the content of a request. It goes back to where it came from when nobody
// uses it: a transport may still read from it after the answer has arrived.
type body struct {
	b    []byte
	uses atomic.Int32
}

var bodies = sync.Pool{New: func() any { return new(body) }}

// maxPooledBody is the size over which a body is not kept.
const maxPooledBody = 4 << 20

// newBody returns an empty body that the caller releases.
func newBody() *body {
	b := bodies.Get().(*body)
	b.b = b.b[:0]
	b.uses.Store(1)
	return b
}

func (b *body) release() {
	if b.uses.Add(-1) == 0 && cap(b.b) <= maxPooledBody {
		bodies.Put(b)
	}
}

// reader returns a reader of the body, which must be closed.
func (b *body) reader() io.ReadCloser {
	b.uses.Add(1)
	r := &bodyReader{of: b}
	r.Reset(b.b)
	return r
}

type bodyReader struct {
	bytes.Reader
	of     *body
	closed atomic.Bool
}

func (r *bodyReader) Close() error {
	if r.closed.CompareAndSwap(false, true) {
		r.of.release()
	}
	return nil
}

// appendRequest appends the JSON text of a PutTraceSegments request.
func appendRequest(dst []byte, docs []otlp.Document) []byte {
	size, largest := len(bodyStart)+len(bodyEnd), 0
	for _, d := range docs {
		size += quotedLen(d.Raw) + len(`,`)
		largest = max(largest, len(d.Raw))
	}
	dst = slices.Grow(dst, size+largest) // the last one's room in appendQuoted
	dst = append(dst, bodyStart...)
	for i, d := range docs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, d.Raw)
	}
	return append(dst, bodyEnd...)
}

// What a byte of a document needs inside of a JSON string.
const (
	asIs      = 0
	backslash = 1 // one in front
	unicode   = 2 // to be written \u00XX
)

var needs = func() (t [256]uint8) {
	for c := range 0x20 {
		t[c] = unicode
	}
	t['"'], t['\\'] = backslash, backslash
	return t
}()

// quotedLen returns how long the document is as a JSON string. Documents have no
// control characters, as they are compact JSON themselves; where one had, its string
// is a little longer.
func quotedLen(doc []byte) int {
	return len(doc) + bytes.Count(doc, []byte{'"'}) + bytes.Count(doc, []byte{'\\'}) + len(`""`)
}

// appendQuoted appends a document as a JSON string.
func appendQuoted(dst, doc []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, 2*len(doc)+len(`""`))
	out := dst[n:cap(dst)]
	out[0] = '"'
	i, seen := 1, uint8(0)
	// A backslash is written in front of every byte, and overwritten by the byte
	// unless it is needed: quotes are too many and too irregular to branch at.
	for _, c := range doc {
		need := needs[c]
		seen |= need
		out[i] = '\\'
		i += int(need & backslash)
		out[i] = c
		i++
	}
	if seen&unicode != 0 {
		return appendQuotedControl(dst[:n], doc)
	}
	out[i] = '"'
	return dst[:n+i+1]
}

func appendQuotedControl(dst, doc []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range doc {
		switch needs[c] {
		case unicode:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		case backslash:
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return z
}}

// compress returns the body in gzip, and releases it.
func (b *body) compress() *body {
	defer b.release()
	out := newBody()
	buf := bytes.NewBuffer(out.b)
	z := gzips.Get().(*gzip.Writer)
	defer gzips.Put(z)
	z.Reset(buf)
	// A buffer takes everything.
	_, _ = z.Write(b.b)
	_ = z.Close()
	out.b = buf.Bytes()
	return out
}
