package block

import (
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxDecoded bounds what one compressed piece may decode to.
const maxDecoded = 1 << 30

// codec holds the compressor and the decompressor. EncodeAll and DecodeAll of one
// are safe for concurrent use.
var codec = sync.OnceValue(func() (c struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
},
) {
	var err error
	c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	c.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		panic(err) // as above
	}
	return c
})

func compress(dst, src []byte) []byte { return codec().enc.EncodeAll(src, dst) }

// decompress decodes what must become size bytes.
func decompress(src []byte, size int) ([]byte, error) {
	if size < 0 || size > maxDecoded {
		return nil, corrupt("piece of %d bytes", size)
	}
	// A piece of a few bytes cannot become as large as it likes to say.
	out, err := codec().dec.DecodeAll(src, make([]byte, 0, min(size, 64*len(src)+1024)))
	if err != nil {
		return nil, corrupt("decompress: %v", err)
	}
	if len(out) != size {
		return nil, corrupt("%d bytes decompressed, want %d", len(out), size)
	}
	return out, nil
}
