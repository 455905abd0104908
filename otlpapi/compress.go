package otlpapi

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
)

// gRPC knows compressors by name, for the whole process. Answers are a few bytes and
// go back in the coding of the request, so that writers are not worth much memory.
func init() { //nolint:gochecknoinits // gRPC's registry wants to be filled before main
	encoding.RegisterCompressor(&gzipCoding{})
	encoding.RegisterCompressor(&zstdCoding{})
}

// gzipCoding is gRPC's gzip, with a faster decoder.
type gzipCoding struct{ readers, writers sync.Pool }

// Name implements encoding.Compressor.
func (*gzipCoding) Name() string { return "gzip" }

// Compress implements encoding.Compressor.
func (c *gzipCoding) Compress(w io.Writer) (io.WriteCloser, error) {
	z, ok := c.writers.Get().(*gzip.Writer)
	if !ok {
		var err error
		if z, err = gzip.NewWriterLevel(w, gzip.BestSpeed); err != nil {
			return nil, err
		}
	}
	z.Reset(w)
	return &pooledWriter{z, func() { c.writers.Put(z) }}, nil
}

// Decompress implements encoding.Compressor.
func (c *gzipCoding) Decompress(r io.Reader) (io.Reader, error) {
	z, ok := c.readers.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(r); err != nil {
		c.readers.Put(z)
		return nil, err
	}
	return &pooledReader{z, func() { c.readers.Put(z) }}, nil
}

// zstdCoding is zstd, which gRPC does not bring.
type zstdCoding struct{ readers, writers sync.Pool }

// Name implements encoding.Compressor.
func (*zstdCoding) Name() string { return "zstd" }

// Compress implements encoding.Compressor.
func (c *zstdCoding) Compress(w io.Writer) (io.WriteCloser, error) {
	z, ok := c.writers.Get().(*zstd.Encoder)
	if !ok {
		var err error
		z, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, err
		}
	}
	z.Reset(w)
	return &pooledWriter{z, func() { c.writers.Put(z) }}, nil
}

// Decompress implements encoding.Compressor. gRPC bounds what it reads; the decoder
// bounds the memory before that, whatever a frame asks for.
func (c *zstdCoding) Decompress(r io.Reader) (io.Reader, error) {
	z, ok := c.readers.Get().(*zstd.Decoder)
	if !ok {
		var err error
		const maxWindowBytes = 8 << 20
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindowBytes))
		if err != nil {
			return nil, err
		}
	}
	if err := z.Reset(r); err != nil {
		return nil, err
	}
	return &pooledReader{z, func() {
		_ = z.Reset(nil) // lets go of r; cannot fail
		c.readers.Put(z)
	}}, nil
}

// pooledReader gives its decoder back at the end of the data.
type pooledReader struct {
	io.Reader
	release func() // nil when it has been called
}

// Read implements io.Reader.
func (p *pooledReader) Read(b []byte) (int, error) {
	if p.release == nil {
		return 0, io.EOF
	}
	n, err := p.Reader.Read(b)
	if err != nil {
		p.release()
		p.release = nil
	}
	return n, err
}

// pooledWriter gives its encoder back when it is closed.
type pooledWriter struct {
	io.WriteCloser
	release func()
}

// Close implements io.Closer.
func (p *pooledWriter) Close() error {
	defer p.release()
	return p.WriteCloser.Close()
}
