package httpbody

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

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
			return nil, nil, fmt.Errorf("request body is not gzip: %w", err)
		}
		return z, func() { gzipReaders.Put(z) }, nil
	case "zstd":
		z, err := newZstdReader(r, limit)
		if err != nil {
			return nil, nil, fmt.Errorf("request body is not zstd: %w", err)
		}
		return z, func() {
			_ = z.Reset(nil) // lets go of r; cannot fail
			zstdReaders.Put(z)
		}, nil
	}
	return nil, nil, ErrCoding
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
