package httpbody

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// The errors of Read. Any other says that the body is malformed.
var (
	ErrTooLarge = errors.New("request body is too large")
	ErrCoding   = errors.New("content encoding is neither gzip nor zstd")
)

// Body is a request's body, decompressed. It must be released.
type Body struct {
	Bytes []byte // valid until Release; may be changed
	buf   *bytes.Buffer
}

// maxPooledBytes keeps one large body from occupying memory for ever.
const maxPooledBytes = 4 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Release takes the memory back.
func (b Body) Release() {
	if b.buf.Cap() <= maxPooledBytes {
		b.buf.Reset()
		buffers.Put(b.buf)
	}
}

// Read reads the body of r, which has at most limit bytes before and after
// decompression.
func Read(w http.ResponseWriter, r *http.Request, limit int64) (Body, error) {
	if r.ContentLength > limit {
		return Body{}, ErrTooLarge
	}
	// A compressed body within the bound may still be too large afterwards.
	src, done, err := decompress(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, limit), limit)
	if err != nil {
		return Body{}, err
	}
	defer done()

	b := Body{buf: buffers.Get().(*bytes.Buffer)}
	if r.ContentLength > 0 {
		// One byte more, so that the end is seen without growing.
		b.buf.Grow(int(min(r.ContentLength, maxPooledBytes)) + bytes.MinRead)
	}
	n, err := b.buf.ReadFrom(io.LimitReader(src, limit+1))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || n > limit || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		b.Release()
		return Body{}, ErrTooLarge
	}
	if err != nil {
		b.Release()
		return Body{}, fmt.Errorf("cannot read the request body: %w", err)
	}
	b.Bytes = b.buf.Bytes()
	return b, nil
}
