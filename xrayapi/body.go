package xrayapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// body is a request's body, decompressed, in memory that is used again.
type body struct {
	bytes []byte // valid until release; handlers may change it
	buf   *bytes.Buffer
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// release takes the memory back.
func (b body) release() {
	if b.buf.Cap() <= maxPooledBytes {
		b.buf.Reset()
		bodies.Put(b.buf)
	}
}

// errTooLarge is the error of bodies over the bound.
func errTooLarge(limit int64) *fault {
	return &fault{
		status: http.StatusRequestEntityTooLarge, name: "RequestEntityTooLargeException",
		message: "request body is larger than " + formatBytes(limit),
	}
}

// readBody reads the body of r. It must be released.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (body, error) {
	if r.ContentLength > limit {
		return body{}, errTooLarge(limit)
	}
	// A compressed body within the bound may still be too large afterwards.
	src, done, err := decompress(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, limit), limit)
	if err != nil {
		return body{}, err
	}
	defer done()

	b := body{buf: bodies.Get().(*bytes.Buffer)}
	if r.ContentLength > 0 {
		// One byte more, so that the end is seen without growing.
		b.buf.Grow(int(min(r.ContentLength, maxPooledBytes)) + bytes.MinRead)
	}
	n, err := b.buf.ReadFrom(io.LimitReader(src, limit+1))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || n > limit || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		b.release()
		return body{}, errTooLarge(limit)
	}
	if err != nil {
		b.release()
		return body{}, malformed("cannot read the request body: %v", err)
	}
	b.bytes = b.buf.Bytes()
	return b, nil
}

var (
	gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstdReaders sync.Pool // of *zstd.Decoder
)

// decompress wraps r by the content coding; done gives the decoder back.
func decompress(coding string, r io.Reader, limit int64) (_ io.Reader, done func(), _ error) {
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "identity":
		return r, func() {}, nil
	case "gzip", "x-gzip":
		z := gzipReaders.Get().(*gzip.Reader)
		if err := z.Reset(r); err != nil {
			gzipReaders.Put(z)
			return nil, nil, malformed("request body is not gzip: %v", err)
		}
		return z, func() { gzipReaders.Put(z) }, nil
	case "zstd":
		z, err := newZstdReader(r, limit)
		if err != nil {
			return nil, nil, malformed("request body is not zstd: %v", err)
		}
		return z, func() {
			_ = z.Reset(nil) // lets go of r; cannot fail
			zstdReaders.Put(z)
		}, nil
	}
	return nil, nil, &fault{
		status: http.StatusUnsupportedMediaType, name: "UnsupportedMediaTypeException",
		message: "content encoding is neither gzip nor zstd", lower: true,
	}
}

// newZstdReader returns a decoder that starts no goroutines and keeps small
// windows, whatever a frame asks for.
func newZstdReader(r io.Reader, limit int64) (*zstd.Decoder, error) {
	if z, ok := zstdReaders.Get().(*zstd.Decoder); ok {
		return z, z.Reset(r)
	}
	const maxWindowBytes = 8 << 20
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindowBytes), zstd.WithDecoderMaxMemory(max(uint64(limit), maxWindowBytes)))
}
